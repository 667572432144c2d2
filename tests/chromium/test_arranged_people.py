"""People whom the test arranged, as pages meet them."""

from __future__ import annotations

import json

import pytest

from pytest_twilio_video import TwilioVideoError


def test_participants_in_the_room_have_moving_pictures_and_a_quiet_tone(join, room):
    room.connect("bob", tracks=("audio", "video"))

    alice = join("alice")

    assert alice.joined["others"] == ["bob"]
    alice.watch("bob")
    alice.wait("async () => (await loudness('bob')) > 0.001")
    assert alice.loudness("bob") < 0.2


def test_participants_can_join_later_and_publish_later(join, room):
    alice = join("alice", video=True, audio=True)

    bob, carol = room.connect("bob"), room.connect("carol", tracks=("video",))
    bob.publish("video")
    bob.publish("audio")

    for name in ("bob", "carol"):
        alice.sees("participantConnected", name)
        alice.watch(name)
    alice.sees("trackSubscribed", "audio", "bob")
    assert alice.do("room.localParticipant.videoTracks.size") == 1
    carol.disconnect()
    alice.sees("participantDisconnected", "carol")


def test_a_mute_reaches_the_page(join, room):
    bob = room.connect("bob", tracks=("audio",))
    (track,) = bob.published_tracks
    alice = join("alice")
    alice.sees("trackSubscribed", "audio", "bob")
    alice.wait("async () => (await loudness('bob')) > 0.001")

    track.disable()

    alice.sees("trackDisabled", "audio", "bob")
    alice.wait("async () => (await loudness('bob')) < 0.0005")
    track.enable()
    alice.sees("trackEnabled", "audio", "bob")
    alice.wait("async () => (await loudness('bob')) > 0.001")


def test_a_track_that_is_muted_from_the_start_is_muted_in_the_page(join, room):
    bob = room.connect("bob", tracks=("audio",))
    bob.published_tracks[0].disable()

    alice = join("alice")

    alice.sees("trackSubscribed", "audio", "bob")
    alice.page.wait_for_timeout(200)
    assert alice.loudness("bob") < 0.0005


def test_a_track_can_be_unpublished_and_another_published(join, room):
    bob = room.connect("bob", tracks=("video",))
    alice = join("alice")
    alice.watch("bob")

    bob.published_tracks[0].unpublish()

    alice.sees("trackUnsubscribed", "video", "bob")
    alice.sees("trackUnpublished", "video", "bob")
    bob.publish("video")
    alice.watch("bob")


def test_two_pages_get_their_own_pictures_of_the_same_participant(join, room):
    alice, bob = join("alice", video=True), join("bob", video=True)

    room.connect("carol", tracks=("video", "audio"))

    for person in (alice, bob):
        person.watch("carol")
    alice.watch("bob")
    bob.watch("alice")


def test_data_reaches_the_page_in_order(join, room):
    bob = room.connect("bob")
    alice = join("alice")

    chat = bob.publish("data", "chat")
    for number in range(20):
        chat.send(f"message {number}")
    chat.send(b"\x00\xff")

    alice.sees("trackMessage", [0, 255], "bob")
    texts = [each[1] for each in alice.seen if each[0] == "trackMessage"]
    assert texts == [*(f"message {number}" for number in range(20)), [0, 255]]


def test_a_message_arrives_even_if_its_track_ends_at_once(join, room):
    bob = room.connect("bob")
    chat = bob.publish("data", "chat")
    alice = join("alice")
    alice.sees("trackSubscribed", "data", "bob")
    chat.send("hello")
    alice.sees("trackMessage", "hello", "bob")
    # The track itself, because the room passes on no messages of a track that was unpublished.
    alice.do(
        "() => { const [bob] = room.participants.values();"
        " const [{ track }] = bob.tracks.values();"
        " window.heard = []; track.on('message', (data) => heard.push(data)); }"
    )

    chat.send("bye")
    chat.unpublish()

    alice.wait("() => heard.includes('bye')")
    alice.sees("trackUnpublished", "data", "bob")


@pytest.fixture
def send(join):
    """Return a function that lets alice's page send, by statements with the track `chat`."""

    def send(statements):
        alice = join("alice")
        alice.publish("data", name="chat")
        alice.do(
            "async () => {"
            " await new Promise((resolve) => setTimeout(resolve, 500));"
            f" const chat = local('data'); {statements} }}"
        )
        return alice

    return send


