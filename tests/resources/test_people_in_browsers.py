"""People in browsers: only their page acts for them; what happens to them reaches it."""

from __future__ import annotations

import pytest

from pytest_twilio_video import TwilioVideoError, VideoSdkError
from pytest_twilio_video._resources import messages, participants, published_tracks, recorder
from pytest_twilio_video._resources.published_tracks import NewTrack, TrackKind


PAGE = "the page http://127.0.0.1:8000/lesson"


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(unique_name="Lesson")


@pytest.fixture
def browser(twilio_video, room):
    """Runs an operation on behalf of a page, as the server does."""
    simulation = twilio_video._simulation

    def run(operation, *args, **kwargs):
        records = [getattr(each, "_record", each) for each in args]
        return simulation.act_as_sdk(operation, *records, what="a page acts", **kwargs)

    return run


@pytest.fixture
def alice(room, browser):
    tracks = [
        NewTrack(TrackKind.AUDIO, "mic", enabled=False),
        NewTrack(TrackKind.VIDEO, "camera", priority="high"),
        NewTrack(TrackKind.DATA, "chat"),
    ]
    browser(participants.connect, room, "alice", tracks=tracks, page=PAGE)
    return room.participants["alice"]


@pytest.mark.parametrize(
    ("act", "method"),
    [
        (lambda alice: alice.publish("audio"), "publish"),
        (lambda alice: alice.disconnect(), "disconnect"),
        (lambda alice: alice.published_tracks["mic"].enable(), "enable"),
        (lambda alice: alice.published_tracks["mic"].disable(), "disable"),
        (lambda alice: alice.published_tracks["mic"].unpublish(), "unpublish"),
        (lambda alice: alice.published_tracks["chat"].send("hello"), "send"),
    ],
    ids=["publish", "disconnect", "enable", "disable", "unpublish", "send"],
)
def test_the_test_cannot_act_for_a_page(twilio_video, alice, act, method):
    before = (twilio_video.events, list(alice.published_tracks), len(twilio_video.timeline))

    with pytest.raises(TwilioVideoError, match="alice is in a browser") as caught:
        act(alice)

    assert f"{method}()" in str(caught.value)
    assert str(caught.value).endswith(PAGE)
    assert (
        twilio_video.events,
        list(alice.published_tracks),
        len(twilio_video.timeline),
    ) == before


def test_a_page_joins_with_its_own_tracks(twilio_video, alice):
    tracks = [(each.kind, each.name, each.enabled) for each in alice.published_tracks]
    assert tracks == [("audio", "mic", False), ("video", "camera", True), ("data", "chat", True)]
    names = [each.name for each in twilio_video.events]
    assert names == ["room-created", *["track-added"] * 3, "participant-connected"]


def test_the_operations_still_work_for_the_page(alice, room, browser):
    bob = room.connect("bob")
    browser(published_tracks.publish, room, alice, TrackKind.VIDEO, "screen", enabled=False)
    mic = alice.published_tracks["mic"]
    browser(published_tracks.enable, alice, mic, enabled=True)
    browser(messages.send, alice, alice.published_tracks["chat"], "hello")
    browser(published_tracks.unpublish, alice, alice.published_tracks["camera"])

    assert [each.name for each in alice.published_tracks] == ["mic", "chat", "screen"]
    assert (mic.enabled, alice.published_tracks["screen"].enabled) == (True, False)
    assert [(each.data, each.sender) for each in bob.messages] == [("hello", alice)]

    browser(participants.disconnect, alice)
    assert alice.status == "disconnected"


def test_a_page_receives_messages_too(alice, room):
    room.connect("bob").publish("data", "answers").send("hello")
    assert [each.data for each in alice.messages] == ["hello"]


def test_the_dominant_speaker_and_network_quality_of_a_page_can_be_set(alice, room):
    room.dominant_speaker = alice
    alice.network_quality = 1
    alice.published_tracks["camera"].switch_off()
    assert (room.dominant_speaker, alice.network_quality) == (alice, 1)


class TestNetwork:
    @pytest.fixture
    def told(self, twilio_video, alice):
        assert alice.status == "connected"
        told = []
        twilio_video._listeners.append(lambda event: told.append(event.name))
        return told

    def test_a_page_is_reconnecting_until_it_has_returned(self, alice, told, browser):
        alice.drop_network()
        assert alice.status == "reconnecting"
        assert told == ["network-cut-off", "participant-reconnecting"]

        alice.resume()
        assert alice.status == "reconnecting"
        assert told[2:] == ["network-restored"]

        browser(participants.resume, alice)
        assert alice.status == "connected"
        assert told[3:] == ["participant-reconnected"]

    def test_dropping_and_resuming_twice_changes_nothing(self, alice, told):
        alice.resume()
        alice.drop_network()
        alice.drop_network()
        alice.resume()
        alice.resume()
        assert told == ["network-cut-off", "participant-reconnecting", "network-restored"]

    def test_the_network_of_a_page_that_has_lost_its_connection_can_be_dropped_too(
        self, alice, told, browser
    ):
        browser(participants.drop_network, alice)
        alice.drop_network()
        assert told == ["participant-reconnecting", "network-cut-off"]

    def test_a_page_that_does_not_return_is_disconnected(self, twilio_video, alice):
        alice.drop_network()
        alice.resume()
        twilio_video.clock.advance(seconds=30)
        assert (alice.status, alice.disconnect_error) == ("disconnected", 53001)
        with pytest.raises(VideoSdkError) as caught:
            alice.resume()
        assert caught.value.code == 53204

    def test_an_arranged_participant_is_back_at_once_after_resume(self, room):
        bob = room.connect("bob")
        bob.drop_network()
        bob.resume()
        assert bob.status == "connected"


@pytest.mark.parametrize(
    ("rules", "is_recorded"),
    [
        ([{"type": "include", "all": True}], True),
        ([{"type": "exclude", "all": True}], False),
        ([{"type": "include", "kind": "audio"}], True),
        ([{"type": "exclude", "all": True}, {"type": "include", "publisher": "bob"}], True),
        ([{"type": "include", "all": True}, {"type": "exclude", "kind": "audio"}], True),
        ([{"type": "include", "kind": "audio"}, {"type": "exclude", "all": True}], False),
    ],
)
def test_a_room_shows_as_recorded_if_its_rules_may_include_a_track(
    twilio_video, rules, is_recorded
):
    room = twilio_video.rooms.create(recording_rules=rules)
    assert recorder.is_recorded(room._record) is is_recorded


def test_the_priority_that_a_page_gave_a_track_counts_for_subscribe_rules(alice, room):
    from pytest_twilio_video._resources import subscribed_tracks

    account = room._simulation.account
    bob = room.connect("bob")
    rules = [{"type": "include", "priority": "high"}]
    params = subscribed_tracks.UpdateSubscribeRules(rules=rules)
    subscribed_tracks.update_rules(account, room._record, bob._record, params)

    seen = subscribed_tracks.list_all(account, room._record, bob._record)
    assert [each.name for each in seen] == ["camera"]
