# pyright: strict, reportUnusedVariable=false
"""Assertions of users for the type checker, which accepts only names of fields."""

from __future__ import annotations

import re

from unittest.mock import ANY

import pytest

from pytest_twilio_video import (
    Call,
    Callback,
    Composition,
    FakeTwilioVideo,
    Fault,
    Participant,
    Recording,
    Room,
    VideoSdkError,
)


@pytest.mark.twilio_video(start="2026-01-31T09:00:00Z")
def test_each_assertion_returns_what_it_found(twilio_video: FakeTwilioVideo) -> None:
    room: Room = twilio_video.assert_room_created(
        unique_name=re.compile("^Daily"), max_participants=10, sid=ANY
    )
    ended: Room = twilio_video.assert_room_completed(room, duration=300)
    alice: Participant = twilio_video.assert_participant_connected(room, "alice")
    bob: Participant = twilio_video.assert_participant_disconnected("DailyStandup", identity=ANY)
    recording: Recording = twilio_video.assert_recording_completed(room, type="audio")
    composition: Composition = twilio_video.assert_composition_completed(room, format="mp4")
    callback: Callback = twilio_video.assert_callback(
        "participant-connected", room=room, participant_identity="alice"
    )
    calls: list[Call] = twilio_video.assert_called("POST", "/v1/Rooms", times=1, unique_name=ANY)
    twilio_video.assert_no_room_created(type="go")
    twilio_video.assert_no_callback("room-ended", room=room, room_duration=0)
    twilio_video.assert_not_called("DELETE", "/v1/Recordings/*")
    twilio_video.assert_events("room-created", "participant-connected")
    twilio_video.assert_no_open_rooms()


def test_the_checker_rejects_an_unknown_field(twilio_video: FakeTwilioVideo) -> None:
    """An unused ignore is itself an error, so each line proves that the checker reports one."""
    twilio_video.assert_room_created(max_participant=10)  # type: ignore[call-arg]
    twilio_video.assert_callback("room-ended", romm_duration=1)  # type: ignore[call-arg]
    twilio_video.assert_recording_completed(kind="audio")  # type: ignore[call-arg]
    twilio_video.rooms["lesson"].no_such_thing()


def test_the_checker_checks_arranged_rooms(twilio_video: FakeTwilioVideo) -> None:
    twilio_video.rooms.create(unique_name="lesson", video_codecs=["VP8"], empty_room_timeout=10)
    twilio_video.rooms.create(uniqe_name="lesson")  # type: ignore[call-arg]
    twilio_video.rooms.create(max_participants="10")  # type: ignore[arg-type]
    twilio_video.clock.advance(minute=5)  # type: ignore[call-arg]


def test_faults(twilio_video: FakeTwilioVideo) -> None:
    with twilio_video.fail("POST", "/v1/Rooms", error="timeout", times=None) as outage:
        hits: int = outage.hits
    slow: Fault = twilio_video.latency(1.5, when="after")
    slow.stop()
    twilio_video.limits(rooms=1)
    twilio_video.fail(error="tiemout")  # type: ignore[arg-type]


def test_refusals(twilio_video: FakeTwilioVideo) -> None:
    with pytest.raises(VideoSdkError) as refused:
        twilio_video.connect("no token")
    code: int = refused.value.code


def test_ways_out(twilio_video: FakeTwilioVideo) -> None:
    twilio_video.responses.get("https://video.twilio.com/v1/Rooms/lesson", status=418)
    twilio_video.respx.get("https://video.twilio.com/v1/Rooms/lesson").respond(418)
