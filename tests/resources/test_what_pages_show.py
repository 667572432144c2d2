"""What pages show of a room: speakers, network quality, messages, speech, switched tracks."""

from __future__ import annotations

import pytest
import requests

from pytest_twilio_video import (
    FakeTwilioVideo,
    InvalidArgumentError,
    Message,
    TwilioVideoError,
    VideoSdkError,
)


HOME = "https://video.twilio.com/v1/Rooms/"


@pytest.fixture
def told(twilio_video):
    """Everything that was told to who speaks for pages: names, and names of what it is about."""
    told = []
    twilio_video._listeners.append(lambda event: told.append((event.name, event._record)))
    return told


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(unique_name="Lesson")


@pytest.fixture
def alice(room):
    return room.connect("alice", tracks=("audio", "video"))


@pytest.fixture
def bob(room):
    return room.connect("bob")


def ask(method, path, **form):
    answer = requests.request(
        method, HOME + path, data=form, auth=("AC" + "1" * 32, "x"), timeout=5
    )
    return answer.json()


def names(told):
    return [name for name, _ in told]


class TestDominantSpeaker:
    def test_nobody_is_the_dominant_speaker_at_first(self, room):
        assert room.dominant_speaker is None

    def test_the_dominant_speaker_stays_until_the_test_changes_it(self, room, alice, bob, told):
        room.dominant_speaker = alice
        assert room.dominant_speaker == alice
        room.dominant_speaker = bob
        room.dominant_speaker = bob
        room.dominant_speaker = None

        assert room.dominant_speaker is None
        assert names(told) == ["dominant-speaker-changed"] * 3
        speakers = [record.dominant_speaker_sid for _, record in told]
        assert speakers == [alice.sid, bob.sid, None]

    def test_nobody_is_the_dominant_speaker_after_the_speaker_has_left(self, room, alice, told):
        room.dominant_speaker = alice
        told.clear()

        alice.disconnect()

        assert room.dominant_speaker is None
        assert names(told) == ["participant-disconnected", "dominant-speaker-changed"]

    def test_the_dominant_speaker_stays_when_somebody_else_leaves(self, room, alice, bob):
        room.dominant_speaker = alice
        bob.disconnect()
        assert room.dominant_speaker == alice

    @pytest.mark.parametrize("speaker", ["alice", 1, True], ids=repr)
    def test_the_dominant_speaker_must_be_a_participant(self, room, alice, speaker):
        room.dominant_speaker = alice
        with pytest.raises(
            InvalidArgumentError, match="must be a participant who is in the room Lesson"
        ):
            room.dominant_speaker = speaker
        assert room.dominant_speaker == alice

    def test_the_dominant_speaker_must_be_in_the_room(self, twilio_video, room, bob):
        elsewhere = twilio_video.rooms.create(unique_name="Other").connect("alice")
        bob.disconnect()
        for outsider in (elsewhere, bob, room):
            with pytest.raises(
                InvalidArgumentError, match="must be a participant who is in the room Lesson"
            ):
                room.dominant_speaker = outsider

    def test_the_dominant_speaker_must_be_of_the_same_account(self, room):
        """SIDs are the same in every fake with the same seed."""
        other = FakeTwilioVideo().rooms.create(unique_name="Lesson").connect("alice")
        with pytest.raises(InvalidArgumentError):
            room.dominant_speaker = other

    def test_setting_the_dominant_speaker_changes_no_date(self, room, alice, twilio_video):
        twilio_video.clock.advance(minutes=1)
        room.dominant_speaker = alice
        assert room.date_updated == room.date_created


class TestNetworkQuality:
    def test_network_quality_is_unknown_until_it_is_set(self, alice, told):
        assert alice.network_quality is None
        alice.network_quality = 2
        alice.network_quality = 2
        assert alice.network_quality == 2
        assert [(name, record.network_quality) for name, record in told] == [
            ("network-quality-changed", 2)
        ]

    @pytest.mark.parametrize("level", [None, -1, 6, 2.0, "3", True], ids=repr)
    def test_network_quality_is_a_whole_number_from_0_to_5(self, alice, level):
        with pytest.raises(InvalidArgumentError, match="a whole number, from 0 to 5"):
            alice.network_quality = level
        assert alice.network_quality is None

    def test_a_participant_who_has_left_has_no_network_quality(self, alice):
        alice.disconnect()
        with pytest.raises(TwilioVideoError, match="alice has left the room"):
            alice.network_quality = 3


