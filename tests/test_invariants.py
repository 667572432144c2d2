"""Tests of the invariants: each one detects a change that breaks it."""

from __future__ import annotations

import dataclasses

from datetime import timedelta

import invariants
import pytest

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._engine.account import Event
from pytest_twilio_video._resources.messages import Message


@pytest.fixture(name="fake")
def _fake():
    """
    A fake with a completed room and a room in progress, each joined by alice and bob.
    """
    fake = FakeTwilioVideo(seed="invariants", start="2026-01-01T09:00:00Z")
    said = {"status_callback": "https://app.example/", "record_participants_on_connect": True}
    for name in ("retro", "standup"):
        room = fake.rooms.create(unique_name=name, **said)
        room.connect("alice").publish("audio")
        room.connect("bob").publish("data").send("hello")
        room.dominant_speaker = room.participants["bob"]
        fake.clock.advance(minutes=2)
        if name == "retro":
            room.complete()
    return fake


def change(view, **changes):
    """Change fields of a record directly, without an operation."""
    view._simulation.account.change(view._record, **changes)


def happens(fake, name, view, **changes):
    """Add an event without its effects."""
    record = dataclasses.replace(view._record, **changes)
    fake._simulation.account.events.append(Event(name, fake.clock.now, record))


def a_room_is_created_with_a_taken_name(fake, _retro, standup):
    happens(fake, "room-created", standup, sid="RM" + "0" * 32)


def a_completed_room_is_in_progress_again(_fake, retro, _standup):
    change(retro, status="in-progress", end_time=None)


def a_participant_stays_connected(_fake, retro, _standup):
    change(retro.participants["alice"], status="connected", end_time=None)


def a_track_stays_published(_fake, retro, _standup):
    account = retro._simulation.account
    account.change(next(event._record for event in account.events if event.name == "track-added"))


def a_recording_stays_in_process(_fake, retro, _standup):
    change(retro.recordings[0], status="processing")


def two_participants_have_one_identity(_fake, _retro, standup):
    change(standup.participants["bob"], identity="alice")


def a_room_is_over_its_capacity(_fake, _retro, standup):
    change(standup, max_participants=1)


def a_participant_has_an_end_but_no_event(_fake, _retro, standup):
    change(standup.participants["bob"], end_time=standup.date_created)


def a_room_has_a_wrong_duration(_fake, retro, _standup):
    change(retro, duration=retro.duration + 1)


def a_room_lasted_more_than_a_day(_fake, retro, _standup):
    change(retro, duration=90_000, end_time=retro.date_created + timedelta(hours=25))


def a_participant_joined_before_the_room_was_created(_fake, retro, _standup):
    change(retro.participants["bob"], start_time=retro.date_created - timedelta(minutes=1))


def a_participant_has_a_wrong_duration(_fake, retro, _standup):
    change(retro.participants["bob"], duration=121)


def a_recording_has_no_duration(_fake, retro, _standup):
    change(retro.recordings[0], duration=0)


def a_recording_has_a_wrong_size(_fake, retro, _standup):
    change(retro.recordings[0], size=1)


def the_events_are_out_of_order(fake, _retro, _standup):
    fake._simulation.account.events.reverse()


def an_event_is_in_the_future(fake, retro, _standup):
    late = fake.clock.now + timedelta(seconds=1)
    fake._simulation.account.events.append(Event("room-ended", late, retro._record))


def a_timer_was_missed(fake, _retro, _standup):
    clock = fake._simulation.account.clock
    call = clock.call_later(timedelta(0), lambda: None, "what was missed")
    call.timer.due -= timedelta(seconds=1)


def an_event_is_missing(fake, _retro, _standup):
    del fake._simulation.account.events[1]


def an_event_happens_twice(fake, retro, _standup):
    happens(fake, "room-ended", retro)


def a_recording_has_a_wrong_status(_fake, retro, _standup):
    change(retro.recordings[0], status="failed")


