"""The wall clock: the one place that reads the time of the machine, or of who froze it."""

from __future__ import annotations

import sys

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Protocol


__all__ = ["CurrentTime", "TimeSource", "active_source", "now", "plain", "unfrozen"]


def now() -> datetime:
    """Return the present moment, aware, in UTC: the machine's, or that of who froze it."""
    other = active_source()
    return plain(datetime.now(timezone.utc)) if other is None else other.now()


def plain(moment: datetime) -> datetime:
    """Return the aware *moment* in UTC and as a datetime of the standard library.

    freezegun's own subclass would show in reprs and in the words of a failed claim.
    """
    return _EPOCH + (moment - _EPOCH)


def unfrozen(kind: type) -> type:
    """Return the class that *kind* stands in for.

    While it is active, freezegun has a subclass of `datetime` in the place of `datetime`, in
    every module: what is looked up then, and kept, would be wrong when it has gone.
    """
    return next((each for each in kind.__mro__ if each.__module__ == "datetime"), kind)


class TimeSource(Protocol):
    """Another library that holds time still, or moves it, in this process."""

    def now(self) -> datetime:
        """Return its present moment, aware, in UTC, and change nothing by looking."""

    def read(self) -> datetime:
        """Return its present moment as an application reads it, which may move it."""

    def forward(self, moment: datetime) -> None:
        """Move it up to *moment*; where it is later already, leave it."""


def active_source() -> TimeSource | None:
    """Return freezegun or time-machine while it is active, else nothing.

    Where both are, freezegun is the outer one: it replaces the names that an
    application reads, and time-machine what stands behind them.
    """
    # Slices, not [-1]: another thread may leave a freeze between two looks.
    freezegun: Any = sys.modules.get("freezegun.api")
    for factory in freezegun.freeze_factories[-1:] if freezegun else ():
        return _Freezegun(factory)
    machine = sys.modules.get("time_machine")
    # time-machine 3 names its stack traveller_stack, 2 named it coordinates_stack.
    stack: Any = getattr(machine, "traveller_stack", None) or getattr(
        machine, "coordinates_stack", ()
    )
    for traveller in stack[-1:]:
        return _TimeMachine(traveller)
    return None


class _Freezegun:
    """freezegun, asked directly: to threads with a shallow stack it tells the real time.

    Of its three factories, in all versions, only the attribute can be moved: the ticking one
    had no `tick` until 1.3, and has since lost what ticked by.
    """

    def __init__(self, factory: Any) -> None:
        self._factory = factory

    def now(self) -> datetime:
        # With auto_tick_seconds each question moves the time.
        is_stepping = hasattr(self._factory, "step_width")
        return _from_naive(self._factory.time_to_freeze if is_stepping else self._factory())

    def read(self) -> datetime:
        return _from_naive(self._factory())

    def forward(self, moment: datetime) -> None:
        self._factory.time_to_freeze += max(moment - self.now(), timedelta(0))


class _TimeMachine:
    """time-machine, asked directly, since it must be known also when it has just been left."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller
        self._ticked = 0  # nanoseconds, at the last look

    def now(self) -> datetime:
        destination = self._traveller._destination_timestamp_ns  # noqa: SLF001 -- nothing else tells
        with suppress(ValueError):  # It ticked, and was left: it cannot tell any more how far.
            self._ticked = self._traveller.time_ns() - destination
        # Rounded: time-machine 2 counts in floating point, some 100 ns off.
        return _EPOCH + timedelta(microseconds=(destination + self._ticked + 500) // 1000)

    read = now

    def forward(self, moment: datetime) -> None:
        by = moment - self.now()
        if by > timedelta(0):
            self._traveller.shift(by)


def _from_naive(moment: datetime) -> datetime:
    return plain(moment.replace(tzinfo=timezone.utc))


# An instance, since freezegun replaces classes: what is added to it is as plain as it is.
_EPOCH: Final[datetime] = unfrozen(datetime)(1970, 1, 1, tzinfo=timezone.utc)


# The present: where time stands, whoever has moved it.


class CurrentTime:
    """A moment that is moved by us, by another library, or by what the application waits for.

    While freezegun or time-machine is active it is theirs: they are asked at each look, and moved
    along when we move.
    """

    def __init__(self, start: datetime) -> None:
        self.now = plain(start)
        """Where time stood at the last look."""
        self.owed = timedelta(0)
        """What has passed, and is not in `now` yet."""
        self.is_behind = False
        """Whether timers may be due that have not run."""
        self._start = self.now  # put off by what others move
        self._source: TimeSource | None = None  # who had time in hand at the last look

    def look(self, *, reading: bool = False) -> datetime:
        """Return the present, wherever it was moved to by others meanwhile.

        A freeze that has just been left is asked for the last time: it says where time stands.
        With freezegun's ``auto_tick_seconds`` an operation is *reading*, and so moves time one
        step; merely to look at the clock, or at a room, does not.
        """
        active, left = active_source(), self._source
        self._source = active
        if other := active or left:
            theirs = other.read() if reading else other.now()
            self._start += theirs - self.now
            self.now, self.is_behind = theirs, True
        return self.now

    def repay(self) -> datetime:
        """Let pass what is owed, and return the present."""
        self.now, self.owed = self.now + self.owed, timedelta(0)
        self.is_behind = True
        if self._source is not None:
            self._source.forward(self.now)
        return self.now

    def pass_by(self, moment: datetime, source: TimeSource | None) -> None:
        """Let time, and *source*, come by *moment*, on the way to where it goes."""
        # Not below itself: a timer that fails while we catch up must not take time back.
        self.now = max(self.now, moment)
        if source is not None:
            source.forward(moment)

    def arrive(self, end: datetime, source: TimeSource | None) -> None:
        """Let time, and *source*, have come to *end*; what was due by then has run."""
        self.now, self.is_behind = end, False
        if source is not None:
            source.forward(end)
            self._source = source  # it knows better than the one of the last look

    def by_the_wall(self, moment: datetime) -> datetime:
        """Return *moment* by the wall clock, had that been moved as this one was.

        While another library is active, the wall clock is theirs, and so it is *moment*.
        """
        return moment if active_source() is not None else now() + (moment - self._start)
