"""Composition hooks in the REST API and in callbacks."""

from __future__ import annotations

import json
import time

import pytest

from pytest_twilio_video import UnknownEndpointWarning


URL = "/v1/CompositionHooks"
HOME = "https://video.twilio.com"
APP = "https://app.example.com/hook"


@pytest.fixture
def make(ask):
    def make(name="everything", **fields):
        return ask("POST", URL, **{"FriendlyName": name, "AudioSources": "*"} | fields)

    return make


def end_a_room(fake, *, delete=None):
    room = fake.rooms.create(record_participants_on_connect=True)
    track = room.connect("alice").publish("audio")
    fake.clock.advance(seconds=10)
    track.unpublish()
    for recording in room.recordings if delete else ():
        delete("DELETE", f"/v1/Recordings/{recording.sid}")
    room.complete()
    return room


def test_a_hook_has_exactly_the_documented_keys(fake, make):
    answer = make(
        Enabled="false",
        AudioSources=["user*", "moderator"],
        AudioSourcesExcluded="admin",
        VideoLayout="{}",
        Trim="false",
        Format="mp4",
        Resolution="1280x720",
        StatusCallback=APP,
        StatusCallbackMethod="GET",
    )

    assert answer.status == 201
    assert answer.json == {
        "account_sid": fake.account_sid,
        "friendly_name": "everything",
        "enabled": False,
        "date_created": "2026-01-01T09:00:00Z",
        "date_updated": None,
        "sid": answer.json["sid"],
        "audio_sources": ["user*", "moderator"],
        "audio_sources_excluded": ["admin"],
        "video_layout": {},
        "resolution": "1280x720",
        "format": "mp4",
        "trim": False,
        "status_callback": APP,
        "status_callback_method": "GET",
        "url": f"{HOME}{URL}/{answer.json['sid']}",
    }


def test_an_update_replaces_all_properties(ask, fake, make):
    made = make(Format="mp4", Trim="false", Enabled="false", StatusCallback=APP).json
    fake.clock.advance(seconds=1)

    answer = ask("POST", f"{URL}/{made['sid']}", FriendlyName="less", AudioSources="a")

    assert answer.status == 200
    assert answer.json == made | {
        "friendly_name": "less",
        "audio_sources": ["a"],
        "format": "webm",
        "trim": True,
        "enabled": True,
        "status_callback": None,
        "date_updated": "2026-01-01T09:00:01Z",
    }
    assert ask("GET", f"{URL}/{made['sid']}").json == answer.json


def test_an_update_without_a_name_changes_nothing(ask, make):
    made = make(Format="mp4").json

    answer = ask("POST", f"{URL}/{made['sid']}", AudioSources="a")

    assert (answer.status, answer.json["code"]) == (400, 20001)
    assert ask("GET", f"{URL}/{made['sid']}").json == made


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"FriendlyName": ""}, 400, 20001),
        ({"FriendlyName": "a" * 101}, 400, 20001),
        ({"FriendlyName": "a\n"}, 400, 20001),
        ({"FriendlyName": "taken"}, 409, 20409),
        ({"AudioSources": ""}, 400, 20001),
        ({"VideoLayout": '{"grid": {}}'}, 400, 20001),
        ({"Enabled": "perhaps"}, 400, 20001),
        ({"Resolution": "1x1"}, 400, 20001),
    ],
)
def test_an_invalid_value_is_refused_and_creates_nothing(fake, make, fields, status, code):
    make("taken")

    answer = make(**fields)

    assert (answer.status, answer.json["code"]) == (status, code)
    assert [hook.friendly_name for hook in fake.composition_hooks] == ["taken"]


def test_a_deleted_hook_is_not_found(ask, make):
    url = f"{URL}/{make().json['sid']}"

    answer = ask("DELETE", url)

    assert (answer.status, answer.json) == (204, None)
    assert ask("GET", url).status == ask("DELETE", url).status == 404
    assert ask("GET", URL).json["composition_hooks"] == []


