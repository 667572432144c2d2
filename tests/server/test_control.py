"""The control API: the operations of a test, over HTTP."""

from __future__ import annotations

import json
import re
import time

from datetime import datetime, timezone
from pathlib import Path

import pytest

from pytest_twilio_video import InvalidArgumentError
from pytest_twilio_video._server import schemas
from pytest_twilio_video._server.control import OPERATIONS


def test_the_state_of_the_fake_is_shown_in_numbers(fake, ask):
    fake.rooms.create(status_callback="https://app.example/hook")

    assert ask("GET", "/_fake").json == {
        "version": ask("GET", "/_fake/openapi.json").json["info"]["version"],
        "now": "2026-01-01T09:00:00Z",
        "account_sid": fake.account_sid,
        "rooms": 1,
        "callbacks": 1,
        "pending_callbacks": 1,
    }
    assert fake.calls == []


def test_a_reset_empties_the_account(fake, ask):
    fake.rooms.create()

    assert ask("POST", "/_fake/reset").status == 204
    assert len(fake.rooms) == 0


def test_a_room_has_its_rest_fields_its_participants_and_their_tracks(ask):
    made = ask("POST", "/_fake/rooms", json={"unique_name": "x", "max_participants": 5})
    joined = ask(
        "POST", "/_fake/rooms/x/participants", json={"identity": "alice", "tracks": ["audio"]}
    )
    room = ask("GET", f"/_fake/rooms/{made.json['sid']}").json
    rest = ask("GET", "/v1/Rooms/x").json

    assert (made.status, joined.status) == (201, 201)
    people = room.pop("participants")
    assert room == rest
    assert [track["kind"] for track in people[0].pop("published_tracks")] == ["audio"]
    assert people[0] == ask("GET", "/v1/Rooms/x/Participants/alice").json
    assert [each["sid"] for each in ask("GET", "/_fake/rooms").json["rooms"]] == [room["sid"]]


def test_completing_a_room_twice_is_not_an_error(ask):
    ask("POST", "/_fake/rooms", json={"unique_name": "x"})

    answers = [ask("POST", "/_fake/rooms/x/complete") for _ in range(2)]

    assert [(each.status, each.json["status"]) for each in answers] == [(200, "completed")] * 2


def test_a_participant_joins_publishes_mutes_and_leaves(fake, ask):
    room = fake.rooms.create(unique_name="x")
    alice = room.connect("alice")
    person = "/_fake/rooms/x/participants/alice"

    track = ask("POST", f"{person}/tracks", json={"kind": "video", "name": "camera"})
    assert (track.status, track.json["name"]) == (201, "camera")
    assert ask("POST", f"{person}/tracks/camera/disable").json["enabled"] is False
    assert ask("POST", f"{person}/tracks/camera/enable").json["enabled"] is True
    assert ask("POST", f"{person}/drop_network").json["status"] == "reconnecting"
    assert ask("POST", f"{person}/resume").json["status"] == "connected"
    assert ask("POST", f"{person}/tracks/{track.json['sid']}/unpublish").status == 200
    assert list(alice.published_tracks) == []
    assert ask("POST", f"{person}/disconnect").json["status"] == "disconnected"


def test_messages_speech_and_the_dominant_speaker_are_set_by_requests(fake, ask):
    room = fake.rooms.create(unique_name="x", transcribe_participants_on_connect=True)
    alice = room.connect("alice", tracks=["audio", "video"])
    room.connect("bob").publish("data", "chat").send(b"\x00\xff")
    person, chat = (
        "/_fake/rooms/x/participants/alice",
        "/_fake/rooms/x/participants/bob/tracks/chat",
    )
    said = []
    fake._listeners.append(lambda event: said.append((event.name, event._record)))

    assert ask("POST", f"{chat}/send", json={"data": "hello"}).json["name"] == "chat"
    assert ask("GET", f"{person}/messages").json == {
        "messages": [
            {"data": None, "base64": "AP8=", "track": "chat", "sender": "bob"},
            {"data": "hello", "base64": None, "track": "chat", "sender": "bob"},
        ]
    }
    assert ask("POST", f"{person}/network_quality", json={"level": 4}).status == 200
    assert ask("POST", f"{person}/network_quality", json={"level": 6}).status == 400
    assert alice.network_quality == 4
    loudest = "/_fake/rooms/x/dominant_speaker"
    assert ask("POST", loudest, json={"participant": "alice"}).json["unique_name"] == "x"
    assert room.dominant_speaker == alice
    assert ask("POST", loudest, json={"participant": "eve"}).status == 404
    assert ask("POST", loudest, json={"participant": None}).status == 200
    assert room.dominant_speaker is None
    camera = f"{person}/tracks/{alice.published_tracks[1].sid}"
    assert ask("POST", f"{camera}/switch_off").json["enabled"] is True
    assert ask("POST", f"{camera}/switch_on").status == 200
    assert ask("POST", f"{person}/say", json={"text": "Bon", "partial": True}).status == 200
    names = [name for name, _ in said]
    assert names[-3:] == ["track-switched-off", "track-switched-on", "transcription"]
    assert said[-1][1].transcription == "Bon"


