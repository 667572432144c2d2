"""Callbacks compared with captured ones: every event, its parameters, and the headers.

The captures are of real rooms of 2023 and 2024: github.com/emancera1/video-wheels-off and
github.com/roshan-twi/video-wheels-off.
"""

from __future__ import annotations

import re

from pathlib import Path

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo


HOOK = "https://app.example/hook"
FACTS = Path(__file__).parents[3] / "shared" / "twilio-video-facts.md"

IN_ROOM = "RoomStatus RoomType RoomSid RoomName"
TRACK = (
    "RoomStatus RoomSid RoomName ParticipantStatus ParticipantIdentity StatusCallbackEvent "
    "Timestamp AccountSid TrackKind RoomType TrackSid SequenceNumber TrackName ParticipantSid"
)
RECORDING = (
    "AccountSid RecordingUri Codec Container Type RoomType OffsetFromTwilioVideoEpoch TrackName "
    "ParticipantSid"
)
CAPTURED = {
    "room-created": f"{IN_ROOM} SequenceNumber StatusCallbackEvent Timestamp AccountSid",
    "room-ended": (
        f"{IN_ROOM} RoomDuration SequenceNumber StatusCallbackEvent Timestamp AccountSid"
    ),
    "participant-connected": (
        f"{IN_ROOM} ParticipantStatus ParticipantIdentity SequenceNumber StatusCallbackEvent "
        "Timestamp ParticipantSid AccountSid"
    ),
    "participant-disconnected": (
        f"{IN_ROOM} ParticipantDuration ParticipantStatus ParticipantIdentity SequenceNumber "
        "StatusCallbackEvent Timestamp ParticipantSid AccountSid"
    ),
    "track-added": TRACK,
    "track-removed": TRACK,
    "track-enabled": TRACK,
    "track-disabled": TRACK,
    "recording-started": (
        "RoomSid RoomName SourceSid ParticipantIdentity RecordingSid StatusCallbackEvent "
        f"Timestamp {RECORDING}"
    ),
    "recording-completed": (
        "MediaUri RoomSid RoomName SourceSid Size ParticipantIdentity RecordingSid Duration "
        f"StatusCallbackEvent Timestamp {RECORDING}"
    ),
    "composition-available": (
        "MediaUri RoomSid Size CompositionSid Duration StatusCallbackEvent Timestamp AccountSid "
        "CompositionUri"
    ),
}
"""The parameters of each event that was captured, in their order."""

HEADERS = (
    "host connection user-agent content-length x-home-region accept x-twilio-signature "
    "i-twilio-idempotency-token content-type"
)
"""All headers of a captured callback, in their order."""

VALUES = {
    "connection": "close",
    "user-agent": "TwilioProxy/1.1",
    "x-home-region": "us1",
    "accept": "*/*",
    "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
}


@pytest.fixture(name="fake", scope="module")
def _fake():
    with FakeTwilioVideo(start="2023-08-14T20:03:26.123456Z") as fake:
        yield fake


@pytest.fixture(name="callbacks", scope="module")
def _callbacks(fake):
    """All callbacks of a room in which all captured events happen."""
    room = fake.rooms.create(record_participants_on_connect=True, status_callback=HOOK)
    fake.clock.advance(seconds=1)
    alice = room.connect("alice", tracks=("audio", "video"))
    fake.clock.advance(minutes=1)
    bob = room.connect("bob O'Neil", tracks=("audio",))
    alice.published_tracks[0].disable()
    alice.published_tracks[0].enable()
    alice.published_tracks[1].unpublish()
    fake.clock.advance(minutes=3)
    alice.disconnect()
    bob.drop_network()
    auth = (fake.account_sid, fake.auth_token)
    form = {"RoomSid": room.sid, "AudioSources": "*", "StatusCallback": HOOK}
    requests.post("https://video.twilio.com/v1/Compositions", form, auth=auth, timeout=5)
    fake.clock.advance(minutes=10)
    return list(fake.callbacks)


def table(rows):
    """Return a table of events, their parameters and the headers, a row for each kind."""
    lines = ["| event | parameters in order | headers |", "| --- | --- | --- |"]
    lines += [f"| {event} | {names} | {headers} |" for event, (names, headers) in rows.items()]
    return "\n".join(lines)


def test_every_event_has_the_parameters_and_headers_of_the_captures(callbacks):
    sent = {}
    for callback in callbacks:
        names = " ".join(name for name in callback.params)
        headers = " ".join(name.lower() for name in callback.headers)
        assert sent.setdefault(callback.event, (names, headers)) == (names, headers)
    captured = {event: (names, HEADERS) for event, names in CAPTURED.items()}
    shown = table({event: sent[event] for event in CAPTURED})

    assert shown == table(captured)
    assert sent.keys() - CAPTURED.keys() == {"composition-started", "composition-progress"}
    for callback in callbacks:
        headers = {name.lower(): value for name, value in callback.headers.items()}
        assert VALUES.items() <= headers.items()


