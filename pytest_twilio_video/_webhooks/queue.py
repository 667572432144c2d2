"""The queue of callbacks: what waits, and in which order it is delivered."""

from __future__ import annotations

import random  # noqa: TID251 -- seeded by the test
import sys
import warnings

from collections.abc import Callable, Container
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from threading import Lock

from .._engine.coroutines import finish
from .._engine.server_threads import is_server_thread
from ..errors import TwilioVideoError, UndeliverableCallbackError, UndeliverableCallbackWarning
from .callback import Callback
from .delivery import Delivery
from .loops import BackgroundLoop, is_running
from .network_faults import NO_FAULTS, NetworkFaults
from .network_thread import NetworkThread
from .receivers import Target, Targets, checked_base_url, receiver_for


__all__ = ["CallbackQueue"]

__tracebackhide__ = True


class CallbackQueue:
    """Every callback, those that wait, and the targets that they are delivered to.

    Any thread may queue a callback. One callback at a time is delivered.

    Problem: delivery has to work in a plain test and on the event loop of an
    async test, and two copies of it would drift apart.

    Solution: it is written once, as coroutines. In a plain test nothing in them
    waits, because a receiver is called there and not awaited, so `finish` runs
    them to their end without an event loop.

    Problem: while a server runs, another process may wait for a callback that
    its own request has caused, and the test does nothing meanwhile.

    Solution: callbacks to a live server are then delivered by a thread, and by
    nothing else. All others are left to the test's thread.
    """

    def __init__(
        self,
        *,
        token: Callable[[str], str],
        new_id: Callable[[], str],
        deferred: Callable[[], timedelta] = timedelta,
        on_queued: Callable[[Callback], object] = lambda _callback: None,
        on_delivery: Callable[[Callback], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """Create an empty queue.

        *token* returns the auth token of an account, given its SID, when a
        callback is queued. *new_id* returns a new UUID, as text. *deferred*
        returns how much virtual time has been slept through during the
        current delivery. *on_queued* is called with each callback that is queued.
        *on_delivery* is entered with a callback while it is being delivered,
        each time.
        """
        self.sent: list[Callback] = []
        """Every callback, oldest first."""
        self.faults = NetworkFaults()
        self.is_held = False
        self.network_hosts: Container[str] = ()
        """Hosts that ``"network"`` reaches besides this machine."""
        self._token, self._new_id = token, new_id
        self._deferred, self._on_queued, self._on_delivery = deferred, on_queued, on_delivery
        self._queued: list[Callback] = []
        self._parked: list[Callback] = []  # No target takes these.
        self._warned_urls: set[str] = set()
        self._targets = Targets()
        self._loop = BackgroundLoop()
        self._lists_lock = Lock()  # Never held while anything else is called.
        self._delivery_lock = Lock()  # Only ever tried, never waited for.
        self._network: NetworkThread | None = None  # While a server runs.
        self._network_errors: list[TwilioVideoError] = []

    def put(  # noqa: PLR0913 -- the parts of a callback
        self,
        *,
        event: str,
        params: dict[str, str],
        url: str,
        method: str,
        at: datetime,
        room_sid: str | None,
        account_sid: str,
    ) -> Callback:
        """Queue a callback to *url*. Nothing is delivered. Safe from any thread."""
        callback = Callback(
            event=event,
            params=params,
            url=url,
            method=method,
            at=at,
            room_sid=room_sid,
            _token=self._token(account_sid),
            _idempotency_token=self._new_id(),
        )
        with self._lists_lock:
            self.sent.append(callback)
            self._queued.append(callback)
        self._on_queued(callback)
        if self._network is not None:
            self._network.nudge()
        return callback

    @property
    def pending(self) -> list[Callback]:
        """The callbacks that wait, in the order in which they will be delivered."""
        with self._lists_lock:
            # The parked ones were ahead of all that are queued.
            return [*self._parked, *self._queued]

    @property
    def is_delivering(self) -> bool:
        """Whether a callback is being delivered. Time must not be moved then."""
        return self._delivery_lock.locked()

    def add_target(self, target: object, base_url: object, *, raise_exceptions: bool) -> None:
        """Deliver to *target* from now on, parked callbacks included."""
        base_url = checked_base_url(base_url)
        receiver = receiver_for(target, self._loop, self.network_hosts)
        self._targets.add(Target(receiver, base_url, raise_exceptions))
        self._requeue()
        if self._network is not None:
            self._network.nudge()

    def start_network_thread(self) -> None:
        """Deliver to live servers from a thread, from now on."""
        self._network = NetworkThread(self._deliver_to_network)
        self._network.nudge()

    def stop_network_thread(self) -> None:
        """End that thread, whatever it is doing."""
        if self._network is not None:
            self._network.close()
            self._targets.break_off(is_broken_off=True)
            self._network.join()
            self._targets.break_off(is_broken_off=False)
            self._network = None

    async def deliver(self, *, awaiting: bool) -> None:
        """Deliver what can be delivered here and now, in order.

        Do nothing without a target, while callbacks are held, or while a callback is being
        delivered.
        """
        if not self._targets:
            return
        if not is_server_thread():
            if not self._delivery_lock.acquire(blocking=False):
                return
            try:
                while not self.is_held and (found := self._next(awaiting=awaiting)):
                    await self._deliver(*found, self.faults, awaiting=awaiting)
            finally:
                self._delivery_lock.release()
        await self._settle(awaiting=awaiting)

    async def _settle(self, *, awaiting: bool) -> None:
        """Wait for the thread that delivers to live servers, if there is one."""
        if self._network is None:
            return
        if awaiting:
            import anyio

            await anyio.to_thread.run_sync(self._network.settle)
        elif is_server_thread() or not is_running():
            self._network.settle()
        if self._network_errors and not is_server_thread():
            raise self._network_errors.pop(0)

    def _deliver_to_network(self) -> None:
        """Deliver to live servers, on the thread for that; keep mistakes of the test for it."""
        while self._targets and not self.is_held and (found := self._next(awaiting=False)):
            self._deliver_one_to_network(*found)

    def _deliver_one_to_network(self, callback: Callback, target: Target) -> None:
        try:
            finish(self._deliver(callback, target, self.faults, awaiting=False))
        except TwilioVideoError as error:
            self._network_errors.append(error)
        except Exception:  # noqa: BLE001, S110 -- it is recorded on the callback
            pass

    async def deliver_pending(self, *, awaiting: bool) -> None:
        """Deliver what is queued, and only warn of callbacks that no target takes.

        This delivers where the test does something else: between the timers of a jump, after
        an action.
        """
        await self.deliver(awaiting=awaiting)
        self._warn_if_unroutable()

    async def redeliver(self, callback: Callback, *, awaiting: bool) -> None:
        """Deliver *callback* now, or queue it if another one is being delivered."""
        target = self._targets.find(callback)
        if target is None:
            raise UndeliverableCallbackError(self._targets.describe_unroutable(callback))
        if not awaiting and not target.receiver.is_reachable():
            msg = "inside a running event loop: await callbacks.aredeliver(callback) instead"
            raise UndeliverableCallbackError(msg)
        if is_server_thread() and self._targets.leads_to_network(callback):
            self._remove(callback)
            await self._deliver(callback, target, NO_FAULTS, awaiting=False)
            return
        if is_server_thread() or not self._delivery_lock.acquire(blocking=False):
            with self._lists_lock:
                self._queued.append(callback)
            return
        try:
            self._remove(callback)
            await self._deliver(callback, target, NO_FAULTS, awaiting=awaiting)
        finally:
            self._delivery_lock.release()

    def raise_if_unroutable(self) -> None:
        """Raise `UndeliverableCallbackError` if no target takes one of the callbacks."""
        for callback in self._unroutable():
            raise UndeliverableCallbackError(callback.problem)

    def shuffle(self, seed: object) -> None:
        """Reorder what is queued; the same *seed* always gives the same order."""
        draw = random.Random(repr(seed))  # noqa: S311 -- not for secrets
        with self._lists_lock:
            before = self._queued.copy()
            # A test of disorder proves nothing if the order happens to stay the same. One
            # callback that waits several times, for its redeliveries, has only one order.
            while len(set(before)) > 1 and self._queued == before:
                draw.shuffle(self._queued)

    def clear(self) -> None:
        """Forget the callbacks and which URLs were warned of."""
        with self._lists_lock:
            for callbacks in (self.sent, self._queued, self._parked):
                callbacks.clear()
        self._warned_urls.clear()

    def close(self) -> None:
        """Deliver nothing from now on, and stop the background loop.

        Every callback can still be read.
        """
        self.stop_network_thread()
        self._targets.clear()
        self._loop.close()

    async def _deliver(
        self, callback: Callback, target: Target, faults: NetworkFaults, *, awaiting: bool
    ) -> None:
        await Delivery(callback, target, faults, awaiting, self._deferred, self._on_delivery).run()

    def _next(self, *, awaiting: bool) -> tuple[Callback, Target] | None:
        """Remove the next callback that can be delivered here and now; park those before it.

        Return it with its target.
        """
        while callback := self._first():
            target = self._targets.find(callback)
            if target is None:
                callback.problem = self._targets.describe_unroutable(callback)
                self._park(callback)
            elif awaiting or target.receiver.is_reachable():
                self._remove(callback)
                return callback, target
            else:
                callback.problem = _MUST_BE_AWAITED
                break
        return None

    def _first(self) -> Callback | None:
        with self._lists_lock:
            if self._network is None:
                return self._queued[0] if self._queued else None
            return next((each for each in self._queued if self._is_for_here(each)), None)

    def _is_for_here(self, callback: Callback) -> bool:
        """Whether this thread delivers *callback*, or finds that no target takes it."""
        return self._targets.leads_to_network(callback) in {None, is_server_thread()}

    def _remove(self, callback: Callback) -> None:
        with self._lists_lock:
            for waiting in (self._queued, self._parked):
                if callback in waiting:
                    waiting.remove(callback)
                    break

    def _park(self, callback: Callback) -> None:
        """Move *callback* out of the way of those behind it."""
        with self._lists_lock:
            if callback in self._queued:
                self._queued.remove(callback)
                self._parked.append(callback)

    def _requeue(self) -> None:
        """Put the parked callbacks back in front, where they were."""
        with self._lists_lock:
            self._queued[:0] = self._parked
            self._parked.clear()

    def _unroutable(self) -> list[Callback]:
        # While a callback is being delivered, more of them may be found.
        if self.is_delivering or self.is_held:
            return []
        with self._lists_lock:
            return self._parked.copy()

    def _warn_if_unroutable(self) -> None:
        """Warn of callbacks that no target takes, once for each URL."""
        for callback in self._unroutable() if not is_server_thread() else ():
            if callback.url not in self._warned_urls:
                self._warned_urls.add(callback.url)
                warnings.warn(
                    f"{callback.problem}", UndeliverableCallbackWarning, stacklevel=_depth()
                )


# The remedy comes first, because the timeline cuts long lines.
_MUST_BE_AWAITED = (
    "await callbacks.aflush(), or clock.aadvance(): in a running event loop its "
    "target can only be awaited"
)


def _depth() -> int:
    """Return how many levels above the caller the test's line is.

    That is the first line outside this package. contextlib is in between at the end of a
    ``with callbacks.hold()``.
    """
    ours = {__name__.partition(".")[0], "contextlib"}
    depth, frame = 1, sys._getframe(1)  # noqa: SLF001 -- the documented name
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ours:
        depth, frame = depth + 1, frame.f_back
    return depth
