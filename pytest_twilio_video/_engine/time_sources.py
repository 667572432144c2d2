"""Time sources: the machine, freezegun and time-machine. No other module reads the time."""

from __future__ import annotations

import sys
import time

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Protocol


__all__ = [
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
    """Return the seconds of a clock that runs in real time, even while a library freezes time.

    `time.monotonic` is changed by freezegun and by time-machine 2. `time.perf_counter` is changed
    by freezegun only.
    """
    freezegun: Any = sys.modules.get("freezegun.api")
    seconds: float = time.perf_counter() if freezegun is None else freezegun.real_perf_counter()
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
    if (machine := sys.modules.get("time_machine")) is None:
        return None
    # Its stack is traveller_stack in time-machine 3, and coordinates_stack in time-machine 2.
    stack: Any = getattr(machine, "traveller_stack", None) or getattr(
        machine, "coordinates_stack", ()
    )
    return next(map(_TimeMachine, stack[-1:]), None)


class _Freezegun:
    """freezegun. Its factory is read, as `datetime.now` may return the real time in our frames.

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
    """time-machine. Its own state is read, which is possible even when it has just ended."""

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
