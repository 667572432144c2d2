"""What is said to be always so could be otherwise: each invariant sees what would break it."""

from __future__ import annotations

import dataclasses

from datetime import timedelta

import invariants
import pytest

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._engine.account import Event


@pytest.fixture(name="fake")
def _fake():
    """
    A room that is over and one that is not, with alice and bob in either.
    """
    fake = FakeTwilioVideo(seed="invariants", start="2026-01-01T09:00:00Z")
    said = {"status_callback": "https://app.example/", "record_participants_on_connect": True}
    for name in ("retro", "standup"):
        room = fake.rooms.create(unique_name=name, **said)
        room.connect("alice").publish("audio")
        room.connect("bob")
        fake.clock.advance(minutes=2)
        if name == "retro":
            room.complete()
    return fake


def change(view, **changes):
    """Give something other fields than it has come to."""
    view._simulation.account.change(view._record, **changes)


def happens(fake, name, view, **changes):
    """Let something have happened, of which nothing has come."""
    record = dataclasses.replace(view._record, **changes)
    fake._simulation.account.events.append(Event(name, fake.clock.now, record))


def a_name_is_given_twice(fake, _retro, standup):
    happens(fake, "room-created", standup, sid="RM" + "0" * 32)


def a_room_is_open_again(_fake, retro, _standup):
    change(retro, status="in-progress", end_time=None)


def somebody_stays(_fake, retro, _standup):
    change(retro.participants["alice"], status="connected", end_time=None)


def a_track_stays(_fake, retro, _standup):
    account = retro._simulation.account
    account.change(next(event.record for event in account.events if event.name == "track-added"))


def a_recording_goes_on(_fake, retro, _standup):
    change(retro.recordings[0], status="processing")


def two_have_one_identity(_fake, _retro, standup):
    change(standup.participants["bob"], identity="alice")


def there_are_too_many(_fake, _retro, standup):
    change(standup, max_participants=1)


def somebody_is_gone_unseen(_fake, _retro, standup):
    change(standup.participants["bob"], end_time=standup.date_created)


def it_lasted_longer(_fake, retro, _standup):
    change(retro, duration=retro.duration + 1)


def it_lasted_a_day_and_more(_fake, retro, _standup):
    change(retro, duration=90_000, end_time=retro.date_created + timedelta(hours=25))


def somebody_came_too_early(_fake, retro, _standup):
    change(retro.participants["bob"], start_time=retro.date_created - timedelta(minutes=1))


def somebody_stayed_longer(_fake, retro, _standup):
    change(retro.participants["bob"], duration=121)


def nothing_was_recorded(_fake, retro, _standup):
    change(retro.recordings[0], duration=0)


def its_size_is_another(_fake, retro, _standup):
    change(retro.recordings[0], size=1)


def what_happened_is_in_disorder(fake, _retro, _standup):
    fake._simulation.account.events.reverse()


def what_happened_is_to_come(fake, retro, _standup):
    late = fake.clock.now + timedelta(seconds=1)
    fake._simulation.account.events.append(Event("room-ended", late, retro._record))


def a_timer_was_missed(fake, _retro, _standup):
    clock = fake._simulation.account.clock
    call = clock.call_later(timedelta(0), lambda: None, "what was missed")
    call.timer.due -= timedelta(seconds=1)


def an_event_is_missing(fake, _retro, _standup):
    del fake._simulation.account.events[1]


def an_event_is_too_many(fake, retro, _standup):
    happens(fake, "room-ended", retro)


def a_status_is_another(_fake, retro, _standup):
    change(retro.recordings[0], status="failed")


def a_number_is_left_out(fake, _retro, _standup):
    fake.callbacks[1].params["SequenceNumber"] = "7"


def a_track_is_removed_afterwards(fake, _retro, _standup):
    account = fake._simulation.account
    track = next(event.record for event in account.events if event.name == "track-added")
    account.events.append(Event("track-removed", fake.clock.now, track))


def one_begins_elsewhere(_fake, retro, _standup):
    change(retro.recordings[0], offset=retro.recordings[0].offset + 1)


BREAKS = {
    invariants.a_name_has_at_most_one_room_in_progress: [
        a_name_is_given_twice,
        a_room_is_open_again,
    ],
    invariants.nobody_is_in_a_room_that_is_over: [
        somebody_stays,
        a_track_stays,
        a_recording_goes_on,
    ],
    invariants.an_identity_is_in_a_room_once_and_a_room_is_never_too_full: [
        two_have_one_identity,
        there_are_too_many,
        somebody_is_gone_unseen,
    ],
    invariants.spans_are_what_lies_between_their_ends: [
        it_lasted_longer,
        it_lasted_a_day_and_more,
        somebody_came_too_early,
        somebody_stayed_longer,
        nothing_was_recorded,
        its_size_is_another,
    ],
    invariants.time_never_goes_back: [
        what_happened_is_in_disorder,
        what_happened_is_to_come,
        a_timer_was_missed,
    ],
    invariants.every_change_has_its_event: [
        an_event_is_missing,
        an_event_is_too_many,
        a_status_is_another,
    ],
    invariants.a_track_is_removed_before_its_publisher_leaves_or_not_at_all: [
        a_track_is_removed_afterwards,
    ],
    invariants.all_recordings_of_a_room_have_the_offset_of_its_first_arrival: [
        one_begins_elsewhere,
    ],
    invariants.every_event_has_its_callback: [an_event_is_missing, an_event_is_too_many],
    invariants.the_events_of_a_room_are_numbered_without_a_gap: [a_number_is_left_out],
}


def test_each_is_tried_here():
    assert list(BREAKS) == [*invariants.OF_ACCOUNTS, *invariants.OF_CALLBACKS]


@pytest.mark.parametrize("holds", BREAKS, ids=lambda holds: holds.__name__)
def test_it_holds(fake, holds):
    holds(fake)


@pytest.mark.parametrize(
    ("holds", "breaks"),
    [(holds, breaks) for holds, ways in BREAKS.items() for breaks in ways],
    ids=lambda each: each.__name__,
)
def test_it_is_seen_when_it_does_not(fake, holds, breaks):
    breaks(fake, *fake.rooms)

    with pytest.raises(AssertionError):
        holds(fake)
