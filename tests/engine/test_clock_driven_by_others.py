"""The clock with freezegun and time-machine: both show the same time, whichever is moved."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import freezegun
import httpx
import pytest
import requests
import time_machine

from pytest_twilio_video import FakeTwilioVideo


URL = "https://video.twilio.com/v1/Rooms"
AUTH = ("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a secret")
START = datetime(2031, 5, 17, 12, tzinfo=timezone.utc)


class Frozen(NamedTuple):
    """A freeze that was entered, with the same methods for both libraries."""

    library: str
    handle: object

    def move(self, by: timedelta) -> None:
        if self.library == "freezegun":
            self.handle.tick(by)
        else:
            self.handle.shift(by)

    def move_to(self, moment: datetime) -> None:
        self.handle.move_to(moment)


@contextlib.contextmanager
def frozen_by(library, moment=START):
    if library == "freezegun":
        with freezegun.freeze_time(moment) as factory:
            yield Frozen(library, factory)
    elif library == "time-machine":
        with time_machine.travel(moment, tick=False) as traveller:
            yield Frozen(library, traveller)
    else:
        yield None


both = pytest.mark.parametrize("library", ["freezegun", "time-machine"])


def create(name):
    response = requests.post(URL, {"UniqueName": name}, auth=AUTH)
    response.raise_for_status()
    return response.json()


def fetch(sid):
    return requests.get(f"{URL}/{sid}", auth=AUTH).json()


async def acreate(name):
    async with httpx.AsyncClient(auth=AUTH) as client:
        return (await client.post(URL, data={"UniqueName": name})).json()


async def afetch(sid):
    async with httpx.AsyncClient(auth=AUTH) as client:
        return (await client.get(f"{URL}/{sid}")).json()


class Pool:
    """An application that sends requests from the threads of a pool, whose stacks are shallow."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(1)

    def create(self, name):
        return self.pool.submit(create, name).result()

    def fetch(self, sid):
        return self.pool.submit(fetch, sid).result()


class Main:
    """An application that sends requests from the main thread."""

    create = staticmethod(create)
    fetch = staticmethod(fetch)


class Loop:
    """An application that sends requests from an event loop."""

    def create(self, name):
        return asyncio.run(acreate(name))

    def fetch(self, sid):
        return asyncio.run(afetch(sid))


APPLICATIONS = {"main thread": Main, "pool thread": Pool, "asyncio": Loop}


@contextlib.contextmanager
def entered(library, frozen_first):
    """Enter a freeze and a fake, in this order or the other."""
    with contextlib.ExitStack() as stack:
        if frozen_first:
            frozen = stack.enter_context(frozen_by(library))
            fake = stack.enter_context(FakeTwilioVideo())
        else:
            fake = stack.enter_context(FakeTwilioVideo())
            frozen = stack.enter_context(frozen_by(library))
        yield fake, frozen


def cells():
    for library in ("none", "freezegun", "time-machine"):
        for frozen_first in (True, False) if library != "none" else (True,):
            for mover in ("the clock", "the user") if library != "none" else ("the clock",):
                for name, application in APPLICATIONS.items():
                    order = "before" if frozen_first else "after"
                    yield pytest.param(
                        library,
                        frozen_first,
                        mover,
                        application,
                        id=f"{library}, frozen {order} the fake, moved by {mover}, {name}",
                    )


@pytest.mark.parametrize(("library", "frozen_first", "mover", "application"), list(cells()))
def test_moving_the_clock_moves_the_time_of_the_test_the_application_and_the_timers(
    library, frozen_first, mover, application
):
    """
    The application, the test and the timers have the same time, in each thread.
    """
    app = application()
    with entered(library, frozen_first) as (fake, frozen):
        start = fake.clock.now
        told = []
        fake.callbacks.deliver_to(lambda callback: told.append((callback.event, callback.at)))
        born = app.create("DailyStandup")
        fake.rooms.create(
            unique_name="WithCallback", unused_room_timeout=2, status_callback="http://app.test/"
        )

        if mover == "the clock":
            fake.clock.advance(minutes=10)
        else:
            frozen.move(timedelta(minutes=10))

        # The application reads the room first: it must see that the room has ended.
        seen = app.fetch(born["sid"])
        room = fake.rooms["DailyStandup"]
        end = start + timedelta(minutes=5)
        assert seen["status"] == room.status == "completed"
        assert (seen["end_time"], room.end_time) == (f"{end:%Y-%m-%dT%H:%M:%SZ}", end)
        assert room.date_created == start
        assert fake.clock.now == start + timedelta(minutes=10)
        assert fake.calls[-1].at == start + timedelta(minutes=10)
        fake.assert_callback("room-ended", room="WithCallback")
        assert told[-1] == ("room-ended", start + timedelta(minutes=2))
        if frozen:
            assert datetime.now(timezone.utc) == start + timedelta(minutes=10) == fake.clock.now
            assert start == START