def test_a_participant_joins_with_a_token(fake, ask):
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VideoGrant

    fake.rooms.create(unique_name="x")
    token = AccessToken(fake.account_sid, fake.api_key_sid, fake.api_key_secret, identity="alice")
    token.add_grant(VideoGrant(room="x"))

    joined = ask("POST", "/_fake/connect", json={"token": token.to_jwt(), "room": "x"})
    refused = ask("POST", "/_fake/connect", json={"token": "none"})

    assert (joined.status, joined.json["identity"]) == (201, "alice")
    assert (refused.status, refused.json["code"]) == (409, 20101)


def test_the_clock_is_read_and_moved(fake, ask):
    fake.rooms.create(unique_name="x", unused_room_timeout=5)
    pending = ask("GET", "/_fake/clock").json

    assert pending["now"] == "2026-01-01T09:00:00Z"
    assert pending["pending"][0] == {
        "due": "2026-01-01T09:05:00Z",
        "what": fake.clock.pending[0].what,
    }
    assert ask("POST", "/_fake/clock/advance", json={"minutes": 1}).json == {
        "now": "2026-01-01T09:01:00Z",
        "pending": pending["pending"],
        "ran": [],
    }
    assert ask("POST", "/_fake/clock/run_next").json["ran"] == pending["pending"][:1]
    moved = ask("POST", "/_fake/clock/advance_to", json={"moment": "2026-01-02T00:00:00.5Z"})
    assert moved.json["now"] == "2026-01-02T00:00:00.500000Z"
    assert fake.clock.now == datetime(2026, 1, 2, 0, 0, 0, 500_000, timezone.utc)


def test_callbacks_to_a_target_in_the_process_wait_for_the_test(fake, ask):
    got = []
    fake.callbacks.deliver_to(lambda callback: got.append(callback.event))
    ask("POST", "/_fake/rooms", json={"status_callback": "https://app.example/hook"})
    ask("POST", "/_fake/clock/advance", json={"hours": 1})

    assert ask("POST", "/_fake/callbacks/flush").json == {"callbacks": []}
    callbacks = ask("GET", "/_fake/callbacks").json["callbacks"]
    assert [each["event"] for each in callbacks] == ["room-created", "room-ended"]
    assert callbacks[0]["status_code"] is None
    assert got == []
    fake.callbacks.flush()
    assert got == ["room-created", "room-ended"]

    again = ask("POST", f"/_fake/callbacks/{callbacks[0]['id']}/redeliver")
    assert again.json["status_code"] == 200
    assert got == ["room-created", "room-ended"]
    fake.callbacks.flush()
    assert got == ["room-created", "room-ended", "room-created"]


def test_faults_are_injected_listed_and_stopped(fake, ask):
    made = ask("POST", "/_fake/faults", json={"status": 500, "times": None})
    path = f"/_fake/faults/{made.json['id']}"

    assert made.status == 201
    assert ask("GET", "/v1/Rooms").status == 500
    assert ask("GET", path).json == {
        "id": made.json["id"],
        "hits": 1,
        "status": 500,
        "times": None,
    }
    assert ask("GET", "/_fake/faults").json == {"faults": [ask("GET", path).json]}
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404
    assert ask("GET", "/v1/Rooms").status == 200


def test_a_reset_by_the_test_forgets_the_faults_too(fake, ask):
    ask("POST", "/_fake/faults", json={"status": 500})
    fake.reset()

    assert ask("GET", "/_fake/faults").json == {"faults": []}
    assert ask("POST", "/_fake/faults", json={"status": 500}).json["id"] == "2"


def test_names_with_slashes_are_quoted_in_paths(fake, ask):
    fake.rooms.create(unique_name="a/b").connect("alice/1")
    person = "/_fake/rooms/a%2Fb/participants/alice%2F1"

    assert ask("GET", "/_fake/rooms/a%2Fb").json["unique_name"] == "a/b"
    assert ask("POST", f"{person}/tracks", json={"kind": "data", "name": "é/?"}).status == 201
    assert ask("POST", f"{person}/tracks/%C3%A9%2F%3F/disable").json["enabled"] is False
    assert ask("POST", f"{person}/disconnect").json["status"] == "disconnected"


