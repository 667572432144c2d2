"""Subscribed tracks: which tracks participants receive by their current rules."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import participants, published_tracks, rooms, subscribed_tracks
from pytest_twilio_video._resources.published_tracks import TrackKind
from pytest_twilio_video._resources.rooms import CreateRoom
from pytest_twilio_video._resources.subscribed_tracks import UpdateSubscribeRules


ALL = {"type": "include", "all": True}
KEYS = {"type", "all", "publisher", "track", "kind", "priority"}


@pytest.fixture
def room(account):
    return rooms.create(account, CreateRoom(unique_name="standup"))


@pytest.fixture
def people(account, room):
    return {name: participants.connect(account, room, name) for name in ("alice", "bob", "carol")}


@pytest.fixture
def publish(account, room, people):
    def publish(who, kind, name):
        return published_tracks.publish(account, room, people[who], TrackKind(kind), name)

    return publish


@pytest.fixture
def tracks(publish):
    return [
        publish("alice", "audio", "alice-mic"),
        publish("bob", "audio", "bob-mic"),
        publish("bob", "video", "bob-cam"),
        publish("carol", "data", "carol-chat"),
    ]


@pytest.fixture
def post(account, room, people):
    def post(rules, who="alice"):
        params = UpdateSubscribeRules(rules=rules)
        return subscribed_tracks.update_rules(account, room, account.now(people[who]), params)

    return post


@pytest.fixture
def heard(account, room, people):
    def heard(who="alice"):
        listed = subscribed_tracks.list_all(account, room, account.now(people[who]))
        return {each.name for each in listed}

    return heard


def test_by_default_participants_receive_all_tracks_except_their_own(tracks, heard):
    assert heard("alice") == {"bob-mic", "bob-cam", "carol-chat"}
    assert heard("bob") == {"alice-mic", "carol-chat"}


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ([ALL, {"type": "exclude", "kind": "video"}], {"bob-mic", "carol-chat"}),
        ([{"type": "exclude", "kind": "video"}, ALL], {"bob-mic", "bob-cam", "carol-chat"}),
        ([{"type": "exclude", "publisher": "carol"}], set()),
        ([{"type": "include", "publisher": "bob", "kind": "audio"}], {"bob-mic"}),
        ([{"type": "include", "publisher": "Bob"}], set()),
        (
            [{"type": "include", "track": "carol-chat"}, {"type": "include", "kind": "video"}],
            {"carol-chat", "bob-cam"},
        ),
        ([{"type": "include", "kind": "data"}], {"carol-chat"}),
        ([{"type": "include", "publisher": "alice"}], set()),
        ([{"type": "include", "priority": "standard"}], {"bob-mic", "bob-cam", "carol-chat"}),
        ([{"type": "include", "priority": "high"}], set()),
    ],
)
def test_rules_apply_in_order(tracks, post, heard, rules, names):
    post(rules)

    assert heard() == names


def test_rules_may_name_publishers_and_tracks_by_sid(tracks, people, post, heard):
    post(
        [
            {"type": "include", "publisher": people["bob"].sid},
            {"type": "exclude", "track": tracks[1].sid},
        ]
    )

    assert heard() == {"bob-cam"}


def test_new_rules_replace_the_earlier_ones(tracks, post, heard):
    post([{"type": "include", "kind": "audio"}])
    post([{"type": "include", "kind": "video"}])

    assert heard() == {"bob-cam"}


def test_rules_apply_to_tracks_that_are_published_later(account, tracks, publish, post, heard):
    post([{"type": "include", "kind": "audio"}])

    publish("carol", "audio", "carol-mic")
    assert heard() == {"bob-mic", "carol-mic"}
    published_tracks.remove(account, tracks[1])
    assert heard() == {"carol-mic"}


def test_rules_are_shown_with_every_filter_and_without_dates(account, room, people, post):
    usual = subscribed_tracks.fetch_rules(account, room, people["alice"])
    posted = post([ALL, {"type": "exclude", "kind": "video"}])

    assert usual.rules == [dict.fromkeys(KEYS) | ALL]
    assert posted.rules[1] == dict.fromkeys(KEYS) | {"type": "exclude", "kind": "video"}
    assert (posted.date_created, posted.date_updated) == (None, None)
    assert posted == subscribed_tracks.fetch_rules(account, room, account.now(people["alice"]))
    assert account.now(people["alice"]).date_updated == people["alice"].date_updated


def test_a_subscribed_track_names_its_publisher_and_its_subscriber(account, room, people, tracks):
    track = subscribed_tracks.find(account, room, people["alice"], tracks[2].sid)

    assert (track.sid, track.name, track.kind) == (tracks[2].sid, "bob-cam", "video")
    assert (track.publisher_sid, track.participant_sid) == (people["bob"].sid, people["alice"].sid)
    assert (track.room_sid, track.enabled) == (room.sid, True)


def test_a_subscribed_track_is_found_by_sid_and_by_its_subscriber_only(
    account, room, people, tracks, post
):
    post([{"type": "include", "kind": "audio"}])
    alice = account.now(people["alice"])

    for sid in (tracks[0].sid, tracks[2].sid, "bob-mic", "MT" + "0" * 32):
        with pytest.raises(Refusal) as caught:
            subscribed_tracks.find(account, room, alice, sid)
        assert caught.value.code == 20404
    assert subscribed_tracks.find(account, room, alice, tracks[1].sid).name == "bob-mic"


def test_a_participant_who_has_left_receives_no_tracks(account, room, people, tracks, heard, post):
    participants.leave(account, people["alice"])

    assert heard("alice") == set()
    assert heard("bob") == {"carol-chat"}
    with pytest.raises(Refusal) as caught:
        post([ALL])
    assert caught.value.code == 53204


@pytest.mark.parametrize("bad", [None, [], ALL, [{"type": "include"}], [ALL] * 21])
def test_invalid_rules_are_refused_and_the_old_rules_stay(account, people, post, bad):
    before = account.now(people["alice"])

    with pytest.raises(Refusal) as caught:
        post(bad)

    assert caught.value.code == 53215
    assert account.now(people["alice"]) is before


def test_a_completed_room_refuses_rules(account, room, people):
    ended = rooms.end(account, room)

    with pytest.raises(Refusal) as caught:
        subscribed_tracks.update_rules(
            account, ended, account.now(people["alice"]), UpdateSubscribeRules(rules=[ALL])
        )
    assert caught.value.code == 53118


def test_a_room_without_a_media_server_refuses_rules(account):
    room = rooms.create(account, CreateRoom(type=rooms.RoomType.PEER_TO_PEER))
    alice = participants.connect(account, room, "alice")

    with pytest.raises(Refusal) as caught:
        subscribed_tracks.update_rules(account, room, alice, UpdateSubscribeRules(rules=[ALL]))
    assert caught.value.code == 53117


def test_an_anonymized_participant_has_their_sid_as_identity(account, room, people, tracks):
    alice = participants.anonymize(account, room, people["alice"])

    assert (alice.identity, alice.status) == (alice.sid, "connected")
    assert account.now(people["alice"]).identity == alice.sid
    assert participants.find(account, room, alice.sid).identity == alice.sid
    with pytest.raises(Refusal):
        participants.find(account, room, "alice")


def test_a_participant_who_has_left_can_be_anonymized(account, room, people):
    gone = participants.leave(account, people["alice"])

    assert participants.anonymize(account, room, gone).status == "disconnected"
    assert account.now(gone).end_time == gone.end_time
