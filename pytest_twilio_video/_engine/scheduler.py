"""The scheduler: virtual time, and the timers that run in it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Final, TypedDict

from ..errors import MovedTimeError
from . import time_sources
from .current_time import CurrentTime
from .observer import Observer
from .server_threads import is_server_thread, on_server_thread
from .timers import ScheduledCall, Timer, Timers


if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from .time_sources import TimeSource


__all__ = ["Scheduler", "Units", "ticking"]

__tracebackhide__ = True

TICK: Final = 0.02
"""How many real seconds a running clock waits before it checks its timers again."""
LONGEST_MOVE: Final = 10.0
"""How many real seconds a move of the clock waits for another one, before it raises an error."""


class Units(TypedDict, total=False):
    """The keywords of a `timedelta`."""

    days: float
    seconds: float
    microseconds: float
    milliseconds: float
    minutes: float
    hours: float
    weeks: float


class Scheduler:
    """Virtual time. It stands still until it is moved.

    When time is moved, each timer runs at the moment it is due, not at the end of the move. While
    a timer runs, and while its callbacks are delivered, `now` is that moment. If a timer sets
    another timer that is due before the end of the move, that timer runs too.

    While freezegun or time-machine is active, `now` is the time of that library. Moving the clock
    moves the time of the library, and the reverse. If the library or a virtual sleep moves time,
    the timers that are due run at the next `sync`. A timer runs once: going back in time does not
    undo it. When the library is no longer active, virtual time keeps its last value.

    A method with *awaiting* is a coroutine. With ``awaiting=True`` it delivers callbacks on the
    running event loop. Otherwise it never waits, and `finish` runs it to its end.
    """

    def __init__(self, start: datetime, observer: Observer | None = None) -> None:
        self.lock = RLock()
        """Held while a timer runs, but not while its callbacks are delivered."""
        self._observer = observer or Observer()
        self._current_time = CurrentTime(start)
        self._timers = Timers(self.lock)
        self._timer_moment: datetime | None = None
        self._operation_moment: datetime | None = None
        self._is_moving = False
        self._end: datetime | None = None  # Where the move that is running will end.
        self._moved_to = start  # Where the last move of a running clock ended.
        self._moving_elsewhere: Event | None = None  # Set once the move of a server is over.

    def run(self) -> None:
        """From now on, let virtual time pass with real time. It can still be moved."""
        self._current_time.run()

    @property
    def is_running(self) -> bool:
        """Whether virtual time passes with real time."""
        return self._current_time.is_running

    @property
    def now(self) -> datetime:
        """The current virtual time, as an aware `datetime` in UTC."""
        return self._operation_moment or self._timer_moment or self._read()

    @property
    def can_move(self) -> bool:
        """Whether time can be moved now: it is not moving, and no callback is being delivered."""
        return not self._is_moving and not self._observer.is_delivering

    @property
    def application_now(self) -> datetime:
        """The time of the machine, plus the time by which virtual time was advanced.

        Problem: an application creates access tokens by the time of the machine. Compared with
        `now`, a token would not be valid yet if the fixture started some seconds ago. With a
        ``start`` in 2030, it would have expired long ago.

        Solution: compare the token with this time. While freezegun or time-machine is active,
        this is the time of that library, because the application reads it too.
        """
        return self._current_time.as_application_time(self.now)

    @property
    def deferred(self) -> timedelta:
        """How much time `defer_advance` has added that has not passed yet."""
        return self._current_time.deferred

    def warn(self, warning: Warning) -> None:
        """Pass on *warning*, which is about code that the test did not call."""
        self._observer.warning_issued(warning)

    def timers(self) -> list[Timer]:
        """Return the timers that have not run. The timer that is due first is first."""
        return self._timers.ahead()

    def call_later(
        self, delay: timedelta, action: Callable[[], object], what: str
    ) -> ScheduledCall:
        """Set a timer that calls *action* after *delay*. *what* describes it.

        An action must refer to a resource by its SID, because the record may have changed when
        the action runs.
        """
        call = ScheduledCall(Timer(_after_delay(self.now, delay), what), action)
        self._timers.add(call)
        return call

    async def advance(self, by: timedelta | None, units: Units, *, awaiting: bool) -> None:
        """Move time by *by* or by *units*, and run the timers that become due.

        Raises:
            TypeError: neither *by* nor *units* is given, or both, or *units* are not numbers.
            ValueError: time would go backwards.
            OverflowError: the new time is beyond the end of the calendar.
            MovedTimeError: a callback is being delivered, or time is already moving.

        """
        with self._moving():
            await self._run_to(_later(self.now, by, units), awaiting=awaiting)

    async def advance_to(self, moment: object, *, awaiting: bool) -> None:
        """Move time to *moment*, and run the timers that become due.

        Raises:
            TypeError: *moment* is not a `datetime`.
            ValueError: *moment* is naive, or is in the past.
            OverflowError: *moment* is beyond the end of the calendar in UTC.
            MovedTimeError: a callback is being delivered, or time is already moving.

        """
        with self._moving():
            now, end = self.now, _aware(moment)
            if self.is_running and self._moved_to <= end:
                end = max(end, now)  # It may have passed by itself, a moment ago.
            await self._run_to(_not_before(now, end), awaiting=awaiting)

    async def run_next(self, *, awaiting: bool) -> Timer | None:
        """Move time to the next timer, run it, and return it. If there is none, return `None`."""
        await self.sync(awaiting=awaiting)
        # A callback that is delivered now may change which timer is next.
        await self._observer.deliver_pending(awaiting=awaiting)
        while (timer := self._timers.next()) is not None:
            with self._moving():
                end = max(timer.due, self.now)
                ran = await self._run_to(end, at_most=1, awaiting=awaiting)
            if ran is not None:  # A running clock may have run it meanwhile.
                return ran
        return None

    async def sync(self, *, awaiting: bool) -> None:
        """Run the timers that became due while something else moved time.

        After each timer, its callbacks are delivered.
        """
        with closing(self.overdue()) as overdue:
            for _ in overdue:
                await self._observer.deliver_pending(awaiting=awaiting)

    def overdue(self) -> Generator[Timer, None, None]:
        """Run the timers that became due while something else moved time, and yield each."""
        with self.lock:
            is_at_rest = self._timer_moment is None and self._operation_moment is None
            end = self._read() if is_at_rest else None
        if end is not None and self._current_time.is_behind:
            yield from self._run_until(end, None)

    def run_overdue(self) -> None:
        """Run the timers that became due, and deliver no callbacks. Any thread may call this."""
        with self.lock:
            for _ in self.overdue():
                pass

    def defer_advance(self, by: timedelta) -> None:
        """Move time by *by* without running timers. The next `sync` runs them.

        This is for latency, and for sleeps inside the application's own code, where no callback
        may be delivered. While a callback is delivered or a timer runs, time stands still, and
        *by* passes after that.
        """
        with self.lock:
            _ = self.now + self.deferred + by  # Raise an OverflowError here and not later.
            self._current_time.deferred += by
            if self._timer_moment is None:
                self._read()

    def defer_advance_to(self, moment: datetime, *, after_move: bool) -> None:
        """Move time to *moment* like `defer_advance`, counting what is already deferred.

        If *after_move* is true, count the rest of the move that is running as well.
        """
        with self.lock:
            end = self._end if after_move and self._end is not None else self.now
            self.defer_advance(max(moment - end - self.deferred, timedelta(0)))

    def pin(self) -> bool:
        """Stop `now` during one operation, even if another library lets time tick.

        Overdue timers run first, and nothing is delivered. The caller holds the lock.

        Return true if `now` was not pinned before. Only in this case may the caller `unpin` it.
        """
        if self._operation_moment is not None:
            return False
        moment = self._timer_moment or self._read(as_application=True)
        if self._timer_moment is None and self._current_time.is_behind:
            for _ in self._run_until(moment, None):
                pass
        self._operation_moment = moment
        return True

    def unpin(self) -> None:
        """End the stop of `now` that `pin` began."""
        self._operation_moment = None

    def replay(self, start: datetime, end: datetime, plan: Callable[[], object]) -> None:
        """Call *plan* at the time *start*, and run the timers that it sets, until *end*.

        This makes up a past. Each timer runs at the moment it is due. No callback is delivered,
        and `now` is restored at the end. There must be no other timers. If anything fails, the
        timers that *plan* has set are removed.
        """
        with self.lock:
            before = self._timer_moment, self._operation_moment
            self._timer_moment, self._operation_moment = start, None
            try:
                plan()
                while (call := self._timers.take(end)) is not None:
                    self._timer_moment = call.timer.due
                    call.run()
            except BaseException:
                self._timers.clear()
                raise
            finally:
                self._timer_moment, self._operation_moment = before

    def _read(self, *, as_application: bool = False) -> datetime:
        """Return the current virtual time, after deferred time has passed if it can pass now."""
        with self.lock:
            current = self._current_time
            now = current.read(as_application=as_application)
            return current.apply_deferred() if current.deferred and self.can_move else now

    @contextmanager
    def _moving(self) -> Iterator[None]:
        if self._moving_elsewhere is not None:
            # A server moves time for another process: no reason to refuse the test's move.
            self._moving_elsewhere.wait(LONGEST_MOVE)
        with self.lock:
            if not self.can_move:
                msg = (
                    "time cannot be moved in the handler of a callback, or while it is already "
                    "moving. Move it in the test, after the callback was delivered"
                )
                raise MovedTimeError(msg)
            self._read()  # Deferred time passes before the jump, not during it.
            self._is_moving = True
            if is_server_thread():
                self._moving_elsewhere = Event()
        try:
            yield
        finally:
            with self.lock:
                self._is_moving, self._end = False, None
                if self.is_running:
                    self._moved_to = self._current_time.read()
                if self._moving_elsewhere is not None:
                    self._moving_elsewhere.set()
                    self._moving_elsewhere = None
            self._observer.time_moved()

    async def _run_to(
        self, end: datetime, at_most: int | None = None, *, awaiting: bool
    ) -> Timer | None:
        """Move to *end*, or until *at_most* timers have run. Return the last timer that ran."""
        self._observer.time_jumped(self.now, end)
        last = None
        self._end = end
        with closing(self._run_until(end, time_sources.active_source())) as timers:
            await self._observer.deliver_pending(awaiting=awaiting)
            for timer in islice(timers, at_most):
                last = timer
                await self._observer.deliver_pending(awaiting=awaiting)
        return last

    def _run_until(self, end: datetime, source: TimeSource | None) -> Generator[Timer, None, None]:
        """Run the timers that are due by *end*. Yield each timer while `now` is its moment."""
        try:
            while (timer := self._run_due(end, source)) is not None:
                yield timer
        finally:
            self._timer_moment = None

    def _run_due(self, end: datetime, source: TimeSource | None) -> Timer | None:
        with self.lock:
            call = self._timers.take(end)
            if call is None:
                # The lock is still held, so that no other thread sets a timer in between.
                self._timer_moment = None
                self._current_time.finish_at(end, source)
                return None
            self._timer_moment = call.timer.due
            self._current_time.move_to(call.timer.due, source)
            self._observer.timer_due(call.timer)
            call.run()
            return call.timer


@contextmanager
def ticking(clock: Callable[[], Scheduler]) -> Iterator[None]:
    """During the block, run the timers of a running clock when they are due in real time.

    *clock* returns the clock. The callbacks are queued and delivered on the test's thread.
    """
    stopped = Event()

    def tick() -> None:
        with on_server_thread():
            while not stopped.wait(TICK):
                clock().run_overdue()

    thread = Thread(target=tick, name="twilio-video-clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _later(now: datetime, by: timedelta | None, units: Units) -> datetime:
    """Return the moment that is *by* or *units* after *now*.

    Raises:
        TypeError: neither is given, or both, or *units* are not numbers.
        ValueError: the moment is earlier than *now*, or a number is not finite.
        OverflowError: the moment is beyond the end of the calendar.

    """
    if (by is None) == (not units) or not isinstance(by, (timedelta, type(None))):
        given = " and ".join(repr(value) for value in (by, units) if value not in (None, {}))
        msg = (
            "advance() takes one timedelta, or keywords like advance(minutes=5), "
            f"not {given or 'nothing'}"
        )
        raise TypeError(msg)
    try:
        moment = now + (timedelta(**units) if by is None else by)
    except TypeError:
        msg = f"advance() takes numbers of {', '.join(Units.__annotations__)}, not {units!r}"
        raise TypeError(msg) from None
    except (OverflowError, ValueError) as error:
        # A virtual sleep calls this too, and must raise the same type as a real one.
        msg = f"the calendar has no moment that is {by or units!r} after {now}"
        raise type(error)(msg) from None
    return _not_before(now, moment)


def _aware(moment: object) -> datetime:
    """Return *moment* in UTC if it is an aware `datetime`.

    Raises:
        TypeError: *moment* is not a `datetime`.
        ValueError: *moment* is naive.
        OverflowError: *moment* is beyond the end of the calendar in UTC.

    """
    if not isinstance(moment, datetime):
        msg = f"advance_to() takes an aware datetime, not {moment!r}"
        raise TypeError(msg)
    if moment.tzinfo is None:
        msg = f"{moment!r} is naive. Give it a time zone, for example tzinfo=timezone.utc"
        raise ValueError(msg)
    try:
        return time_sources.to_plain_utc(moment)
    except OverflowError:
        msg = f"the calendar has no moment in UTC that is {moment}"
        raise OverflowError(msg) from None


def _not_before(now: datetime, moment: datetime) -> datetime:
    if moment < now:
        msg = f"time cannot go backwards, from {now} to {moment}"
        raise ValueError(msg)
    return time_sources.to_plain_utc(moment)


def _after_delay(now: datetime, delay: timedelta) -> datetime:
    """Return *now* plus *delay*. If the sum is too late, return the end of the calendar."""
    try:
        return now + delay
    except OverflowError:
        return datetime.max.replace(tzinfo=now.tzinfo)