def test_data_of_a_page_reaches_the_test(send, room, eventually):
    bob = room.connect("bob")

    alice = send("chat.send('hello'); chat.send(new Uint8Array([0, 255]));")

    eventually(alice, lambda: len(bob.messages) == 2)
    first, second = bob.messages
    assert (first.data, first.track, first.sender.identity) == ("hello", "chat", "alice")
    assert second.data == b"\x00\xff"


def test_large_data_of_a_page_reaches_the_test(send, room, eventually):
    bob = room.connect("bob")

    alice = send("chat.send(new Uint8Array(200000).fill(7));")

    eventually(alice, lambda: len(bob.messages) == 1)
    assert bob.messages[0].data == b"\x07" * 200_000


def test_data_of_a_page_reaches_the_other_page_once(join, room, eventually):
    carol = room.connect("carol")
    alice, bob = join("alice"), join("bob")
    alice.publish("data")
    bob.sees("trackSubscribed", "data", "alice")
    bob.page.wait_for_timeout(500)

    alice.do("() => { local('data').send('hello'); }")

    bob.sees("trackMessage", "hello", "alice")
    eventually(alice, lambda: carol.messages)
    bob.page.wait_for_timeout(100)
    assert len([each for each in bob.seen if each[0] == "trackMessage"]) == 1


def test_the_dominant_speaker_is_set_by_the_test(join, room):
    bob = room.connect("bob")
    alice = join("alice", dominantSpeaker=True)

    room.dominant_speaker = bob
    alice.sees("dominantSpeakerChanged", "bob")
    assert alice.do("room.dominantSpeaker.identity") == "bob"

    room.dominant_speaker = None
    alice.sees("dominantSpeakerChanged", None)


def test_a_page_learns_who_was_the_dominant_speaker_before_it_joined(join, room):
    room.dominant_speaker = room.connect("bob")

    alice = join("alice", dominantSpeaker=True)

    alice.wait("() => room.dominantSpeaker?.identity === 'bob'")


def test_network_quality_is_set_by_the_test(join, room):
    bob = room.connect("bob")
    alice = join("alice", networkQuality={"local": 1, "remote": 1})
    assert alice.do("room.localParticipant.networkQualityLevel") is None

    bob.network_quality = 2
    room.participants["alice"].network_quality = 4

    alice.wait("() => room.localParticipant.networkQualityLevel === 4")
    alice.wait("() => [...room.participants.values()][0].networkQualityLevel === 2")
    bob.network_quality = 0
    alice.wait("() => [...room.participants.values()][0].networkQualityLevel === 0")


def test_a_track_is_switched_off_and_on_again(join, room):
    bob = room.connect("bob", tracks=("video",))
    (track,) = bob.published_tracks
    alice = join("alice", bandwidthProfile={"video": {"mode": "grid"}})
    alice.sees("trackSubscribed", "video", "bob")

    track.switch_off()
    alice.sees("trackSwitchedOff", "video", "bob")

    track.switch_on()
    alice.sees("trackSwitchedOn", "video", "bob")


def test_speech_of_an_arranged_participant_is_transcribed(join, twilio_video):
    room = twilio_video.rooms.create(
        unique_name="standup", transcribe_participants_on_connect=True
    )
    bob = room.connect("bob", tracks=("audio",))
    alice = join("alice", receiveTranscriptions=True)

    bob.say("good mor", partial=True)
    bob.say("guten Morgen", "de-DE")

    alice.wait("() => seen.filter(([name]) => name === 'transcription').length === 2")
    first, second = (each[1] for each in alice.seen if each[0] == "transcription")
    assert first == first | {
        "type": "extension_transcriptions",
        "participant": bob.sid,
        "track": bob.published_tracks[0].sid,
        "transcription": "good mor",
        "language_code": "en-US",
        "partial_results": True,
    }
    assert second == second | {"transcription": "guten Morgen", "language_code": "de-DE"}
    assert second["sequence_number"] == first["sequence_number"] + 1


def test_the_test_cannot_do_what_only_the_page_can_do(join, room):
    join("alice", audio=True)
    alice = room.participants["alice"]
    (track,) = alice.published_tracks

    for act in (
        alice.disconnect,
        lambda: alice.publish("video"),
        track.disable,
        track.enable,
        track.unpublish,
    ):
        with pytest.raises(TwilioVideoError, match="alice is in a browser"):
            act()


def test_an_arranged_person_replaces_a_page_of_the_same_identity(join, room):
    alice = join("alice")

    room.connect("alice", tracks=("audio",))

    alice.sees("disconnected", 53205)
    assert json.dumps([each.status for each in room.participants]) == (
        '["disconnected", "connected"]'
    )
