"""The clock: virtual time, which a test moves."""

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

    Each timer runs at the moment it was due, not at the end of the jump. While it runs, and while
    the callbacks that it caused are delivered, `now` is that moment. A timer that it sets runs
    too, if it falls within the jump.

    While freezegun or time-machine is active, `now` is the time of that library, and moving one
    moves the other. A timer runs once: going back in time does not undo it. When the freeze ends,
    virtual time keeps its last value.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    @property
    def now(self) -> datetime:
        """The present moment: an aware `datetime` in UTC."""
        return self._scheduler.now

    @property
    def pending(self) -> list[Timer]:
        """The timers that have not run yet, soonest first."""
        finish(self._scheduler.sync(awaiting=False))
        return self._scheduler.timers()

    def advance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Move time by a `timedelta`, or by its keywords: ``advance(minutes=5)``.

        Raises:
            TypeError: neither a `timedelta` nor a keyword is given, or both are.
            ValueError: time would go backwards.
            OverflowError: the moment is beyond the calendar.
            MovedTimeError: a callback is being delivered, or time is moving already.

        """
        finish(self._scheduler.advance(by, units, awaiting=False))

    async def aadvance(self, by: timedelta | None = None, /, **units: Unpack[Units]) -> None:
        """Do the same as `advance`; handlers of callbacks run on the test's own event loop."""
        await self._scheduler.advance(by, units, awaiting=True)

    def advance_to(self, moment: datetime) -> None:
        """Move time to *moment*, an aware `datetime`.

        Raises:
            TypeError: *moment* is not a `datetime`.
            ValueError: *moment* is naive, or has passed.
            MovedTimeError: a callback is being delivered, or time is moving already.

        """
        finish(self._scheduler.advance_to(moment, awaiting=False))

    async def aadvance_to(self, moment: datetime) -> None:
        """Do the same as `advance_to`; handlers of callbacks run on the test's own event loop."""
        await self._scheduler.advance_to(moment, awaiting=True)

    def run_next(self) -> Timer | None:
        """Move to the next timer, run it and return it; return `None` if none is ahead."""
        return finish(self._scheduler.run_next(awaiting=False))

    async def arun_next(self) -> Timer | None:
        """Do the same as `run_next`; handlers of callbacks run on the test's own event loop."""
        return await self._scheduler.run_next(awaiting=True)

    def __repr__(self) -> str:
        # Not `pending`: looking at a clock in a debugger must deliver nothing.
        count = len(self._scheduler.timers())
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S}, {count} timers ahead>"
