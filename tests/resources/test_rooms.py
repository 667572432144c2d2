"""Rooms: how they are created, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.parameters import build
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import participants, rooms
from pytest_twilio_video._resources.rooms import CreateRoom, ListRooms, RoomStatus, UpdateRoom


def open_room(account, **values):
    return rooms.create(account, build(CreateRoom, values))


def names(account):
    return [event.name for event in account.events]


def test_a_room_that_nobody_joins_ends_after_its_timeout(account):
    """
    Its end time is the moment at which the timeout was due, even in a large jump.
    """
    room = open_room(account, unused_room_timeout=10)

    clock_of(account).advance(timedelta(hours=1))

    room = account.now(room)
    assert room.status == "completed"
    assert account.clock.now - timedelta(minutes=50) == room.end_time == room.date_updated
    assert room.duration == 600


def test_a_room_that_somebody_joined_does_not_end_unused(account):
    room = open_room(account, unused_room_timeout=1)
    participants.connect(account, room, "alice")

    clock_of(account).advance(timedelta(hours=1))

    assert account.now(room).status is RoomStatus.IN_PROGRESS


def test_an_empty_room_ends_after_its_timeout(account):
    room = open_room(account, empty_room_timeout=7)
    alice = participants.connect(account, room, "alice")
    clock_of(account).advance(timedelta(minutes=20))
    participants.leave(account, alice)
    left = account.clock.now

    clock_of(account).advance(timedelta(hours=1))

    assert account.now(room).end_time == left + timedelta(minutes=7)


def test_a_join_cancels_the_timeout_of_an_empty_room(account):
    room = open_room(account, empty_room_timeout=5)
    for _ in range(3):
        guest = participants.connect(account, room, "alice")
        clock_of(account).advance(timedelta(minutes=1))
        participants.leave(account, guest)
        clock_of(account).advance(timedelta(minutes=4))
    assert account.now(room).status is RoomStatus.IN_PROGRESS

    clock_of(account).advance(timedelta(minutes=1))

    assert account.now(room).status is RoomStatus.COMPLETED


def test_a_room_with_one_participant_left_is_not_empty(account):
    room = open_room(account, empty_room_timeout=1)
    alice = participants.connect(account, room, "alice")
    participants.connect(account, room, "bob")
    participants.leave(account, alice)

    clock_of(account).advance(timedelta(minutes=30))

    assert account.now(room).status is RoomStatus.IN_PROGRESS


def test_a_room_ends_after_24_hours(account):
    room = open_room(account, max_participant_duration=86400)
    clock_of(account).advance(timedelta(minutes=4))
    alice = participants.connect(account, room, "alice")

    clock_of(account).advance(timedelta(days=2))

    assert account.now(room).duration == 24 * 60 * 60
    assert account.now(alice).disconnect_error == 53118


def test_ending_a_room_disconnects_all_participants_first(account):
    room = open_room(account)
    alice = participants.connect(account, room, "alice")
    bob = participants.connect(account, room, "bob")

    rooms.end(account, room)

    assert names(account)[-3:] == ["participant-disconnected"] * 2 + ["room-ended"]
    assert {account.now(each).disconnect_error for each in (alice, bob)} == {53118}


def test_an_ended_room_has_no_pending_timers(account):
    room = open_room(account)
    participants.connect(account, room, "alice")

    rooms.end(account, room)

    assert clock_of(account).pending == []


def test_the_duration_is_rounded_down_to_whole_seconds(account):
    room = open_room(account)
    clock_of(account).advance(timedelta(seconds=12, milliseconds=999))

    assert rooms.end(account, room).duration == 12


def test_only_one_room_in_progress_can_have_a_name(account):
    open_room(account, unique_name="standup")

    with pytest.raises(Refusal) as caught:
        open_room(account, unique_name="standup")

    assert (caught.value.code, caught.value.message) == (53113, "Room exists")
    assert len(account.table(rooms.Room)) == 1


def test_the_name_of_an_ended_room_can_be_used_again_at_once(account):
    first = open_room(account, unique_name="standup")
    rooms.end(account, first)

    second = open_room(account, unique_name="standup")

    assert rooms.find(account, "standup") == second
    assert rooms.find(account, first.sid).status is RoomStatus.COMPLETED


def test_names_are_case_sensitive(account):
    open_room(account, unique_name="standup")

    assert open_room(account, unique_name="Standup").unique_name == "Standup"


def test_a_room_without_a_name_has_its_sid_as_its_name(account):
    room = open_room(account)

    assert room.unique_name == room.sid
    assert rooms.find(account, room.sid) == room


def test_a_completed_room_is_found_by_its_sid_only(account):
    room = open_room(account, unique_name="standup")
    rooms.end(account, room)

    assert rooms.find(account, room.sid).sid == room.sid
    with pytest.raises(Refusal) as caught:
        rooms.find(account, "standup")
    assert caught.value.code == 20404


def test_a_completed_room_cannot_be_completed_again(account):
    room = rooms.end(account, open_room(account))
    update = build(UpdateRoom, {"status": "completed"})

    with pytest.raises(Refusal) as caught:
        rooms.update(account, room, update)

    assert caught.value.code == 53112
    assert names(account).count("room-ended") == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"unique_name": "n" * 129}, 53101),
        ({"unique_name": "bell\x07"}, 53102),
        ({"unique_name": "\udcff"}, 53102),
        ({"unique_name": "  "}, 53100),
        ({"unique_name": "RM" + "0" * 32}, 53100),
        ({"type": "huge"}, 53108),
        ({"type": ["group"]}, 53108),
        ({"type": "go", "max_participants": 3}, 53107),
        ({"type": "group-small", "max_participants": 5}, 53107),
        ({"type": "peer-to-peer", "max_participants": 11}, 53107),
        ({"type": "go", "audio_only": True}, 53124),
        ({"type": "peer-to-peer", "record_participants_on_connect": True}, 53122),
        ({"status_callback": "not a url"}, 53111),
        ({"status_callback": "ftp://example.com"}, 53111),
        ({"status_callback": "https://example.com/" + "x" * 1004}, 53111),
        ({"status_callback_method": "PUT"}, 53110),
        ({"media_region": "moon1"}, 53115),
        ({"video_codecs": ["VP9"]}, 20001),
        ({"recording_rules": [{"type": "include"}]}, 53120),
        ({"recording_rules": {"type": "include", "all": True}}, 53120),
        ({"recording_rules": [{"type": "include", "kind": "data"}]}, 53120),
    ],
)
def test_a_refused_room_leaves_the_account_unchanged(account, values, code):
    with pytest.raises(Refusal) as caught:
        open_room(account, **values)

    assert (caught.value.code, caught.value.status) == (code, 400)
    assert len(account.table(rooms.Room)) == 0
    assert account.events == []
    assert clock_of(account).pending == []


@pytest.mark.parametrize(
    ("type_", "most", "tracks"),
    [("group", 50, 170), ("group-small", 4, 170), ("peer-to-peer", 10, 0), ("go", 2, 0)],
)
def test_each_type_has_its_own_capacity(account, type_, most, tracks):
    room = open_room(account, type=type_)

    assert (room.max_participants, room.max_concurrent_published_tracks) == (most, tracks)


@pytest.mark.parametrize("type_", ["peer-to-peer", "go"])
def test_a_room_without_a_media_server_shows_neither_codecs_nor_region(account, type_):
    room = open_room(account, type=type_, video_codecs=["VP8"], media_region="de1")

    assert (room.video_codecs, room.media_region) == (None, None)


def test_an_audio_only_room_has_no_video_codecs(account):
    assert open_room(account, audio_only=True).video_codecs == ()
    assert open_room(account, video_codecs=["H264"]).video_codecs == ("H264",)


def test_turn_is_always_enabled(account):
    assert open_room(account, enable_turn=False).enable_turn is True


def test_a_room_above_the_quota_is_refused(account):
    account.limits["rooms"] = 2
    first = open_room(account)
    open_room(account)

    with pytest.raises(Refusal) as caught:
        open_room(account)
    assert caught.value.code == 53119

    rooms.end(account, first)
    open_room(account)


def test_a_list_shows_rooms_in_progress_by_default(account):
    over = rooms.end(account, open_room(account, unique_name="a"))
    going = open_room(account, unique_name="a")

    assert list(rooms.list_all(account, ListRooms())) == [going]
    completed = build(ListRooms, {"status": "completed", "unique_name": "a"})
    assert list(rooms.list_all(account, completed)) == [over]


def test_an_ad_hoc_room_ends_when_the_last_participant_leaves(account):
    room = rooms.create(account, CreateRoom(), is_ad_hoc=True)
    alice = participants.connect(account, room, "alice")
    clock_of(account).advance(timedelta(minutes=1))

    participants.leave(account, alice)

    assert account.now(room).duration == 60
    assert names(account).count("room-ended") == 1


def test_an_ad_hoc_room_with_participants_can_be_completed(account):
    room = rooms.create(account, CreateRoom(), is_ad_hoc=True)
    participants.connect(account, room, "alice")

    assert rooms.end(account, room).status is RoomStatus.COMPLETED
    assert names(account).count("room-ended") == 1
