"""The wall clock: the one place that reads the time of the machine, or of who froze it."""

from __future__ import annotations

import sys

from datetime import datetime, timedelta, timezone
from typing import Any, Protocol


__all__ = ["Driver", "driver", "now"]


def now() -> datetime:
    """Return the machine's time, aware, in UTC."""
    return datetime.now(timezone.utc)


class Driver(Protocol):
    """Another library that holds time still, or moves it, in this process."""

    def now(self) -> datetime:
        """Return its present moment, aware, in UTC."""

    def forward(self, moment: datetime) -> None:
        """Move it up to *moment*; where it is later already, leave it."""


def driver() -> Driver | None:
    """Return freezegun or time-machine while it is active, else nothing.

    Where both are, freezegun is the outer one: it replaces the names that an
    application reads, and time-machine what stands behind them.
    """
    freezegun = sys.modules.get("freezegun.api")
    if freezegun is not None and freezegun.freeze_factories:
        return _Freezegun(freezegun.freeze_factories[-1])
    machine = sys.modules.get("time_machine")
    # time-machine 3 names its stack traveller_stack, 2 named it coordinates_stack.
    stack = getattr(machine, "traveller_stack", None) or getattr(machine, "coordinates_stack", ())
    return _TimeMachine(stack[-1]) if stack else None


class _Freezegun:
    """freezegun, asked directly: to threads with a shallow stack it tells the real time."""

    def __init__(self, factory: Any) -> None:
        self._factory = factory

    def now(self) -> datetime:
        naive: datetime = self._factory()
        # A plain datetime again: freezegun's own subclass would show in reprs and failures.
        return datetime.fromisoformat(naive.isoformat()).replace(tzinfo=timezone.utc)

    def forward(self, moment: datetime) -> None:
        # Not self.now(): with auto_tick_seconds each question moves the time.
        by = moment.replace(tzinfo=None) - self._factory.time_to_freeze
        if by > timedelta(0):
            self._factory.tick(by)


class _TimeMachine:
    """time-machine, which is right in every thread, being patched in beneath Python."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def now(self) -> datetime:
        return now()

    def forward(self, moment: datetime) -> None:
        by = moment - self.now()
        if by > timedelta(0):
            self._traveller.shift(by)