def a_sequence_number_is_left_out(fake, _retro, _standup):
    fake.callbacks[1].params["SequenceNumber"] = "7"


def a_track_is_removed_afterwards(fake, _retro, _standup):
    account = fake._simulation.account
    track = next(event._record for event in account.events if event.name == "track-added")
    account.events.append(Event("track-removed", fake.clock.now, track))


def one_begins_elsewhere(_fake, retro, _standup):
    change(retro.recordings[0], offset=retro.recordings[0].offset + 1)


def a_speaker_has_left(_fake, retro, _standup):
    change(retro, dominant_speaker_sid=retro.participants["bob"].sid)


def somebody_hears_themselves(_fake, _retro, standup):
    deliver_also_to(standup.participants["bob"])


def somebody_who_comes_later_hears_it(fake, _retro, standup):
    eve = standup.connect("eve")
    change(eve, start_time=fake.clock.now + timedelta(days=1))
    change(standup.participants["bob"], end_time=fake.clock.now)
    deliver_also_to(eve)


def deliver_also_to(person):
    """Make *person* a receiver of every message in their room, too."""
    account = person._simulation.account
    for message in account.select(Message, room_sid=person.room_sid):
        account.change(message, receiver_sids=(*message.receiver_sids, person.sid))


BREAKS = {
    invariants.a_name_has_at_most_one_room_in_progress: [
        a_room_is_created_with_a_taken_name,
        a_completed_room_is_in_progress_again,
    ],
    invariants.a_completed_room_has_no_connected_participants: [
        a_participant_stays_connected,
        a_track_stays_published,
        a_recording_stays_in_process,
    ],
    invariants.identities_in_a_room_are_unique_and_its_capacity_is_kept: [
        two_participants_have_one_identity,
        a_room_is_over_its_capacity,
        a_participant_has_an_end_but_no_event,
    ],
    invariants.durations_match_their_start_and_end: [
        a_room_has_a_wrong_duration,
        a_room_lasted_more_than_a_day,
        a_participant_joined_before_the_room_was_created,
        a_participant_has_a_wrong_duration,
        a_recording_has_no_duration,
        a_recording_has_a_wrong_size,
    ],
    invariants.events_are_in_chronological_order: [
        the_events_are_out_of_order,
        an_event_is_in_the_future,
        a_timer_was_missed,
    ],
    invariants.every_change_has_its_event: [
        an_event_is_missing,
        an_event_happens_twice,
        a_recording_has_a_wrong_status,
    ],
    invariants.a_track_is_removed_before_its_publisher_leaves_or_not_at_all: [
        a_track_is_removed_afterwards,
    ],
    invariants.all_recordings_of_a_room_have_the_offset_of_its_first_arrival: [
        one_begins_elsewhere,
    ],
    invariants.a_dominant_speaker_is_in_the_room: [a_speaker_has_left],
    invariants.a_message_reaches_somebody_else_while_they_are_there: [
        somebody_hears_themselves,
        somebody_who_comes_later_hears_it,
    ],
    invariants.every_event_has_one_callback: [an_event_is_missing, an_event_happens_twice],
    invariants.sequence_numbers_of_a_room_have_no_gap: [a_sequence_number_is_left_out],
}


def test_every_invariant_is_tested():
    assert list(BREAKS) == [*invariants.OF_ACCOUNTS, *invariants.OF_CALLBACKS]


@pytest.mark.parametrize("holds", BREAKS, ids=lambda holds: holds.__name__)
def test_each_invariant_holds(fake, holds):
    holds(fake)


@pytest.mark.parametrize(
    ("holds", "breaks"),
    [(holds, breaks) for holds, ways in BREAKS.items() for breaks in ways],
    ids=lambda each: each.__name__,
)
def test_a_broken_invariant_is_detected(fake, holds, breaks):
    breaks(fake, *fake.rooms)

    with pytest.raises(AssertionError):
        holds(fake)
