"""Invariants: what is true of every account after any actions in any order.

Each invariant takes a fake, and fails if it is broken. If possible, it checks all events and not
only the present state.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import groupby


STATES = {
    "rooms": {"in-progress": ["room-created"], "completed": ["room-created", "room-ended"]},
    "participants": {
        "connected": ["participant-connected"],
        "reconnecting": ["participant-connected"],
        "disconnected": ["participant-connected", "participant-disconnected"],
    },
    "recordings": {
        "processing": ["recording-started"],
        "completed": ["recording-started", "recording-completed"],
        "failed": ["recording-started", "recording-failed"],
        "deleted": ["recording-started", "recording-completed"],
    },
    "compositions": {
        "enqueued": [],
        "processing": ["composition-started"],
        "completed": ["composition-started", "composition-available"],
        "failed": ["composition-started", "composition-failed"],
        "deleted": ["composition-started", "composition-available"],
    },
}
"""For each kind of resource and each status, the events that lead to it."""

BESIDES = {"composition-progress", "composition-enqueued"}
"""The events that do not belong to a change of a status."""

EPOCH = datetime(2015, 9, 20, 12, tzinfo=timezone.utc)
"""The moment from which the offsets of recordings are counted."""

MOVES = {"participant-connected", "participant-disconnected"}


def a_name_has_at_most_one_room_in_progress(fake):
    names = {}
    for event in fake.events:
        if event.name == "room-created":
            assert event._record.unique_name not in names.values()
            names[event._record.sid] = event._record.unique_name
        elif event.name == "room-ended":
            del names[event._record.sid]
    in_progress = fake.rooms.where(status="in-progress")
    assert names == {room.sid: room.unique_name for room in in_progress}


def a_completed_room_has_no_connected_participants(fake):
    for room in fake.rooms.where(status="completed"):
        assert not present(room)
        assert not [each for person in room.participants for each in person.published_tracks]
        assert not room.recordings.where(status="processing")


def identities_in_a_room_are_unique_and_its_capacity_is_kept(fake):
    # The current identities: an anonymized participant no longer has the old one.
    identities = {each.sid: each.identity for room in fake.rooms for each in room.participants}
    most = {room.sid: room.max_participants for room in fake.rooms}
    inside = defaultdict(dict)
    moves = [event for event in fake.events if event.name in MOVES]
    # A participant who joins again is connected before the earlier one is disconnected.
    for (_, sid), together in groupby(moves, key=lambda event: (event.at, event.room_sid)):
        people = inside[sid]
        for event in together:
            if event.name == "participant-connected":
                people[event._record.sid] = identities[event._record.sid]
            else:
                del people[event._record.sid]
        assert len(set(people.values())) == len(people) <= most[sid]
    for room in fake.rooms:
        assert list(inside[room.sid]) == [each.sid for each in present(room)]


def durations_match_their_start_and_end(fake):
    for room in fake.rooms.where(status="completed"):
        assert room.duration == seconds(room.date_created, room.end_time)
        assert room.end_time - room.date_created <= timedelta(hours=24)
        for each in room.participants:
            assert room.date_created <= each.start_time <= each.end_time <= room.end_time
            assert each.duration == seconds(each.start_time, each.end_time)
    for recording in fake.recordings.where(status="completed"):
        assert recording.duration >= 1
        assert recording.size == len(recording.media)


def events_are_in_chronological_order(fake):
    moments = [event.at for event in fake.events]
    assert moments == sorted(moments)
    assert not moments or moments[-1] <= fake.clock.now
    assert all(timer.due >= fake.clock.now for timer in fake.clock.pending)


def every_change_has_its_event(fake):
    names = defaultdict(list)
    for event in fake.events:
        if event.name not in BESIDES:
            names[event._record.sid].append(event.name)
    people = [each for room in fake.rooms for each in room.participants]
    things = {"participants": people, "rooms": fake.rooms}
    things |= {"recordings": fake.recordings, "compositions": fake.compositions}
    for kind, found in things.items():
        for thing in found:
            told = names[thing.sid]
            assert told == STATES[kind][thing.status] or (told[-1], thing.status) == (
                "recording-failed",
                "deleted",
            )


def a_track_is_removed_before_its_publisher_leaves_or_not_at_all(fake):
    gone, removed = set(), set()
    for event in fake.events:
        if event.name == "participant-disconnected":
            gone.add(event._record.sid)
        elif event.name == "track-removed":
            assert event._record.participant_sid not in gone
            assert event._record.sid not in removed
            removed.add(event._record.sid)


def all_recordings_of_a_room_have_the_offset_of_its_first_arrival(fake):
    first = {
        room.sid: min((each.start_time for each in room.participants), default=None)
        for room in fake.rooms
    }
    for recording in fake.recordings:
        arrival = first[recording.room_sid]
        assert recording.offset == round((arrival - EPOCH) / timedelta(milliseconds=1))


def a_dominant_speaker_is_in_the_room(fake):
    for room in fake.rooms:
        assert room.dominant_speaker is None or room.dominant_speaker in present(room)


def a_message_reaches_somebody_else_while_they_are_there(fake):
    for room in fake.rooms:
        for person in room.participants:
            senders = [message.sender for message in person.messages]
            assert person not in senders
            assert all(overlap(person, sender) for sender in senders)


def every_event_has_one_callback(fake):
    assert [each.event for each in fake.callbacks] == [event.name for event in fake.events]


def sequence_numbers_of_a_room_have_no_gap(fake):
    numbers = defaultdict(list)
    for each in fake.callbacks:
        if "SequenceNumber" in each.params:
            numbers[each.room_sid].append(int(each.params["SequenceNumber"]))
    assert all(found == list(range(len(found))) for found in numbers.values())


def overlap(one, other):
    """Return whether *one* and *other* have been in a room at the same time."""
    return (other.end_time is None or one.start_time <= other.end_time) and (
        one.end_time is None or other.start_time <= one.end_time
    )


def present(room):
    return [each for each in room.participants if each.end_time is None]


def seconds(begin, end):
    return int((end - begin).total_seconds())


OF_ACCOUNTS = (
    a_name_has_at_most_one_room_in_progress,
    a_completed_room_has_no_connected_participants,
    identities_in_a_room_are_unique_and_its_capacity_is_kept,
    durations_match_their_start_and_end,
    events_are_in_chronological_order,
    every_change_has_its_event,
    a_track_is_removed_before_its_publisher_leaves_or_not_at_all,
    all_recordings_of_a_room_have_the_offset_of_its_first_arrival,
    a_dominant_speaker_is_in_the_room,
    a_message_reaches_somebody_else_while_they_are_there,
)
OF_CALLBACKS = (every_event_has_one_callback, sequence_numbers_of_a_room_have_no_gap)
"""The invariants that only hold if every resource has a status callback from its creation."""
