"""Time sources: the machine, freezegun and time-machine. No other module reads the time."""

from __future__ import annotations

import sys
import time

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Protocol


__all__ = [
    "CurrentTime",
    "TimeSource",
    "active_source",
    "now",
    "real_datetime_class",
    "real_monotonic",
    "to_plain_utc",
]


def now() -> datetime:
    """Return the time of the machine, or of the active library, as an aware `datetime` in UTC."""
    source = active_source()
    return to_plain_utc(datetime.now(timezone.utc)) if source is None else source.now()


def to_plain_utc(moment: datetime) -> datetime:
    """Return the aware *moment* in UTC, as a `datetime` of the standard library.

    A `datetime` of freezegun would show its own class in reprs and in messages.
    """
    return _EPOCH + (moment - _EPOCH)


def real_datetime_class(kind: type) -> type:
    """Return the class of the standard library that *kind* replaces.

    While freezegun is active, it replaces `datetime` by a subclass in every module. Code that
    stores the class at that time would have the wrong class later.
    """
    return next((base for base in kind.__mro__ if base.__module__ == "datetime"), kind)


def real_monotonic() -> float:
    """Return the seconds of a clock that runs in real time, even while freezegun is active.

    time-machine does not change `time.monotonic`.
    """
    freezegun: Any = sys.modules.get("freezegun.api")
    seconds: float = time.monotonic() if freezegun is None else freezegun.real_monotonic()
    return seconds


class TimeSource(Protocol):
    """Another library that freezes or moves time in this process."""

    name: str

    def now(self) -> datetime:
        """Return its time as an aware `datetime` in UTC, without moving it."""

    def read(self) -> datetime:
        """Return its time in the same way as an application reads it, which may move it."""

    def forward(self, moment: datetime) -> None:
        """Move its time to *moment*, unless its time is already later."""


def active_source() -> TimeSource | None:
    """Return freezegun or time-machine, if one of them is active. Otherwise return `None`.

    If both are active, return freezegun: it replaces the names that an application uses, and
    time-machine only replaces what these names call.
    """
    # Slices, not [-1]: another thread may end a freeze in between.
    freezegun: Any = sys.modules.get("freezegun.api")
    for factory in freezegun.freeze_factories[-1:] if freezegun else ():
        return _Freezegun(factory)
    machine = sys.modules.get("time_machine")
    # Its stack is traveller_stack in time-machine 3, and coordinates_stack in time-machine 2.
    stack: Any = getattr(machine, "traveller_stack", None) or getattr(
        machine, "coordinates_stack", ()
    )
    for traveller in stack[-1:]:
        return _TimeMachine(traveller)
    return None


class _Freezegun:
    """freezegun. Its factory is read, because a call by few frames would get the real time.

    The time is moved by setting an attribute, because no method moves all three kinds of
    factories in all versions. The ticking factory had no `tick` until 1.3. Since then, `tick`
    forgets the time that ticked by.
    """

    name = "freezegun"

    def __init__(self, factory: Any) -> None:
        self._factory = factory

    def now(self) -> datetime:
        # With auto_tick_seconds each reading moves the time.
        is_stepping = hasattr(self._factory, "step_width")
        return _from_naive(self._factory.time_to_freeze if is_stepping else self._factory())

    def read(self) -> datetime:
        return _from_naive(self._factory())

    def forward(self, moment: datetime) -> None:
        self._factory.time_to_freeze += max(moment - self.now(), timedelta(0))


class _TimeMachine:
    """time-machine. Its stack is read, because it is also read when it has just ended."""

    name = "time-machine"

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller
        self._ticked = 0  # Nanoseconds, at the last reading.

    def now(self) -> datetime:
        destination = self._traveller._destination_timestamp_ns  # noqa: SLF001 -- no public name has it
        with suppress(ValueError):  # A ticking freeze has ended. How far it ticked is not known.
            self._ticked = self._traveller.time_ns() - destination
        # Rounded, since time-machine 2 counts in floating point, some 100 ns off.
        return _EPOCH + timedelta(microseconds=(destination + self._ticked + 500) // 1000)

    read = now

    def forward(self, moment: datetime) -> None:
        by = moment - self.now()
        if by > timedelta(0):
            self._traveller.shift(by)


def _from_naive(moment: datetime) -> datetime:
    return to_plain_utc(moment.replace(tzinfo=timezone.utc))


# freezegun replaces classes, but not this instance, so a sum with it is a plain datetime.
_EPOCH: Final[datetime] = real_datetime_class(datetime)(1970, 1, 1, tzinfo=timezone.utc)


class CurrentTime:
    """The current virtual time, which the test, another library or a sleep moves.

    While freezegun or time-machine is active, it is the time of that library. It is read from
    the library each time, and moving it moves the time of the library.
    """

    def __init__(self, start: datetime) -> None:
        self.deferred = timedelta(0)
        """Time that has passed for the application, but has not been added yet."""
        self.is_behind = False
        """Whether there may be timers that are due and have not run."""
        self._now = to_plain_utc(start)
        self._start = self._now  # It moves along when another library moves time.
        self._source: TimeSource | None = None  # The active one at the last reading.
        self._read_at: float | None = None  # Real seconds; only a running clock has them.

    def run(self) -> None:
        """From now on, let time pass with real time while no other library is active."""
        self._read_at = real_monotonic()

    @property
    def is_running(self) -> bool:
        """Whether time passes with real time."""
        return self._read_at is not None

    def read(self, *, as_application: bool = False) -> datetime:
        """Return the current time, which another library may have moved.

        A library that has just ended is read once more, so that time keeps its last value.
        With freezegun's ``auto_tick_seconds``, reading *as_application* moves time one step. A
        test that reads the clock or a room does not move time.
        """
        active, left = active_source(), self._source
        self._source = active
        if self._read_at is not None:
            before, self._read_at = self._read_at, real_monotonic()
            if active is None and left is None:
                passed = timedelta(seconds=self._read_at - before)
                # The application's own clock has run as long, so nothing was advanced.
                self._now, self._start = self._now + passed, self._start + passed
                self.is_behind = True
        if source := active or left:
            theirs = source.read() if as_application else source.now()
            self._start += theirs - self._now
            self._now, self.is_behind = theirs, True
        return self._now

    def apply_deferred(self) -> datetime:
        """Add the deferred time, and return the new time."""
        self._now, self.deferred = self._now + self.deferred, timedelta(0)
        self.is_behind = True
        if self._source is not None:
            self._source.forward(self._now)
        return self._now

    def move_to(self, moment: datetime, source: TimeSource | None) -> None:
        """Move to *moment* in the middle of a move of the clock, and move *source* too."""
        # Time never goes back, even if a timer fails while overdue timers run.
        self._now = max(self._now, moment)
        if source is not None:
            source.forward(moment)

    def finish_at(self, end: datetime, source: TimeSource | None) -> None:
        """Move to *end*, the end of a move of the clock, and move *source* too."""
        # A running clock may have passed the end meanwhile.
        self._now = max(self._now, end) if self.is_running else end
        self.is_behind = False
        if source is not None:
            source.forward(end)
            self._source = source  # It was active when the jump began.

    def as_application_time(self, moment: datetime) -> datetime:
        """Return the time of the machine plus the time by which virtual time was advanced.

        While another library is active, return *moment*, because the application reads it too.
        """
        return moment if active_source() is not None else now() + (moment - self._start)
