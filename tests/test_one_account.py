"""One account, whichever client asks, and without pytest as well."""

from __future__ import annotations

import unittest

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo, InvalidFieldError, RefusedError, VideoSdkError


ROOMS = "https://video.twilio.com/v1/Rooms"


def auth(fake):
    return fake.account_sid, fake.auth_token


def test_all_clients_see_one_account(twilio_video):
    rest = pytest.importorskip("twilio.rest")
    client = rest.Client(*auth(twilio_video))

    client.video.v1.rooms.create(unique_name="by twilio")
    requests.post(ROOMS, data={"UniqueName": "by requests"}, auth=auth(twilio_video), timeout=5)
    httpx.post(ROOMS, data={"UniqueName": "by httpx"}, auth=auth(twilio_video))

    names = {"by twilio", "by requests", "by httpx"}
    assert {room.unique_name for room in client.video.v1.rooms.list()} == names
    listed = httpx.get(ROOMS, auth=auth(twilio_video)).json()["rooms"]
    assert {room["unique_name"] for room in listed} == names
    assert {room.unique_name for room in twilio_video.rooms} == names
    assert [call.client for call in twilio_video.calls][:3] == ["requests", "requests", "httpx"]


def test_it_works_without_pytest():
    with FakeTwilioVideo() as fake:
        assert requests.post(ROOMS, auth=auth(fake), timeout=5).status_code == 201
        assert len(fake.rooms) == 1


def test_it_works_in_unittest():
    class Case(unittest.TestCase):
        def setUp(self):
            self.fake = self.enterContext(FakeTwilioVideo())

        def test_it(self):
            assert httpx.get(ROOMS, auth=auth(self.fake)).json()["rooms"] == []

        if not hasattr(unittest.TestCase, "enterContext"):  # Python 3.10

            def enterContext(self, context):  # noqa: N802 -- unittest's own name, of 3.11
                self.addCleanup(context.__exit__, None, None, None)
                return context.__enter__()

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

    assert result.wasSuccessful(), result.errors or result.failures
    assert result.testsRun == 1


def test_fakes_can_be_nested_and_used_one_after_another():
    with FakeTwilioVideo(seed="outer") as outer:
        with FakeTwilioVideo(seed="inner") as inner:
            requests.post(ROOMS, auth=auth(inner), timeout=5)
        httpx.post(ROOMS, auth=auth(outer))
        httpx.post(ROOMS, auth=auth(outer))

        assert (len(inner.rooms), len(outer.rooms)) == (1, 2)


def test_reset_is_a_new_beginning(twilio_video):
    start = twilio_video.clock.now
    first = twilio_video.rooms.create(unique_name="standup", status_callback="https://a.example")
    heard = []
    twilio_video.callbacks.deliver_to(heard.append)
    twilio_video.clock.advance(hours=1)

    twilio_video.reset()

    assert (len(twilio_video.rooms), twilio_video.events, twilio_video.calls) == (0, [], [])
    assert twilio_video.clock.now == start
    assert twilio_video.clock.pending == []
    assert list(twilio_video.callbacks) == []
    assert requests.post(ROOMS, auth=auth(twilio_video), timeout=5).json()["sid"] == first.sid
    before = len(heard)
    twilio_video.rooms.create(status_callback="https://a.example")
    assert len(heard) == before


def test_a_room_is_arranged_with_the_limits_of_the_rest_call(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup", max_participants=2, type="group")
    assert (room.max_participants, room.status) == (2, "in-progress")
    twilio_video.assert_no_room_created()

    with pytest.raises(RefusedError, match=r"Room exists \(code 53113, HTTP 400\)"):
        twilio_video.rooms.create(unique_name="standup")
    with pytest.raises(RefusedError, match="MaxParticipants is out of range"):
        twilio_video.rooms.create(max_participants=0)
    with pytest.raises(RefusedError):
        twilio_video.rooms.create(max_participants="2")
    with pytest.raises(InvalidFieldError, match=r"no 'max_participant'.* 'max_participants'"):
        twilio_video.rooms.create(max_participant=2)
    assert len(twilio_video.rooms) == 1


def test_what_a_test_holds_is_alive(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup")
    alice = room.connect("alice")

    alice.disconnect()
    twilio_video.clock.advance(minutes=5)

    assert (room.status, alice.status) == ("completed", "disconnected")
    assert room.end_time == twilio_video.clock.now
    assert alice.disconnect_error is None


def test_a_view_is_equal_to_another_of_the_same_thing(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup")

    assert room == twilio_video.rooms["standup"] == twilio_video.rooms[room.sid]
    assert {room, twilio_video.rooms[0]} == {room}
    assert room != twilio_video.rooms.create()
    assert room != "standup"
    assert room in twilio_video.rooms
    assert room.sid in twilio_video.rooms
    assert "nowhere" not in twilio_video.rooms


def test_a_view_is_not_written_to(twilio_video):
    room = twilio_video.rooms.create()

    with pytest.raises(AttributeError, match=r"Room\.status cannot be set to 'completed'"):
        room.status = "completed"
    with pytest.raises(AttributeError, match=r"a Room has no 'stats'\. Did you mean 'status'"):
        _ = room.stats


def test_of_several_rooms_of_a_name_the_latest_is_found(twilio_video):
    twilio_video.rooms.create(unique_name="standup").complete()
    second = twilio_video.rooms.create(unique_name="standup")

    assert twilio_video.rooms["standup"] == second
    assert len(twilio_video.rooms.where(unique_name="standup")) == 2
    assert twilio_video.rooms.where(status="completed", unique_name="standup") != [second]
    with pytest.raises(KeyError, match="'nowhere' is not among them; there are: standup"):
        twilio_video.rooms["nowhere"]
    with pytest.raises(InvalidFieldError, match="Did you mean 'status'"):
        twilio_video.rooms.where(stattus="completed")


def test_who_cannot_join_gets_the_sdks_error(twilio_video):
    room = twilio_video.rooms.create(max_participants=1)
    room.connect("alice")

    with pytest.raises(VideoSdkError) as caught:
        room.connect("bob")

    assert (caught.value.code, caught.value.message) == (
        53105,
        "Room contains too many Participants",
    )


def test_completing_and_leaving_twice_is_nothing(twilio_video):
    room = twilio_video.rooms.create()
    alice = room.connect("alice")
    for _ in range(2):
        alice.disconnect()
        room.complete()

    assert len([event for event in twilio_video.events if event.name == "room-ended"]) == 1


def test_events_tell_how_the_thing_was_then(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup")
    room.complete()

    created, ended = twilio_video.events
    assert (created.name, created.room_sid, created.at) == (
        "room-created",
        room.sid,
        room.date_created,
    )
    assert created.details["status"] == "in-progress"
    assert ended.details["status"] == "completed"


def test_thirty_two_threads_lose_nothing_and_double_nothing(twilio_video):
    session, client = requests.Session(), httpx.Client()
    session.auth = client.auth = auth(twilio_video)

    def work(number):
        for _ in range(5):
            room = session.post(ROOMS, data={"UniqueName": f"room {number}"}, timeout=5).json()
            twilio_video.rooms[room["sid"]].connect("alice")
            client.post(f"{ROOMS}/{room['sid']}", data={"Status": "completed"})

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))

    assert len({room.sid for room in twilio_video.rooms}) == len(twilio_video.rooms) == 160
    names = [event.name for event in twilio_video.events]
    for name in (
        "room-created",
        "participant-connected",
        "participant-disconnected",
        "room-ended",
    ):
        assert names.count(name) == 160
    assert len(twilio_video.calls) == 320
    twilio_video.assert_no_open_rooms()
