"""The clock: the virtual time of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._engine.coroutines import finish


if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from typing_extensions import Unpack

    from .._engine.scheduler import Scheduler, Units
    from .._engine.timers import Timer


__all__ = ["Clock"]

__tracebackhide__ = True


class Clock:
    """Virtual time. It stands still until the test moves it.

    When the test moves the clock, each timer runs at the moment it is due, not at the end of the
    move. While a timer runs, and while its callbacks are delivered, `now` is that moment. If a
    timer sets another timer that is due before the end of the move, that timer runs too.

    While freezegun or time-machine is active, `now` is the time of that library. Moving the clock
    moves the time of the library, and the reverse. A timer runs once: going back in time does
    not undo it. When the library is no longer active, virtual time keeps its last value.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    @property
    def now(self) -> datetime:
        """The current virtual time, as an aware `datetime` in UTC."""
        return self._scheduler.now

    @property
    def pending(self) -> list[Timer]:
        """The timers that have not run yet. The timer that is due first is first in the list."""
        finish(self._scheduler.sync(awaiting=False))
        return self._scheduler.timers()

    def advance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Move time by a `timedelta`, or by the keywords of one: ``advance(minutes=5)``.

        Raises:
            TypeError: neither a `timedelta` nor a keyword is given, or both are given.
            ValueError: time would go backwards.
            OverflowError: the new time is beyond the end of the calendar.
            MovedTimeError: a callback is being delivered, or time is already moving.

        """
        finish(self._scheduler.advance(by, units, awaiting=False))

    async def aadvance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Move time like `advance`, in an async test. Handlers run on the test's event loop."""
        await self._scheduler.advance(by, units, awaiting=True)

    def advance_to(self, moment: datetime) -> None:
        """Move time to *moment*, an aware `datetime`.

        Raises:
            TypeError: *moment* is not a `datetime`.
            ValueError: *moment* is naive, or is in the past.
            OverflowError: *moment* is beyond the end of the calendar in UTC.
            MovedTimeError: a callback is being delivered, or time is already moving.

        """
        finish(self._scheduler.advance_to(moment, awaiting=False))

    async def aadvance_to(self, moment: datetime) -> None:
        """Move time like `advance_to`, in an async test. Handlers run on the test's event loop."""
        await self._scheduler.advance_to(moment, awaiting=True)

    def run_next(self) -> Timer | None:
        """Move time to the next timer, run it, and return it. If there is none, return `None`."""
        return finish(self._scheduler.run_next(awaiting=False))

    async def arun_next(self) -> Timer | None:
        """Run the next timer like `run_next`, in an async test, on the test's event loop."""
        return await self._scheduler.run_next(awaiting=True)

    def __repr__(self) -> str:
        # `pending` is not used here, because a repr in a debugger must not deliver callbacks.
        count = len(self._scheduler.timers())
        timers = f"{count} timer{'s' if count != 1 else ''}"
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S}, {timers} ahead>"
