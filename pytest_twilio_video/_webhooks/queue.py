"""The queue of callbacks: what waits, and in which order it is delivered."""

from __future__ import annotations

import random  # noqa: TID251 -- seeded by the test
import sys
import warnings

from collections.abc import Callable, Container
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from .._engine.coroutines import finish
from .._engine.observer import delivery_in_context
from .._engine.server_threads import is_server_thread
from ..errors import (
    EndlessCallbacksError,
    TwilioVideoError,
    UndeliverableCallbackError,
    UndeliverableCallbackWarning,
)
from .callback import Callback
from .loops import BackgroundLoop, is_in_task
from .network import Network
from .network_faults import NO_FAULTS, NetworkFaults
from .network_thread import NetworkThread
from .targets import Target, Targets, checked_base_url, checked_headers


if TYPE_CHECKING:
    from .delivery import Delivery


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

    def __init__(  # noqa: PLR0913 -- what it needs of the simulation
        self,
        *,
        token: Callable[[str], str],
        signer: Callable[[str], str] = lambda _account_sid: "the account's auth token",
        new_id: Callable[[], str],
        limit: int = 1000,
        deferred: Callable[[], timedelta] = timedelta,
        on_queued: Callable[[Callback], object] = lambda _callback: None,
        on_delivery: Callable[[Callback], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """Create an empty queue.

        *token* returns the auth token of an account, given its SID, when a
        callback is queued, and *signer* whose token that is, in words. *new_id*
        returns a new UUID, as text. *limit* is how many callbacks the handlers
        of one delivery may cause. *deferred* returns how much virtual time
        has been slept through during the current delivery. *on_queued* is
        called with each callback that is queued.
        *on_delivery* is entered with a callback while it is being delivered,
        each time.
        """
        self.sent: list[Callback] = []
        """Every callback, oldest first."""
        self.faults = NetworkFaults()
        self.is_held = False
        self.network_hosts: Container[str] = ()
        """Hosts that ``"network"`` reaches besides this machine."""
        self._token, self._signer, self._new_id, self._limit = token, signer, new_id, limit
        self._deferred, self._on_queued, self._on_delivery = deferred, on_queued, on_delivery
        self._queued: list[Callback] = []
        self._parked: list[Callback] = []  # No target takes these.
        self._warned_urls: set[str] = set()
        self._targets = Targets()
        self._loop = BackgroundLoop()
        self._lists_lock = Lock()  # Never held while anything else is called.
        self._delivery_lock = Lock()  # Tried, and in a task awaited, but never waited for.
        self._delivering: list[Delivery] = []  # Several only while a server runs.
        self._causes: dict[Callback, Callback] = {}
        """The callbacks that wait and that a handler has caused, with what it was handling."""
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
            _signer=self._signer(account_sid),
            _idempotency_token=self._new_id(),
            _why_waiting=self._why_waiting,
        )
        cause = self._cause()
        with self._lists_lock:
            self.sent.append(callback)
            self._queued.append(callback)
            if cause is not None:
                self._causes[callback] = cause
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

    def add_target(
        self, target: object, base_url: object, headers: object, *, raise_exceptions: bool
    ) -> None:
        """Deliver to *target* from now on, parked callbacks included."""
        from .receivers import receiver_for  # Without a target, no test needs them.

        base_url, headers = checked_base_url(base_url), checked_headers(headers)
        receiver = receiver_for(target, self._loop, self.network_hosts)
        self._targets.add(Target(receiver, base_url, headers, raise_exceptions))
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

    async def deliver(self, *, awaiting: bool) -> int:
        """Deliver what can be delivered here and now, in order, and return how many that were.

        Do nothing without a target or while callbacks are held. While a callback is being
        delivered, do nothing either, but if *awaiting*, wait until another task has delivered it.

        Raises:
            EndlessCallbacksError: the handlers have caused more callbacks than is allowed.

        """
        count = 0
        if not self._targets:
            return count
        if not is_server_thread():
            if not await self._start_delivering(awaiting=awaiting):
                return count
            try:
                chain = Chain(self._limit)
                while not self.is_held and (found := self._next(awaiting=awaiting)):
                    callback, target = found
                    chain.add(callback, self._causes.get(callback))
                    self._remove(callback)
                    await self._deliver(callback, target, self.faults, awaiting=awaiting)
                    count += 1
            finally:
                self._delivery_lock.release()
        await self._settle(awaiting=awaiting)
        return count

    async def _settle(self, *, awaiting: bool) -> None:
        """Wait for the thread that delivers to live servers, if there is one."""
        if self._network is None:
            return
        if awaiting:
            import anyio

            await anyio.to_thread.run_sync(self._network.settle)
        elif is_server_thread() or not is_in_task():
            self._network.settle()
        if self._network_errors and not is_server_thread():
            raise self._network_errors.pop(0)

    def _deliver_to_network(self) -> None:
        """Deliver to live servers, on the thread for that; keep mistakes of the test for it."""
        chain = Chain(self._limit)
        while self._targets and not self.is_held and (found := self._next(awaiting=False)):
            self._deliver_one_to_network(*found, chain)

    def _deliver_one_to_network(self, callback: Callback, target: Target, chain: Chain) -> None:
        cause = self._causes.get(callback)
        self._remove(callback)
        try:
            chain.add(callback, cause)
            finish(self._deliver(callback, target, self.faults, awaiting=False))
        except TwilioVideoError as error:
            self._network_errors.append(error)
        except Exception:  # noqa: BLE001, S110 -- it is recorded on the callback
            pass

    async def deliver_pending(self, *, awaiting: bool) -> None:
        """Deliver what is queued, and warn of callbacks that no target takes instead of raising.

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
            msg = "inside a running task: await callbacks.aredeliver(callback) instead"
            raise UndeliverableCallbackError(msg)
        if is_server_thread() and self._targets.leads_to_network(callback):
            self._remove(callback)
            await self._deliver(callback, target, NO_FAULTS, awaiting=False)
            return
        if is_server_thread() or not await self._start_delivering(awaiting=awaiting):
            cause = self._cause()
            with self._lists_lock:
                self._queued.append(callback)
                if cause is not None:
                    self._causes[callback] = cause
            return
        try:
            self._remove(callback)
            await self._deliver(callback, target, NO_FAULTS, awaiting=awaiting)
        finally:
            self._delivery_lock.release()

    async def flush(self, *, awaiting: bool) -> None:
        """Deliver what is queued, because that is what the test asks for.

        Raise `UndeliverableCallbackError` if no target takes one of the callbacks, or if none
        was delivered because the first one can only be awaited.
        """
        count = await self.deliver(awaiting=awaiting)
        self._raise_if_unroutable()
        first = self._first()
        if count == 0 and first is not None and self.must_be_awaited(first):
            msg = (
                f"flush() delivered nothing: the target of the {first.event} callback can only "
                "be awaited here, because the caller runs in a task; use "
                "`await callbacks.aflush()`"
            )
            raise UndeliverableCallbackError(msg)

    def must_be_awaited(self, callback: Callback) -> bool:
        """Return whether *callback*, or one queued ahead of it, has to be awaited.

        Whoever is in a task could not call its target, but await it.
        """
        first = self._first()
        is_waiting = callback._problem is None and not callback.attempts  # noqa: SLF001 -- the callback keeps what the queue did
        if first is None or not is_waiting or self.is_held or self.is_delivering:
            return False
        if self._network is not None and not self._is_for_here(callback):
            return False
        if self._targets.find(callback) is None:
            return False
        target = self._targets.find(first)
        return target is not None and (first._is_stuck or not target.receiver.is_reachable())  # noqa: SLF001 -- as above

    def _raise_if_unroutable(self) -> None:
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
        self._keep_reasons("it was forgotten: callbacks.clear()")
        with self._lists_lock:
            for callbacks in (self.sent, self._queued, self._parked, self._causes):
                callbacks.clear()
        self._warned_urls.clear()

    def close(self) -> None:
        """Deliver nothing from now on, and stop the background loop.

        Every callback can still be read.
        """
        self.stop_network_thread()
        self._keep_reasons()
        self._targets.clear()
        self._loop.close()

    def _why_waiting(self, callback: Callback) -> str:
        """Describe why *callback* was not delivered yet, and what delivers it."""
        if self.is_held:
            return _HELD
        if self._targets.find(callback) is None:
            return self._targets.describe_unroutable(callback)
        return _MUST_BE_AWAITED if self.must_be_awaited(callback) else _QUEUED

    def _keep_reasons(self, reason: str | None = None) -> None:
        """Write down why callbacks wait: *reason*, or what holds now and will not hold later."""
        for callback in self.pending:
            if not callback.attempts:
                callback._problem = reason or callback.problem  # noqa: SLF001 -- as in must_be_awaited

    async def _deliver(
        self, callback: Callback, target: Target, faults: NetworkFaults, *, awaiting: bool
    ) -> None:
        from .delivery import Delivery

        delivery = Delivery(callback, target, faults, awaiting, self._deferred, self._on_delivery)
        self._delivering.append(delivery)
        token = delivery_in_context.set(delivery)
        try:
            await delivery.run()
        finally:
            delivery_in_context.reset(token)
            self._delivering.remove(delivery)

    async def _start_delivering(self, *, awaiting: bool) -> bool:
        """Take the lock; return `False` if a callback is being delivered.

        If *awaiting*, another task may deliver it, which this one lets go on. A handler must not
        wait: its own delivery ends after it.
        """
        while not self._delivery_lock.acquire(blocking=False):
            if not awaiting or delivery_in_context.get() in self._delivering:
                return False
            import anyio.lowlevel

            # Not a sleep, which does not end while freezegun or a mock of the clock is active.
            await anyio.lowlevel.checkpoint()
        return True

    def _cause(self) -> Callback | None:
        """Return the callback whose handler runs here, or `None` outside of handlers."""
        here = delivery_in_context.get()
        # While a server runs, the test goes on meanwhile: what it does has no such cause.
        may_be_elsewhere = self._network is None or is_server_thread()
        for delivering in reversed(self._delivering.copy()):
            # The handler of a live server has no context of ours. It runs in another thread.
            is_elsewhere = may_be_elsewhere and isinstance(delivering.target.receiver, Network)
            if here is delivering or is_elsewhere:
                return delivering.callback
        return None

    def _next(self, *, awaiting: bool) -> tuple[Callback, Target] | None:
        """Return the next callback that can be delivered here and now, with its target.

        Park those before it.
        """
        while callback := self._first():
            target = self._targets.find(callback)
            if target is None:
                callback._is_stuck = True  # noqa: SLF001 -- as in must_be_awaited
                self._park(callback)
            elif awaiting or target.receiver.is_reachable():
                return callback, target
            else:
                callback._is_stuck = True  # noqa: SLF001 -- as in must_be_awaited
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
            self._causes.pop(callback, None)
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
            for callback in self._parked:
                callback._is_stuck = False  # noqa: SLF001 -- as in must_be_awaited
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


class Chain:
    """The callbacks that handlers have caused in one delivery."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._causes: dict[Callback, Callback] = {}
        self._count = 0

    def add(self, callback: Callback, cause: Callback | None) -> None:
        """Add *callback*, which is about to be delivered and was caused by *cause*.

        Raises:
            EndlessCallbacksError: there are more than the limit.

        """
        if cause is None:
            return
        self._causes[callback] = cause
        self._count += 1
        if self._count > self._limit:
            callback._problem = f"callbacks cause each other without end: {self._cycle(callback)}"  # noqa: SLF001 -- as in must_be_awaited
            msg = (
                f"callbacks cause each other without end: their handlers have caused more than "
                f"{self._limit} in one delivery\n"
                f"the latest were: {self._cycle(callback)}\n"
                f"Let the handler act only once, or allow more with the setting callback_limit"
            )
            raise EndlessCallbacksError(msg)

    def _cycle(self, callback: Callback) -> str:
        """Return the callbacks that led to *callback*, back to the latest of the same event."""
        cycle = [callback]
        while len(cycle) < _LONGEST_CYCLE and (cause := self._causes.get(cycle[-1])) is not None:
            cycle.append(cause)
            if cause.event == callback.event:
                break
        names = [f"{each.event} {each.params.get('RoomName', '')}".strip() for each in cycle]
        return " -> ".join(reversed(names))


_LONGEST_CYCLE: Final = 10


# The remedy comes early in each of these, because the timeline cuts long lines.
_HELD = "held: callbacks.release() delivers it"
_QUEUED = (
    "queued: callbacks.flush() delivers it (in an async test: await callbacks.aflush()), and so "
    "does moving the clock"
)
_MUST_BE_AWAITED = (
    "await callbacks.aflush(), or clock.aadvance(): in a running task its target can only be "
    "awaited"
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
