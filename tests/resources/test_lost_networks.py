"""Lost networks: the server waits for a while, and nobody is told before it gives up."""

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


def test_who_vanishes_is_reconnecting_and_nobody_is_told(twilio_video, alice):
    track = alice.publish("video", "camera")
    told = len(twilio_video.callbacks)

    alice.drop_network()
    twilio_video.clock.advance(seconds=29, milliseconds=999)

    assert alice.status == "reconnecting"
    assert (alice.end_time, alice.disconnect_error) == (None, None)
    assert list(alice.published_tracks) == [track]
    assert len(twilio_video.callbacks) == told


def test_after_half_a_minute_the_server_gives_up_and_tells_so_late(twilio_video, room, alice):
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


def test_who_is_back_in_time_was_never_away(twilio_video, alice):
    alice.drop_network()
    twilio_video.clock.advance(seconds=29)

    alice.resume()
    twilio_video.clock.advance(minutes=10)

    assert (alice.status, alice.end_time) == ("connected", None)
    twilio_video.assert_no_callback("participant-disconnected")


def test_each_loss_is_waited_for_anew(twilio_video, alice):
    for _ in range(3):
        alice.drop_network()
        twilio_video.clock.advance(seconds=20)
        alice.resume()

    alice.drop_network()
    twilio_video.clock.advance(seconds=29)
    assert alice.status == "reconnecting"


def test_to_vanish_twice_does_not_prolong_the_wait(twilio_video, alice):
    alice.drop_network()
    twilio_video.clock.advance(seconds=20)
    alice.drop_network()

    twilio_video.clock.advance(seconds=10)

    assert alice.status == "disconnected"


def test_who_was_given_up_cannot_resume(twilio_video, alice):
    alice.drop_network()
    twilio_video.clock.advance(seconds=30)

    with pytest.raises(VideoSdkError) as caught:
        alice.resume()

    assert caught.value.code == 53204
    assert alice.disconnect_error == 53001


def test_who_was_there_all_along_may_resume(alice):
    alice.resume()

    assert alice.status == "connected"


def test_who_has_left_cannot_vanish(twilio_video, alice):
    alice.disconnect()
    alice.drop_network()

    twilio_video.clock.advance(seconds=30)

    assert (alice.status, alice.disconnect_error) == ("disconnected", None)
    assert sum(each.name == "participant-disconnected" for each in twilio_video.events) == 1


def test_nothing_is_published_without_a_network(alice):
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
def test_the_server_hears_nothing_without_a_network(twilio_video, alice, act):
    track = alice.publish("audio")
    alice.drop_network()
    before = len(twilio_video.events)

    with pytest.raises(VideoSdkError, match=r"has .*lost the network") as caught:
        act(alice, track)
    assert caught.value.code == 53001
    assert (alice.status, len(twilio_video.events)) == ("reconnecting", before)

    alice.resume()
    act(alice, track)


def test_what_is_published_no_more_is_neither_muted_nor_unmuted(alice):
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
def test_another_end_comes_first(twilio_video, room, alice, end, reason):
    alice.drop_network()

    end(room, alice)
    twilio_video.clock.advance(minutes=1)

    assert (alice.status, alice.disconnect_error) == ("disconnected", reason)
    assert not [each for each in twilio_video.clock.pending if "wait" in each.what]


def test_a_session_that_lasts_too_long_ends_also_without_a_network(twilio_video):
    room = twilio_video.rooms.create(max_participant_duration=600)
    alice = room.connect("alice")
    twilio_video.clock.advance(seconds=590)

    alice.drop_network()
    twilio_video.clock.advance(seconds=30)

    assert (alice.duration, alice.disconnect_error) == (600, 53216)


def test_the_room_is_not_empty_while_somebody_is_waited_for(twilio_video, room, alice):
    alice.drop_network()

    twilio_video.clock.advance(seconds=30)
    assert room.status == "in-progress"
    twilio_video.clock.advance(minutes=5)

    assert room.duration == 330


def test_the_seat_stays_taken_meanwhile(twilio_video):
    room = twilio_video.rooms.create(max_participants=1)
    room.connect("alice").drop_network()

    with pytest.raises(VideoSdkError) as caught:
        room.connect("bob")

    assert caught.value.code == 53105


def test_the_wait_is_among_the_timers_ahead(twilio_video, alice):
    alice.drop_network()

    assert twilio_video.clock.pending[0].what == "end of the wait for alice"


def test_a_kick_reaches_who_has_no_network(twilio_video, alice):
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
