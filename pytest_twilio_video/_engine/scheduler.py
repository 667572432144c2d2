"""The clock: virtual time, and what falls due in it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, TypedDict

from ..errors import MovedTimeError
from . import time_sources
from .time_sources import CurrentTime
from .timers import Timer, Timers


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator

    from typing_extensions import Unpack

__all__ = ["Clock", "Timer", "Units", "after", "ahead", "delayed"]

__tracebackhide__ = True  # A report shows the line of the test.


# Moments to come: where a test wants time to go, as it may say it.


class Units(TypedDict, total=False):
    """The keywords of a `timedelta`."""

    days: float
    seconds: float
    microseconds: float
    milliseconds: float
    minutes: float
    hours: float
    weeks: float


def after(now: datetime, by: timedelta | None, units: Units) -> datetime:
    """Return the moment that is *by* later than *now*, or so many *units*: one of the two.

    Raises:
        TypeError: it is neither, or both.
        ValueError: it is earlier than *now*, or no number.
        OverflowError: it is beyond the calendar.

    """
    if (by is None) == (not units) or not isinstance(by, (timedelta, type(None))):
        said = " and ".join(repr(each) for each in (by, units) if each not in (None, {}))
        msg = (
            "advance() takes one timedelta, or its keywords: advance(minutes=5), "
            f"not {said or 'nothing'}"
        )
        raise TypeError(msg)
    try:
        moment = now + (timedelta(**units) if by is None else by)
    except TypeError:
        msg = f"advance() takes numbers of {', '.join(Units.__annotations__)}, not {units!r}"
        raise TypeError(msg) from None
    except (OverflowError, ValueError) as error:
        # Of the same type: a sleep comes here too, and raises what a real one does.
        msg = f"the calendar has no moment that is {by or units!r} after {now}"
        raise type(error)(msg) from None
    return _not_before(now, moment)


def ahead(now: datetime, moment: object) -> datetime:
    """Return *moment*, in UTC, if it is one that is still ahead.

    Raises:
        TypeError: it is no `datetime`.
        ValueError: it is naive, or earlier than *now*.

    """
    if not isinstance(moment, datetime):
        msg = f"advance_to() takes an aware datetime, not {moment!r}"
        raise TypeError(msg)
    if moment.tzinfo is None:
        msg = f"{moment!r} is naive: give it a time zone, e.g. tzinfo=timezone.utc"
        raise ValueError(msg)
    return _not_before(now, moment)


def delayed(now: datetime, delay: timedelta) -> datetime:
    """Return *now* and *delay*, or the end of the calendar, which is never reached."""
    try:
        return now + delay
    except OverflowError:
        return datetime.max.replace(tzinfo=now.tzinfo)


def _not_before(now: datetime, moment: datetime) -> datetime:
    if moment < now:
        msg = f"time cannot go backwards: from {now} to {moment}"
        raise ValueError(msg)
    return time_sources.plain(moment)


async def _nothing_to_await() -> None:
    """Settle a simulation in which nothing is ever left to be done."""


class Clock:
    """Virtual time. It stands still, and moves when it is told to.

    Each timer runs at the moment it was due, not at the end of the jump:
    while it runs, and while what it caused is being settled, `now` is
    that moment. What it starts in turn runs too, if it still falls within the
    jump.

    While freezegun or time-machine is active, `now` is theirs, and
    whichever is moved, both move. What they moved past on their own, or an
    application by a virtual sleep, is caught up with at the next touch of the
    fake. A timer that has run has run: going back does not undo it. When such
    a freeze is left, time stands where it was.
    """

    def __init__(self, start: datetime) -> None:
        self.lock = RLock()
        """Held while a timer runs, never while its reactions are settled."""
        self._present = CurrentTime(start)
        self._timers = Timers(self.lock)
        self._lived: datetime | None = None  # the moment of a timer, while it is settled
        self._pinned: datetime | None = None  # the moment of an operation
        self._moving = False
        self.deliver_pending: Callable[[], object] = lambda: None
        """Called between timers: callbacks are delivered there."""
        self.adeliver_pending: Callable[[], Awaitable[object]] = _nothing_to_await
        """The same, where it can be awaited."""
        self.is_busy: Callable[[], bool] = lambda: False
        """Tells whether something is under way during which time must not move."""
        self.on_timer: Callable[[Timer], object] = lambda _timer: None
        """Told of each timer just before it runs."""
        self.on_jump: Callable[[datetime, datetime], object] = lambda _before, _after: None
        """Told, before it begins, of each jump that was asked for."""

    @property
    def now(self) -> datetime:
        """The present moment: an aware `datetime` in UTC."""
        return self._pinned or self._lived or self._look()

    @property
    def is_occupied(self) -> bool:
        """Whether time moves just now, or a callback is delivered: it cannot be moved then."""
        return self._moving or self.is_busy()

    @property
    def app_now(self) -> datetime:
        """The moment it would be by the application's own clock, had that been moved along.

        Problem: an application mints access tokens by the machine's clock, which knows nothing
        of virtual time. Read against `now` alone, a token would come from the future
        where the fixture started seconds ago, and be long expired with a ``start`` in 2030.

        Solution: it is the machine's time, and as much later as this clock was advanced. While
        freezegun or time-machine is active, the application reads theirs, and so do we.
        """
        return self._present.by_the_wall(self.now)

    @property
    def owed(self) -> timedelta:
        """What has passed by `drift`, and stands still until the delivery at hand is over."""
        return self._present.owed

    @property
    def pending(self) -> list[Timer]:
        """The timers ahead, soonest first."""
        self.sync()
        return self._timers.ahead()

    def advance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Let time pass: *by* a `timedelta`, or by its keywords (``minutes=5``).

        Raises:
            ValueError: time would go backwards.
            MovedTimeError: a callback is being delivered, or time moves already.

        """
        self._move(after(self.now, by, units))

    async def aadvance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Do as `advance` does; handlers of callbacks run on the test's own event loop."""
        await self._amove(after(self.now, by, units))

    def advance_to(self, moment: datetime) -> None:
        """Let time pass up to *moment*, an aware `datetime`.

        Raises:
            ValueError: *moment* is naive, or has passed.
            MovedTimeError: a callback is being delivered, or time moves already.

        """
        self._move(ahead(self.now, moment))

    async def aadvance_to(self, moment: datetime) -> None:
        """Do as `advance_to` does; handlers of callbacks run on the test's own event loop."""
        await self._amove(ahead(self.now, moment))

    def run_next(self) -> Timer | None:
        """Go to the next due timer, run it, and return it; `None` where none is ahead."""
        self.sync()
        self.deliver_pending()  # what is said now may change what comes next
        timer = self._timers.next()
        return None if timer is None else self._move(max(timer.due, self.now), most=1)

    async def arun_next(self) -> Timer | None:
        """Do as `run_next` does; handlers of callbacks run on the test's own event loop."""
        with closing(self.catch_up()) as passing:
            for _ in passing:
                await self.adeliver_pending()
        await self.adeliver_pending()
        timer = self._timers.next()
        return None if timer is None else await self._amove(max(timer.due, self.now), most=1)

    def call_later(self, delay: timedelta, action: Callable[[], object], what: str) -> Timer:
        """Let *action* happen after *delay*; *what* says in words what it is.

        An action holds SIDs, never records: they are looked up when it is due.
        """
        timer = Timer(delayed(self.now, delay), action, what)
        self._timers.add(timer)
        return timer

    def drift(self, by: timedelta) -> None:
        """Let *by* pass, and do nothing else; what falls due is caught up with later.

        So latency, and some sleeps, move time from the midst of the application, where no
        callback may be delivered. While one is, or while a timer's moment is lived, time
        stands still: then *by* is added after that.
        """
        with self.lock:
            _ = self.now + self.owed + by  # where that is no date, it fails here, and only here
            self._present.owed += by
            if self._lived is None:
                self._look()

    def sync(self) -> None:
        """Catch up with what moved time without us, and settle after each timer."""
        with closing(self.catch_up()) as passing:
            for _ in passing:
                self.deliver_pending()

    def catch_up(self) -> Generator[Timer, None, None]:
        """Run what time was moved past, pausing after each timer."""
        with self.lock:
            is_at_rest = self._lived is None and self._pinned is None
            end = self._look() if is_at_rest else None
        if end is not None and self._present.is_behind:
            yield from self._passing(end, None)

    def live_through(self, start: datetime, end: datetime, plan: Callable[[], object]) -> None:
        """Let *plan*, and what it sets, happen between *start* and *end*, whatever time it is.

        This is how a past is made up afterwards: timers run at the moments they were due, as
        ever, but nothing is settled between them, nobody is told, and time has not moved when
        all is done. There must be no other timers yet. Where something fails, those that were
        set are dropped: none may be left that was due long ago.
        """
        with self.lock:
            before = self._lived, self._pinned
            self._lived, self._pinned = start, None
            try:
                plan()
                while (timer := self._timers.take(end)) is not None:
                    self._lived = timer.due
                    timer.run()
            except BaseException:
                self._timers.clear()
                raise
            finally:
                self._lived, self._pinned = before

    def hold(self) -> bool:
        """Let time stand still for one operation, even if another library lets it tick.

        Return whether it did not yet: only who got that lets it go on, by `release`.
        """
        if self._pinned is not None:
            return False
        self._pinned = self._lived or self._look(reading=True)
        return True

    def release(self) -> None:
        """Let time go on."""
        self._pinned = None

    def _look(self, *, reading: bool = False) -> datetime:
        """Return the present, as `CurrentTime.look` does, once what is owed has passed."""
        with self.lock:
            now = self._present.look(reading=reading)
            is_owing = self._present.owed and not self.is_occupied
            return self._present.repay() if is_owing else now

    def _move(self, end: datetime, most: int | None = None) -> Timer | None:
        """Go to *end*, or until that *most* timers have run, and return the last of them."""
        ran = None
        with (
            self._motion(end),
            closing(self._passing(end, time_sources.active_source())) as passing,
        ):
            self.deliver_pending()
            for timer in islice(passing, most):
                ran = timer
                self.deliver_pending()
        return ran

    async def _amove(self, end: datetime, most: int | None = None) -> Timer | None:
        ran = None
        with (
            self._motion(end),
            closing(self._passing(end, time_sources.active_source())) as passing,
        ):
            await self.adeliver_pending()
            for timer in islice(passing, most):
                ran = timer
                await self.adeliver_pending()
        return ran

    @contextmanager
    def _motion(self, end: datetime) -> Iterator[None]:
        with self.lock:
            if self.is_occupied:
                msg = (
                    "time cannot be moved from inside a callback's handler, or while it is moved "
                    "already: move it from the test, after the callback was delivered"
                )
                raise MovedTimeError(msg)
            self._moving = True
        try:
            self.on_jump(self.now, end)
            yield
        finally:
            self._moving = False

    def _passing(
        self, end: datetime, source: time_sources.TimeSource | None
    ) -> Generator[Timer, None, None]:
        """Run what falls due up to *end*, pausing after each timer while its moment lasts."""
        try:
            while (timer := self._run_due(end, source)) is not None:
                yield timer
        finally:
            self._lived = None

    def _run_due(self, end: datetime, source: time_sources.TimeSource | None) -> Timer | None:
        with self.lock:
            timer = self._timers.take(end)
            if timer is None:
                # In one breath with the look at the timers: nobody sets one in between.
                self._lived = None
                self._present.arrive(end, source)
                return None
            self._lived = timer.due
            self._present.pass_by(timer.due, source)
            self.on_timer(timer)
            timer.run()
            return timer

    def __repr__(self) -> str:
        # Not `pending`: to look at a clock in a debugger delivers nothing.
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S}, {len(self._timers.ahead())} timers ahead>"
