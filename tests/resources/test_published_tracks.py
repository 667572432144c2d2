"""Published tracks: publishing, muting and unpublishing, and their limits."""

from __future__ import annotations

import pytest
import requests

from pytest_twilio_video import InvalidArgumentError, VideoSdkError


HOOK = "https://app.example.com/hook"


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(unique_name="Lesson", status_callback=HOOK)


@pytest.fixture
def alice(room):
    return room.connect("alice")


def refusal(participant, kind="audio", name=None):
    before = list(participant.published_tracks)
    with pytest.raises(VideoSdkError) as caught:
        participant.publish(kind, name)
    assert list(participant.published_tracks) == before
    return caught.value.code


@pytest.mark.parametrize("kind", ["audio", "video", "data"])
def test_a_track_is_published_muted_unmuted_and_unpublished(twilio_video, room, alice, kind):
    track = alice.publish(kind, "mine")
    assert (track.kind, track.name, track.enabled, track.date_updated) == (
        kind,
        "mine",
        True,
        None,
    )

    track.disable()
    assert not track.enabled
    track.enable()
    assert track.enabled
    track.unpublish()

    assert not alice.published_tracks
    events = ["track-added", "track-disabled", "track-enabled", "track-removed"]
    told = [each for each in twilio_video.callbacks if each.event.startswith("track-")]
    assert [each.event for each in told] == events
    for callback in told:
        assert callback.params["TrackSid"] == track.sid
        assert callback.params["TrackKind"] == kind
        assert callback.params["ParticipantSid"] == alice.sid
        assert callback.room_sid == room.sid


def test_an_action_without_effect_causes_no_event(twilio_video, alice):
    track = alice.publish("audio")
    track.enable()
    track.disable()
    track.disable()
    track.unpublish()
    track.unpublish()

    names = [each.name for each in twilio_video.events if each.name.startswith("track-")]
    assert names == ["track-added", "track-disabled", "track-removed"]


def test_a_track_without_a_name_gets_a_uuid(alice):
    first, second = alice.publish("audio"), alice.publish("audio")

    assert len(first.name) == len(second.name) == 36
    assert first.name != second.name


@pytest.mark.parametrize("name", [128 * "x", "two words", "screen/1", "Mikrofon für zwölf"])
def test_a_name_may_be_any_text_of_up_to_128_characters(alice, name):
    assert alice.publish("video", name).name == name


@pytest.mark.parametrize(
    ("name", "code"),
    [("", 53301), (129 * "x", 53302), ("two\nlines", 53303), ("half \ud800", 53303)],
)
def test_invalid_names_are_refused(alice, name, code):
    assert refusal(alice, "video", name) == code


def test_two_tracks_of_one_participant_cannot_have_the_same_name(room, alice):
    camera = alice.publish("video", "camera")

    assert refusal(alice, "video", "camera") == 53304
    assert refusal(alice, "data", "camera") == 53304
    assert room.connect("bob").publish("video", "camera")
    assert alice.publish("video", "Camera")

    camera.unpublish()
    assert alice.publish("video", "camera") != camera


def test_an_audio_only_room_refuses_video(twilio_video):
    alice = twilio_video.rooms.create(audio_only=True).connect("alice")

    assert refusal(alice, "video") == 53125
    assert alice.publish("audio")
    assert alice.publish("data")


def test_a_track_above_the_limit_of_the_room_is_refused(twilio_video):
    room = twilio_video.rooms.create(large_room=True)
    alice, bob = room.connect("alice"), room.connect("bob")
    tracks = [alice.publish("audio") for _ in range(15)]
    bob.publish("video")

    assert room.max_concurrent_published_tracks == 16
    assert refusal(bob, "video") == 53203

    tracks[0].unpublish()
    assert bob.publish("video")


def test_the_tracks_of_a_replaced_participant_do_not_count_against_the_limit(twilio_video):
    room = twilio_video.rooms.create(large_room=True)
    room.connect("bob", tracks=("data",))
    room.connect("alice", tracks=("audio",) * 14)

    alice = room.connect("alice", tracks=("audio",) * 16)

    assert len(alice.published_tracks) == 15
    assert refusal(alice, "video") == 53203


def test_a_participant_who_has_left_cannot_publish(alice):
    alice.disconnect()

    assert refusal(alice) == 53001


@pytest.mark.parametrize("leave", ["disconnect", "drop_network", "again", "kick", "complete"])
def test_leaving_ends_tracks_and_sends_no_track_removed(twilio_video, room, alice, leave):
    """
    Twilio's SequenceNumber has no gap after a participant with tracks has left.
    """
    for kind in ("audio", "video", "data"):
        alice.publish(kind)
    bob = room.connect("bob")
    unpublished = bob.publish("audio")
    unpublished.unpublish()

    match leave:
        case "disconnect" | "drop_network":
            getattr(alice, leave)()
        case "again":
            room.connect("alice")
        case "kick":
            url = f"https://video.twilio.com/v1/Rooms/{room.sid}/Participants/alice"
            auth = (twilio_video.account_sid, twilio_video.auth_token)
            requests.post(url, {"Status": "disconnected"}, auth=auth, timeout=5)
        case "complete":
            room.complete()
    twilio_video.clock.advance(seconds=30)

    assert alice.status == "disconnected"
    assert not alice.published_tracks
    removed = [each for each in twilio_video.events if each.name == "track-removed"]
    assert [each._record.sid for each in removed] == [unpublished.sid]
    twilio_video.assert_no_callback("track-removed", participant_identity="alice")


def test_audio_and_video_tracks_are_recorded_and_data_tracks_are_not(twilio_video):
    """
    Data is never recorded.
    """
    room = twilio_video.rooms.create(record_participants_on_connect=True, status_callback=HOOK)
    alice = room.connect("alice")
    camera = alice.publish("video", "camera")
    alice.publish("data", "chat")
    (recording,) = room.recordings
    assert (recording.source_sid, recording.status) == (camera.sid, "processing")

    twilio_video.clock.advance(minutes=1)
    camera.unpublish()

    assert (recording.status, recording.duration) == ("completed", 60)
    twilio_video.assert_callback("recording-completed", room=room, track_name="camera")


def test_an_unknown_kind_raises_invalid_argument_error(alice):
    with pytest.raises(InvalidArgumentError, match="'audio', 'video', 'data', not 'smell'"):
        alice.publish("smell")


def test_a_name_that_is_not_text_raises_invalid_argument_error(alice):
    with pytest.raises(InvalidArgumentError, match="text for the name of a track, not 7"):
        alice.publish("audio", 7)
