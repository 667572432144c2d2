# pyright: strict, reportUnusedVariable=false
"""Code of users for the type checker. It is not run."""

from __future__ import annotations

from datetime import datetime, timedelta

from pytest_twilio_video import (
    Callback,
    Composition,
    CompositionHook,
    FakeTwilioVideo,
    Fault,
    Message,
    Participant,
    Room,
)


def test_an_abandoned_standup_closes_itself(twilio_video: FakeTwilioVideo) -> None:
    room: Room = twilio_video.assert_room_created(unique_name="DailyStandup", max_participants=10)
    twilio_video.clock.advance(minutes=5)
    twilio_video.clock.advance(timedelta(hours=1))
    now: datetime = twilio_video.clock.now

    assert room.status == "completed"
    assert room.end_time is not None
    assert room.end_time < now
    callback: Callback = twilio_video.assert_callback("room-ended", room=room)
    assert callback.params["RoomSid"] == room.sid


def without_pytest() -> list[Participant]:
    with FakeTwilioVideo(auth="strict") as twilio_video:
        room: Room = twilio_video.rooms.create(unique_name="DailyStandup")
        alice: Participant = room.connect("alice")
        alice.disconnect()
        return list(room.participants)


@FakeTwilioVideo(unused_faults="fail")
def decorated(twilio_video: FakeTwilioVideo) -> int:
    return len(twilio_video.rooms)


@FakeTwilioVideo()
async def decorated_coroutine(twilio_video: FakeTwilioVideo) -> int:
    return len(twilio_video.rooms)


async def started_and_stopped() -> int:
    twilio_video: FakeTwilioVideo = FakeTwilioVideo().start()
    twilio_video.stop()
    return decorated() + await decorated_coroutine()


def of_what_was_composed(twilio_video: FakeTwilioVideo) -> bytes:
    hook: CompositionHook = twilio_video.composition_hooks["everything"]
    composition: Composition = twilio_video.compositions[0]
    completed: datetime | None = composition.date_completed
    composition.media = b"a film"
    if hook.enabled and completed is None:
        composition.fail()
    return composition.media


def of_people(twilio_video: FakeTwilioVideo, token: str) -> list[Room]:
    alice: Participant = twilio_video.connect(token)
    bob: Participant = twilio_video.rooms["lesson"].connect(automatic_subscription=False)
    twilio_video.connect(token, alice.room)
    alice.publish("video", name="camera").disable()
    bob.drop_network()
    bob.resume()
    error: int | None = bob.disconnect_error
    assert error is None
    speaker: Participant | None = bob.room.dominant_speaker
    bob.room.dominant_speaker = alice if speaker is None else None
    quality: int | None = alice.network_quality
    assert quality is None
    bob.network_quality = 3
    chat = alice.publish("data", "chat")
    chat.send("text")
    chat.send(b"bytes")
    message: Message = bob.messages[0]
    data: str | bytes = message.data
    sender: Participant = message.sender
    sender.say(f"{message.track}: {data!r}", language_code="fr-FR", partial=True)
    chat.switch_off()
    chat.switch_on()
    return twilio_video.populate(rooms=5, recordings=False, over=timedelta(days=1))


def on_a_bad_day(twilio_video: FakeTwilioVideo) -> list[int | None]:
    with twilio_video.fail("POST", "/v1/Rooms", code=53113, times=None) as fault:
        hits: int = fault.hits
    lost: Fault = twilio_video.fail(error="reset", when="after")
    lost.stop()
    twilio_video.throttle(writes_per_second=5).stop()
    twilio_video.latency(1.5)
    twilio_video.lag(media=0)
    twilio_video.limits(rooms=hits)
    return [call.status for call in twilio_video.calls]