class TestMessages:
    def test_a_message_reaches_everybody_else(self, room, alice, bob, told):
        carol = room.connect("carol")
        chat = alice.publish("data", "chat")
        told.clear()

        chat.send("hello")
        chat.send(b"\x00\x01")

        assert bob.messages == [
            Message("hello", "chat", alice),
            Message(b"\x00\x01", "chat", alice),
        ]
        assert [(each.data, each.track, each.sender) for each in carol.messages] == [
            ("hello", "chat", alice),
            (b"\x00\x01", "chat", alice),
        ]
        assert alice.messages == []
        assert names(told) == ["message-sent"] * 2
        assert told[0][1].receiver_sids == (bob.sid, carol.sid)

    def test_a_message_does_not_reach_participants_who_join_later(self, room, alice):
        alice.publish("data", "chat").send("hello")
        assert room.connect("bob").messages == []

    def test_a_participant_who_has_left_keeps_the_received_messages(self, alice, bob):
        chat = alice.publish("data", "chat")
        chat.send("one")
        bob.disconnect()
        chat.send("two")
        assert [each.data for each in bob.messages] == ["one"]

    def test_a_message_does_not_reach_a_participant_without_network(self, alice, bob):
        chat = alice.publish("data", "chat")
        bob.drop_network()
        chat.send("one")
        bob.resume()
        chat.send("two")
        assert [each.data for each in bob.messages] == ["two"]

    def test_only_subscribers_receive_messages(self, room, alice, bob):
        chat, orders = alice.publish("data", "chat"), alice.publish("data", "orders")
        silent = room.connect("silent", automatic_subscription=False)
        rules = '[{"type": "include", "track": "orders"}]'
        ask("POST", f"{room.sid}/Participants/bob/SubscribeRules", Rules=rules)

        chat.send("hello")
        orders.send("sit")

        assert [each.track for each in bob.messages] == ["orders"]
        assert silent.messages == []

    @pytest.mark.parametrize("kind", ["audio", "video"])
    def test_only_data_tracks_carry_messages(self, room, kind):
        track = room.connect("carol").publish(kind, "lens")
        with pytest.raises(TwilioVideoError, match=rf"lens is a track of {kind}.*publish\('data'"):
            track.send("hello")

    @pytest.mark.parametrize("data", [None, 1, bytearray(b"x"), ["x"]], ids=repr)
    def test_messages_are_text_or_bytes(self, alice, bob, data):
        with pytest.raises(InvalidArgumentError, match="text or bytes, not"):
            alice.publish("data").send(data)
        assert bob.messages == []

    @pytest.mark.parametrize(
        ("before", "code"),
        [
            (lambda chat, _: chat.unpublish(), 53300),
            (lambda _, alice: alice.drop_network(), 53001),
            (lambda _, alice: alice.disconnect(), 53001),
        ],
        ids=["unpublished", "lost", "left"],
    )
    def test_sending_fails_if_the_participant_or_the_track_is_gone(self, alice, bob, before, code):
        chat = alice.publish("data", "chat")
        before(chat, alice)
        with pytest.raises(VideoSdkError) as caught:
            chat.send("hello")
        assert caught.value.code == code
        assert bob.messages == []


class TestSwitchedTracks:
    def test_a_track_is_switched_off_and_on(self, alice, told):
        camera = alice.published_tracks[1]
        camera.switch_on()
        camera.switch_off()
        camera.switch_off()
        camera.switch_on()
        assert [(name, record.sid) for name, record in told] == [
            ("track-switched-off", camera.sid),
            ("track-switched-on", camera.sid),
        ]
        assert (camera.enabled, camera.date_updated) == (True, None)

    def test_a_track_that_nobody_receives_cannot_be_switched(self, alice):
        camera = alice.published_tracks[1]
        camera.unpublish()
        for switch in (camera.switch_off, camera.switch_on):
            with pytest.raises(TwilioVideoError, match="is no longer published"):
                switch()


