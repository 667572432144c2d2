"""Compositions and composition hooks, as objects that a test holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pytest_twilio_video import (
    Composition,
    CompositionHook,
    FakeTwilioVideo,
    InvalidArgumentError,
    TwilioVideoError,
)
from pytest_twilio_video._http import Request


@pytest.fixture
def fake():
    return FakeTwilioVideo(seed="a test", start="2026-01-01T09:00:00Z")


@pytest.fixture
def ask(fake):
    def ask(method, path, body):
        headers = {"authorization": "Basic QUM6eA=="}
        url = f"https://video.twilio.com{path}"
        return fake._handle(Request(method, url, headers, body, "a test"))

    return ask


@pytest.fixture
def room(fake):
    room = fake.rooms.create(unique_name="standup", record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    fake.clock.advance(seconds=10)
    return room


@pytest.fixture
def composition(fake, room, ask):
    ask("POST", "/v1/Compositions", f"RoomSid={room.sid}&AudioSources=%2A".encode())
    return fake.compositions[0]


@pytest.fixture
def hook(fake, ask):
    ask("POST", "/v1/CompositionHooks", b"FriendlyName=everything&AudioSources=%2A")
    return fake.composition_hooks["everything"]


def test_a_composition_is_always_current(fake, room, composition):
    before = composition.status
    room.complete()
    fake.clock.advance(minutes=2)

    assert isinstance(composition, Composition)
    assert (before, composition.status, composition.duration) == ("enqueued", "completed", 10)
    assert composition.date_completed == room.end_time + timedelta(seconds=65)
    assert composition.room == room
    assert fake.compositions.where(status="completed", room_sid=room.sid) == [composition]
    assert composition in fake.compositions
    assert composition.sid in fake.compositions


def test_a_test_can_set_the_media(fake, room, composition):
    assert composition.media.startswith(b"\x1a\x45\xdf\xa3")  # the first bytes of WebM

    composition.media = b"a film"
    room.complete()
    fake.clock.advance(minutes=2)

    assert (composition.media, composition.size) == (b"a film", 6)


def test_media_must_be_bytes(composition):
    with pytest.raises(InvalidArgumentError, match="media is 'a film', but must be bytes"):
        composition.media = "a film"


def test_a_deleted_composition_has_no_media(fake, room, composition, ask):
    composition.media = b"a film"
    room.complete()
    fake.clock.advance(minutes=2)
    ask("DELETE", f"/v1/Compositions/{composition.sid}", b"")

    assert (composition.status, composition.media) == ("deleted", b"")


def test_fields_other_than_media_cannot_be_set(composition):
    with pytest.raises(AttributeError, match=r"Composition\.status cannot be set to 'failed'"):
        composition.status = "failed"


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_composition_can_fail_until_it_is_complete(fake, room, composition, seconds):
    room.complete()
    fake.clock.advance(seconds=seconds)

    composition.fail()

    assert composition.status == "failed"
    fake.clock.advance(hours=1)
    assert composition.status == "failed"
    assert fake.events[-1].name == "composition-failed"


@pytest.mark.parametrize("message", [None, 5, b"why", ["why"]])
def test_the_message_of_a_failed_composition_must_be_text(fake, composition, message):
    """
    Otherwise the composition would fail, but without its callback.
    """
    with pytest.raises(InvalidArgumentError, match="but must be text"):
        composition.fail(message)

    assert composition.status == "enqueued"
    assert fake.events[-1].name != "composition-failed"


def test_a_completed_composition_cannot_fail(fake, room, composition):
    room.complete()
    fake.clock.advance(minutes=2)

    with pytest.raises(
        TwilioVideoError, match=r"cannot fail, because it is completed\. .* within 0:01:05"
    ):
        composition.fail()


def test_a_hook_is_always_current_and_is_found_by_its_name(fake, room, hook, ask):
    ask("POST", f"/v1/CompositionHooks/{hook.sid}", b"FriendlyName=less&AudioSources=a")

    assert isinstance(hook, CompositionHook)
    assert (hook.friendly_name, hook.audio_sources) == ("less", ["a"])
    assert hook.date_updated == fake.clock.now
    assert "less" in fake.composition_hooks
    assert "everything" not in fake.composition_hooks
    room.complete()
    assert [each.room for each in fake.compositions] == [room]


def test_only_the_sid_of_a_deleted_hook_can_be_read(fake, hook, ask):
    ask("DELETE", f"/v1/CompositionHooks/{hook.sid}", b"")

    assert repr(hook) == f"<CompositionHook {hook.sid} deleted>"
    assert hook not in fake.composition_hooks
    assert len(fake.composition_hooks) == 0
    with pytest.raises(TwilioVideoError, match=f"composition hook {hook.sid} was deleted"):
        _ = hook.enabled


def test_a_reset_removes_compositions_and_hooks(fake, composition, hook):
    fake.reset()

    assert (len(fake.compositions), len(fake.composition_hooks)) == (0, 0)
