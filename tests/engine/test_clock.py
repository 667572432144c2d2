"""Virtual time and its timers."""

from __future__ import annotations

import re

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from threading import Thread

import pytest

from pytest_twilio_video import Clock, MovedTimeError
from pytest_twilio_video._engine.coroutines import finish
from pytest_twilio_video._engine.observer import Observer
from pytest_twilio_video._engine.scheduler import Scheduler


START = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Deliveries(Observer):
    """An observer whose deliveries call a function that the test sets."""

    def __init__(self):
        self.deliver = lambda: None

    async def deliver_pending(self, *, awaiting):
        self.was_awaiting = awaiting
        self.deliver()


@pytest.fixture
def deliveries():
    return Deliveries()


@pytest.fixture
def scheduler(deliveries):
    return Scheduler(START, deliveries)


@pytest.fixture
def clock(scheduler):
    return Clock(scheduler)


def later(scheduler, seconds, log, name):
    """Log *name* and its moment after *seconds* seconds."""
    return scheduler.call_later(
        timedelta(seconds=seconds), lambda: log.append((name, scheduler.now - START)), name
    )


def test_time_stands_still_until_it_is_moved(clock):
    assert clock.now == clock.now == START


def test_each_timer_runs_at_the_moment_it_was_due(clock, scheduler):
    log = []
    later(scheduler, 30, log, "second")
    later(scheduler, 10, log, "first")

    clock.advance(minutes=1)

    assert log == [("first", timedelta(seconds=10)), ("second", timedelta(seconds=30))]
    assert clock.now == START + timedelta(minutes=1)


def test_a_timer_that_a_timer_sets_runs_if_it_falls_within_the_jump(clock, scheduler):
    log = []
    scheduler.call_later(timedelta(seconds=10), lambda: later(scheduler, 10, log, "within"), "one")
    scheduler.call_later(timedelta(seconds=55), lambda: later(scheduler, 10, log, "beyond"), "two")

    clock.advance(timedelta(minutes=1))

    assert log == [("within", timedelta(seconds=20))]
    assert [timer.what for timer in clock.pending] == ["beyond"]


def test_timers_due_at_the_same_moment_run_in_the_order_in_which_they_were_set(clock, scheduler):
    log = []
    for name in "abc":
        later(scheduler, 5, log, name)

    clock.advance(seconds=5)

    assert [name for name, _ in log] == ["a", "b", "c"]


def test_a_timer_due_at_the_end_of_the_jump_runs(clock, scheduler):
    log = []
    later(scheduler, 60, log, "just")

    clock.advance_to(START + timedelta(minutes=1))

    assert log


def test_a_canceled_timer_neither_runs_nor_is_pending(clock, scheduler):
    log = []
    call = later(scheduler, 5, log, "never")
    call.cancel()

    clock.advance(hours=1)

    assert log == []
    assert clock.pending == []
    assert call.is_over


def test_run_next_runs_one_timer_only(clock, scheduler):
    log = []
    first = later(scheduler, 5, log, "first")
    later(scheduler, 5, log, "second")

    assert clock.run_next() is first.timer
    assert [name for name, _ in log] == ["first"]
    assert clock.now == START + timedelta(seconds=5)


def test_run_next_without_timers_returns_none_and_does_not_move_time(clock):
    assert clock.run_next() is None
    assert clock.now == START


def test_pending_lists_the_timers_soonest_first(clock, scheduler):
    later(scheduler, 60, [], "the end")
    later(scheduler, 30, [], "the middle")

    assert [(timer.due - START, timer.what) for timer in clock.pending] == [
        (timedelta(seconds=30), "the middle"),
        (timedelta(seconds=60), "the end"),
    ]
    assert repr(clock.pending[0]) == "<Timer the middle, due 2026-01-01 00:00:30>"


@pytest.mark.parametrize("backwards", [{"seconds": -1}, {"days": -400}])
def test_time_cannot_go_backwards(clock, backwards):
    with pytest.raises(ValueError, match="time cannot go backwards, from 2026-01-01"):
        clock.advance(**backwards)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance_to(START + timedelta(**backwards))

    assert clock.now == START


def test_a_naive_datetime_is_refused_with_a_hint(clock):
    with pytest.raises(ValueError, match=r"naive\. Give it a time zone, for example tzinfo"):
        clock.advance_to(datetime(2026, 1, 2))  # noqa: DTZ001


def test_an_aware_datetime_of_another_zone_is_converted_to_utc(clock):
    east = timezone(timedelta(hours=9))

    clock.advance_to(datetime(2026, 1, 1, 10, tzinfo=east))

    assert clock.now == START + timedelta(hours=1)
    assert clock.now.tzinfo is timezone.utc


