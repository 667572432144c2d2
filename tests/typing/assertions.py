# pyright: strict, reportUnusedVariable=false
"""Assertions of users for the type checker, which accepts only names of fields."""

from __future__ import annotations

import re

from collections.abc import Sequence
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest

from dirty_equals import IsOneOf, IsStr
from fastapi import FastAPI
from flask import Flask
from starlette.testclient import TestClient as StarletteClient

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


if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


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


def test_the_checker_rejects_unknown_texts(twilio_video: FakeTwilioVideo) -> None:
    """None of these texts exists, and a type checker knows that."""
    room = twilio_video.rooms["lesson"]
    twilio_video.assert_callback("room-closed")  # type: ignore[arg-type]
    twilio_video.assert_no_callback("room-closed")  # type: ignore[arg-type]
    twilio_video.assert_events("room-created", "room-closed")  # type: ignore[arg-type]
    twilio_video.callbacks.drop("room-closed")  # type: ignore[arg-type]
    twilio_video.callbacks.refuse("room-closed")  # type: ignore[arg-type]
    twilio_video.callbacks.tamper("room-closed")  # type: ignore[arg-type]
    twilio_video.assert_room_completed(room, status="closed")  # type: ignore[arg-type]
    twilio_video.assert_room_created(type="grup")  # type: ignore[arg-type]
    twilio_video.assert_recording_completed(status="done")  # type: ignore[arg-type]
    twilio_video.assert_recording_completed(type="screen")  # type: ignore[arg-type]
    twilio_video.assert_composition_created(format="avi")  # type: ignore[arg-type]
    twilio_video.assert_callback("track-added", track_kind="screen")  # type: ignore[arg-type]
    twilio_video.assert_callback("room-ended", room_status="ended")  # type: ignore[arg-type]
    twilio_video.assert_no_callback("track-added", participant_status="reconnecting")  # type: ignore[arg-type]
    twilio_video.assert_called("FETCH", "/v1/Rooms")  # type: ignore[arg-type]
    twilio_video.assert_not_called("FETCH", "/v1/Rooms")  # type: ignore[arg-type]
    twilio_video.fail("FETCH")  # type: ignore[arg-type]
    twilio_video.rooms.create(type="grup")  # type: ignore[arg-type]
    twilio_video.rooms.create(status_callback_method="PUT")  # type: ignore[arg-type]
    room.connect("alice").publish("screen")  # type: ignore[arg-type]
    room.connect("alice").publish("data").send(3)  # type: ignore[arg-type]
    room.dominant_speaker = "alice"  # type: ignore[assignment]
    room.connect("alice").network_quality = "good"  # type: ignore[assignment]
    twilio_video.callbacks.deliver_to(3)  # type: ignore[arg-type]
    twilio_video.callbacks.deliver_to("http://localhost")  # type: ignore[arg-type]
    twilio_video.callbacks.deliver_to(print, headers={"X-A": 1})  # type: ignore[dict-item]
    twilio_video.assert_no_open_rooms(within="5")  # type: ignore[arg-type]


def test_the_checker_takes_matchers_for_texts(twilio_video: FakeTwilioVideo) -> None:
    room = twilio_video.assert_room_created(status=ANY, type=re.compile("^group"))
    twilio_video.assert_room_completed(status=IsOneOf("completed"), type=room.type)
    twilio_video.assert_callback("track-added", track_kind=IsStr(regex="audio|video"))
    twilio_video.assert_recording_completed(status=room.recordings[0].status)


async def test_the_checker_checks_targets_and_times(twilio_video: FakeTwilioVideo) -> None:
    async def hook(callback: Callback) -> int:
        return 204 if callback.event == "room-ended" else 500

    app, heard = Flask("hooks"), list[Callback]()
    for headers in ({"X-Forwarded-Proto": "https"}, None):
        twilio_video.callbacks.deliver_to(app, headers=headers)
    twilio_video.callbacks.deliver_to(app.test_client(), "https://app.example")
    twilio_video.callbacks.deliver_to(heard.append)
    twilio_video.callbacks.deliver_to(hook)
    twilio_video.callbacks.deliver_to("network")
    twilio_video.callbacks.deliver_to(FastAPI())
    twilio_video.callbacks.deliver_to(StarletteClient(FastAPI()))
    twilio_video.callbacks.deliver_to(webhooks)
    room: Room = twilio_video.assert_room_created(within=5)
    ended: Callback = await twilio_video.aeventually(
        twilio_video.assert_callback, "room-ended", room=room, within=5
    )
    sent: Callback = twilio_video.assert_callback("room-ended", delivered=False)
    await twilio_video.aeventually(twilio_video.assert_room_completed, rom=1)  # type: ignore[call-arg]
    calls: Sequence[Call] = twilio_video.calls
    twilio_video.calls.clear()


def webhooks(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("204 No Content", [])
    return []


def test_faults_are_injected_listed_and_stopped(twilio_video: FakeTwilioVideo) -> None:
    with twilio_video.fail("POST", "/v1/Rooms", error="timeout", times=None) as outage:
        hits: int = outage.hits
    slow: Fault = twilio_video.latency(1.5, when="after")
    slow.stop()
    twilio_video.limits(rooms=1)
    twilio_video.fail(error="tiemout")  # type: ignore[arg-type]


def test_the_checker_knows_the_attributes_of_errors(twilio_video: FakeTwilioVideo) -> None:
    with pytest.raises(VideoSdkError) as refused:
        twilio_video.connect("no token")
    code: int = refused.value.code


def test_the_checker_knows_injected_transports(twilio_video: FakeTwilioVideo) -> None:
    twilio_video.responses.get("https://video.twilio.com/v1/Rooms/lesson", status=418)
    twilio_video.respx.get("https://video.twilio.com/v1/Rooms/lesson").respond(418)
