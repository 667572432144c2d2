"""A populated account: every random past is a possible one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import invariants
import pytest

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError, TwilioVideoError
from pytest_twilio_video._engine.records import public_fields
from pytest_twilio_video._resources import published_tracks, sample_data


START = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
MONTH = timedelta(days=30)


@pytest.fixture(scope="module")
def month():
    """
    A thousand rooms within thirty days: enough for every random choice to occur.
    """
    with FakeTwilioVideo(seed="a busy month", start=START) as fake:
        fake.populate(rooms=1000)
        yield fake


def state(fake):
    """Return all resources and all events."""
    return (
        [describe(room) for room in fake.rooms],
        [describe(each) for room in fake.rooms for each in room.participants],
        [describe(each) for room in fake.rooms for each in room.recordings],
        [(each.name, each.at, each._record) for each in fake.events],
    )


def describe(view):
    return {name: getattr(view, name) for name in public_fields(view._kind)}


def happened(fake, name):
    return [each for each in fake.events if each.name == name]


# The invariants, over a thousand rooms.


@pytest.mark.parametrize("holds", invariants.OF_ACCOUNTS, ids=lambda holds: holds.__name__)
def test_a_made_up_past_satisfies_all_invariants(month, holds):
    """
    Except the invariants of callbacks: a made-up past sends none.
    """
    holds(month)


def test_a_past_fills_the_whole_period(month):
    moments = [event.at for event in month.events]

    assert START - MONTH <= moments[0] < moments[-1] <= START
    assert moments[-1] - moments[0] > MONTH * 0.9


def test_a_past_neither_moves_the_clock_nor_leaves_timers(month):
    assert month.clock.now == START
    assert month.clock.pending == []


def test_some_room_names_are_used_several_times(month):
    times = Counter(room.unique_name for room in month.rooms)

    assert max(times.values()) > 2


def test_every_room_of_a_past_is_completed(month):
    assert len(month.rooms) == 1000
    month.assert_no_open_rooms()
    assert {each.status for room in month.rooms for each in room.participants} == {"disconnected"}


def test_each_room_had_four_participants_with_different_identities(month):
    for room in month.rooms:
        assert len({each.identity for each in room.participants}) == len(room.participants) == 4


def test_recordings_belong_to_tracks_and_end_before_their_room(month):
    recordings = [each for room in month.rooms for each in room.recordings]
    tracks = {each._record.sid: each._record for each in happened(month, "track-added")}
    recorded = {each.source_sid for each in recordings}

    assert len(recordings) == len(recorded) == len(month.recordings)
    assert recorded == {sid for sid, track in tracks.items() if track.kind != "data"}
    assert all(each.status == "completed" and each.size for each in recordings)
    ends = {each._record.sid: each.at for each in happened(month, "recording-completed")}
    for room in month.rooms:
        assert all(ends[each.sid] <= room.end_time for each in room.recordings)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("room-created", "room-ended"),
        ("participant-connected", "participant-disconnected"),
        ("recording-started", "recording-completed"),
    ],
)
def test_in_a_made_up_past_everything_ends_exactly_once(month, begin, end):
    began = [each._record.sid for each in happened(month, begin)]
    ended = [each._record.sid for each in happened(month, end)]

    assert len(set(began)) == len(began)
    assert sorted(began) == sorted(ended)


def test_the_api_shows_the_same_past_as_the_objects_of_the_test(month):
    import requests

    def get(path, **params):
        address = f"https://video.twilio.com/v1/{path}"
        credentials = (month.account_sid, month.auth_token)
        return requests.get(address, params=params, auth=credentials, timeout=5).json()

    listed = get("Rooms", Status="completed", PageSize=1000)["rooms"]

    assert [each["sid"] for each in listed] == [room.sid for room in month.rooms][::-1]
    assert get("Rooms")["rooms"] == []
    for shown_room in listed[::100]:
        room = month.rooms[shown_room["sid"]]
        assert shown_room == get(f"Rooms/{room.sid}")
        people = get(f"Rooms/{room.sid}/Participants")["participants"]
        assert [each["sid"] for each in people] == [each.sid for each in room.participants][::-1]
        kept = get(f"Rooms/{room.sid}/Recordings")["recordings"]
        assert [each["sid"] for each in kept] == [each.sid for each in room.recordings][::-1]


def test_participants_left_for_every_reason(month):
    reasons = Counter(each.disconnect_error for room in month.rooms for each in room.participants)

    assert set(reasons) == {None, 53001, 53118}
    assert reasons[None] > reasons[53118] > reasons[53001] > 0
    assert happened(month, "track-disabled")
    assert happened(month, "track-enabled")


def test_a_past_sends_no_callbacks_and_contains_no_calls(month):
    assert not month.callbacks
    month.assert_no_room_created()


# Arguments.


def test_the_same_seed_gives_the_same_past_and_another_seed_another():
    one, same, other = (FakeTwilioVideo(seed=seed, start=START) for seed in ("a", "a", "b"))
    for fake in (one, same, other):
        fake.populate(rooms=5)

    assert state(one) == state(same)
    assert state(one) != state(other)


def test_the_default_is_twenty_rooms_of_four_participants_within_a_month(twilio_video):
    rooms = twilio_video.populate()

    assert rooms == list(twilio_video.rooms)
    assert len(rooms) == 20
    assert {len(room.participants) for room in rooms} == {4}
    assert all(room.date_created >= twilio_video.clock.now - MONTH for room in rooms)
    assert len(twilio_video.recordings) >= 80


def test_a_past_without_recordings_has_none(twilio_video):
    twilio_video.populate(rooms=3, recordings=False)

    assert not twilio_video.recordings
    assert twilio_video.rooms.where(record_participants_on_connect=True) == []


@pytest.mark.parametrize("participants", [0, 1, 50])
@pytest.mark.parametrize("over", [timedelta(minutes=m) for m in (10, 13, 525_600)])
def test_any_number_of_participants_and_any_period_is_possible(twilio_video, participants, over):
    twilio_video.populate(rooms=3, participants=participants, over=over)

    since = twilio_video.clock.now - over
    for room in twilio_video.rooms:
        assert room.status == "completed"
        assert since <= room.date_created <= room.end_time <= twilio_video.clock.now
        assert len(room.participants) == participants


def test_zero_rooms_are_possible(twilio_video):
    assert twilio_video.populate(rooms=0) == []


def test_a_room_without_participants_ended_by_its_timeout_or_its_host(twilio_video):
    twilio_video.populate(rooms=50, participants=0)

    assert max(room.duration for room in twilio_video.rooms) == 300  # the unused room timeout


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"rooms": -1}, "rooms is -1, but must be a whole number, 0 or more"),
        ({"rooms": 2.5}, "rooms is 2.5, but must be a whole number, 0 or more"),
        ({"rooms": True}, "rooms is True, but must be a whole number, 0 or more"),
        ({"participants": 51}, "participants is 51, but must be a whole number, from 0 to 50"),
        ({"participants": -1}, "participants is -1, but must be a whole number, from 0 to 50"),
        ({"participants": True}, "participants is True, but must be a whole number"),
        ({"recordings": "no"}, "recordings is 'no', but must be True or False"),
        ({"over": timedelta(0)}, "over is .*, but must be a timedelta of 10 minutes or more"),
        ({"over": timedelta(minutes=9)}, "must be a timedelta of 10 minutes or more, like"),
        ({"over": 30}, "over is 30, but must be a timedelta of 10 minutes or more, like"),
        ({"over": timedelta(days=800_000)}, "the past must not begin before the year 1"),
    ],
)
def test_an_invalid_argument_is_refused_and_changes_nothing(twilio_video, wish, words):
    with pytest.raises(InvalidArgumentError, match=words):
        twilio_video.populate(**wish)

    assert not twilio_video.events
    assert not twilio_video.clock.pending


def test_a_past_before_the_calendar_is_refused():
    fake = FakeTwilioVideo(start="0001-01-05T00:00:00Z")

    with pytest.raises(InvalidArgumentError, match=r"before the year 1\. Now is 0001-01-05"):
        fake.populate()


def test_a_past_that_fails_leaves_the_account_empty(twilio_video, monkeypatch):
    joined = []

    def fail_at_the_fifth(*_args):
        joined.append(1)
        if len(joined) == 5:
            raise LookupError
        return published_tracks.publish(*_args)

    monkeypatch.setattr(
        sample_data, "published_tracks", SimpleNamespace(publish=fail_at_the_fifth)
    )
    before = twilio_video.clock.now
    with pytest.raises(LookupError):
        twilio_video.populate(rooms=3)

    assert not list(twilio_video.rooms)
    assert not twilio_video.events
    assert not twilio_video.clock.pending
    twilio_video.clock.advance(days=1)
    assert twilio_video.clock.now == before + timedelta(days=1)
    monkeypatch.undo()
    assert len(twilio_video.populate(rooms=3)) == 3


def test_a_past_requires_an_empty_account(twilio_video):
    room = twilio_video.rooms.create()

    with pytest.raises(TwilioVideoError, match=r"call it first, or after reset\(\)"):
        twilio_video.populate()
    assert list(twilio_video.rooms) == [room]

    twilio_video.reset()
    assert len(twilio_video.populate()) == 20


# After the past.


def test_rooms_can_be_used_after_a_past(twilio_video):
    past = twilio_video.populate(rooms=5)
    twilio_video.clock.advance(days=1)

    room = twilio_video.rooms.create(unique_name=past[0].unique_name)
    room.connect().publish("audio")
    twilio_video.clock.advance(days=2)

    assert room.status == "completed"
    assert list(twilio_video.rooms) == [*past, room]
    moments = [event.at for event in twilio_video.events]
    assert moments == sorted(moments)


def test_quotas_do_not_apply_to_the_past(twilio_video):
    twilio_video._simulation.account.limits.update(rooms=0, participants=0)

    twilio_video.populate(rooms=5)

    assert twilio_video._simulation.account.limits == {"rooms": 0, "participants": 0}


def test_the_past_lies_before_the_frozen_present(twilio_video):
    freezegun = pytest.importorskip("freezegun")

    with freezegun.freeze_time("2031-02-03 04:05:06"):
        rooms = twilio_video.populate(over=timedelta(days=1))

        assert twilio_video.clock.now == datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
        assert datetime.now(timezone.utc) == twilio_video.clock.now
    assert {room.date_created.year for room in rooms} == {2031}
    assert {room.date_created.day for room in rooms} <= {2, 3}
