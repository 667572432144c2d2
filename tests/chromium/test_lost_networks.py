"""Networks that are lost: by the test, by a page, and for good."""

from __future__ import annotations

import os
import random

import pytest


def test_the_test_drops_and_restores_the_network_of_a_page(join, room, eventually):
    alice, bob = join("alice", video=True), join("bob", video=True)
    alice.watch("bob")
    participant = room.participants["bob"]

    participant.drop_network()

    bob.sees("reconnecting", 53001)
    alice.sees("participantReconnecting", "bob")
    assert participant.status == "reconnecting"
    bob.page.wait_for_timeout(1000)
    assert ["reconnected"] not in bob.seen
    participant.resume()
    bob.sees("reconnected")
    alice.sees("participantReconnected", "bob")
    assert participant.status == "connected"
    alice.watch("bob")
    bob.watch("alice")


def test_a_network_can_be_restored_right_after_it_was_dropped(join, room, eventually):
    alice, bob = join("alice"), join("bob")
    participant = room.participants["bob"]

    participant.drop_network()
    participant.resume()

    bob.sees("reconnected")
    eventually(bob, lambda: participant.status == "connected")
    alice.sees("participantReconnected", "bob")


def test_a_page_is_disconnected_when_the_server_gives_up(join, room, twilio_video):
    alice, bob = join("alice"), join("bob")
    participant = room.participants["bob"]

    participant.drop_network()
    bob.sees("reconnecting", 53001)
    twilio_video.clock.advance(seconds=30)

    assert participant.disconnect_error == 53001
    alice.sees("participantDisconnected", "bob")
    bob.wait("() => room.state === 'disconnected'")
    assert bob.seen[-1][1] in {53001, 53204}


def test_a_page_that_returns_learns_what_has_happened_in_the_room(join, room):
    carol = room.connect("carol", tracks=("audio", "video"))
    dave = room.connect("dave", tracks=("video",))
    alice = join("alice")
    alice.watch("carol")
    alice.watch("dave")
    participant = room.participants["alice"]

    participant.drop_network()
    alice.sees("reconnecting", 53001)
    dave.disconnect()
    carol.published_tracks[0].disable()
    erin = room.connect("erin", tracks=("video",))
    participant.resume()

    alice.sees("reconnected")
    alice.sees("participantDisconnected", "dave")
    alice.sees("participantConnected", "erin")
    alice.sees("trackDisabled", "audio", "carol")
    alice.watch("erin")
    alice.watch("carol")
    assert ["participantDisconnected", "carol"] not in alice.seen
    erin.publish("audio")
    alice.sees("trackSubscribed", "audio", "erin")


def test_changes_that_a_page_made_while_away_apply_when_it_returns(join, room, eventually):
    alice, bob = join("alice"), join("bob", audio=True)
    participant = room.participants["bob"]
    participant.drop_network()
    bob.sees("reconnecting", 53001)

    bob.do("() => { local('audio').disable(); window.later = publish('video'); }")
    participant.resume()

    bob.sees("reconnected")
    assert "sid" in bob.do("later")
    alice.sees("trackDisabled", "audio", "bob")
    alice.watch("bob")


@pytest.mark.parametrize("milliseconds", [0, 10, 30, 60])
def test_arranged_media_arrive_if_the_socket_breaks_while_they_are_offered(
    join, room, milliseconds
):
    alice = join("alice")
    participant = room.participants["alice"]

    bob = room.connect("bob", tracks=("video",))
    alice.page.wait_for_timeout(milliseconds)
    participant.drop_network()
    participant.resume()

    alice.sees("reconnected")
    alice.watch("bob")
    bob.publish("audio")
    alice.sees("trackSubscribed", "audio", "bob")


def test_a_page_cannot_return_with_a_token_that_has_expired(join, room, twilio_video):
    alice = join("alice")
    twilio_video.clock.advance(hours=2)

    room.participants["alice"].drop_network()
    alice.sees("reconnecting", 53001)
    room.participants["alice"].resume()

    alice.sees("disconnected", 20104)


def test_arranged_people_lose_the_network_in_pages_too(join, room):
    bob = room.connect("bob")
    alice = join("alice")

    bob.drop_network()
    alice.sees("participantReconnecting", "bob")
    bob.resume()
    alice.sees("participantReconnected", "bob")


def test_messages_still_arrive_after_a_page_has_returned(join, room, eventually):
    bob = room.connect("bob")
    chat = bob.publish("data", "chat")
    alice = join("alice", dominantSpeaker=True)
    alice.publish("data")
    alice.sees("trackSubscribed", "data", "bob")
    participant = room.participants["alice"]
    participant.drop_network()
    alice.sees("reconnecting", 53001)
    participant.resume()
    alice.sees("reconnected")

    chat.send("hello")
    room.dominant_speaker = bob

    alice.sees("trackMessage", "hello", "bob")
    alice.sees("dominantSpeakerChanged", "bob")
    alice.do("() => { local('data').send('hello to you'); }")
    eventually(alice, lambda: [each.data for each in bob.messages] == ["hello to you"])


@pytest.mark.parametrize("seed", range(int(os.environ.get("TWILIO_VIDEO_CUTS", "5"))))
def test_a_join_succeeds_if_a_socket_breaks_at_any_moment(join, room, eventually, seed):
    """A socket breaks while two pages negotiate: ``TWILIO_VIDEO_CUTS=60`` tries 60 moments."""
    moment = random.Random(seed)  # noqa: S311
    alice = join("alice", video=True)
    bob = join("bob", video=True)
    cut = moment.choice([alice, bob])
    alice.page.wait_for_timeout(moment.uniform(0, 250))

    participant = room.participants[cut.identity]
    participant.drop_network()
    participant.resume()

    eventually(alice, lambda: participant.status == "connected")
    alice.watch("bob")
    bob.watch("alice")