class TestSpeech:
    @pytest.fixture
    def room(self, twilio_video):
        return twilio_video.rooms.create(
            unique_name="Lesson", transcribe_participants_on_connect=True
        )

    def test_pages_receive_speech_as_text(self, alice, told):
        alice.say("Bonj", "fr-FR", partial=True)
        alice.say("Bonjour", "fr-FR")
        alice.say("Good day")

        said = [record for name, record in told if name == "transcription"]
        assert [
            (each.transcription, each.language_code, each.partial_results, each.sequence_number)
            for each in said
        ] == [
            ("Bonj", "fr-FR", True, 1),
            ("Bonjour", "fr-FR", False, 2),
            ("Good day", "en-US", False, 3),
        ]
        assert {each.participant_sid for each in said} == {alice.sid}
        assert {each.track_sid for each in said} == {alice.published_tracks[0].sid}

    def test_a_room_that_is_not_transcribed_is_refused(self, twilio_video):
        carol = twilio_video.rooms.create(unique_name="Talk").connect("carol", tracks=["audio"])
        with pytest.raises(TwilioVideoError, match="Talk is not being transcribed"):
            carol.say("hello")

    def test_a_stopped_transcription_is_refused(self, alice, room):
        path = f"{room.sid}/Transcriptions"
        (transcription,) = ask("GET", path)["transcriptions"]
        ask("POST", f"{path}/{transcription['ttid']}", Status="stopped")
        with pytest.raises(TwilioVideoError, match="Lesson is not being transcribed"):
            alice.say("hello")
        ask("POST", f"{path}/{transcription['ttid']}", Status="started")
        alice.say("hello")

    @pytest.mark.parametrize(
        "silence",
        [
            lambda alice: alice.published_tracks[0].disable(),
            lambda alice: alice.published_tracks[0].unpublish(),
            lambda alice: alice.drop_network(),
            lambda alice: alice.disconnect(),
        ],
        ids=["muted", "unpublished", "lost", "left"],
    )
    def test_a_participant_who_cannot_be_heard_cannot_say_anything(
        self, room, alice, silence, told
    ):
        room.connect("bob")  # so that the room is still being transcribed
        silence(alice)
        with pytest.raises(TwilioVideoError, match="alice cannot be heard"):
            alice.say("hello")
        assert "transcription" not in names(told)

    @pytest.mark.parametrize(
        "arguments", [(b"hello",), ("hello", None), ("hello", "en-US", 1)], ids=repr
    )
    def test_speech_must_be_text(self, alice, arguments):
        with pytest.raises(InvalidArgumentError):
            alice.say(*arguments)


class TestWhatIsTold:
    def test_a_lost_network_is_signaled_but_sends_no_callback(self, twilio_video, alice, told):
        before = twilio_video.events
        alice.drop_network()
        alice.drop_network()
        alice.resume()
        alice.resume()
        assert names(told) == ["participant-reconnecting", "participant-reconnected"]
        assert [str(record.status) for _, record in told] == ["reconnecting", "connected"]
        assert twilio_video.events == before

    def test_events_are_signaled_in_their_order(self, room, told):
        room.connect("alice", tracks=["audio"]).published_tracks[0].disable()
        room.complete()
        assert names(told) == [
            "track-added",
            "participant-connected",
            "track-disabled",
            "participant-disconnected",
            "room-ended",
        ]
        assert told[-2][1].disconnect_error == 53118

    def test_new_rules_are_signaled(self, room, alice, told):
        path = room.sid
        only = '[{"type": "exclude", "all": true}]'
        ask("POST", f"{path}/Participants/alice/SubscribeRules", Rules=only)
        ask("POST", f"{path}/RecordingRules", Rules='[{"type": "include", "all": true}]')
        ask("POST", f"{path}/RecordingRules", Rules='[{"type": "invalid"}]')
        assert [(name, record.sid) for name, record in told] == [
            ("subscribe-rules-changed", alice.sid),
            ("recording-started", told[1][1].sid),
            ("recording-started", told[2][1].sid),
            ("recording-rules-changed", room.sid),
        ]

    def test_signals_continue_after_a_reset(self, twilio_video, told):
        twilio_video.reset()
        twilio_video.rooms.create()
        assert names(told) == ["room-created"]


def test_the_timeline_shows_what_a_test_sets(twilio_video):
    room = twilio_video.rooms.create(unique_name="Lesson", transcribe_participants_on_connect=True)
    alice = room.connect("alice", tracks=("audio",))
    microphone = alice.published_tracks[0]
    alice.publish("data", "chat").send("hello")
    microphone.switch_off()
    microphone.switch_on()
    alice.say("a word " * 20)
    alice.network_quality = 2
    room.dominant_speaker = alice
    room.dominant_speaker = None

    timeline = str(twilio_video.timeline)

    for line in (
        "sends 'hello' over data 'chat' of alice in Lesson",
        "switches off audio of alice in Lesson",
        "switches on audio of alice in Lesson",
        "alice says 'a word a word a word a word a word a w…",
        "sets the network quality of alice to 2",
        "makes alice the dominant speaker of Lesson",
        "makes nobody the dominant speaker of Lesson",
    ):
        assert f"  test   {line}\n" in f"{timeline}\n"
