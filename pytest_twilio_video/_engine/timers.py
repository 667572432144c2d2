"""Timers: what will happen at which moment of virtual time."""

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
    """Something that will happen at a moment of virtual time."""

    __slots__ = ("due", "what")

    def __init__(self, due: datetime, what: str) -> None:
        self.due = due
        """When the timer runs, as an aware `datetime` in UTC."""
        self.what = what
        """A description, for example ``"unused room timeout of DailyStandup"``."""

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
        """Whether the timer was canceled or has run."""
        return self._action is None

    def cancel(self) -> None:
        """Cancel the timer, so that nothing happens when it is due."""
        self._action = None

    def run(self) -> None:
        """Call the action, unless the timer has run or was canceled."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Timers:
    """All scheduled calls. Calls that are due at the same moment run in the order of `add`.

    *lock* is held while they are read or changed. Any thread may do that.
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
        """Return the timer that is due first, or `None` if there is none."""
        with self._lock:
            while self._heap and self._heap[0][2].is_over:
                heapq.heappop(self._heap)
            return self._heap[0][2].timer if self._heap else None

    def take(self, end: datetime) -> ScheduledCall | None:
        """Remove and return the call that is due first. If none is due by *end*, return `None`."""
        with self._lock:
            timer = self.next()
            if timer is None or timer.due > end:
                return None
            return heapq.heappop(self._heap)[2]

    def ahead(self) -> list[Timer]:
        """Return the timers that have not run and were not canceled, sorted by their time."""
        with self._lock:
            return [call.timer for _, _, call in sorted(self._heap) if not call.is_over]

    def clear(self) -> None:
        """Remove all calls."""
        with self._lock:
            self._heap.clear()
