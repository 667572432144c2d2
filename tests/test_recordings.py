"""Recordings: the objects that a test holds, their callbacks, and their downloads."""

from __future__ import annotations

import re

import aiohttp
import httpx
import pytest
import requests

from pytest_twilio_video import InvalidArgumentError, Recording, TwilioVideoError


AUTH = ("AC" + "1" * 32, "token")
HOOK = "https://app.example/hooks"


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(
        unique_name="standup", record_participants_on_connect=True, status_callback=HOOK
    )


@pytest.fixture
def alice(room):
    return room.connect("alice")


@pytest.fixture
def recording(twilio_video, alice):
    """A completed recording of 90 seconds."""
    track = alice.publish("audio", "mic")
    twilio_video.clock.advance(seconds=90)
    track.unpublish()
    return twilio_video.recordings[0]


@pytest.fixture
def media(recording):
    """The URL of the media in the API."""
    return f"https://video.twilio.com/v1/Recordings/{recording.sid}/Media"


def test_recordings_are_listed_by_account_and_by_room(twilio_video, room, alice):
    other = twilio_video.rooms.create(record_participants_on_connect=True)
    other.connect("bob").publish("audio")
    alice.publish("video")

    assert len(twilio_video.recordings) == 2
    (mine,) = room.recordings
    assert isinstance(mine, Recording)
    assert mine in twilio_video.recordings
    assert mine.room == room
    assert twilio_video.recordings[mine.sid] == mine
    assert twilio_video.recordings.where(room_sid=other.sid, type="audio")[0].room == other


def test_a_recording_is_always_current(twilio_video, alice):
    track = alice.publish("audio")
    (recording,) = twilio_video.recordings
    assert (recording.status, recording.duration, recording.size) == ("processing", 0, 0)

    twilio_video.clock.advance(seconds=7)
    track.unpublish()

    assert (recording.status, recording.duration) == ("completed", 7)
    assert recording.size == len(recording.media)


def test_the_same_test_has_the_same_recordings(twilio_video):
    def recorded():
        room = twilio_video.rooms.create(record_participants_on_connect=True)
        room.connect("alice").publish("video", "camera")
        twilio_video.clock.advance(seconds=3)
        room.complete()
        return [
            (each.sid, each.size, each.offset, each.source_sid) for each in twilio_video.recordings
        ]

    first = recorded()
    twilio_video.reset()

    assert recorded() == first


def test_media_that_a_test_sets_are_downloaded(recording, media):
    recording.media = b"a lion's roar"

    assert (recording.media, recording.size) == (b"a lion's roar", 13)
    assert requests.get(media, auth=AUTH, timeout=1).content == b"a lion's roar"


def test_media_that_a_test_sets_during_recording_determine_the_size(twilio_video, alice):
    track = alice.publish("audio")
    (recording,) = twilio_video.recordings
    recording.media = b"roar"
    assert recording.size == 0

    track.unpublish()

    assert recording.size == 4
    twilio_video.assert_callback("recording-completed", size=4)


def test_empty_media_cannot_be_downloaded(recording, media):
    recording.media = b""

    assert requests.get(media, auth=AUTH, timeout=1).status_code == 404


def test_media_must_be_bytes(recording):
    with pytest.raises(InvalidArgumentError, match="media is 'a lion', but must be bytes"):
        recording.media = "a lion"


def test_fields_other_than_media_cannot_be_set(recording):
    with pytest.raises(AttributeError, match=r"Recording\.size cannot be set to 7"):
        recording.size = 7
    with pytest.raises(AttributeError, match=r"Recording\.room cannot be set"):
        recording.room = None


def test_a_recording_can_fail_while_it_is_in_process(twilio_video, alice):
    alice.publish("audio")
    (recording,) = twilio_video.recordings

    recording.fail()

    assert recording.status == "failed"
    twilio_video.assert_callback(
        "recording-failed", recording_sid=recording.sid, failed_operation="RecordingComplete"
    )
    twilio_video.assert_no_callback("recording-completed")


