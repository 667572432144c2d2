"""Timers: what will happen, and which comes next."""

from __future__ import annotations

import heapq

from itertools import count
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime


__all__ = ["ScheduledCall", "Timer", "Timers"]


class Timer:
    """Something that will happen at a moment of virtual time, for a test to look at."""

    __slots__ = ("due", "what")

    def __init__(self, due: datetime, what: str) -> None:
        self.due = due
        """When it will happen: an aware `datetime` in UTC."""
        self.what = what
        """A description: ``"unused room timeout of DailyStandup"``."""

    def __repr__(self) -> str:
        return f"<Timer {self.what}, due {self.due:%Y-%m-%d %H:%M:%S}>"


class ScheduledCall:
    """A timer and its action."""

    __slots__ = ("_action", "timer")

    def __init__(self, timer: Timer, action: Callable[[], object]) -> None:
        self.timer = timer
        self._action: Callable[[], object] | None = action

    @property
    def is_over(self) -> bool:
        """Whether it was canceled, or has run."""
        return self._action is None

    def cancel(self) -> None:
        """Drop the action, so that nothing happens when the timer is due."""
        self._action = None

    def run(self) -> None:
        """Call the action, unless it has run or was canceled."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Timers:
    """All calls that are scheduled. If several are due at one moment, the first set runs first.

    *lock* is held whenever they are read or changed, from any thread.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._numbers = count()
        self._heap: list[tuple[datetime, int, ScheduledCall]] = []

    def add(self, call: ScheduledCall) -> None:
        """Add *call*."""
        with self._lock:
            heapq.heappush(self._heap, (call.timer.due, next(self._numbers), call))

    def next(self) -> Timer | None:
        """Return the timer that is due soonest, or `None`."""
        with self._lock:
            while self._heap and self._heap[0][2].is_over:
                heapq.heappop(self._heap)
            return self._heap[0][2].timer if self._heap else None

    def take(self, end: datetime) -> ScheduledCall | None:
        """Remove and return the call that is due soonest, or `None` if none is due by *end*."""
        with self._lock:
            timer = self.next()
            if timer is None or timer.due > end:
                return None
            return heapq.heappop(self._heap)[2]

    def ahead(self) -> list[Timer]:
        """Return the timers that have not run and were not canceled, soonest first."""
        with self._lock:
            return [call.timer for _, _, call in sorted(self._heap) if not call.is_over]

    def clear(self) -> None:
        """Remove all of them."""
        with self._lock:
            self._heap.clear()