@both
def test_each_timer_runs_at_the_frozen_time_at_which_it_is_due(library):
    """
    While the fake's clock moves, the application reads the same time.
    """
    looks = []
    with FakeTwilioVideo() as fake, frozen_by(library):
        fake.callbacks.deliver_to(lambda _: looks.append(datetime.now(timezone.utc) - START))
        fake.rooms.create(unused_room_timeout=2, status_callback="http://app.test/")

        fake.clock.advance(minutes=60)

    assert looks == [timedelta(0), timedelta(minutes=2)]


@both
def test_callbacks_of_overdue_timers_are_delivered_at_the_next_access(library):
    told = []
    with FakeTwilioVideo() as fake, frozen_by(library) as frozen:
        fake.callbacks.deliver_to(lambda callback: told.append(callback.event))
        room = fake.rooms.create(status_callback="http://app.test/")
        frozen.move(timedelta(minutes=10))
        assert told == ["room-created"]

        assert room.status == "completed"

        assert told == ["room-created", "room-ended"]


@both
def test_a_repr_runs_no_overdue_timer(library):
    """
    A debugger and pytest show objects at any moment, which must not run handlers.
    """
    told = []
    with FakeTwilioVideo() as fake, frozen_by(library) as frozen:
        fake.callbacks.deliver_to(lambda callback: told.append(callback.event))
        fake.rooms.create(unique_name="lesson", status_callback="http://app.test/")
        frozen.move(timedelta(minutes=10))

        shown = [repr(fake), repr(fake.rooms), repr(fake.clock)]

        assert shown[0] == "<FakeTwilioVideo 1 room, 2031-05-17 12:10:00>"
        assert shown[1].startswith("[<Room lesson in-progress RM")
        assert shown[2] == "<Clock 2031-05-17 12:10:00, 2 timers ahead>"
        assert told == ["room-created"]


@both
def test_no_callback_is_delivered_during_a_call_of_the_application(library):
    told = []
    with FakeTwilioVideo() as fake, frozen_by(library) as frozen:
        fake.callbacks.deliver_to(lambda callback: told.append(callback.event))
        sid = fake.rooms.create(status_callback="http://app.test/").sid
        frozen.move(timedelta(minutes=10))

        assert fetch(sid)["status"] == "completed"

        assert told == ["room-created"]
        assert [each.event for each in fake.callbacks.pending] == ["room-ended"]


@both
def test_pending_and_run_next_leave_out_overdue_timers(library):
    with FakeTwilioVideo() as fake, frozen_by(library) as frozen:
        room = fake.rooms.create(unused_room_timeout=2)
        later = fake.rooms.create(unused_room_timeout=9)
        frozen.move(timedelta(minutes=3))

        assert fake.clock.pending[0].due == START + timedelta(minutes=9)
        assert room.status == "completed"
        assert fake.clock.run_next().due == START + timedelta(minutes=9)
        assert later.status == "completed"
        assert datetime.now(timezone.utc) == START + timedelta(minutes=9)


@both
def test_moving_time_backwards_does_not_undo_events(library):
    with FakeTwilioVideo() as fake, frozen_by(library) as frozen:
        room = fake.rooms.create(unique_name="DailyStandup")
        frozen.move(timedelta(minutes=10))
        assert room.status == "completed"

        frozen.move_to(START - timedelta(days=1))

        assert fake.clock.now == START - timedelta(days=1)
        assert room.status == "completed"
        assert len(fake.events) == 2
        again = fake.rooms.create(unique_name="DailyStandup")
        frozen.move(timedelta(minutes=5))
        assert again.end_time == START - timedelta(days=1) + timedelta(minutes=5)
        assert [each.name for each in fake.events].count("room-ended") == 2


@both
def test_a_duration_is_not_negative_after_time_has_moved_backwards(library):
    with FakeTwilioVideo() as fake, frozen_by(library) as frozen:
        room = fake.rooms.create(status_callback="http://app.test/")
        alice = room.connect("alice")
        frozen.move_to(START - timedelta(days=1))

        room.complete()

        assert (room.duration, alice.duration) == (0, 0)
        assert fake.callbacks[-1].params["RoomDuration"] == "0"


