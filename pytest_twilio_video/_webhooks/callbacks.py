"""``twilio_video.callbacks``: the collection of callbacks that a test uses."""

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
    """All status callbacks, the oldest first. The collection equals a list of the same callbacks.

    An event only queues its callback. Callbacks are delivered when the test
    moves the clock, acts, or calls `flush`. So no callback arrives during an
    API call of the application.
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
        if isinstance(other, (Callbacks, list)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # like a list, it changes

    def deliver_to(
        self,
        target: CallbackTarget,
        base_url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        raise_exceptions: bool = True,
    ) -> None:
        """Deliver callbacks to *target* from now on, including the pending callbacks.

        *target* is one of these:

        * a WSGI or ASGI application
        * a test client of Flask, Django, Starlette, Quart, Litestar, Falcon or
          WebTest
        * a function that takes the callback and returns a status, or a tuple
          of a status and a text. `None` means 200.
        * ``"network"``, for a live server on this machine

        With *base_url*, the target receives only callbacks whose URL is below
        it, on the same host and port. If several targets match, the target
        with the longest *base_url* receives the callback. If several are
        equally long, the one that was added last receives it.

        *headers* are added to each request, as a proxy in front of the
        application would do, for example ``{"X-Forwarded-Proto": "https"}``.
        A function gets the callback without them, as Twilio sends it.

        If a handler raises, the test fails with the handler's traceback. If
        *raise_exceptions* is false, the exception is recorded in the
        callback's ``error`` instead, and the response is a 500, as from a
        server. A function can also simulate a network failure. If it raises
        `ConnectionError`, the connection fails. If it raises `TimeoutError`,
        no response comes in time. Twilio then retries or gives up. Such a
        failure is recorded and never raised.

        A callback whose URL no target takes stays pending. If the clock or an
        action of the test would deliver it, an `UndeliverableCallbackWarning`
        is issued, once for each URL. `flush` raises an error instead, because
        the test asked for the delivery. To discard callbacks on purpose,
        deliver them to ``lambda callback: None``.

        Raises:
            UndeliverableCallbackError: callbacks cannot be delivered to *target*.
            InvalidArgumentError: *base_url* is not the beginning of a URL,
                *headers* is not a mapping of names to texts, or
                *raise_exceptions* is neither true nor false.

        """
        self._queue.add_target(target, base_url, headers, raise_exceptions=raise_exceptions)

    @property
    def pending(self) -> list[Callback]:
        """The callbacks that are queued and not delivered yet, in the order of delivery."""
        return self._queue.pending

    @property
    def failed(self) -> list[Callback]:
        """The callbacks whose delivery failed: no 2xx status, an exception, or no connection.

        Callbacks that were dropped, and callbacks that wait, are not among them.
        """
        return [callback for callback in self if callback.failed]

    def flush(self) -> None:
        """Deliver the queued callbacks in order.

        In a task, `flush` stops at the first callback whose target must be
        awaited. Use `aflush` in an async test. If a handler calls `flush`,
        nothing is delivered: the callbacks that it causes are delivered after
        it. Nothing is delivered without a target, or while callbacks are held.

        If a handler raises, `flush` raises its exception, and the callbacks
        after it stay queued.

        Raises:
            EndlessCallbacksError: the handlers have caused more callbacks than the setting
                ``callback_limit`` allows.
            UndeliverableCallbackError: no target takes the URL of a callback. All other
                callbacks were delivered. It is also raised if nothing was delivered, because
                the target must be awaited.

        """
        finish(self._queue.flush(awaiting=False))

    async def aflush(self) -> None:
        """Deliver the queued callbacks in order, on the event loop of an async test.

        If another task is delivering callbacks, wait for it. In a handler, return at once.
        `flush` describes the rest.
        """
        await self._queue.flush(awaiting=True)

    def redeliver(self, callback: Callback) -> Callback:
        """Deliver *callback* now, even if it was delivered before, and return it.

        The second request has the same idempotency token. It is sent even
        while callbacks are held, and injected faults do not affect it. Queued
        callbacks are delivered after it. If a handler redelivers a callback,
        the callback is queued like a new one.

        Raises:
            UndeliverableCallbackError: no target takes *callback*, or the target must be awaited.
            InvalidArgumentError: *callback* is not a callback.

        """
        finish(self._queue.redeliver(_checked(callback), awaiting=False))
        finish(self._queue.deliver_pending(awaiting=False))
        return callback

    async def aredeliver(self, callback: Callback) -> Callback:
        """Deliver *callback* now, on the event loop of an async test, and return it.

        If another task is delivering callbacks, wait for it. `redeliver` describes the rest.
        """
        await self._queue.redeliver(_checked(callback), awaiting=True)
        await self._queue.deliver_pending(awaiting=True)
        return callback

    def hold(self) -> ExitStack:
        """Deliver no callbacks until `release`, or until the end of a ``with`` block.

        If the block is inside another one, callbacks are held until the end
        of the outer block. If the block raises, its end delivers nothing, so
        that no handler hides the exception. In an async test, the end of a
        block cannot await a target. Use `aflush` after the block.
        """
        hold = object()
        self._queue.holds.add(hold)

        def end(raised: object, *_error: object) -> None:
            self._queue.holds.discard(hold)
            if raised is None:
                finish(self._queue.deliver_pending(awaiting=False))

        until_then = ExitStack()
        until_then.push(end)
        return until_then

    def release(self) -> None:
        """Deliver the held callbacks, and warn if no target takes one of them.

        In a task, `release` stops at the first callback whose target must be
        awaited. Use `arelease` in an async test.

        Raises:
            UndeliverableCallbackError: nothing was delivered, because the target must be awaited.

        """
        finish(self._queue.release(awaiting=False))

    async def arelease(self) -> None:
        """Deliver the held callbacks, on the event loop of an async test.

        `release` describes the rest.
        """
        await self._queue.release(awaiting=True)

    def shuffle(self, seed: object) -> None:
        """Reorder the pending callbacks. The same *seed* always gives the same order."""
        self._queue.shuffle(seed)

    def drop(self, event: CallbackEvent, *, times: int | None = 1) -> None:
        """Lose the next *times* callbacks of *event*, including pending callbacks.

        `None` means all of them. A lost callback can still be redelivered.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._queue.faults.inject("drop", event, times)

    def refuse(self, event: CallbackEvent, *, times: int | None = 1) -> None:
        """Make the next *times* connections for a callback of *event* fail.

        `None` means all of them. By default, Twilio retries once after a
        failed connection. So a callback fails only if two connections fail,
        or if one connection fails and the URL ends with ``#rc=0``.

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
        """Forget all callbacks, including pending callbacks. Targets and faults stay."""
        self._queue.clear()


def _checked(callback: Any) -> Callback:
    if isinstance(callback, Callback):
        return callback
    msg = (
        f"redeliver() takes a callback, not {callback!r}. Pass callbacks[-1], for example, or "
        f"what assert_callback() returns"
    )
    raise InvalidArgumentError(msg)
