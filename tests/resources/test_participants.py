"""Participants: joining, leaving, and being removed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.parameters import build
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import participants, rooms
from pytest_twilio_video._resources.participants import ListParticipants, UpdateParticipant
from pytest_twilio_video._resources.rooms import CreateRoom


KICK = UpdateParticipant(status="disconnected")


@pytest.fixture
def room(account):
    return rooms.create(account, CreateRoom(unique_name="standup", max_participants=2))


def test_a_new_participant_is_connected_from_the_moment_of_joining(account, room):
    clock_of(account).advance(timedelta(minutes=1))

    alice = participants.connect(account, room, "alice")

    assert alice.status == "connected"
    assert alice.start_time == alice.date_created == alice.date_updated == account.clock.now
    assert (alice.end_time, alice.duration, alice.disconnect_error) == (None, None, None)


def test_a_participant_who_left_has_an_end_and_a_duration_in_whole_seconds(account, room):
    alice = participants.connect(account, room, "alice")
    clock_of(account).advance(timedelta(seconds=90, milliseconds=999))

    alice = participants.leave(account, alice)

    assert (alice.status, alice.duration) == ("disconnected", 90)
    assert alice.end_time == alice.date_updated == account.clock.now


def test_a_full_room_refuses_another_participant(account, room):
    participants.connect(account, room, "alice")
    bob = participants.connect(account, room, "bob")

    with pytest.raises(Refusal) as caught:
        participants.connect(account, room, "carol")
    assert caught.value.code == 53105
    assert [each.identity for each in participants.present(account, room)] == ["alice", "bob"]

    participants.leave(account, bob)
    participants.connect(account, room, "carol")


def test_joining_again_disconnects_the_earlier_participant_of_the_same_identity(account, room):
    first = participants.connect(account, room, "alice")
    participants.connect(account, room, "bob")

    second = participants.connect(account, room, "alice")

    assert second.sid != first.sid
    assert account.now(first).disconnect_error == 53205
    assert participants.find(account, room, "alice") == second
    assert participants.find(account, room, first.sid).status == "disconnected"


def test_replacing_the_only_participant_does_not_empty_the_room(account):
    room = rooms.create(account, CreateRoom(), is_ad_hoc=True)
    participants.connect(account, room, "alice")

    participants.connect(account, room, "alice")

    assert account.now(room).status == "in-progress"


def test_joining_a_completed_room_is_refused(account, room):
    room = rooms.end(account, room)

    with pytest.raises(Refusal) as caught:
        participants.connect(account, room, "alice")

    assert caught.value.code == 53106


def test_a_participant_is_disconnected_after_the_longest_session(account):
    room = rooms.create(account, CreateRoom(max_participant_duration=600, empty_room_timeout=3))
    alice = participants.connect(account, room, "alice")

    clock_of(account).advance(timedelta(hours=1))

    alice = account.now(alice)
    assert (alice.duration, alice.disconnect_error) == (600, 53216)
    assert account.now(room).duration == 600 + 180


def test_each_session_has_its_own_time_limit(account):
    room = rooms.create(account, CreateRoom(max_participant_duration=600))
    first = participants.connect(account, room, "alice")
    clock_of(account).advance(timedelta(minutes=9))
    participants.leave(account, first)
    second = participants.connect(account, room, "alice")

    clock_of(account).advance(timedelta(minutes=9))

    assert account.now(second).status == "connected"


@pytest.mark.parametrize(
    ("identity", "code"),
    [("", 53200), ("a" * 129, 53201), ("日" * 65, 53201), ("bell\x07", 53202)],
)
def test_an_invalid_identity_is_refused(account, room, identity, code):
    with pytest.raises(Refusal) as caught:
        participants.connect(account, room, identity)

    assert caught.value.code == code
    assert participants.present(account, room) == []


@pytest.mark.parametrize("identity", ["a" * 128, "日" * 64, "alice smith", "a/b?c", "🎥"])
def test_any_text_of_up_to_128_characters_is_a_valid_identity(account, room, identity):
    participants.connect(account, room, identity)

    assert participants.find(account, room, identity).identity == identity


def test_a_participant_above_the_quota_is_refused(account, room):
    account.limits["participants"] = 1
    participants.connect(account, room, "alice")

    with pytest.raises(Refusal) as caught:
        participants.connect(account, room, "bob")

    assert caught.value.code == 53206


def test_an_identity_finds_connected_participants_only(account, room):
    alice = participants.leave(account, participants.connect(account, room, "alice"))

    with pytest.raises(Refusal) as caught:
        participants.find(account, room, "alice")
    assert caught.value.code == 20404
    assert participants.find(account, room, alice.sid) == alice


def test_a_participant_is_not_found_in_another_room(account, room):
    alice = participants.connect(account, room, "alice")
    other = rooms.create(account, CreateRoom())

    with pytest.raises(Refusal):
        participants.find(account, other, alice.sid)


def test_a_removed_participant_has_no_disconnect_error(account, room):
    alice = participants.connect(account, room, "alice")

    kicked = participants.update(account, room, alice, KICK)

    assert (kicked.status, kicked.disconnect_error) == ("disconnected", None)
    assert participants.update(account, room, kicked, KICK) == kicked
    events = [event.name for event in account.events]
    assert events.count("participant-disconnected") == 1


def test_a_list_shows_connected_participants_and_after_the_end_disconnected_ones(account, room):
    alice = participants.connect(account, room, "alice")
    participants.leave(account, participants.connect(account, room, "bob"))

    def listed(**values):
        now = account.now(room)
        wanted = build(ListParticipants, values)
        return [each.identity for each in participants.list_all(account, now, wanted)]

    assert listed() == ["alice"]
    assert listed(status="disconnected") == ["bob"]
    assert listed(identity="bob") == []
    assert listed(identity="alice", date_created_after=alice.date_created) == ["alice"]
    assert listed(date_created_before=alice.date_created) == []

    rooms.end(account, room)
    assert listed() == ["alice", "bob"]
    assert listed(status="connected") == []
