"""Joins that fail with errors of the client SDK, and joins with tracks."""

from __future__ import annotations

import pytest

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError, VideoSdkError


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(unique_name="Lesson")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (53000, "Signaling connection error"),
        (53003, "Client received an invalid signaling message"),
        (53004, "Client sent an invalid signaling message"),
        (53400, "Client is unable to create or apply a local media description"),
        (53405, "Media connection failed"),
        (53500, "Unable to acquire configuration"),
        (53501, "Unable to acquire TURN credentials"),
    ],
)
def test_a_join_fails_with_a_code_that_nothing_else_produces(twilio_video, room, code, message):
    fault = twilio_video.fail_connect(code)

    with pytest.raises(VideoSdkError) as failed:
        room.connect("alice")

    assert (failed.value.code, failed.value.message) == (code, message)
    assert (fault.hits, list(room.participants)) == (1, [])
    assert room.connect("alice").status == "connected"


def test_a_fault_of_joins_has_times_after_and_stop_like_every_fault(twilio_video, room):
    with twilio_video.fail_connect(53405, times=None, after=1) as fault:
        room.connect("alice")
        for identity in ("bob", "carol"):
            with pytest.raises(VideoSdkError):
                room.connect(identity)
        assert fault.hits == 2
    room.connect("dave")

    assert repr(fault) == "<Fault 53405 for joins, 2 hits, over>"
    assert [each.identity for each in room.participants] == ["alice", "dave"]


def test_two_faults_of_joins_fail_one_join_each(twilio_video, room):
    faults = twilio_video.fail_connect(53405), twilio_video.fail_connect(53000)

    codes = []
    for _ in range(2):
        with pytest.raises(VideoSdkError) as failed:
            room.connect("alice")
        codes.append(failed.value.code)

    assert codes == [53405, 53000]
    assert [each.hits for each in faults] == [1, 1]


@pytest.mark.twilio_video(ad_hoc_rooms=True)
def test_a_join_by_token_that_fails_creates_no_room(twilio_video):
    twilio_video.fail_connect(53500)

    with pytest.raises(VideoSdkError) as failed:
        twilio_video.connect("a token that is never read", "Lesson")

    assert failed.value.code == 53500
    assert list(twilio_video.rooms) == []


def test_api_calls_do_not_trigger_a_fault_of_joins(twilio_video, room):
    import requests

    fault = twilio_video.fail_connect(53405)
    auth = (twilio_video.account_sid, twilio_video.auth_token)

    assert requests.get("https://video.twilio.com/v1/Rooms", auth=auth, timeout=5).ok
    assert fault.hits == 0
    assert "53405 for joins" in twilio_video._faults.never_triggered


def test_a_made_up_past_does_not_trigger_a_fault_of_joins():
    fake = FakeTwilioVideo()
    fault = fake.fail_connect(53405)

    fake.populate(rooms=2)

    assert fault.hits == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((59999,), "code is 59999, whose message is not known here"),
        (("53405",), "code is '53405'"),
        ((53405, 5), "message is 5"),
        ((53405, "No", 0), "times is 0"),
        ((53405, "No", 1, -1), "after is -1"),
    ],
)
def test_an_invalid_argument_of_fail_connect_is_refused_at_once(twilio_video, arguments, words):
    names = ("code", "message", "times", "after")
    with pytest.raises(InvalidArgumentError, match=words):
        twilio_video.fail_connect(**dict(zip(names, arguments, strict=False)))


def test_a_given_message_replaces_the_message_of_the_sdk(twilio_video, room):
    twilio_video.fail_connect(59999, "Something new")

    with pytest.raises(VideoSdkError, match="59999: Something new"):
        room.connect("alice")


# Tracks at hand.


def test_a_participant_who_joins_with_tracks_publishes_them(room):
    alice = room.connect("alice", tracks=("audio", "video", "data"))

    assert [each.kind for each in alice.published_tracks] == ["audio", "video", "data"]


def test_only_the_tracks_of_the_first_participant_ever_come_before_the_join(twilio_video, room):
    """
    The order of the captured callbacks holds for `events`, pages and callbacks.
    """
    room.connect("alice", tracks=["audio"]).disconnect()
    room.connect("bob", tracks=["audio"])

    assert [each.name for each in twilio_video.events] == [
        "room-created",
        "track-added",
        "participant-connected",
        "participant-disconnected",
        "participant-connected",
        "track-added",
    ]


def test_a_track_that_the_room_refuses_is_left_out(twilio_video):
    """
    The SDK's own tests join an audio-only room with a video track: only that track fails.
    """
    room = twilio_video.rooms.create(audio_only=True)

    alice = room.connect("alice", tracks=("audio", "video"))

    assert [each.kind for each in alice.published_tracks] == ["audio"]


@pytest.mark.parametrize("tracks", ["audio", ("smell",), None, 5, ("audio", ["video"])])
def test_invalid_tracks_are_a_mistake_of_the_test(room, tracks):
    with pytest.raises(InvalidArgumentError, match="must be a list or tuple of 'audio', 'video'"):
        room.connect("alice", tracks=tracks)
    assert list(room.participants) == []
