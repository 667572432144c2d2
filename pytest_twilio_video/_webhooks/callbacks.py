"""The collection of callbacks that a test holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, overload

from .._engine.coroutines import finish
from ..errors import InvalidArgumentError
from .callback import Callback
from .payloads import CallbackEvent
from .queue import CallbackQueue


if TYPE_CHECKING:
    from .receivers import CallbackTarget


__all__ = ["Callbacks"]

__tracebackhide__ = True


class Callbacks(Sequence[Callback]):
    """All status callbacks, oldest first. The collection equals a list of the same callbacks.

    Queueing a callback never delivers it, so callbacks may be queued during
    an API call of the application and while any lock is held. `flush`
    delivers, so do not call it in either place.
    """

    def __init__(self, queue: CallbackQueue) -> None:
        self._queue = queue

    @overload
    def __getitem__(self, index: int) -> Callback: ...
    @overload
    def __getitem__(self, index: slice) -> list[Callback]: ...
    def __getitem__(self, index: int | slice) -> Callback | list[Callback]:
        return self._queue.sent[index]

    def __len__(self) -> int:
        return len(self._queue.sent)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self._queue.sent.copy())

    def __repr__(self) -> str:
        return f"<Callbacks {self._queue.sent!r}>"

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (Callbacks, list)) else False

    __hash__ = None  # type: ignore[assignment]  # like a list, it changes

    def deliver_to(
        self,
        target: CallbackTarget,
        base_url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        raise_exceptions: bool = True,
    ) -> None:
        """Deliver callbacks to *target* from now on, including those that are pending.

        *target* is a WSGI or ASGI application, a test client of Flask, Django,
        Starlette, Quart, Litestar, Falcon or WebTest, a function
        ``f(callback) -> status`` (or ``(status, text)``; `None` is 200), or
        ``"network"``, for a live server on this machine. With *base_url*, it
        takes only callbacks whose URL is below it, on the same host and port.
        If several targets match, the longest *base_url* wins; if several are
        equally long, the latest.

        *headers* are added to each request, as a proxy in front of the
        application would, e.g. ``{"X-Forwarded-Proto": "https"}``. A function
        gets the callback as Twilio sends it, without them.

        If a handler raises, the test fails with the handler's traceback. If
        *raise_exceptions* is false, the exception is recorded in the
        callback's ``error`` instead, and the response is a 500, as from a
        server. A function can also simulate the connection: if it raises
        `ConnectionError`, the connection has failed; if it raises
        `TimeoutError`, no response came in time. Twilio then retries or gives
        up. Such a failure is recorded and never raised.

        A callback whose URL no target takes stays pending. If the clock or an
        action of the test would deliver it, an `UndeliverableCallbackWarning`
        is issued, once for each URL. `flush` raises an error instead, because
        delivering is its purpose. To discard callbacks on purpose, deliver
        them to ``lambda callback: None``.

        Raises:
            UndeliverableCallbackError: *target* is none of these.
            InvalidArgumentError: *base_url* is not the beginning of a URL, or
                *headers* are not texts by their names.

        """
        self._queue.add_target(target, base_url, headers, raise_exceptions=raise_exceptions)

    @property
    def pending(self) -> list[Callback]:
        """The callbacks that are queued and not delivered yet, in the order of delivery."""
        return self._queue.pending

    @property
    def failed(self) -> list[Callback]:
        """The callbacks whose handler raised, or that got no response or one that is not 2xx."""
        return [callback for callback in self if callback.failed]

    def flush(self) -> None:
        """Deliver the queued callbacks in order.

        Inside a running task, stop at the first callback whose target can only
        be awaited; use `aflush` there. During a delivery, do nothing: what a
        handler causes is delivered after it. Without any target, or while
        callbacks are held, do nothing either.

        If a handler raises, its exception is raised, and the callbacks after
        it stay queued.

        Raises:
            EndlessCallbacksError: the handlers have caused more callbacks than the setting
                ``callback_limit`` allows.
            UndeliverableCallbackError: no target takes the URL of a callback, and all others
                were delivered; or nothing was delivered, because the target can only be
                awaited.

        """
        finish(self._queue.flush(awaiting=False))

    async def aflush(self) -> None:
        """Do the same as `flush` from an async test, on its own loop.

        While another task delivers callbacks, wait for it. In a handler, return at once.
        """
        await self._queue.flush(awaiting=True)

    def redeliver(self, callback: Callback) -> Callback:
        """Deliver *callback* now, even if it was delivered before, and return it.

        A duplicate carries the same idempotency token. It is delivered even
        while callbacks are held, and no injected fault affects it. Queued
        callbacks are delivered after it. If a handler redelivers a callback,
        it is queued like a new one.

        Raises:
            UndeliverableCallbackError: no target takes it.
            InvalidArgumentError: *callback* is not a callback.

        """
        finish(self._queue.redeliver(_checked(callback), awaiting=False))
        finish(self._queue.deliver_pending(awaiting=False))
        return callback

    async def aredeliver(self, callback: Callback) -> Callback:
        """Do the same as `redeliver` from an async test, on its own loop.

        While another task delivers callbacks, wait for it.
        """
        await self._queue.redeliver(_checked(callback), awaiting=True)
        await self._queue.deliver_pending(awaiting=True)
        return callback

    def hold(self) -> ExitStack:
        """Hold all callbacks back until `release`, or until the end of a ``with`` block."""
        self._queue.is_held = True
        until_then = ExitStack()
        until_then.callback(self.release)
        return until_then

    def release(self) -> None:
        """Deliver the callbacks that were held back, in the same way as moving the clock does."""
        self._queue.is_held = False
        finish(self._queue.deliver_pending(awaiting=False))

    def shuffle(self, seed: object) -> None:
        """Reorder the pending callbacks; the same *seed* always gives the same order."""
        self._queue.shuffle(seed)

    def drop(self, event: CallbackEvent, *, times: int | None = 1) -> None:
        """Lose the next *times* callbacks of *event*, including those that are pending.

        `None` means all of them. A lost callback can still be redelivered.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._queue.faults.inject("drop", event, times)

    def refuse(self, event: CallbackEvent, *, times: int | None = 1) -> None:
        """Make the next *times* connections for a callback of *event* fail.

        `None` means all of them. By default, Twilio retries once after a
        failed connection. So a callback fails only if two connections fail,
        or if one fails and its URL has ``#rc=0``.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._queue.faults.inject("refuse", event, times)

    def tamper(self, event: CallbackEvent, *, times: int | None = 1) -> None:
        """Send the next *times* callbacks of *event* with a wrong signature.

        `None` means all of them. A redelivery carries the right signature.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._queue.faults.inject("tamper", event, times)

    def clear(self) -> None:
        """Forget all callbacks, including those that are pending. Targets and faults stay."""
        self._queue.clear()


def _checked(callback: Any) -> Callback:
    if isinstance(callback, Callback):
        return callback
    msg = (
        "redeliver() takes a callback, e.g. callbacks[-1] or the one that assert_callback() "
        f"returns, not {callback!r}"
    )
    raise InvalidArgumentError(msg)
