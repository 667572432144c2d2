"""Timers: what will happen, and which of it is next."""

from __future__ import annotations

import heapq

from itertools import count
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime


__all__ = ["Timer", "Timers"]


class Timer:
    """Something that falls due at a moment, unless it is cancelled before."""

    __slots__ = ("_action", "due", "what")

    def __init__(self, due: datetime, action: Callable[[], object], what: str) -> None:
        self.due = due
        self.what = what
        """What will happen, in words: ``"unused room timeout of DailyStandup"``."""
        self._action: Callable[[], object] | None = action

    @property
    def is_over(self) -> bool:
        """Whether nothing will come of it any more: it was cancelled, or has run."""
        return self._action is None

    def cancel(self) -> None:
        """See to it that nothing happens when it is due."""
        self._action = None

    def run(self) -> None:
        """Do what it is for, once."""
        action, self._action = self._action, None
        if action is not None:
            action()

    def __repr__(self) -> str:
        return f"<Timer {self.what}, due {self.due:%Y-%m-%d %H:%M:%S}>"


class Timers:
    """Those that are set. Of several that are due at one moment, the first set is the first.

    *lock* is held wherever one looks at them or changes them, from any thread.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._numbers = count()
        self._heap: list[tuple[datetime, int, Timer]] = []

    def add(self, timer: Timer) -> None:
        """Let *timer* be among them."""
        with self._lock:
            heapq.heappush(self._heap, (timer.due, next(self._numbers), timer))

    def next(self) -> Timer | None:
        """Return the one that is due soonest; `None` where none is ahead."""
        with self._lock:
            while self._heap and self._heap[0][2].is_over:
                heapq.heappop(self._heap)
            return self._heap[0][2] if self._heap else None

    def take(self, end: datetime) -> Timer | None:
        """Return the one that is due soonest, and no later than *end*; it is not among them then.

        `None` where nothing is due by then.
        """
        with self._lock:
            timer = self.next()
            if timer is None or timer.due > end:
                return None
            heapq.heappop(self._heap)
            return timer

    def ahead(self) -> list[Timer]:
        """Return those from which something will come, soonest first."""
        with self._lock:
            return [timer for _, _, timer in sorted(self._heap) if not timer.is_over]

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._heap.clear()