def test_the_captures_have_the_same_parameters_as_the_table():
    """
    The file with the captured facts is not always available.
    """
    if not FACTS.exists():
        pytest.skip(f"there is no {FACTS}")
    found = {}
    for row in re.findall(
        r"^\| (\S.*) \| (.+) \|$", FACTS.read_text(encoding="utf-8"), re.MULTILINE
    ):
        events, names = row[0].partition(" [")[0], row[1].replace("**", "")
        if events.startswith("track-added, "):
            events = "track-added, track-removed, track-enabled, track-disabled"
        for event in events.split(", "):
            if event in CAPTURED and "AccountSid" in names:
                found[event] = names

    assert found == CAPTURED


def test_the_body_is_escaped_as_in_the_captures(callbacks):
    bob = next(each for each in callbacks if "bob" in each.params.get("ParticipantIdentity", ""))

    assert b"ParticipantIdentity=bob%20O%27Neil&" in bob.request.body
    assert re.search(rb"Timestamp=2023-08-14T20%3A04%3A27\.123Z", bob.request.body)


def test_events_happen_in_the_order_of_the_captures(callbacks):
    """
    No track-removed is sent for a participant who leaves. Their recordings complete afterwards.
    """
    told = [
        f"{each.event} {each.params.get('ParticipantIdentity', '')[:3]}".strip()
        for each in callbacks
        if not each.event.startswith("composition")
    ]

    assert told == [
        "room-created",
        *["track-added ali"] * 2,
        "participant-connected ali",
        *["recording-started ali"] * 2,
        "participant-connected bob",
        "track-added bob",
        "recording-started bob",
        "track-disabled ali",
        "track-enabled ali",
        "track-removed ali",
        "recording-completed ali",
        "participant-disconnected ali",
        "recording-completed ali",
        "participant-disconnected bob",
        "recording-completed bob",
        "room-ended",
    ]
    numbers = [each.params.get("SequenceNumber") for each in callbacks]
    counted = [number for number in numbers if number]
    assert counted == [str(number) for number in range(len(counted))]


def test_only_recordings_have_microseconds_in_their_timestamps(callbacks):
    for callback in callbacks:
        fraction = callback.params["Timestamp"].partition(".")[2]
        is_recording = callback.event.startswith("recording")
        assert re.fullmatch(r"123456Z" if is_recording else r"123Z", fraction), callback


@pytest.mark.parametrize(
    ("at", "fraction"), [("21.106", ".106Z"), ("13.206015", ".206015Z"), ("13", ".000Z")]
)
def test_the_timestamp_of_a_recording_has_no_last_group_of_zeros(at, fraction):
    with FakeTwilioVideo(start=f"2024-06-29T08:51:{at}Z") as fake:
        room = fake.rooms.create(record_participants_on_connect=True, status_callback=HOOK)
        room.connect("alice", tracks=("audio",))

    assert fake.callbacks[-1].event == "recording-started"
    assert fake.callbacks[-1].params["Timestamp"].endswith(fraction)


def test_the_status_of_a_participant_is_connected_or_disconnected(fake, callbacks):
    assert {each.params.get("ParticipantStatus") for each in callbacks} == {
        None,
        "connected",
        "disconnected",
    }


@pytest.mark.twilio_video(ad_hoc_rooms=True)
def test_the_recordings_of_the_last_participant_of_an_ad_hoc_room_complete_after_its_end(
    twilio_video,
):
    """
    Captured: room-ended at 08:51:19.867, recording-completed at 08:51:21.106.
    """
    import jwt  # what the application's own library makes tokens of

    now = int(twilio_video.clock.now.timestamp())
    claims = {
        "iss": twilio_video.api_key_sid,
        "sub": twilio_video.account_sid,
        "exp": now + 3600,
        "grants": {"identity": "alice", "video": {}},
    }
    token = jwt.encode(
        claims, twilio_video.api_key_secret, "HS256", {"cty": "twilio-fpa;v=1", "typ": "JWT"}
    )
    alice = twilio_video.connect(token, "Lesson")
    auth = (twilio_video.account_sid, twilio_video.auth_token)
    url = f"https://video.twilio.com/v1/Rooms/{alice.room_sid}/RecordingRules"
    rules = {"Rules": '[{"type": "include", "all": true}]'}
    requests.post(url, rules, auth=auth, timeout=5)
    alice.publish("audio")

    alice.disconnect()

    names = [each.name for each in twilio_video.events]
    assert names[-3:] == ["participant-disconnected", "room-ended", "recording-completed"]
    assert len({each.at for each in twilio_video.events[-3:]}) == 1
    assert twilio_video.recordings[0].status == "completed"
