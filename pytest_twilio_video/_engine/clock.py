"""The clock: virtual time, and what falls due in it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING

from ..errors import MovedTimeError
from . import moments, wall
from .present import Present
from .timers import Timer, Timers


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator
    from datetime import datetime, timedelta

    from typing_extensions import Unpack

    from .moments import Units


__all__ = ["Clock", "Timer"]

__tracebackhide__ = True  # A report shows the line of the test.


async def _nothing_to_await() -> None:
    """Settle a world in which nothing is ever left to be done."""


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
        """Held while a timer runs, never while its consequences are settled."""
        self._present = Present(start)
        self._timers = Timers(self.lock)
        self._lived: datetime | None = None  # the moment of a timer, while it is settled
        self._pinned: datetime | None = None  # the moment of an operation
        self._moving = False
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
        self.touch()
        return self._timers.ahead()

    def advance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Let time pass: *by* a `timedelta`, or by its keywords (``minutes=5``).

        Raises:
            ValueError: time would go backwards.
            MovedTimeError: a callback is being delivered, or time moves already.

        """
        self._move(moments.after(self.now, by, units))

    async def aadvance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Do as `advance` does; handlers of callbacks run on the test's own event loop."""
        await self._amove(moments.after(self.now, by, units))

    def advance_to(self, moment: datetime) -> None:
        """Let time pass up to *moment*, an aware `datetime`.

        Raises:
            ValueError: *moment* is naive, or has passed.
            MovedTimeError: a callback is being delivered, or time moves already.

        """
        self._move(moments.ahead(self.now, moment))

    async def aadvance_to(self, moment: datetime) -> None:
        """Do as `advance_to` does; handlers of callbacks run on the test's own event loop."""
        await self._amove(moments.ahead(self.now, moment))

    def run_next(self) -> Timer | None:
        """Go to the next due timer, run it, and return it; `None` where none is ahead."""
        self.touch()
        self.settle()  # what is said now may change what comes next
        timer = self._timers.next()
        return None if timer is None else self._move(max(timer.due, self.now), most=1)

    async def arun_next(self) -> Timer | None:
        """Do as `run_next` does; handlers of callbacks run on the test's own event loop."""
        with closing(self.catch_up()) as passing:
            for _ in passing:
                await self.asettle()
        await self.asettle()
        timer = self._timers.next()
        return None if timer is None else await self._amove(max(timer.due, self.now), most=1)

    def call_later(self, delay: timedelta, action: Callable[[], object], what: str) -> Timer:
        """Let *action* happen after *delay*; *what* says in words what it is.

        An action holds SIDs, never records: they are looked up when it is due.
        """
        timer = Timer(moments.delayed(self.now, delay), action, what)
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

    def touch(self) -> None:
        """Catch up with what moved time without us, and settle after each timer."""
        with closing(self.catch_up()) as passing:
            for _ in passing:
                self.settle()

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
        """Return the present, as `Present.look` does, once what is owed has passed."""
        with self.lock:
            now = self._present.look(reading=reading)
            is_owing = self._present.owed and not self.is_occupied
            return self._present.repay() if is_owing else now

    def _move(self, end: datetime, most: int | None = None) -> Timer | None:
        """Go to *end*, or until that *most* timers have run, and return the last of them."""
        ran = None
        with self._motion(end), closing(self._passing(end, wall.driver())) as passing:
            self.settle()
            for timer in islice(passing, most):
                ran = timer
                self.settle()
        return ran

    async def _amove(self, end: datetime, most: int | None = None) -> Timer | None:
        ran = None
        with self._motion(end), closing(self._passing(end, wall.driver())) as passing:
            await self.asettle()
            for timer in islice(passing, most):
                ran = timer
                await self.asettle()
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

    def _passing(self, end: datetime, driver: wall.Driver | None) -> Generator[Timer, None, None]:
        """Run what falls due up to *end*, pausing after each timer while its moment lasts."""
        try:
            while (timer := self._run_due(end, driver)) is not None:
                yield timer
        finally:
            self._lived = None

    def _run_due(self, end: datetime, driver: wall.Driver | None) -> Timer | None:
        with self.lock:
            timer = self._timers.take(end)
            if timer is None:
                # In one breath with the look at the timers: nobody sets one in between.
                self._lived = None
                self._present.arrive(end, driver)
                return None
            self._lived = timer.due
            self._present.pass_by(timer.due, driver)
            self.on_timer(timer)
            timer.run()
            return timer

    def __repr__(self) -> str:
        # Not `pending`: to look at a clock in a debugger delivers nothing.
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S}, {len(self._timers.ahead())} timers ahead>"
