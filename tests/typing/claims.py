"""Claims as users write them, as a type checker sees them. It is not meant to be run."""

from __future__ import annotations

import re

from unittest.mock import ANY

from dirty_equals import IsInt, IsStr

from pytest_twilio_video import (
    Call,
    Callback,
    Composition,
    FakeTwilioVideo,
    Participant,
    Recording,
    Room,
    Timeline,
)


def test_claims_return_what_they_found(twilio_video: FakeTwilioVideo) -> None:
    room: Room = twilio_video.assert_room_created(unique_name="DailyStandup", max_participants=10)
    alice: Participant = twilio_video.assert_participant_connected(room, "alice")
    callback: Callback = twilio_video.assert_callback("room-created", room=room, room_type="group")
    calls: list[Call] = twilio_video.assert_called("POST", "/v1/Rooms", times=1, unique_name="x")
    recording: Recording = twilio_video.assert_recording_completed(room, type="video")
    composition: Composition = twilio_video.assert_composition_created(room.sid, format="mp4")
    timeline: Timeline = twilio_video.timeline

    assert alice.room == room == twilio_video.assert_room_completed("DailyStandup")
    assert twilio_video.assert_participant_disconnected(room.sid, alice.identity) == alice
    assert callback.params["RoomName"] == "DailyStandup"
    assert calls[0].code is None
    assert recording.room == room
    assert composition == twilio_video.assert_composition_completed()
    assert timeline.to_text(verbose=True) + timeline.to_mermaid()


def test_matchers_pass_for_values(twilio_video: FakeTwilioVideo) -> None:
    twilio_video.assert_room_created(
        unique_name=re.compile("^Daily"), max_participants=IsInt(ge=2), sid=ANY, end_time=None
    )
    twilio_video.assert_no_room_created(unique_name=IsStr(max_length=5))
    twilio_video.assert_participant_connected("DailyStandup", IsStr(regex="ali.*"))
    twilio_video.assert_callback("room-ended", room_duration=IsStr(), room_name=ANY)
    twilio_video.assert_no_callback("room-ended", room="Retro", sequence_number=0)
    twilio_video.assert_not_called("DELETE", "*", anything=ANY)
    twilio_video.assert_events("room-created", "room-ended")
    twilio_video.assert_no_open_rooms()


def test_misspelt_names_are_seen_before_the_test_runs(twilio_video: FakeTwilioVideo) -> None:
    twilio_video.assert_room_created(unique_nam="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    twilio_video.assert_callback("room-ended", room_length=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    twilio_video.assert_recording_completed(kind="audio")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