@pytest.mark.parametrize(
    ("args", "units", "said"),
    [
        ((), {}, "nothing"),
        ((timedelta(1),), {"days": 1}, "datetime.timedelta(days=1) and {'days': 1}"),
        ((300,), {}, "300"),
    ],
)
def test_advance_requires_either_a_timedelta_or_its_keywords(clock, args, units, said):
    with pytest.raises(
        TypeError, match=re.escape(f"keywords like advance(minutes=5), not {said}") + "$"
    ):
        clock.advance(*args, **units)


def test_a_moment_beyond_the_calendar_in_utc_is_refused(clock):
    with pytest.raises(OverflowError, match="the calendar has no moment in UTC that is 9999-12"):
        clock.advance_to(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))))

    assert clock.now == START


@pytest.mark.parametrize("days", [10**7, 10**12, float("nan")])
def test_a_moment_beyond_the_calendar_is_refused(clock, days):
    with pytest.raises((OverflowError, ValueError), match="the calendar has no moment"):
        clock.advance(days=days)

    assert clock.now == START


def test_callbacks_are_delivered_before_the_jump_and_after_each_timer_at_its_moment(
    clock, scheduler, deliveries
):
    settled = []
    deliveries.deliver = lambda: settled.append(clock.now - START)
    later(scheduler, 10, [], "one")
    later(scheduler, 20, [], "two")

    clock.advance(seconds=60)

    assert settled == [timedelta(0), timedelta(seconds=10), timedelta(seconds=20)]


def test_time_cannot_be_moved_while_it_is_moving(clock, scheduler, deliveries):
    refused = []

    def meddle():
        with pytest.raises(MovedTimeError, match="Move it in the test") as caught:
            clock.advance(seconds=1)
        refused.append(caught.value)

    later(scheduler, 10, [], "a timer")
    deliveries.deliver = meddle

    clock.advance(minutes=1)

    assert len(refused) == 2
    assert clock.now == START + timedelta(minutes=1)


def test_time_stops_where_a_handler_fails_and_can_be_moved_again(clock, scheduler, deliveries):
    log = []
    later(scheduler, 10, log, "one")
    later(scheduler, 20, log, "two")

    def fail():
        deliveries.deliver = lambda: None
        raise LookupError

    deliveries.deliver = lambda: log and fail()

    with pytest.raises(LookupError):
        clock.advance(minutes=1)
    assert clock.now == START + timedelta(seconds=10)

    clock.advance(minutes=1)
    assert [name for name, _ in log] == ["one", "two"]


@pytest.mark.anyio
async def test_the_async_methods_do_the_same_and_await_deliveries(clock, scheduler, deliveries):
    log, settled = [], []

    deliveries.deliver = lambda: settled.append(clock.now - START)
    call = later(scheduler, 10, log, "one")
    later(scheduler, 20, log, "two")
    later(scheduler, 90, log, "three")

    assert await clock.arun_next() is call.timer
    await clock.aadvance(seconds=20)
    await clock.aadvance_to(START + timedelta(minutes=2))
    assert await clock.arun_next() is None

    assert [(name, at.total_seconds()) for name, at in log] == [
        ("one", 10),
        ("two", 20),
        ("three", 90),
    ]
    assert [each.total_seconds() for each in settled] == [0, 0, 10, 10, 20, 30, 90, 120]


def test_the_repr_shows_the_time(clock, scheduler):
    later(scheduler, 10, [], "one")

    assert repr(clock) == "<Clock 2026-01-01 00:00:00, 1 timer ahead>"


def fails():
    raise LookupError


def test_an_overdue_timer_that_fails_does_not_move_time_back(clock, scheduler):
    scheduler.call_later(timedelta(seconds=10), fails, "one")
    scheduler.call_later(timedelta(seconds=20), list, "two")
    scheduler.defer_advance(timedelta(minutes=1))

    with pytest.raises(LookupError):
        finish(scheduler.sync(awaiting=False))

    assert clock.now == START + timedelta(minutes=1)
    assert clock.pending == []


def test_a_replay_that_fails_leaves_no_timers(clock, scheduler):
    def plan():
        scheduler.call_later(timedelta(seconds=10), fails, "one")
        scheduler.call_later(timedelta(seconds=20), list, "two")

    with pytest.raises(LookupError):
        scheduler.replay(START - timedelta(hours=1), START, plan)

    assert clock.pending == []
    assert clock.now == START


def test_a_clock_has_no_public_method_that_stops_it(clock):
    """
    `callbacks.hold()` holds deliveries back. An earlier internal `clock.hold()` stopped time.
    """
    public = [name for name in dir(clock) if not name.startswith("_")]

    assert public == [
        "aadvance",
        "aadvance_to",
        "advance",
        "advance_to",
        "arun_next",
        "now",
        "pending",
        "run_next",
    ]


def test_concurrent_threads_never_move_time_backwards(clock):
    """
    While one thread moves time, the others get an error. So each move begins where one ended.
    """
    seen = []

    def move():
        for _ in range(200):
            with suppress(MovedTimeError):
                clock.advance(seconds=1)
            seen.append(clock.now)

    threads = [Thread(target=move) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert clock.now == max(seen)
