"""Time sources: the machine, freezegun or time-machine. Only this module reads the time."""

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
    """Return the present moment, aware, in UTC: the machine's, or the active library's."""
    source = active_source()
    return to_plain_utc(datetime.now(timezone.utc)) if source is None else source.now()


def to_plain_utc(moment: datetime) -> datetime:
    """Return the aware *moment* in UTC and as a datetime of the standard library.

    Otherwise freezegun's own subclass would appear in reprs and in messages of failed assertions.
    """
    return _EPOCH + (moment - _EPOCH)


def real_datetime_class(kind: type) -> type:
    """Return the class of the standard library that *kind* replaces.

    While it is active, freezegun replaces `datetime` by a subclass in every module. Code that
    looks the class up at that time and keeps it would have the wrong class later.
    """
    return next((base for base in kind.__mro__ if base.__module__ == "datetime"), kind)


def real_monotonic() -> float:
    """Return the seconds of a clock that really runs, even while freezegun is active.

    time-machine leaves `time.monotonic` alone.
    """
    freezegun: Any = sys.modules.get("freezegun.api")
    seconds: float = time.monotonic() if freezegun is None else freezegun.real_monotonic()
    return seconds


class TimeSource(Protocol):
    """Another library that freezes or moves time in this process."""

    name: str

    def now(self) -> datetime:
        """Return its present moment, aware, in UTC. Reading it does not move it."""

    def read(self) -> datetime:
        """Return its present moment as an application reads it. Reading it may move it."""

    def forward(self, moment: datetime) -> None:
        """Move it to *moment*, unless it is later already."""


def active_source() -> TimeSource | None:
    """Return freezegun or time-machine while it is active, otherwise `None`.

    If both are active, freezegun wins: it replaces the names that an application reads, and
    time-machine replaces what these names call.
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
    """freezegun. It is read directly, since it shows threads with a shallow stack the real time.

    Only setting the attribute moves all three of its factories in all versions: the ticking
    factory had no `tick` until 1.3, and since then `tick` forgets the time that ticked by.
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
    """time-machine. It is read directly, since it is also read just after it has ended."""

    name = "time-machine"

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller
        self._ticked = 0  # Nanoseconds, at the last reading.

    def now(self) -> datetime:
        destination = self._traveller._destination_timestamp_ns  # noqa: SLF001 -- no public name has it
        with suppress(ValueError):  # It ticked and has ended: how far it ticked is lost.
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


# freezegun replaces classes, but not instances: a sum with this one is a plain datetime.
_EPOCH: Final[datetime] = real_datetime_class(datetime)(1970, 1, 1, tzinfo=timezone.utc)
