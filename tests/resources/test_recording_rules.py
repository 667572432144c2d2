"""Recording rules: new rules apply at once."""

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


def test_the_first_rules_depend_on_record_participants_on_connect(account, room):
    recorded = rooms.create(account, CreateRoom(record_participants_on_connect=True))

    assert recorder.fetch_rules(account, room).rules == NOTHING
    assert recorder.fetch_rules(account, recorded).rules == EVERYTHING


def test_rules_are_shown_without_filters_that_are_not_set(post):
    shown = post([*EVERYTHING, {"type": "exclude", "kind": "video", "publisher": None}])

    assert shown.rules == [*EVERYTHING, {"type": "exclude", "kind": "video"}]


def test_recordings_start_and_complete_with_the_rules_and_are_never_continued(account, room, post):
    """
    As observed: 2 participants with 2 tracks each make 4 recordings, which complete, then 8.
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


def test_a_track_that_stays_included_is_recorded_without_interruption(account, room, post):
    alice = participants.connect(account, room, "alice")
    post(EVERYTHING)
    published_tracks.publish(account, room, alice, TrackKind.AUDIO, "mic")

    post([{"type": "include", "track": "mic"}])

    assert statuses(account) == ["processing"]


def test_the_rules_apply_to_later_participants(account, room, post):
    post([{"type": "include", "publisher": "bob"}])
    for identity in ("alice", "bob"):
        someone = participants.connect(account, room, identity)
        published_tracks.publish(account, room, someone, TrackKind.AUDIO, identity)

    assert [each.track_name for each in account.select(Recording)] == ["bob"]


def test_new_rules_do_not_change_date_updated_of_the_room(account, room, post):
    clock_of(account).advance(timedelta(minutes=1))

    shown = post(EVERYTHING)

    assert (shown.date_created, shown.date_updated) == (room.date_created, account.clock.now)
    assert account.now(room).date_updated == room.date_updated


@pytest.mark.parametrize("bad", [None, [], {"type": "include", "all": True}, [{"kind": "data"}]])
def test_invalid_rules_are_refused_and_the_old_rules_stay(account, room, post, bad):
    post(EVERYTHING)
    before = account.now(room)

    with pytest.raises(Refusal) as caught:
        post(bad)

    assert caught.value.code == 53120
    assert account.now(room) is before


def test_a_completed_room_refuses_rules(account, room, post):
    rooms.end(account, room)

    with pytest.raises(Refusal) as caught:
        post(EVERYTHING)
    assert caught.value.code == 53118


@pytest.mark.parametrize("kind", ["peer-to-peer", "go"])
def test_a_room_without_a_media_server_cannot_be_recorded(account, kind):
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