@both
def test_time_keeps_its_last_value_after_a_freeze(library):
    with FakeTwilioVideo() as fake:
        with frozen_by(library) as frozen:
            room = fake.rooms.create()
            frozen.move(timedelta(minutes=10))

        assert fake.clock.now == fake.clock.now == START + timedelta(minutes=10)
        assert room.status == "completed"
        assert room.end_time == START + timedelta(minutes=5)
        fake.clock.advance(minutes=1)
        assert fake.clock.now == START + timedelta(minutes=11)


@both
def test_the_innermost_of_nested_freezes_sets_the_time(library):
    with FakeTwilioVideo() as fake, frozen_by(library):
        with frozen_by(library, START + timedelta(days=1)) as inner:
            inner.move(timedelta(hours=1))
            assert fake.clock.now == START + timedelta(days=1, hours=1)
            fake.clock.advance(hours=1)

        assert fake.clock.now == START
        fake.clock.advance(minutes=5)
        assert datetime.now(timezone.utc) == fake.clock.now == START + timedelta(minutes=5)


def test_freezegun_inside_time_machine_sets_the_time():
    with FakeTwilioVideo() as fake, time_machine.travel(START, tick=False):
        with freezegun.freeze_time(START + timedelta(days=1)):
            fake.clock.advance(hours=1)
            assert fake.clock.now == START + timedelta(days=1, hours=1)

        assert fake.clock.now == START


@freezegun.freeze_time("2031-05-17 12:00:00")
def test_a_decorator_of_freezegun_freezes_the_fake(twilio_video):
    assert twilio_video.clock.now == START
    assert create("DailyStandup")["date_created"] == "2031-05-17T12:00:00Z"


@time_machine.travel(START, tick=False)
def test_a_decorator_of_time_machine_freezes_the_fake(twilio_video):
    assert twilio_video.clock.now == START
    assert create("DailyStandup")["date_created"] == "2031-05-17T12:00:00Z"


@both
@pytest.mark.anyio
async def test_the_async_methods_move_the_freeze(library, twilio_video):
    told = []

    async def handler(callback):
        told.append((callback.event, datetime.now(timezone.utc)))

    with frozen_by(library) as frozen:
        twilio_video.callbacks.deliver_to(handler)
        born = await acreate("DailyStandup")
        other = twilio_video.rooms.create(
            unused_room_timeout=4, status_callback="http://app.test/"
        )

        await twilio_video.clock.aadvance(minutes=3)
        assert datetime.now(timezone.utc) == START + timedelta(minutes=3)
        frozen.move(timedelta(minutes=3))

        assert (await afetch(born["sid"]))["end_time"] == "2031-05-17T12:05:00Z"
        # The callback was delivered after the user's move, and so at the later time.
        assert await twilio_video.clock.arun_next() == twilio_video.clock.run_next()
        await twilio_video.callbacks.aflush()
        assert told == [("room-created", START), ("room-ended", START + timedelta(minutes=6))]
        assert other.end_time == START + timedelta(minutes=4)


@pytest.mark.parametrize("zone", ["+09:00", "-03:30"])
@both
def test_a_time_zone_does_not_change_the_moment(library, zone):
    east = datetime.fromisoformat(f"2031-05-17T12:00:00{zone}")
    with FakeTwilioVideo() as fake, frozen_by(library, east):
        assert fake.clock.now == east
        assert fake.clock.now.tzinfo is timezone.utc
        assert fake.rooms.create().date_created == east


def test_an_offset_of_freezegun_does_not_change_the_moment():
    with FakeTwilioVideo() as fake, freezegun.freeze_time("2031-05-17 12:00", tz_offset=-4):
        fake.clock.advance(minutes=5)

        assert fake.clock.now == START + timedelta(minutes=5)
        # Not `datetime.now(timezone.utc)`: to that freezegun adds the offset as well.
        assert time.time() == fake.clock.now.timestamp()


def ticking_by(library):
    if library == "freezegun":
        return freezegun.freeze_time(START, tick=True)
    return time_machine.travel(START, tick=True)


@both
def test_a_ticking_freeze_stands_still_during_an_operation(library):
    with FakeTwilioVideo() as fake, ticking_by(library):
        before = fake.clock.now
        room = fake.rooms.create()
        assert before <= room.date_created == room.date_updated <= fake.clock.now
        assert fake.clock.now - START < timedelta(minutes=1)

        fake.clock.advance(minutes=10)
        fake.clock.advance(timedelta(0))

        now = datetime.now(timezone.utc)
        assert timedelta(minutes=10) <= now - START < timedelta(minutes=11)
        assert room.end_time == room.date_created + timedelta(minutes=5)


