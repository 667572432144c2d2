"""Limits of calls, latency, and lag."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest

from pytest_twilio_video import InvalidArgumentError
from pytest_twilio_video._http import NetworkFailure, Request
from pytest_twilio_video.errors import RefusedError, VideoSdkError


ROOMS = "/v1/Rooms"


def statuses(fake):
    return [call.status for call in fake.calls]


def test_the_default_limits_are_80_reads_and_20_writes_a_second(fake, ask):
    fault = fake.throttle()

    writes = [ask("POST", ROOMS).status for _ in range(25)]
    reads = [ask("GET", ROOMS).status for _ in range(90)]

    assert writes == [201] * 20 + [429] * 5
    assert reads == [200] * 80 + [429] * 10
    assert len(fake.rooms) == 20
    assert fault.hits == 15


def test_a_refused_call_has_a_retry_after_header(fake, ask):
    fake.throttle(writes_per_second=1)
    ask("POST", ROOMS)
    fake.clock.advance(seconds=0.25)

    answer = ask("POST", ROOMS)
    assert (answer.status, answer.json["code"]) == (429, 20429)
    assert answer.headers["Retry-After"] == "1"

    fake.clock.advance(seconds=0.5)
    assert ask("POST", ROOMS).status == 429
    fake.clock.advance(seconds=0.25)
    assert ask("POST", ROOMS).status == 201


def test_the_limit_applies_to_every_period_of_one_second(fake, ask):
    fake.throttle(reads_per_second=2)
    seen = []
    for _ in range(6):
        seen.append(ask("GET", ROOMS).status)
        fake.clock.advance(seconds=0.4)

    assert seen == [200, 200, 429, 200, 200, 429]


def test_a_second_throttle_replaces_the_first(fake, ask):
    first = fake.throttle(reads_per_second=1)
    with fake.throttle(reads_per_second=3):
        assert [ask("GET", ROOMS).status for _ in range(4)] == [200, 200, 200, 429]

    assert [ask("GET", ROOMS).status for _ in range(4)] == [200] * 4
    assert first.hits == 0


def test_each_call_takes_the_latency_in_virtual_time(fake, ask):
    start = fake.clock.now
    fault = fake.latency(1.5)

    first, second = ask("POST", ROOMS).json, ask("POST", ROOMS).json

    assert fake.clock.now - start == timedelta(seconds=3)
    assert [call.at - start for call in fake.calls] == [timedelta(0), timedelta(seconds=1.5)]
    assert (first["date_created"], second["date_created"]) == (
        "2026-01-01T09:00:01Z",
        "2026-01-01T09:00:03Z",
    )
    assert fault.hits == 2


def test_timers_run_during_the_latency_and_callbacks_wait(fake, ask):
    told = []
    fake.callbacks.deliver_to(lambda callback: told.append(callback.event))
    room = fake.rooms.create(status_callback="http://app.test/")
    sid = room.sid
    fake.latency(600)

    assert ask("GET", f"{ROOMS}/{sid}").json["status"] == "completed"

    assert told == ["room-created"]
    fake.callbacks.flush()
    assert told == ["room-created", "room-ended"]


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_client_with_a_shorter_timeout_gives_up_after_it(fake, when, made):
    start = fake.clock.now
    fake.latency(10, when=when)
    url = f"https://video.twilio.com{ROOMS}"
    headers = {"authorization": "Basic QUM6cw=="}

    with pytest.raises(NetworkFailure, match="timeout"):
        fake._handle(Request("POST", url, headers, timeout=2.5))

    assert fake.clock.now - start == timedelta(seconds=2.5)
    assert len(fake.rooms) == made
    assert statuses(fake) == [None]
    assert fake._handle(Request("POST", url, headers, timeout=10)).status == 201
    assert fake._handle(Request("POST", url, headers)).status == 201


@pytest.mark.in_process
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", [{}, {"error": "reset"}, {"error": "connect"}])
def test_a_failed_call_takes_the_latency_as_well(fake, ask, how, when):
    start = fake.clock.now
    fake.fail(**how)
    fake.latency(2, when=when)

    with pytest.raises(NetworkFailure, match=how["error"]) if how else nullcontext():
        assert ask("GET", ROOMS).status == 503
    assert fake.clock.now - start == timedelta(seconds=2)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_timeout_shorter_than_the_latency_precedes_a_broken_connection(fake, when):
    start = fake.clock.now
    fake.fail(error="reset")
    fake.latency(10, when=when)

    with pytest.raises(NetworkFailure, match="timeout"):
        fake._handle(Request("POST", f"https://video.twilio.com{ROOMS}", timeout=2.5))

    assert fake.clock.now - start == timedelta(seconds=2.5)


def test_the_latency_of_a_call_in_a_handler_is_added_after_the_delivery(fake, ask):
    start = fake.clock.now
    seen = []

    def handler(_callback):
        seen.append((ask("GET", ROOMS).status, fake.clock.now - start))

    fake.callbacks.deliver_to(handler)
    fake.latency(30)
    fake.rooms.create(status_callback="http://app.test/", unused_room_timeout=1)
    fake.clock.advance(minutes=1)

    assert seen == [(200, timedelta(0)), (200, timedelta(minutes=1))]
    assert fake.clock.now - start == timedelta(seconds=30 + 60 + 30)


def test_a_recently_ended_room_is_not_found_by_its_sid_during_the_lag(fake, ask):
    fault = fake.lag(ended_rooms=3)
    room = fake.rooms.create(unique_name="DailyStandup")
    path = f"{ROOMS}/{room.sid}"
    assert ask("GET", path).status == 200
    room.complete()

    answer = ask("GET", path)
    assert (answer.status, answer.json["code"]) == (404, 20404)
    assert answer.json["message"] == f"The requested resource /Rooms/{room.sid} was not found"
    assert ask("GET", f"{path}/").status == 404
    assert ask("HEAD", path).status == 404
    assert ask("GET", f"{path}/Participants").status == 200
    assert ask("POST", path, Status="completed").json["code"] == 53112
    assert len(ask("GET", ROOMS, Status="completed").json["rooms"]) == 1

    fake.clock.advance(seconds=3)
    assert ask("GET", path).json["status"] == "completed"
    assert fault.hits == 3


def test_a_lag_does_not_hide_that_the_credentials_are_wrong(fake):
    room = fake.rooms.create()
    room.complete()
    fault = fake.lag()

    response = fake._handle(Request("GET", f"https://video.twilio.com{ROOMS}/{room.sid}"))

    assert response.status == 401
    assert fault.hits == 0


def test_a_room_that_ended_by_a_timeout_is_not_found_during_the_lag_either(fake, ask):
    sid = fake.rooms.create().sid
    fake.lag(ended_rooms=3)

    fake.clock.advance(minutes=5)
    assert ask("GET", f"{ROOMS}/{sid}").status == 404
    fake.clock.advance(minutes=5)
    assert ask("GET", f"{ROOMS}/{sid}").status == 200


def test_a_handler_that_fetches_the_ended_room_does_not_find_it_during_the_lag(fake, ask):
    """
    A user reported this case: a handler of room-ended that fetches the room.
    """
    seen = []

    def handler(callback):
        seen.append((callback.event, ask("GET", f"{ROOMS}/{callback.params['RoomSid']}").status))

    fake.callbacks.deliver_to(handler)
    fake.lag()
    fake.rooms.create(status_callback="http://app.test/").complete()

    assert seen == [("room-created", 200), ("room-ended", 404)]


def test_the_media_of_a_recording_are_not_found_during_the_lag(fake, ask):
    fake.lag(media=10)
    room = fake.rooms.create(record_participants_on_connect=True)
    track = room.connect("alice").publish("audio")
    fake.clock.advance(seconds=60)
    track.unpublish()
    recording = fake.recordings[0]
    paths = [
        f"/v1/Recordings/{recording.sid}/Media",
        f"/v1/Rooms/{room.sid}/Recordings/{recording.sid}/Media",
    ]

    assert recording.status == "completed"
    assert [ask("GET", path).json["code"] for path in paths] == [20404] * 2
    assert ask("GET", f"/v1/Recordings/{recording.sid}").status == 200
    fake.clock.advance(seconds=10)
    assert [ask("GET", path).status for path in paths] == [302] * 2


def test_a_lag_of_zero_seconds_has_no_effect(fake, ask):
    fake.lag(ended_rooms=0)
    room = fake.rooms.create()
    room.complete()

    assert ask("GET", f"{ROOMS}/{room.sid}").status == 200


def test_a_room_above_the_limit_is_refused(fake, ask):
    fake.limits(rooms=2)
    rooms = [ask("POST", ROOMS).json for _ in range(2)]

    answer = ask("POST", ROOMS)
    assert (answer.status, answer.json["code"]) == (400, 53119)
    with pytest.raises(RefusedError, match=r"^Twilio would refuse this: .*53119"):
        fake.rooms.create()

    fake.rooms[rooms[0]["sid"]].complete()
    assert ask("POST", ROOMS).status == 201
    fake.limits(rooms=None)
    assert ask("POST", ROOMS).status == 201


def test_a_limit_holds_until_it_is_set_again(fake, ask):
    fake.limits(rooms=0)
    fake.limits(participants=1)
    fake.limits()
    with pytest.raises(InvalidArgumentError):
        fake.limits(rooms=None, participants=-1)

    assert ask("POST", ROOMS).json["code"] == 53119

    fake.limits(rooms=None)
    room = fake.rooms.create()
    room.connect("alice")
    with pytest.raises(VideoSdkError, match="53206"):
        room.connect("bob")


def test_a_participant_above_the_limit_is_refused_in_every_room(fake):
    fake.limits(participants=2)
    one, other = fake.rooms.create(), fake.rooms.create()
    alice = one.connect("alice")
    other.connect("bob")

    with pytest.raises(VideoSdkError, match="53206"):
        other.connect("carol")

    alice.disconnect()
    assert other.connect("carol").status == "connected"