def test_the_callback_of_a_failure_names_the_operation(twilio_video, alice):
    alice.publish("audio")

    twilio_video.recordings[0].fail("RecordingUpload")

    twilio_video.assert_callback("recording-failed", failed_operation="RecordingUpload")
    alice.publish("video")
    with pytest.raises(TwilioVideoError, match="operation is 'Luck', but must be one of: 'Rec"):
        twilio_video.recordings[1].fail("Luck")


def test_a_completed_recording_cannot_fail(recording):
    with pytest.raises(TwilioVideoError, match=r"it is completed\. Call fail\(\) before"):
        recording.fail()


def test_the_start_of_a_recording_sends_a_callback(twilio_video, room, alice, recording):
    callback = twilio_video.assert_callback("recording-started", room=room)

    assert callback.params == {
        "RoomSid": room.sid,
        "RoomName": "standup",
        "RoomType": "group",
        "ParticipantSid": alice.sid,
        "ParticipantIdentity": "alice",
        "RecordingSid": recording.sid,
        "SourceSid": recording.source_sid,
        "RecordingUri": f"/v1/Recordings/{recording.sid}",
        "TrackName": "mic",
        "Type": "audio",
        "Container": "mka",
        "Codec": "opus",
        "OffsetFromTwilioVideoEpoch": str(recording.offset),
        "StatusCallbackEvent": "recording-started",
        "Timestamp": callback.params["Timestamp"],
        "AccountSid": twilio_video.account_sid,
    }
    # It would have microseconds if the moment were not a whole second.
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", callback.params["Timestamp"])
    assert (callback.url, callback.method) == (HOOK, "POST")


def test_the_completion_of_a_recording_sends_a_callback(twilio_video, recording):
    started = twilio_video.assert_callback("recording-started").params
    completed = twilio_video.assert_callback("recording-completed").params

    assert completed.keys() - started.keys() == {"MediaUri", "Duration", "Size"}
    assert started.keys() <= completed.keys()
    assert completed["MediaUri"] == f"/v1/Recordings/{recording.sid}/Media"
    assert (completed["Duration"], completed["Size"]) == ("90", str(recording.size))


def test_the_callback_of_a_recording_in_external_storage_has_its_url(twilio_video, alice):
    said = {"FriendlyName": "x", "AwsS3Url": "https://b.example/", "AwsStorageEnabled": "true"}
    url = "https://video.twilio.com/v1/RecordingSettings/Default"
    requests.post(url, auth=AUTH, data=said, timeout=1)

    alice.publish("audio").unpublish()

    place = f"https://b.example/{twilio_video.recordings[0].sid}.mka"
    twilio_video.assert_callback("recording-completed", media_external_location=place)


def test_callbacks_of_recordings_have_no_sequence_number(twilio_video, recording):
    """
    They have no number, and the numbers of other callbacks have no gap.
    """
    numbers = [each.params.get("SequenceNumber") for each in twilio_video.callbacks]

    assert numbers == ["0", "1", "2", None, "3", None]


def get_with_requests(url):
    with requests.Session() as session:
        session.auth = AUTH
        return session.get(url, timeout=1).content


def get_with_httpx(url):
    with httpx.Client(auth=AUTH, follow_redirects=True) as client:
        return client.get(url).content


@pytest.mark.parametrize("get", [get_with_requests, get_with_httpx])
def test_clients_follow_the_redirect_to_the_media(recording, media, get):
    """
    The clients do not send the credentials to S3, which would refuse the request.
    """
    assert get(media) == recording.media


@pytest.mark.anyio
async def test_async_clients_follow_the_redirect_to_the_media(recording, media):
    async with httpx.AsyncClient(auth=AUTH, follow_redirects=True) as client:
        assert (await client.get(media)).content == recording.media
    headers = {"Authorization": httpx.BasicAuth(*AUTH)._auth_header}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(media) as answer:
        assert await answer.read() == recording.media


def test_the_answer_contains_the_url_of_the_media(recording, media):
    answer = requests.get(media, auth=AUTH, allow_redirects=False, timeout=1)

    assert answer.status_code == 302
    url = answer.json()["redirect_to"]
    assert url == answer.headers["Location"]
    assert requests.get(url, timeout=1).content == recording.media
    assert httpx.get(url).content == recording.media
