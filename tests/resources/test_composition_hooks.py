"""Composition hooks: created, replaced, listed, and run when rooms end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.parameters import build
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import (
    composition_hooks,
    participants,
    published_tracks,
    recordings,
    rooms,
)
from pytest_twilio_video._resources.composition_hooks import (
    CompositionHook,
    CreateCompositionHook,
    ListCompositionHooks,
    UpdateCompositionHook,
)
from pytest_twilio_video._resources.compositions import Composition
from pytest_twilio_video._resources.published_tracks import TrackKind
from pytest_twilio_video._resources.recordings import Recording
from pytest_twilio_video._resources.rooms import CreateRoom


def make(account, name="everything", **values):
    values = {"friendly_name": name, "audio_sources": ["*"]} | values
    return composition_hooks.create(account, build(CreateCompositionHook, values))


def change(account, hook, **values):
    return composition_hooks.update(account, hook, build(UpdateCompositionHook, values))


def listed(account, **values):
    found = composition_hooks.list_all(account, build(ListCompositionHooks, values))
    return [each.friendly_name for each in found]


def end_a_room(account, *, recorded=True, delete=False):
    """Create a room, publish a track in it, and end the room."""
    room = rooms.create(account, CreateRoom(record_participants_on_connect=recorded))
    alice = participants.connect(account, room, "alice")
    published_tracks.publish(account, room, alice, TrackKind.AUDIO, "microphone")
    clock_of(account).advance(timedelta(seconds=10))
    participants.leave(account, alice)
    if delete:
        for recording in account.select(Recording, room_sid=room.sid):
            recordings.delete(account, recording)
    return rooms.end(account, account.now(room))


def made(account):
    return list(account.select(Composition))


def told(account):
    return [event.name for event in account.events if event.name.startswith("composition-")]


def test_a_new_hook_is_enabled_and_has_all_defaults(account):
    hook = make(account, video_layout={"grid": {"video_sources": ["*"]}})

    assert (hook.friendly_name, hook.enabled, hook.date_updated) == ("everything", True, None)
    assert (hook.resolution, hook.format, hook.trim) == ("640x480", "webm", True)
    assert hook.video_layout["grid"]["width"] is None
    assert (hook.status_callback, hook.status_callback_method) == (None, "POST")


def test_an_update_resets_omitted_properties(account):
    hook = make(
        account,
        enabled=False,
        audio_sources_excluded=["x"],
        resolution="1280x720",
        format="mp4",
        trim=False,
        status_callback="https://app.example.com/",
        status_callback_method="GET",
        video_layout={"grid": {"video_sources": ["*"]}},
    )
    clock_of(account).advance(timedelta(seconds=1))

    updated = change(account, hook, friendly_name="new", audio_sources=["a", "b"])

    fresh = make(account, "another", audio_sources=["a", "b"])
    differing = {"sid", "friendly_name", "date_created", "date_updated"}
    assert all(
        getattr(updated, name) == getattr(fresh, name)
        for name in CompositionHook.__slots__
        if name not in differing
    )
    assert (updated.sid, updated.friendly_name) == (hook.sid, "new")
    assert (updated.date_created, updated.date_updated) == (hook.date_created, account.clock.now)


def make_again(account, _hook, **values):
    return make(account, **{"name": "one"} | values)


def change_to(account, hook, **values):
    return change(account, hook, **{"friendly_name": "one", "audio_sources": ["*"]} | values)


@pytest.mark.parametrize("operation", [make_again, change_to])
def test_the_name_of_a_hook_is_unique(account, operation):
    make(account, "one")
    other = make(account, "two")

    with pytest.raises(Refusal, match="FriendlyName 'one' is taken by HK") as caught:
        operation(account, other)

    assert caught.value.code == 20409
    assert listed(account) == ["one", "two"]


def test_a_hook_can_keep_its_name_and_reuse_the_name_of_a_deleted_hook(account):
    hook = make(account, "one")
    change(account, hook, friendly_name="one", audio_sources=["x"])
    composition_hooks.delete(account, hook)

    assert make(account, "one").friendly_name == "one"


def test_names_of_hooks_are_case_sensitive(account):
    make(account, "one")

    assert make(account, "One").friendly_name == "One"


@pytest.mark.parametrize("operation", [make_again, change_to])
def test_a_layout_or_an_audio_source_is_required(account, operation):
    hook = make(account, "two")

    with pytest.raises(Refusal, match="either VideoLayout or AudioSources"):
        operation(account, hook, audio_sources=None)

    assert listed(account) == ["two"]


def test_a_name_of_up_to_100_characters_is_required(account):
    assert make(account, "a" * 100).friendly_name == "a" * 100
    with pytest.raises(Refusal, match="FriendlyName: must not be longer than 100"):
        make(account, "a" * 101)
    with pytest.raises(Refusal, match="Missing required parameter FriendlyName"):
        build(UpdateCompositionHook, {"audio_sources": ["*"]})


def test_a_deleted_hook_is_not_found_and_creates_no_compositions(account):
    hook = make(account)
    composition_hooks.delete(account, hook)

    with pytest.raises(Refusal) as caught:
        composition_hooks.find(account, hook.sid)

    assert caught.value.code == 20404
    end_a_room(account)
    assert made(account) == []


def test_hooks_are_filtered_by_name_with_wildcards_in_any_case(account):
    for name in ("My Hook 1", "my hook 2", "other"):
        make(account, name)

    assert listed(account, friendly_name="*HOOK*") == ["My Hook 1", "my hook 2"]
    assert listed(account, friendly_name="OTHER") == ["other"]
    assert listed(account, friendly_name="hook") == []
    assert listed(account, friendly_name="*") == ["My Hook 1", "my hook 2", "other"]


def test_hooks_are_filtered_by_enabled_and_by_date(account):
    make(account, "on")
    clock_of(account).advance(timedelta(minutes=1))
    make(account, "off", enabled=False)
    now = account.clock.now

    assert listed(account, enabled=True) == ["on"]
    assert listed(account, enabled=False) == ["off"]
    assert listed(account, date_created_after=now) == ["off"]
    assert listed(account, date_created_before=now) == ["on"]


def test_an_enabled_hook_creates_a_composition_of_each_recorded_room(account):
    hook = make(account, format="mp4", status_callback="https://app.example.com/hook")
    one, two = end_a_room(account), end_a_room(account)

    assert [(each.room_sid, each.hook_sid) for each in made(account)] == [
        (one.sid, hook.sid),
        (two.sid, hook.sid),
    ]
    assert {each.format for each in made(account)} == {"mp4"}
    assert {each.status_callback for each in made(account)} == {"https://app.example.com/hook"}


def test_a_composition_of_a_hook_is_enqueued_started_and_completed(account):
    make(account)
    end_a_room(account)
    before = told(account)

    clock_of(account).advance(timedelta(minutes=2))

    assert before == ["composition-enqueued"]
    assert told(account) == [
        "composition-enqueued",
        "composition-started",
        *["composition-progress"] * 9,
        "composition-available",
    ]
    assert [each.status for each in made(account)] == ["completed"]


def test_each_hook_creates_its_own_composition(account):
    hooks = [make(account, "one"), make(account, "two")]
    make(account, "off", enabled=False)
    end_a_room(account)

    assert [each.hook_sid for each in made(account)] == [hook.sid for hook in hooks]


def test_a_room_without_recordings_is_not_composed(account):
    make(account)

    end_a_room(account, recorded=False)
    rooms.end(account, rooms.create(account, CreateRoom()))

    assert told(account) == []


def test_rooms_that_ended_before_the_hook_was_created_are_not_composed(account):
    end_a_room(account)
    make(account)

    clock_of(account).advance(timedelta(hours=1))

    assert made(account) == []


def test_a_room_that_ends_by_a_timeout_is_composed(account):
    make(account)
    room = rooms.create(account, CreateRoom(record_participants_on_connect=True))
    alice = participants.connect(account, room, "alice")
    published_tracks.publish(account, room, alice, TrackKind.AUDIO, None)
    participants.leave(account, alice)

    clock_of(account).advance(timedelta(minutes=5))

    assert [each.room_sid for each in made(account)] == [room.sid]


def test_a_hook_fails_if_all_recordings_were_deleted(account):
    hook = make(account)
    room = end_a_room(account, delete=True)

    (event,) = (each for each in account.events if each.name == "composition-hook-failed")
    assert (event._record.hook_sid, event.room_sid) == (hook.sid, room.sid)
    assert made(account) == []


def test_a_composition_of_a_hook_without_matching_sources_fails(account):
    make(account, audio_sources=["nobody"])
    end_a_room(account)

    clock_of(account).advance(timedelta(minutes=2))

    assert told(account) == ["composition-enqueued", "composition-started", "composition-failed"]
