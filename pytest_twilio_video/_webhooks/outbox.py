"""The outbox: every callback ever sent, and those that still wait for delivery."""

from __future__ import annotations

import random

from threading import Lock

from .callback import Callback


__all__ = ["Outbox"]


class Outbox:
    """Callbacks in order. Many threads may put some in; one at a time takes them out."""

    def __init__(self) -> None:
        self.sent: list[Callback] = []
        """All of them, oldest first."""
        self._queue: list[Callback] = []
        self._aside: list[Callback] = []
        # For these lists only; never held while anything else is called.
        self._lock = Lock()

    @property
    def pending(self) -> list[Callback]:
        """Those not delivered yet, in the order in which they will be."""
        with self._lock:
            # What was put aside was in front of all that is queued.
            return [*self._aside, *self._queue]

    @property
    def aside(self) -> list[Callback]:
        """Those of the pending that were put aside."""
        with self._lock:
            return self._aside.copy()

    def put(self, callback: Callback) -> None:
        """Add *callback*, as the youngest."""
        with self._lock:
            self.sent.append(callback)
            self._queue.append(callback)

    def put_again(self, callback: Callback) -> None:
        """Queue one that was sent before."""
        with self._lock:
            self._queue.append(callback)

    def first(self) -> Callback | None:
        """Return the one whose turn it is. It stays."""
        with self._lock:
            return self._queue[0] if self._queue else None

    def remove(self, callback: Callback) -> None:
        """Take *callback* out, if it waits."""
        with self._lock:
            for waiting in (self._queue, self._aside):
                if callback in waiting:
                    waiting.remove(callback)
                    break

    def put_aside(self, callback: Callback) -> None:
        """Let it wait where it is in nobody's way."""
        with self._lock:
            self._queue.remove(callback)
            self._aside.append(callback)

    def take_up_again(self) -> None:
        """Queue what was put aside, in its old place."""
        with self._lock:
            self._queue[:0] = self._aside
            self._aside.clear()

    def shuffle(self, seed: object) -> None:
        """Bring what waits into another order, always the same one for the same *seed*."""
        draw = random.Random(repr(seed))  # noqa: S311 -- nothing is to be kept secret
        with self._lock:
            before = self._queue.copy()
            # A test of disorder is worth nothing if chance leaves all as it was. One callback
            # that waits several times, for its redeliveries, has no other order.
            while len(set(before)) > 1 and self._queue == before:
                draw.shuffle(self._queue)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            for callbacks in (self.sent, self._queue, self._aside):
                callbacks.clear()
