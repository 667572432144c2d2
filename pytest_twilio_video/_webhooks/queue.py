"""Dispatch: what is queued goes out, one after the other.

Problem: the same has to happen in a plain test and on the loop of an async
one, and two copies of it would drift apart.

Solution: it is written once, as coroutines. In a plain test nothing in them
ever waits, since a destination is called there and not awaited; so
`finish` runs them to their end without any event loop.
"""

from __future__ import annotations

import random  # noqa: TID251 -- seeded by the test
import sys
import warnings

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Lock

from .._engine.coroutines import finish
from ..errors import UndeliverableCallbackError, UndeliverableCallbackWarning
from .callback import Callback
from .delivery import Handover
from .network_faults import NONE, Mishaps
from .receivers import Target, Targets


__all__ = ["Dispatch", "Outbox"]

__tracebackhide__ = True  # A report shows the line of the test.


# The outbox: every callback ever sent, and those that still wait for delivery.


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


class Dispatch:
    """The way from the outbox to the targets, which one callback at a time can go."""

    def __init__(
        self,
        drifted: Callable[[], timedelta],
        on_delivery: Callable[[Callback], AbstractContextManager[object]],
    ) -> None:
        self.outbox = Outbox()
        self.targets = Targets()
        self.mishaps = Mishaps()
        self._warned: set[str] = set()
        self.is_held = False
        self._drifted, self._on_delivery = drifted, on_delivery
        self._busy = Lock()  # only ever tried, never waited for

    def clear(self) -> None:
        """Forget the callbacks, and that they were warned of."""
        self.outbox.clear()
        self._warned.clear()

    @property
    def is_busy(self) -> bool:
        """Whether a delivery is under way."""
        return self._busy.locked()

    async def run(self, *, awaiting: bool) -> None:
        """Deliver what can be delivered here and now."""
        if not self.targets or not self._busy.acquire(blocking=False):
            return
        try:
            while not self.is_held and (found := self._next(awaiting=awaiting)):
                await self._send(*found, awaiting=awaiting)
        finally:
            self._busy.release()

    def deliver_pending(self) -> None:
        """Deliver what is queued; only warn of what no target takes.

        So callbacks are delivered where the test asks for something else: between the timers
        of a jump, after an act.
        """
        finish(self.run(awaiting=False))
        self.warn_of_strays()

    async def adeliver_pending(self) -> None:
        """Do the same as `deliver_pending` from an async test, on its own loop."""
        await self.run(awaiting=True)
        self.warn_of_strays()

    async def run_again(self, callback: Callback, *, awaiting: bool) -> None:
        """Deliver *callback*, whether or not it was before, now or when its turn comes."""
        target = self.targets.find(callback)
        if target is None:
            raise UndeliverableCallbackError(self.targets.refusal(callback))
        if not awaiting and not target.destination.is_reachable():
            msg = "inside a running event loop: await callbacks.aredeliver(callback) instead"
            raise UndeliverableCallbackError(msg)
        if not self._busy.acquire(blocking=False):
            self.outbox.put_again(callback)
            return
        try:
            self.outbox.remove(callback)
            await self._hand_over(callback, target, NONE, awaiting=awaiting)
        finally:
            self._busy.release()

    def refuse_strays(self) -> None:
        """Raise `UndeliverableCallbackError` if there is one that no target takes."""
        for stray in self._strays():
            raise UndeliverableCallbackError(stray.problem)

    def warn_of_strays(self) -> None:
        """Warn of those that no target takes, once for each URL."""
        for stray in self._strays():
            if stray.url not in self._warned:
                self._warned.add(stray.url)
                warnings.warn(
                    f"{stray.problem}", UndeliverableCallbackWarning, stacklevel=_depth()
                )

    def _strays(self) -> list[Callback]:
        # None are known while a delivery may still find more.
        return [] if self.is_busy or self.is_held else self.outbox.aside

    def _next(self, *, awaiting: bool) -> tuple[Callback, Target] | None:
        """Take the next callback that can be delivered here and now out of the queue."""
        while callback := self.outbox.first():
            target = self.targets.find(callback)
            if target is None:
                self.outbox.put_aside(callback)
                callback.problem = self.targets.refusal(callback)
            elif awaiting or target.destination.is_reachable():
                self.outbox.remove(callback)
                return callback, target
            else:
                callback.problem = (
                    # The cure first, since lines of the timeline are cut.
                    "await callbacks.aflush(), or clock.aadvance(): in a running event loop its "
                    "target can only be awaited"
                )
                break
        return None

    async def _send(self, callback: Callback, target: Target, *, awaiting: bool) -> None:
        if self.mishaps.strikes("drop", callback.event):
            callback.problem = "it was lost on its way: callbacks.drop()"
        else:
            await self._hand_over(callback, target, self.mishaps, awaiting=awaiting)

    async def _hand_over(
        self, callback: Callback, target: Target, mishaps: Mishaps, *, awaiting: bool
    ) -> None:
        with self._on_delivery(callback):
            await Handover(callback, target, mishaps, self._drifted, awaiting).run()


def _depth() -> int:
    """Return at which level above our caller the first line stands that is not ours.

    That is the test's. contextlib is in between where it ends a ``with callbacks.hold()``.
    """
    ours = {__name__.partition(".")[0], "contextlib"}
    depth, frame = 1, sys._getframe(1)  # noqa: SLF001 -- so it is called
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ours:
        depth, frame = depth + 1, frame.f_back
    return depth