def test_an_account_gets_a_made_up_past(fake, ask):
    made = ask("POST", "/_fake/populate", json={"rooms": 3, "over": {"days": 2}})

    assert [room["sid"] for room in made.json["rooms"]] == [room.sid for room in fake.rooms]
    assert ask("POST", "/_fake/populate", json={"rooms": 3}).status == 400
    assert "from 0 to 1000" in ask("POST", "/_fake/populate", json={"rooms": 9999}).json["error"]


def test_calls_events_and_the_timeline_are_shown(fake, ask):
    ask("POST", "/v1/Rooms", UniqueName="x")
    call = ask("GET", "/_fake/calls").json["calls"][0]
    event = ask("GET", "/_fake/events").json["events"][0]

    assert call == {
        "method": "POST",
        "path": "/v1/Rooms",
        "status": 201,
        "client": "server",
        "at": "2026-01-01T09:00:00Z",
        "params": {"UniqueName": "x"},
        "code": None,
        "unread": "",
    }
    assert (event["name"], event["room_sid"]) == ("room-created", fake.rooms[0].sid)
    assert event["details"]["date_created"] == "2026-01-01T09:00:00Z"
    assert ask("GET", "/_fake/timeline").body.decode() == str(fake.timeline)
    assert b"sequenceDiagram" in ask("GET", "/_fake/timeline?format=mermaid").body
    assert b"<html" in ask("GET", "/_fake/timeline?format=html").body
    assert ask("GET", "/_fake/timeline?format=pdf").status == 400


def test_the_certificate_of_the_ca_can_be_downloaded(server, ask):
    certificate = ask("GET", "/_fake/ca.pem").body.decode()

    assert Path(server.ca_file).read_text(encoding="ascii").endswith(certificate)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/_fake/rooms", b"{", "the body is not JSON"),
        ("/_fake/rooms", b"[" * 100_000, "the body is not JSON"),
        ("/_fake/rooms", [], "must be a JSON object"),
        ("/_fake/rooms", {"uniqe_name": "x"}, "uniqe_name"),
        ("/_fake/faults", {"tiems": 2}, "Did you mean 'times'?"),
        ("/_fake/faults", {"times": "x"}, "times is 'x', but must be a whole number"),
        ("/_fake/connect", {}, "the body lacks the field 'token'"),
        ("/_fake/clock/advance", {}, "advance() takes one timedelta"),
        ("/_fake/clock/advance", {"minutes": -1}, "time cannot go backwards"),
        ("/_fake/clock/advance", {"minutes": 1e308}, "the calendar has no moment"),
        ("/_fake/clock/advance_to", {"moment": "noon"}, "moment is 'noon'"),
        ("/_fake/clock/advance_to", {"moment": 5}, "takes an aware datetime, not 5"),
        ("/_fake/clock/advance_to", {"moment": "2027-01-01T00:00:00"}, "naive"),
        ("/_fake/rooms", {"self": 1}, "has no parameter 'self'"),
        ("/_fake/rooms/x/participants", {"tracks": ["smell"]}, "'smell'"),
        ("/_fake/rooms/x/dominant_speaker", {"participant": 0}, "participant is 0, but"),
        ("/_fake/rooms/x/dominant_speaker", {"participant": 5}, "participant is 5, but"),
        ("/_fake/rooms/x/dominant_speaker", {"participant": ["a"]}, "participant is ['a'], but"),
        ("/_fake/populate", {"over": 3}, "over is 3"),
        ("/_fake/populate", {"over": {"days": "x"}}, "over is {'days': 'x'}, but must be an obj"),
        ("/_fake/populate", {"over": {"days": 1e308}}, "must be an object of units"),
        (
            "/_fake/populate",
            {"rooms": 1000, "participants": 5},
            "5000 participants, but",
        ),
    ],
)
def test_an_invalid_body_is_refused_with_the_field_and_the_rule(fake, ask, path, body, error):
    fake.rooms.create(unique_name="x")

    answer = ask("POST", path, json=body)

    assert answer.status == 400
    assert error in answer.json["error"]
    assert (len(fake.rooms), len(fake.rooms[0].participants)) == (1, 0)