def test_hooks_are_filtered_by_name_and_by_enabled(ask, make):
    make("My Hook 1")
    make("my hook 2", Enabled="False")
    make("other")

    def listed(**fields):
        hooks = ask("GET", URL, **fields).json["composition_hooks"]
        return [each["friendly_name"] for each in hooks]

    assert listed() == ["other", "my hook 2", "My Hook 1"]
    assert listed(FriendlyName="*HOOK*") == ["my hook 2", "My Hook 1"]
    assert listed(FriendlyName="*HOOK*", Enabled="true") == ["My Hook 1"]
    assert listed(Enabled="false", DateCreatedAfter="2026-01-01T09:00:00Z") == ["my hook 2"]
    assert listed(DateCreatedBefore="2026-01-01T09:00:00Z") == []


@pytest.mark.live
def test_many_wildcards_in_a_filter_do_not_slow_down_the_search(ask, make):
    """
    The account is locked during the search, so all other requests would wait.
    """
    make("a" * 100)
    before = time.monotonic()

    answer = ask("GET", f"{URL}?FriendlyName=*a*a*a*a*a*a*a*a*a*ab")

    assert answer.json["composition_hooks"] == []
    assert time.monotonic() - before < 1


def test_the_url_of_a_list_keeps_its_wildcards_encoded(ask):
    meta = ask("GET", URL, FriendlyName="*Hook*", Enabled="true").json["meta"]

    assert meta["url"] == f"{HOME}{URL}?FriendlyName=%2AHook%2A&Enabled=true&PageSize=50&Page=0"


@pytest.mark.in_process
def test_a_hook_has_no_media(fake, ask, make):
    with pytest.warns(UnknownEndpointWarning), fake:
        assert ask("GET", f"{URL}/{make().json['sid']}/Media").status == 404


def test_callbacks_of_a_hooks_composition_go_to_the_hooks_own_url(fake, make):
    hook = make(StatusCallback=APP, VideoLayout=json.dumps({"g": {"video_sources": ["*"]}})).json
    room = end_a_room(fake)
    (composition,) = fake.compositions

    fake.clock.advance(minutes=2)

    assert [each.event for each in fake.callbacks] == [
        "composition-enqueued",
        "composition-started",
        *["composition-progress"] * 9,
        "composition-available",
    ]
    assert fake.callbacks[0].url == APP
    assert fake.callbacks[0].params == {
        "RoomSid": room.sid,
        "CompositionSid": composition.sid,
        "CompositionUri": f"/v1/Compositions/{composition.sid}",
        "HookSid": hook["sid"],
        "HookUri": f"/v1/CompositionHooks/{hook['sid']}",
        "HookFriendlyName": "everything",
        "StatusCallbackEvent": "composition-enqueued",
        "Timestamp": "2026-01-01T09:00:10.000Z",
        "AccountSid": fake.account_sid,
    }
    assert "HookSid" not in fake.callbacks[1].params


def test_a_composition_created_over_the_api_sends_no_composition_enqueued(fake, ask):
    room = end_a_room(fake)
    ask("POST", "/v1/Compositions", RoomSid=room.sid, AudioSources="*", StatusCallback=APP)

    fake.clock.advance(minutes=2)

    assert fake.callbacks[0].event == "composition-started"


def test_a_failed_hook_sends_a_callback(fake, ask, make):
    hook = make(StatusCallback=APP).json

    room = end_a_room(fake, delete=ask)

    callback = fake.assert_callback("composition-hook-failed", room=room)
    assert callback.params == {
        "RoomSid": room.sid,
        "HookSid": hook["sid"],
        "HookUri": f"/v1/CompositionHooks/{hook['sid']}",
        "HookFriendlyName": "everything",
        "FailedOperation": "CompositionCreate",
        "ErrorMessage": "None of the recordings of the room can be composed",
        "StatusCallbackEvent": "composition-hook-failed",
        "Timestamp": "2026-01-01T09:00:10.000Z",
        "AccountSid": fake.account_sid,
    }
    assert len(fake.compositions) == 0


def test_a_composition_of_a_deleted_hook_continues(fake, ask, make):
    hook = make(StatusCallback=APP).json
    room = end_a_room(fake)
    ask("DELETE", f"{URL}/{hook['sid']}")

    fake.clock.advance(minutes=2)

    fake.assert_callback("composition-available", room=room)
