"""The queue of callbacks: which callbacks wait, and in which order they are delivered."""

from __future__ import annotations

import random  # noqa: TID251 -- seeded by the test
import sys
import warnings

from collections.abc import Callable, Container
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from .._engine.arguments import truth
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
    """All callbacks, the callbacks that wait, and the targets that receive them.

    Any thread may queue a callback. Callbacks are delivered one at a time.

    Problem: delivery has to work in a plain test and on the event loop of an
    async test. Two copies of the code would soon differ.

    Solution: the code is written once, as coroutines. In a plain test the
    receiver is called, not awaited, so the coroutines never wait. `finish` runs
    them to their end without an event loop.

    Problem: while a server runs, another process may wait for a callback that
    its own request has caused. Meanwhile the test may do nothing, so nothing
    would deliver the callback.

    Solution: while a server runs, a thread delivers all callbacks to live
    servers. The test's thread delivers all others.
    """

    def __init__(  # noqa: PLR0913 -- the functions of the simulation that the queue calls
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

        *token* is called when a callback is queued. It returns the auth token of
        the account with the given SID. *signer* returns a description of whose
        token that is. *new_id* returns a new UUID as text. *limit* is how many
        callbacks the handlers of one delivery may cause. *deferred* returns how
        much virtual time handlers have slept during the current delivery.
        *on_queued* is called with each callback that is queued. *on_delivery*
        returns a context manager, which is entered during each delivery of the
        given callback.
        """
        self.sent: list[Callback] = []
        """All callbacks, the oldest first."""
        self.faults = NetworkFaults()
        self.holds: set[object] = set()
        """What holds callbacks back: each `hold` of the test until its end."""
        self.network_hosts: Container[str] = ()
        """The hosts to which the target ``"network"`` delivers, in addition to this machine."""
        self._token, self._signer, self._new_id, self._limit = token, signer, new_id, limit
        self._deferred, self._on_queued, self._on_delivery = deferred, on_queued, on_delivery
        self._queued: list[Callback] = []
        self._parked: list[Callback] = []  # No target takes these callbacks.
        self._warned_urls: set[str] = set()
        self._targets = Targets()
        self._is_open = True
        self._loop = BackgroundLoop()
        self._lists_lock = Lock()  # Never held while foreign code is called.
        self._delivery_lock = Lock()  # No thread ever blocks on it. A task polls it.
        self._delivering: list[Delivery] = []  # There are several only while a server runs.
        self._causes: dict[Callback, Callback] = {}
        """Which callback a handler was handling when it caused a callback that still waits."""
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
        """Queue a callback to *url*, and deliver nothing. Any thread may call this."""
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
            # The parked callbacks were queued before the others.
            return [*self._parked, *self._queued]

    @property
    def is_held(self) -> bool:
        """Whether the test holds callbacks back."""
        return bool(self.holds)

    @property
    def is_delivering(self) -> bool:
        """Whether a callback is being delivered. If so, time must not be moved."""
        return self._delivery_lock.locked()

    def add_target(
        self, target: object, base_url: object, headers: object, *, raise_exceptions: bool
    ) -> None:
        """Deliver callbacks to *target* from now on, including the parked callbacks."""
        from .receivers import receiver_for  # Without a target, no test needs them.

        base_url, headers = checked_base_url(base_url), checked_headers(headers)
        truth("raise_exceptions", raise_exceptions)
        receiver = receiver_for(target, self._loop, self.network_hosts)
        self._targets.add(Target(receiver, base_url, headers, raise_exceptions))
        self._requeue()
        if self._network is not None:
            self._network.nudge()

    def start_network_thread(self) -> None:
        """Deliver callbacks to live servers from a thread, from now on."""
        self._network = NetworkThread(self._deliver_to_network)
        self._network.nudge()

    def stop_network_thread(self) -> None:
        """End the thread that delivers to live servers. A delivery that is running is aborted."""
        if self._network is not None:
            self._network.close(self._targets.break_off)
            self._network = None

    async def deliver(self, *, awaiting: bool) -> int:
        """Deliver the callbacks that can be delivered here and now, and return their number.

        Deliver nothing if there is no target, while callbacks are held, or after `close`. While a
        callback is being delivered, deliver nothing either. But if *awaiting* is true and another
        task is delivering it, wait for that task first.

        Raises:
            EndlessCallbacksError: the handlers have caused more callbacks than the limit.

        """
        count = 0
        if not self._targets or not self._is_open:
            return count
        if not is_server_thread():
            is_mine = await self._start_delivering(awaiting=awaiting)
            if not is_mine:
                return count
            chain = Chain(self._limit)
            while is_mine:
                try:
                    while found := self._next(awaiting=awaiting):
                        callback, target = found
                        chain.add(callback, self._causes.get(callback))
                        self._remove(callback)
                        await self._deliver(callback, target, self.faults, awaiting=awaiting)
                        count += 1
                finally:
                    self._delivery_lock.release()
                # Another thread may have queued a callback and found the lock taken.
                is_mine = self._next(awaiting=awaiting) is not None and (
                    await self._start_delivering(awaiting=awaiting)
                )
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
        """Deliver to live servers. Runs on the network thread, and keeps errors for the test."""
        chain, network = Chain(self._limit), self._network
        while (
            network is not None
            and not network.is_closed
            and self._targets
            and (found := self._next(awaiting=False))
        ):
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
        """Deliver the queued callbacks, and warn if no target takes one of them.

        This is for deliveries that the test did not ask for: between the timers of a jump, and
        after an action. `flush` raises an error instead of the warning.
        """
        await self.deliver(awaiting=awaiting)
        self._warn_if_unroutable()

    async def redeliver(self, callback: Callback, *, awaiting: bool) -> None:
        """Deliver *callback* now. If another callback is being delivered, queue it instead."""
        target = self._targets.find(callback)
        if not self._is_open:
            msg = f"the {callback.event} callback was not delivered: {_STOPPED}"
            raise UndeliverableCallbackError(msg)
        if target is None:
            raise UndeliverableCallbackError(self._targets.describe_unroutable(callback))
        if not awaiting and not target.receiver.is_reachable():
            msg = (
                f"the {callback.event} callback was not delivered: the test runs in a task, so "
                f"the target must be awaited. Use `await callbacks.aredeliver(callback)`"
            )
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
        """Deliver the queued callbacks, because the test asks for it.

        Raises:
            UndeliverableCallbackError: no target takes one of the callbacks, or no callback was
                delivered because the target of the first one must be awaited.

        """
        count = await self.deliver(awaiting=awaiting)
        self._raise_if_unroutable()
        self._raise_if_awaited("flush", count)

    async def release(self, *, awaiting: bool) -> None:
        """End all holds, deliver the queued callbacks, and warn if no target takes one of them.

        Raises:
            UndeliverableCallbackError: no callback was delivered because the target of the first
                one must be awaited.

        """
        self.holds.clear()
        count = await self.deliver(awaiting=awaiting)
        self._raise_if_awaited("release", count)
        self._warn_if_unroutable()

    def _raise_if_awaited(self, method: str, count: int) -> None:
        """Raise an error if *count* is 0 because the target of the first callback is awaited.

        *method* is the method that the test called to deliver callbacks.
        """
        first = self._first()
        if count == 0 and first is not None and self.must_be_awaited(first):
            msg = (
                f"{method}() delivered nothing: the test runs in a task, so the target of the "
                f"{first.event} callback must be awaited. Use `await callbacks.a{method}()`"
            )
            raise UndeliverableCallbackError(msg)

    def must_be_awaited(self, callback: Callback) -> bool:
        """Return whether the target of *callback*, or of one queued before it, must be awaited.

        That is so if the caller runs in a task and the target's receiver would block the task's
        event loop.
        """
        first = self._first()
        is_waiting = callback._problem is None and not callback.attempts  # noqa: SLF001 -- the queue's own notes on a callback
        if first is None or not is_waiting:
            return False
        if not self._is_open or self.is_held or self.is_delivering:
            return False
        if not self._is_for_here(callback):
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
        """Reorder the queued callbacks. The same *seed* always gives the same order."""
        draw = random.Random(repr(seed))  # noqa: S311 -- not for secrets
        with self._lists_lock:
            before = self._queued.copy()
            # If the order stayed the same, a test of disorder would prove nothing. If the same
            # callback is queued several times, for its redeliveries, there is only one order.
            while len(set(before)) > 1 and self._queued == before:
                draw.shuffle(self._queued)

    def clear(self) -> None:
        """Forget all callbacks, and which URLs a warning was issued for."""
        self._keep_reasons("callbacks.clear() has forgotten this callback")
        with self._lists_lock:
            for callbacks in (self.sent, self._queued, self._parked, self._causes):
                callbacks.clear()
        self._warned_urls.clear()

    def open(self) -> None:
        """Deliver callbacks again after `close`, to the same targets."""
        if not self._is_open:
            self._is_open = True
            for callback in self.pending:
                if not callback.attempts:
                    callback._problem = None  # noqa: SLF001 -- as in must_be_awaited

    def close(self) -> None:
        """Stop the background loop, and deliver nothing until `open`. Callbacks can be read."""
        self.stop_network_thread()
        if self._is_open:
            self._keep_reasons()
        self._is_open = False
        self._loop.close()

    def _why_waiting(self, callback: Callback) -> str:
        """Describe why *callback* is not delivered yet, and how to deliver it."""
        if not self._is_open:
            return _STOPPED
        if self.is_held:
            return _HELD
        if self._targets.find(callback) is None:
            return self._targets.describe_unroutable(callback)
        return _MUST_BE_AWAITED if self.must_be_awaited(callback) else _QUEUED

    def _keep_reasons(self, reason: str | None = None) -> None:
        """Store in each pending callback why it is undelivered: *reason*, or the reason now."""
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
        """Take the lock and return true. Return false if a callback is being delivered.

        If *awaiting* is true and another task delivers that callback, wait for the other task. A
        handler does not wait, because its own delivery ends only after the handler.
        """
        while not self._delivery_lock.acquire(blocking=False):
            if not awaiting or delivery_in_context.get() in self._delivering:
                return False
            import anyio.lowlevel

            # This is not a sleep, because a sleep does not end while freezegun is active.
            await anyio.lowlevel.checkpoint()
        return True

    def _cause(self) -> Callback | None:
        """Return the callback whose handler is the caller, or `None` outside of handlers."""
        here = delivery_in_context.get()
        # While a server runs, the test's thread runs beside the handler of a live server.
        may_be_elsewhere = self._network is None or is_server_thread()
        for delivering in reversed(self._delivering.copy()):
            # The handler of a live server runs in another thread, without our context variable.
            is_elsewhere = may_be_elsewhere and isinstance(delivering.target.receiver, Network)
            if here is delivering or is_elsewhere:
                return delivering.callback
        return None

    def _next(self, *, awaiting: bool) -> tuple[Callback, Target] | None:
        """Return the next callback that can be delivered here and now, and its target.

        Park the callbacks before it that no target takes. If there is none, or while nothing is
        delivered, return `None`.
        """
        while self._is_open and not self.is_held and (callback := self._first()):
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
            waiting = self._queued[:1] if self._network is None else self._queued.copy()
        return next(filter(self._is_for_here, waiting), None)

    def _is_for_here(self, callback: Callback) -> bool:
        """Return whether this thread is the one that delivers *callback*, or parks it."""
        if self._network is None:
            return True
        return self._targets.leads_to_network(callback) in {None, is_server_thread()}

    def _remove(self, callback: Callback) -> None:
        with self._lists_lock:
            self._causes.pop(callback, None)
            for waiting in (self._queued, self._parked):
                if callback in waiting:
                    waiting.remove(callback)
                    break

    def _park(self, callback: Callback) -> None:
        """Move *callback* out of the queue, so that the callbacks after it can be delivered."""
        with self._lists_lock:
            if callback in self._queued:
                self._queued.remove(callback)
                self._parked.append(callback)

    def _requeue(self) -> None:
        """Move the parked callbacks back to the front of the queue."""
        with self._lists_lock:
            for callback in self._parked:
                callback._is_stuck = False  # noqa: SLF001 -- as in must_be_awaited
            self._queued[:0] = self._parked
            self._parked.clear()

    def _unroutable(self) -> list[Callback]:
        # While a callback is being delivered, more callbacks may be parked.
        if self.is_delivering or self.is_held:
            return []
        with self._lists_lock:
            return self._parked.copy()

    def _warn_if_unroutable(self) -> None:
        """Issue a warning for callbacks that no target takes, once for each URL."""
        for callback in self._unroutable() if not is_server_thread() else ():
            if callback.url not in self._warned_urls:
                self._warned_urls.add(callback.url)
                warnings.warn(
                    f"{callback.problem}", UndeliverableCallbackWarning, stacklevel=_depth()
                )


class Chain:
    """Counts the callbacks that handlers cause while the queue is being delivered."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._causes: dict[Callback, Callback] = {}
        self._count = 0

    def add(self, callback: Callback, cause: Callback | None) -> None:
        """Add *callback*, which is about to be delivered. The handler of *cause* caused it.

        Raises:
            EndlessCallbacksError: handlers have caused more callbacks than the limit.

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
                f"Change the handler so that it acts only once, or increase callback_limit"
            )
            raise EndlessCallbacksError(msg)

    def _cycle(self, callback: Callback) -> str:
        """Describe the callbacks that led to *callback*, from the latest one of the same event."""
        cycle = [callback]
        while len(cycle) < _LONGEST_CYCLE and (cause := self._causes.get(cycle[-1])) is not None:
            cycle.append(cause)
            if cause.event == callback.event:
                break
        names = [
            f"{callback.event} {callback.params.get('RoomName', '')}".strip() for callback in cycle
        ]
        return " -> ".join(reversed(names))


_LONGEST_CYCLE: Final = 10


# These texts are short, because the timeline cuts long lines.
_HELD = "held: callbacks.release() delivers it"
_STOPPED = "the fake is stopped: it delivers nothing until start()"
_QUEUED = (
    "queued: callbacks.flush() or a move of the clock delivers it (in an async test: await "
    "callbacks.aflush())"
)
_MUST_BE_AWAITED = (
    "in a task, the target must be awaited: await callbacks.aflush() or clock.aadvance()"
)


def _depth() -> int:
    """Return the number of frames from the caller up to the line of the test.

    That is the first frame outside this package. Frames of contextlib are skipped, because a
    ``with callbacks.hold()`` ends in one.
    """
    ours = {__name__.partition(".")[0], "contextlib"}
    depth, frame = 1, sys._getframe(1)  # noqa: SLF001 -- the documented name
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ours:
        depth, frame = depth + 1, frame.f_back
    return depth
