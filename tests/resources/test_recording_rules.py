"""Recording rules: what is posted holds at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import participants, published_tracks, recorder, rooms
from pytest_twilio_video._resources.published_tracks import TrackKind
from pytest_twilio_video._resources.recorder import UpdateRecordingRules
from pytest_twilio_video._resources.recordings import Recording
from pytest_twilio_video._resources.rooms import CreateRoom, Room


EVERYTHING = [{"type": "include", "all": True}]
NOTHING = [{"type": "exclude", "all": True}]


@pytest.fixture
def room(account):
    return rooms.create(account, CreateRoom())


@pytest.fixture
def post(account, room):
    def post(rules):
        return recorder.update_rules(account, account.now(room), UpdateRecordingRules(rules=rules))

    return post


def statuses(account):
    return [str(each.status) for each in account.select(Recording)]


def test_a_room_shows_what_it_was_made_with(account, room):
    recorded = rooms.create(account, CreateRoom(record_participants_on_connect=True))

    assert recorder.fetch_rules(account, room).rules == NOTHING
    assert recorder.fetch_rules(account, recorded).rules == EVERYTHING


def test_rules_are_shown_without_the_filters_that_are_not_set(post):
    shown = post([*EVERYTHING, {"type": "exclude", "kind": "video", "publisher": None}])

    assert shown.rules == [*EVERYTHING, {"type": "exclude", "kind": "video"}]


def test_recordings_begin_and_end_with_the_rules_and_nothing_is_appended(account, room, post):
    """
    As it was seen live: 2 people with 2 tracks each make 4, then those 4 complete, then 8.
    """
    for identity in ("alice", "bob"):
        someone = participants.connect(account, room, identity)
        for kind in TrackKind:
            published_tracks.publish(account, room, someone, kind, None)
    assert statuses(account) == []

    post(EVERYTHING)
    assert statuses(account) == ["processing"] * 4
    post(NOTHING)
    assert statuses(account) == ["completed"] * 4
    post(EVERYTHING)
    assert statuses(account) == ["completed"] * 4 + ["processing"] * 4
    post([*EVERYTHING, {"type": "exclude", "kind": "video"}])
    assert sorted(statuses(account)) == ["completed"] * 6 + ["processing"] * 2


def test_what_goes_on_being_chosen_is_not_interrupted(account, room, post):
    alice = participants.connect(account, room, "alice")
    post(EVERYTHING)
    published_tracks.publish(account, room, alice, TrackKind.AUDIO, "mic")

    post([{"type": "include", "track": "mic"}])

    assert statuses(account) == ["processing"]


def test_the_rules_hold_for_who_comes_later(account, room, post):
    post([{"type": "include", "publisher": "bob"}])
    for identity in ("alice", "bob"):
        someone = participants.connect(account, room, identity)
        published_tracks.publish(account, room, someone, TrackKind.AUDIO, identity)

    assert [each.track_name for each in account.select(Recording)] == ["bob"]


def test_only_the_rules_bear_the_date_of_their_change(account, room, post):
    clock_of(account).advance(timedelta(minutes=1))

    shown = post(EVERYTHING)

    assert (shown.date_created, shown.date_updated) == (room.date_created, account.clock.now)
    assert account.now(room).date_updated == room.date_updated


@pytest.mark.parametrize("bad", [None, [], {"type": "include", "all": True}, [{"kind": "data"}]])
def test_bad_rules_are_refused_and_the_old_ones_stay(account, room, post, bad):
    post(EVERYTHING)
    before = account.now(room)

    with pytest.raises(Refusal) as caught:
        post(bad)

    assert caught.value.code == 53120
    assert account.now(room) is before


def test_a_room_that_is_over_takes_no_rules(account, room, post):
    rooms.end(account, room)

    with pytest.raises(Refusal) as caught:
        post(EVERYTHING)
    assert caught.value.code == 53118


@pytest.mark.parametrize("kind", ["peer-to-peer", "go"])
def test_what_twilio_does_not_carry_it_cannot_record(account, kind):
    room = rooms.create(account, CreateRoom(type=rooms.RoomType(kind)))

    with pytest.raises(Refusal) as caught:
        recorder.update_rules(account, room, UpdateRecordingRules(rules=EVERYTHING))
    assert caught.value.code == 53122
    with pytest.raises(Refusal) as caught:
        rooms.create(
            account,
            CreateRoom(type=rooms.RoomType(kind), record_participants_on_connect=True),
        )
    assert caught.value.code == 53122
    assert account.select(Room).count() == 1