@both
def test_time_stands_still_after_a_ticking_freeze(library):
    with FakeTwilioVideo() as fake:
        with ticking_by(library) as ticking:
            fake.clock.advance(hours=1)
            if library == "freezegun":
                ticking.time_to_freeze += timedelta(hours=1)  # before 1.3 it had no tick()
            else:
                ticking.shift(timedelta(hours=1))

        assert fake.clock.now == fake.clock.now
        assert timedelta(hours=2) <= fake.clock.now - START < timedelta(hours=3)


@pytest.mark.process
def test_auto_tick_seconds_moves_time_once_per_operation_and_not_on_access():
    """
    It runs in its own process, because a leftover thread of another test may read the time.
    """
    program = f"""if True:
        from datetime import datetime, timedelta, timezone
        import freezegun
        from pytest_twilio_video import FakeTwilioVideo

        START = datetime.fromisoformat({START.isoformat()!r})
        with freezegun.freeze_time(START):
            pass  # an old freezegun imports a module here, which reads the time
        with FakeTwilioVideo() as fake, freezegun.freeze_time(START, auto_tick_seconds=15):
            first, second = fake.rooms.create(), fake.rooms.create()

            assert first.date_created == first.date_updated == START
            assert second.date_created == START + timedelta(seconds=15)
            assert fake.clock.now == fake.clock.now == START + timedelta(seconds=30)
            assert datetime.now(timezone.utc) == START + timedelta(seconds=30)
            fake.clock.advance(minutes=4, seconds=15)
            assert first.end_time == START + timedelta(minutes=5)
            assert second.status == "in-progress"
    """
    subprocess.run([sys.executable, "-c", program], check=True)


def test_moments_are_plain_datetimes_under_freezegun():
    with freezegun.freeze_time(START), FakeTwilioVideo() as fake:
        room = fake.rooms.create()
        fake.clock.advance_to(datetime.now(timezone.utc) + timedelta(minutes=5))
        moments = [fake.clock.now, room.date_created, room.end_time, fake.events[0].at]

    assert {type(each) for each in moments} == {datetime}


def test_dates_are_parsed_during_and_after_a_freeze():
    """
    A result that is computed and cached under freezegun must be valid after it has ended.
    """
    from pytest_twilio_video._engine import parameters
    from pytest_twilio_video._resources.rooms import ListRooms

    wrapped = parameters.parameters_of.__wrapped__

    with freezegun.freeze_time(START):
        while_frozen = wrapped(ListRooms)

    assert while_frozen == parameters.parameters_of(ListRooms)
    assert datetime in [each.type for each in while_frozen]


@pytest.mark.parametrize(
    ("plugin", "fixture", "move"),
    [("pytest_freezer", "freezer", "tick"), ("time_machine", "time_machine", "shift")],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_fixture_that_freezes_time_works_before_and_after_the_fake(
    pytester, plugin, fixture, move, first
):
    pytest.importorskip(plugin)
    names = f"{fixture}, twilio_video" if first else f"twilio_video, {fixture}"
    pytester.makepyfile(
        f"""
        from datetime import datetime, timedelta, timezone

        START = datetime(2031, 5, 17, 12, tzinfo=timezone.utc)

        def test_frozen({names}):
            {fixture}.move_to(START{", tick=False" if fixture == "time_machine" else ""})
            room = twilio_video.rooms.create()
            {fixture}.{move}(timedelta(minutes=2))
            twilio_video.clock.advance(minutes=4)

            assert room.end_time == START + timedelta(minutes=5)
            assert twilio_video.clock.now == START + timedelta(minutes=6)
            assert datetime.now(timezone.utc) == START + timedelta(minutes=6)
        """
    )

    # pytest-django can be set up only once in a process.
    pytester.runpytest_inprocess("-p", "no:django").assert_outcomes(passed=1)


def test_a_call_from_another_thread_is_answered_while_time_moves():
    """
    Each of its calls is answered at one moment, and none is lost.
    """
    with FakeTwilioVideo(start=START) as fake, ThreadPoolExecutor(4) as pool:
        for minutes in range(1, 31):
            fake.rooms.create(unused_room_timeout=minutes)
        asked = [pool.submit(create, f"Room {number}") for number in range(20)]

        fake.clock.advance(minutes=30)

        made = [each.result() for each in asked]
        assert all(each["date_created"] == each["date_updated"] for each in made)
        assert len(fake.rooms) == 50
        assert fake.clock.now == START + timedelta(minutes=30)
