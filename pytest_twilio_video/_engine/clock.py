"""The clock: virtual time, and what falls due in it."""

from __future__ import annotations

import heapq

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import count, islice
from threading import RLock
from typing import TYPE_CHECKING

from ..errors import MovedTimeError
from . import wall


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


__all__ = ["Clock", "Timer"]

__tracebackhide__ = True  # A report shows the line of the test.


class Timer:
    """Something that falls due at a moment, unless it is cancelled before."""

    __slots__ = ("_action", "_what", "due")

    def __init__(
        self, due: datetime, action: Callable[[], object], what: str | Callable[[], str]
    ) -> None:
        self.due = due
        self._action: Callable[[], object] | None = action
        self._what = what

    @property
    def what(self) -> str:
        """What will happen, in words: ``"unused room timeout of DailyStandup"``."""
        return self._what if isinstance(self._what, str) else self._what()

    @property
    def is_over(self) -> bool:
        """Whether nothing will come of it any more: it was cancelled, or has run."""
        return self._action is None

    def cancel(self) -> None:
        """See to it that nothing happens when it is due."""
        self._action = None

    def run(self) -> None:
        """Do what it is for, once."""
        action, self._action = self._action, None
        if action is not None:
            action()

    def __repr__(self) -> str:
        return f"<Timer {self.what}, due {self.due:%Y-%m-%d %H:%M:%S}>"


async def _nothing_to_await() -> None:
    """Settle a world in which nothing is ever left to be done."""


class Clock:
    """Virtual time. It stands still, and moves when it is told to.

    Each timer runs at the moment it was due, not at the end of the jump:
    while it runs, and while what it caused is being settled, :attr:`now` is
    that moment. What it starts in turn runs too, if it still falls within the
    jump.

    While freezegun or time-machine is active, :attr:`now` is theirs, and
    whichever is moved, both move. What they moved past on their own is caught
    up with at the next touch of the fake.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lived: datetime | None = None  # the moment of a timer, or of an operation
        self._numbers = count()
        self._timers: list[tuple[datetime, int, Timer]] = []
        self._moving = False
        self.lock = RLock()
        """Held while a timer runs, never while its consequences are settled."""
        self.settle: Callable[[], object] = lambda: None
        """Called between timers, when the world stands still: callbacks are delivered there."""
        self.asettle: Callable[[], Awaitable[object]] = _nothing_to_await
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
        if self._lived is not None:
            return self._lived
        driver = wall.driver()
        if driver is not None:
            self._now = driver.now()
        return self._now

    @property
    def pending(self) -> list[Timer]:
        """The timers ahead, soonest first."""
        with self.lock:
            return [timer for _, _, timer in sorted(self._timers) if not timer.is_over]

    def advance(self, by: timedelta | None = None, /, **units: float) -> None:
        """Let time pass: *by* a `timedelta`, or by its keywords (``minutes=5``).

        Raises:
            ValueError: time would go backwards.
            MovedTimeError: a callback is being delivered, or time moves already.

        """
        self._move(self._after(by, units))

    async def aadvance(self, by: timedelta | None = None, /, **units: float) -> None:
        """Do as `advance` does; handlers of callbacks run on the test's own event loop."""
        await self._amove(self._after(by, units))

    def advance_to(self, moment: datetime) -> None:
        """Let time pass up to *moment*, an aware `datetime`.

        Raises:
            ValueError: *moment* is naive, or has passed.
            MovedTimeError: a callback is being delivered, or time moves already.

        """
        self._move(self._checked(moment))

    async def aadvance_to(self, moment: datetime) -> None:
        """Do as `advance_to` does; handlers of callbacks run on the test's own event loop."""
        await self._amove(self._checked(moment))

    def run_next(self) -> Timer | None:
        """Go to the next due timer, run it, and return it; `None` where none is ahead."""
        timer = self._next()
        if timer is not None:
            self._move(max(timer.due, self.now), most=1)
        return timer

    async def arun_next(self) -> Timer | None:
        """Do as `run_next` does; handlers of callbacks run on the test's own event loop."""
        timer = self._next()
        if timer is not None:
            await self._amove(max(timer.due, self.now), most=1)
        return timer

    def call_later(
        self, delay: timedelta, action: Callable[[], object], what: str | Callable[[], str]
    ) -> Timer:
        """Let *action* happen after *delay*; *what* says in words what it is.

        An action holds SIDs, never records: they are looked up when it is due.
        """
        timer = Timer(self.now + delay, action, what)
        with self.lock:
            heapq.heappush(self._timers, (timer.due, next(self._numbers), timer))
        return timer

    def catch_up(self) -> Iterator[Timer]:
        """Run what freezegun or time-machine moved past, pausing after each timer."""
        if self._lived is None and wall.driver() is not None:
            yield from self._passing(self.now, None)

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Let time stand still for one operation, even if another library lets it tick."""
        if self._lived is not None:
            yield
            return
        self._lived = self.now
        try:
            yield
        finally:
            self._lived = None

    def _move(self, end: datetime, most: int | None = None) -> None:
        with self._motion(end):
            self.settle()
            for _ in islice(self._passing(end, wall.driver()), most):
                self.settle()

    async def _amove(self, end: datetime, most: int | None = None) -> None:
        with self._motion(end):
            await self.asettle()
            for _ in islice(self._passing(end, wall.driver()), most):
                await self.asettle()

    @contextmanager
    def _motion(self, end: datetime) -> Iterator[None]:
        if self._moving or self.is_busy():
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

    def _passing(self, end: datetime, driver: wall.Driver | None) -> Iterator[Timer]:
        """Run what falls due up to *end*, pausing after each timer while its moment lasts."""
        try:
            while (timer := self._run_due(end, driver)) is not None:
                yield timer
        finally:
            self._lived = None
        self._now = end
        if driver is not None:
            driver.forward(end)

    def _run_due(self, end: datetime, driver: wall.Driver | None) -> Timer | None:
        with self.lock:
            timer = self._next()
            if timer is None or timer.due > end:
                return None
            heapq.heappop(self._timers)
            self._now = self._lived = timer.due
            if driver is not None:
                driver.forward(timer.due)
            self.on_timer(timer)
            timer.run()
            return timer

    def _next(self) -> Timer | None:
        with self.lock:
            while self._timers and self._timers[0][2].is_over:
                heapq.heappop(self._timers)
            return self._timers[0][2] if self._timers else None

    def _after(self, by: timedelta | None, units: dict[str, float]) -> datetime:
        if (by is None) == (not units) or not isinstance(by, (timedelta, type(None))):
            msg = (
                f"advance() takes one timedelta, or its keywords: advance(minutes=5), "
                f"not {by!r} and {units!r}"
            )
            raise TypeError(msg)
        return self._checked(self.now + (timedelta(**units) if by is None else by))

    def _checked(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            msg = f"{moment!r} is naive: give it a time zone, e.g. tzinfo=timezone.utc"
            raise ValueError(msg)
        if moment < self.now:
            msg = f"time cannot go backwards: from {self.now} to {moment}"
            raise ValueError(msg)
        return moment.astimezone(timezone.utc)

    def __repr__(self) -> str:
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S}, {len(self.pending)} timers ahead>"