def test_texts_that_utf_8_cannot_encode_are_answered(fake, ask):
    """
    JSON can escape a half of a surrogate pair.
    """
    fault = ask("POST", "/_fake/faults", json={"status": 503, "message": "\ud800"})
    room = fake.rooms.create(unique_name="x")
    room.connect("bob")
    room.connect("alice").publish("data", "chat")
    chat = "/_fake/rooms/x/participants/alice/tracks/chat"
    sent = ask("POST", f"{chat}/send", json={"data": "\ud800"})

    assert (fault.status, fault.json["message"]) == (201, "\ud800")
    assert ask("GET", "/_fake/faults").json["faults"][0]["message"] == "\ud800"
    assert ask("GET", "/v1/Rooms").status == 503
    assert sent.status == 200
    (message,) = ask("GET", "/_fake/rooms/x/participants/bob/messages").json["messages"]
    assert message["data"] == "\ud800"
    for form in ("text", "mermaid", "html"):
        assert ask("GET", f"/_fake/timeline?format={form}").status == 200


def test_an_error_has_the_message_of_the_python_api(fake, ask):
    with pytest.raises(InvalidArgumentError) as raised:
        fake.fail(status=200)

    answer = ask("POST", "/_fake/faults", json={"status": 200})
    assert answer.json == {"error": str(raised.value)}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_fake/nothing", 404),
        ("POST", "/_fake/reset/", 404),
        ("GET", "/_fake/rooms/none", 404),
        ("POST", "/_fake/rooms/none/complete", 404),
        ("POST", "/_fake/callbacks/none/redeliver", 404),
        ("DELETE", "/_fake/faults/7", 404),
        ("DELETE", "/_fake/rooms", 405),
        ("GET", "/_fake/reset", 405),
    ],
)
def test_each_error_is_json(ask, method, path, status):
    answer = ask(method, path)

    assert answer.status == status
    assert answer.json.keys() == {"error"}


def test_an_error_has_the_code_of_the_refusal_of_twilio(fake, ask):
    fake.rooms.create(unique_name="x", max_participants=1).connect("alice")

    full = ask("POST", "/_fake/rooms/x/participants", json={"identity": "bob"})
    taken = ask("POST", "/_fake/rooms", json={"unique_name": "x"})

    assert (full.status, full.json["code"]) == (409, 53105)
    assert (taken.status, taken.json["code"]) == (409, 53113)


def test_each_operation_is_a_path_of_the_description(ask):
    document = ask("GET", "/_fake/openapi.json").json
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }

    assert described >= {(each.method, each.path) for each in OPERATIONS}
    assert document["openapi"] == "3.1.0"
    for path, item in document["paths"].items():
        for operation in item.values():
            names = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert names == set(re.findall(r"{(\w+)}", path))


ERRORS = {
    "400": "The request is invalid. The error names the field and says what is wrong",
    "403": "The header Host or Origin is not allowed",
    "404": "The resource does not exist",
    "408": "The body did not arrive in time",
    "409": "Twilio or its SDK would refuse this. The error has its code",
    "413": "The body is too large",
}


@pytest.mark.parametrize(
    ("method", "path", "status", "optional"),
    [
        ("get", "/_fake/rooms/{room}", "200", set()),
        ("post", "/_fake/callbacks/{callback}/redeliver", "200", set()),
        ("post", "/_fake/faults", "201", schemas.NEW_FAULT.keys()),
        ("get", "/_fake/faults/{fault}", "200", schemas.NEW_FAULT.keys()),
    ],
)
def test_the_description_says_which_fields_each_response_has(ask, method, path, status, optional):
    operation = ask("GET", "/_fake/openapi.json").json["paths"][path][method]
    schema = operation["responses"][status]["content"]["application/json"]["schema"]

    assert set(schema["required"]) == schema["properties"].keys() - optional
    errors = {code: operation["responses"][code]["description"] for code in ERRORS}
    assert errors == ERRORS


def test_a_move_of_the_clock_waits_for_another_one(fake, ask):
    """
    The test and another process may move time at once, and neither fails.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        moves = [
            pool.submit(ask, "POST", "/_fake/clock/advance", json={"seconds": 1})
            for _ in range(40)
        ]
        for _ in range(40):
            fake.clock.advance(seconds=1)
            time.sleep(0.001)

    assert {move.result().status for move in moves} == {200}
    assert (fake.clock.now - datetime(2026, 1, 1, 9, tzinfo=timezone.utc)).seconds == 80


def test_the_front_page_cannot_be_framed_and_the_state_is_json(ask):
    assert ask("GET", "/").headers["x-frame-options"] == "DENY"
    assert json.loads(ask("GET", "/_fake").body)
