"""Compositions, hooks and transcriptions through Twilio's own Python client."""

from __future__ import annotations

from datetime import timezone

import pytest
import requests

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client


pytestmark = pytest.mark.official_client


@pytest.fixture
def video(twilio_video):
    return Client(twilio_video.account_sid, twilio_video.auth_token).video.v1


@pytest.fixture
def room(twilio_video):
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("video", "webcam")
    twilio_video.clock.advance(minutes=1)
    return room


LAYOUT = {"grid": {"video_sources": ["web*"], "max_columns": 2}}


def test_a_composition_is_created_fetched_and_deleted(twilio_video, video, room):
    made = video.compositions.create(
        room_sid=room.sid,
        audio_sources=["*"],
        audio_sources_excluded=["noise"],
        video_layout=LAYOUT,
        resolution="1280x720",
        format="mp4",
        trim=False,
        status_callback="https://app.example.com/",
        status_callback_method="GET",
    )
    room.complete()
    twilio_video.clock.advance(minutes=2)
    done = video.compositions(made.sid).fetch()

    assert (made.status, made.format, made.trim) == ("enqueued", "mp4", False)
    assert made.video_layout["grid"]["max_columns"] == 2
    assert (done.status, done.duration) == ("completed", 60)
    assert done.date_completed.replace(tzinfo=timezone.utc) < twilio_video.clock.now
    (listed,) = video.compositions.list(status="completed", room_sid=room.sid, limit=500)
    assert listed.sid == made.sid
    assert video.compositions(made.sid).delete()
    assert video.compositions.list() == []
    assert twilio_video.compositions[made.sid].status == "deleted"


def test_the_media_of_a_composition_are_downloaded(twilio_video, video, room):
    made = video.compositions.create(room_sid=room.sid, video_layout=LAYOUT)
    room.complete()
    twilio_video.clock.advance(minutes=2)
    url = f"https://video.twilio.com/v1/Compositions/{made.sid}/Media"
    credentials = (twilio_video.account_sid, twilio_video.auth_token)

    film = requests.get(url, auth=credentials, timeout=5)

    assert film.history[0].status_code == 302
    assert film.headers["Content-Type"] == "video/webm"
    assert film.content == twilio_video.compositions[made.sid].media


def test_a_refusal_raises_the_exception_of_the_client(video, room):
    with pytest.raises(TwilioRestException) as caught:
        video.compositions.create(room_sid=room.sid)

    assert (caught.value.status, caught.value.code) == (400, 20001)
    assert "either VideoLayout or AudioSources must be given" in caught.value.msg


def test_a_hook_is_created_updated_run_and_deleted(twilio_video, video, room):
    hooks = video.composition_hooks
    made = hooks.create(friendly_name="My Hook", video_layout=LAYOUT, format="mp4")
    changed = hooks(made.sid).update(friendly_name="My Hook", video_layout=LAYOUT)
    room.complete()

    assert (made.enabled, made.format, made.date_updated) == (True, "mp4", None)
    assert (changed.format, changed.date_updated is None) == ("webm", False)
    assert hooks(made.sid).fetch().video_layout["grid"]["reuse"] == "show_oldest"
    assert [hook.sid for hook in hooks.list(friendly_name="*hook*", enabled=True)] == [made.sid]
    assert [each.room_sid for each in video.compositions.list()] == [room.sid]
    assert hooks(made.sid).delete()
    assert hooks.list() == []


def test_a_room_is_transcribed(twilio_video, video, room):
    rooms = video.rooms
    if not hasattr(rooms(room.sid), "transcriptions"):
        pytest.skip("this client is older than the resource")
    made = rooms(room.sid).transcriptions.create(configuration={"partialResults": True})
    twilio_video.clock.advance(seconds=30)
    stopped = rooms(room.sid).transcriptions(made.ttid).update(status="stopped")

    assert (made.status, made.configuration) == ("started", {"partialResults": "true"})
    assert (stopped.status, stopped.duration) == ("stopped", 30)
    assert rooms(room.sid).transcriptions(made.ttid).fetch().end_time == stopped.end_time
    assert [each.ttid for each in rooms(room.sid).transcriptions.list()] == [made.ttid]


def test_a_room_is_transcribed_from_its_start(twilio_video, video):
    rooms = video.rooms
    if not hasattr(rooms("any"), "transcriptions"):
        pytest.skip("this client is older than the resource")
    room = rooms.create(
        transcribe_participants_on_connect=True,
        transcriptions_configuration={"languageCode": "nl-BE"},
    )

    (made,) = rooms(room.sid).transcriptions.list()

    assert made.configuration == {"languageCode": "nl-BE"}
    assert made.date_created.replace(tzinfo=timezone.utc) == twilio_video.clock.now
