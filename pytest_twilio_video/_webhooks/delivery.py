"""Callbacks: what a test sees of them, and when they are delivered.

Problem: the same has to happen in a plain test and on the loop of an async
one, and two copies of it would drift apart.

Solution: it is written once, as coroutines. In a plain test nothing in them
ever waits, since a destination is called there and not awaited; so
:func:`_finish` runs them to their end without any event loop.
"""

from __future__ import annotations

import warnings

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from datetime import datetime
from threading import Lock
from typing import Any, overload

from ..errors import UndeliverableCallbackError, UndeliverableCallbackWarning
from .callback import Callback
from .destinations import recognise
from .handover import deliver
from .loops import BackgroundLoop
from .mishaps import Mishaps
from .outbox import Outbox
from .targets import Target, Targets


__all__ = ["Callbacks"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.


class Callbacks(Sequence[Callback]):
    """Every status callback sent, oldest first.

    Queueing one never delivers it, so a queue may be filled in the middle of
    an API call of the application and under any lock. `flush` delivers,
    and is to be called in neither place.
    """

    def __init__(self, *, token: Callable[[str], str], new_id: Callable[[], str]) -> None:
        """Begin with none.

        *token* returns the auth token of an account, given its SID, at the
        time a callback is queued; *new_id* a new UUID, in text.
        """
        self._token, self._new_id = token, new_id
        self._outbox = Outbox()
        self._targets = Targets()
        self._loop = BackgroundLoop()
        self._losses, self._forgeries = Mishaps(), Mishaps()
        self._warned: set[str] = set()
        self._held = False
        self._busy = Lock()  # only ever tried, never waited for
        self.on_queued: Callable[[Callback], object] = lambda _callback: None
        """Told of each callback when it is queued."""
        self.on_delivery: Callable[[Callback], AbstractContextManager[object]] = nullcontext
        """Entered with a callback while it is being delivered, each time."""

    @overload
    def __getitem__(self, index: int) -> Callback: ...
    @overload
    def __getitem__(self, index: slice) -> list[Callback]: ...
    def __getitem__(self, index: int | slice) -> Callback | list[Callback]:
        return self._outbox.sent[index]

    def __len__(self) -> int:
        return len(self._outbox.sent)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self._outbox.sent.copy())

    def __repr__(self) -> str:
        return f"<Callbacks {self._outbox.sent!r}>"

    @property
    def pending(self) -> list[Callback]:
        """Those that are queued and not delivered yet, in the order in which they will be."""
        return self._outbox.pending

    @property
    def failed(self) -> list[Callback]:
        """Those whose handler raised, or that nobody answered, or not with a 2xx."""
        return [callback for callback in self if callback.failed]

    @property
    def delivering(self) -> bool:
        """Whether a handler of the application is at work: time must not be moved then."""
        return self._busy.locked()

    def queue(  # noqa: PLR0913, PLR0917 -- what a callback is made of
        self,
        event: str,
        params: dict[str, str],
        url: str,
        method: str,
        at: datetime,
        room_sid: str | None,
        account_sid: str,
    ) -> Callback:
        """Remember a callback to *url*, for delivery later. Safe from any thread."""
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
        self._outbox.put(callback)
        self.on_queued(callback)
        return callback

    def deliver_to(
        self, target: object, base_url: str | None = None, *, raise_exceptions: bool = True
    ) -> None:
        """Have callbacks delivered to *target* from now on, those pending among them.

        *target* is a WSGI or ASGI application, a test client of Flask, Django
        or Starlette, a function ``f(callback) -> status`` (or ``(status,
        text)``; `None` is 200), or ``"network"``, for a live server on this
        machine. With *base_url* it takes only callbacks whose URL begins with
        it; the longest one wins, then the latest.

        A handler that raises fails the test, with its own traceback; without
        *raise_exceptions* the callback's ``error`` records it.

        Raise `UndeliverableCallbackError` if *target* is none of these.
        """
        destination = recognise(target, self._loop)
        self._targets.add(Target(destination, base_url or "", raise_exceptions))
        self._outbox.take_up_again()

    def flush(self) -> None:
        """Deliver what is queued, in order.

        Inside a running event loop, stop at the first one that can only be
        awaited: `aflush` is for those. Within a delivery, do nothing:
        what a handler causes follows after it.

        Raise what a handler raises; what is queued behind it stays queued.
        """
        _finish(self._flush(awaiting=False))

    async def aflush(self) -> None:
        """Do the same as `flush` from an async test, on its own loop."""
        await self._flush(awaiting=True)

    def redeliver(self, callback: Callback) -> Callback:
        """Deliver *callback* now, whether or not it was before, and return it.

        A duplicate carries the same idempotency token. That callbacks are
        held, dropped or tampered with does not matter here. What is queued
        follows after it, as in `flush`; called by a handler, it waits
        for its turn itself.

        Raise `UndeliverableCallbackError` if no target takes it.
        """
        _finish(self._redeliver(callback, awaiting=False))
        return callback

    async def aredeliver(self, callback: Callback) -> Callback:
        """Do the same as `redeliver` from an async test, on its own loop."""
        await self._redeliver(callback, awaiting=True)
        return callback

    def hold(self) -> ExitStack:
        """Keep everything back, until `release` or to the end of a ``with``."""
        self._held = True
        until_then = ExitStack()
        until_then.callback(self.release)
        return until_then

    def release(self) -> None:
        """Let go what was kept back, and deliver it as `flush` does."""
        self._held = False
        self.flush()

    def shuffle(self, seed: object) -> None:
        """Bring what is pending into another order, always the same one for the same *seed*."""
        self._outbox.shuffle(seed)

    def drop(self, event: str, *, times: int | None = 1) -> None:
        """Lose the next *times* callbacks of *event* on their way; those pending come first.

        `None` is for all of them. They can still be redelivered.
        """
        self._losses.order(event, times)

    def tamper(self, event: str, *, times: int | None = 1) -> None:
        """Let the next *times* callbacks of *event* arrive with a wrong signature.

        `None` is for all of them. A redelivery carries the right one.
        """
        self._forgeries.order(event, times)

    def clear(self) -> None:
        """Forget the callbacks, the targets, and what was ordered for the network."""
        for forgettable in (
            self._outbox,
            self._targets,
            self._losses,
            self._forgeries,
            self._warned,
        ):
            forgettable.clear()
        self._held = False

    def close(self) -> None:
        """Forget everything, and end what runs in the background."""
        self.clear()
        self._loop.close()

    async def _flush(self, *, awaiting: bool) -> None:
        if not self._targets or not self._busy.acquire(blocking=False):
            return
        try:
            while not self._held and (found := self._next(awaiting=awaiting)):
                await self._send(*found, awaiting=awaiting)
        finally:
            self._busy.release()

    async def _redeliver(self, callback: Callback, *, awaiting: bool) -> None:
        target = self._targets.find(callback)
        if target is None:
            raise UndeliverableCallbackError(self._targets.refusal(callback))
        if not awaiting and not target.destination.is_reachable():
            msg = "inside a running event loop: await callbacks.aredeliver(callback) instead"
            raise UndeliverableCallbackError(msg)
        if not self._busy.acquire(blocking=False):
            self._outbox.put_again(callback)
            return
        try:
            self._outbox.remove(callback)
            with self.on_delivery(callback):
                await deliver(callback, target, awaiting=awaiting)
        finally:
            self._busy.release()
        await self._flush(awaiting=awaiting)

    def _next(self, *, awaiting: bool) -> tuple[Callback, Target] | None:
        """Take the next callback that can be delivered here and now out of the queue."""
        while callback := self._outbox.first():
            target = self._targets.find(callback)
            if target is None:
                self._outbox.put_aside(callback)
                self._warn(callback)
            elif awaiting or target.destination.is_reachable():
                self._outbox.remove(callback)
                return callback, target
            else:
                break
        return None

    def _warn(self, callback: Callback) -> None:
        callback.problem = self._targets.refusal(callback)
        if callback.url not in self._warned:
            self._warned.add(callback.url)
            warnings.warn(callback.problem, UndeliverableCallbackWarning, stacklevel=2)

    async def _send(self, callback: Callback, target: Target, *, awaiting: bool) -> None:
        if self._losses.strikes(callback.event):
            callback.problem = "it was lost on its way: callbacks.drop()"
            return
        with self.on_delivery(callback):
            forged = self._forgeries.strikes(callback.event)
            try:
                await deliver(callback, target, awaiting=awaiting, forged=forged)
            finally:
                if forged:
                    callback.problem = "it arrived with a wrong signature: callbacks.tamper()"


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    with suppress(StopIteration):  # so a coroutine says that it has come to its end
        coroutine.send(None)
