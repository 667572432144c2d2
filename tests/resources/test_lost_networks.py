"""Lost networks: the server waits 30 seconds before it disconnects the participant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pytest_twilio_video import VideoSdkError


HOOK = "https://app.example.com/hook"


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(unique_name="Lesson", status_callback=HOOK)


@pytest.fixture
def alice(room):
    return room.connect("alice")


def test_a_lost_network_shows_as_reconnecting_and_sends_no_callback(twilio_video, alice):
    track = alice.publish("video", "camera")
    told = len(twilio_video.callbacks)

    alice.drop_network()
    twilio_video.clock.advance(seconds=29, milliseconds=999)

    assert alice.status == "reconnecting"
    assert (alice.end_time, alice.disconnect_error) == (None, None)
    assert list(alice.published_tracks) == [track]
    assert len(twilio_video.callbacks) == told


def test_after_30_seconds_the_participant_is_disconnected_and_a_callback_is_sent(
    twilio_video, room, alice
):
    alice.publish("video", "camera")
    twilio_video.clock.advance(minutes=10)
    lost = twilio_video.clock.now

    alice.drop_network()
    twilio_video.clock.advance(hours=1)

    assert (alice.status, alice.disconnect_error) == ("disconnected", 53001)
    assert alice.end_time == lost + timedelta(seconds=30)
    callback = twilio_video.assert_callback(
        "participant-disconnected", room=room, participant_duration=630
    )
    assert callback.at == lost + timedelta(seconds=30)
    twilio_video.assert_events("participant-disconnected", "room-ended")


def test_a_participant_who_resumes_in_time_stays_connected(twilio_video, alice):
    alice.drop_network()
    twilio_video.clock.advance(seconds=29)

    alice.resume()
    twilio_video.clock.advance(minutes=10)

    assert (alice.status, alice.end_time) == ("connected", None)
    twilio_video.assert_no_callback("participant-disconnected")


def test_each_loss_of_the_network_starts_a_new_wait(twilio_video, alice):
    for _ in range(3):
        alice.drop_network()
        twilio_video.clock.advance(seconds=20)
        alice.resume()

    alice.drop_network()
    twilio_video.clock.advance(seconds=29)
    assert alice.status == "reconnecting"


def test_losing_the_network_twice_does_not_prolong_the_wait(twilio_video, alice):
    alice.drop_network()
    twilio_video.clock.advance(seconds=20)
    alice.drop_network()

    twilio_video.clock.advance(seconds=10)

    assert alice.status == "disconnected"


def test_a_participant_who_was_disconnected_cannot_resume(twilio_video, alice):
    alice.drop_network()
    twilio_video.clock.advance(seconds=30)

    with pytest.raises(VideoSdkError) as caught:
        alice.resume()

    assert caught.value.code == 53204
    assert alice.disconnect_error == 53001


def test_resuming_has_no_effect_on_a_connected_participant(alice):
    alice.resume()

    assert alice.status == "connected"


def test_losing_the_network_has_no_effect_after_leaving(twilio_video, alice):
    alice.disconnect()
    alice.drop_network()

    twilio_video.clock.advance(seconds=30)

    assert (alice.status, alice.disconnect_error) == ("disconnected", None)
    assert sum(each.name == "participant-disconnected" for each in twilio_video.events) == 1


def test_publishing_without_a_network_is_refused(alice):
    alice.drop_network()

    with pytest.raises(VideoSdkError) as caught:
        alice.publish("audio")
    assert caught.value.code == 53001

    alice.resume()
    assert alice.publish("audio")


@pytest.mark.parametrize(
    "act",
    [
        lambda alice, _track: alice.disconnect(),
        lambda _alice, track: track.enable(),
        lambda _alice, track: track.disable(),
        lambda _alice, track: track.unpublish(),
    ],
    ids=["disconnect", "enable", "disable", "unpublish"],
)
def test_client_actions_without_a_network_are_refused(twilio_video, alice, act):
    track = alice.publish("audio")
    alice.drop_network()
    before = len(twilio_video.events)

    with pytest.raises(VideoSdkError, match=r"has .*lost the network") as caught:
        act(alice, track)
    assert caught.value.code == 53001
    assert (alice.status, len(twilio_video.events)) == ("reconnecting", before)

    alice.resume()
    act(alice, track)


def test_an_unpublished_track_can_be_neither_muted_nor_unmuted(alice):
    track = alice.publish("audio", "voice")
    track.unpublish()

    for act in (track.enable, track.disable):
        with pytest.raises(VideoSdkError, match="the track 'voice' was unpublished") as caught:
            act()
        assert caught.value.code == 53300
    track.unpublish()
    alice.disconnect()
    with pytest.raises(VideoSdkError, match="alice has left"):
        track.disable()
    alice.disconnect()


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda room, _alice: room.complete(), 53118),
        (lambda room, _alice: room.connect("alice"), 53205),
    ],
    ids=["the room ends", "they come back by another door"],
)
def test_a_participant_can_be_disconnected_for_another_reason_during_the_wait(
    twilio_video, room, alice, end, reason
):
    alice.drop_network()

    end(room, alice)
    twilio_video.clock.advance(minutes=1)

    assert (alice.status, alice.disconnect_error) == ("disconnected", reason)
    assert not [each for each in twilio_video.clock.pending if "wait" in each.what]


def test_the_session_limit_applies_without_a_network(twilio_video):
    room = twilio_video.rooms.create(max_participant_duration=600)
    alice = room.connect("alice")
    twilio_video.clock.advance(seconds=590)

    alice.drop_network()
    twilio_video.clock.advance(seconds=30)

    assert (alice.duration, alice.disconnect_error) == (600, 53216)


def test_a_room_is_not_empty_while_a_participant_is_reconnecting(twilio_video, room, alice):
    alice.drop_network()

    twilio_video.clock.advance(seconds=30)
    assert room.status == "in-progress"
    twilio_video.clock.advance(minutes=5)

    assert room.duration == 330


def test_a_reconnecting_participant_counts_for_the_capacity(twilio_video):
    room = twilio_video.rooms.create(max_participants=1)
    room.connect("alice").drop_network()

    with pytest.raises(VideoSdkError) as caught:
        room.connect("bob")

    assert caught.value.code == 53105


def test_the_end_of_the_wait_is_a_pending_timer(twilio_video, alice):
    alice.drop_network()

    assert twilio_video.clock.pending[0].what == "end of the wait for alice"


def test_a_reconnecting_participant_can_be_removed_over_the_api(twilio_video, alice):
    import requests

    alice.drop_network()
    address = f"https://video.twilio.com/v1/Rooms/Lesson/Participants/{alice.sid}"
    credentials = (twilio_video.account_sid, twilio_video.auth_token)

    shown = requests.get(address, auth=credentials, timeout=5).json()
    kicked = requests.post(
        address, data={"Status": "disconnected"}, auth=credentials, timeout=5
    ).json()

    assert (shown["status"], kicked["status"]) == ("reconnecting", "disconnected")
    assert alice.disconnect_error is None
