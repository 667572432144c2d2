"""Callbacks: what a test sees of them, and what it can do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime, timedelta
from typing import Any, overload

from .._engine.coroutines import finish
from ..errors import InvalidArgumentError
from .callback import Callback
from .loops import BackgroundLoop
from .queue import Dispatch
from .receivers import Target, checked_base, recognise


__all__ = ["BadDay", "Callbacks"]

__tracebackhide__ = True  # A report shows the line of the test.


# A bad day of the network, as a test orders it: the faces that `Callbacks` shows for that.


class BadDay:
    """What becomes of callbacks on their way: twice, late, in disorder, lost, forged."""

    _dispatch: Dispatch

    def redeliver(self, callback: Callback) -> Callback:
        """Deliver *callback* now, whether or not it was before, and return it.

        A duplicate carries the same idempotency token. That callbacks are
        held, or what is ordered for them, does not matter here. What is
        queued follows after it; called by a handler, it waits for its turn
        itself.

        Raises:
            UndeliverableCallbackError: no target takes it.
            InvalidArgumentError: *callback* is none.

        """
        finish(self._dispatch.run_again(_checked(callback), awaiting=False))
        self._dispatch.deliver_pending()
        return callback

    async def aredeliver(self, callback: Callback) -> Callback:
        """Do the same as `redeliver` from an async test, on its own loop."""
        await self._dispatch.run_again(_checked(callback), awaiting=True)
        await self._dispatch.adeliver_pending()
        return callback

    def hold(self) -> ExitStack:
        """Keep everything back, until `release` or to the end of a ``with``."""
        self._dispatch.is_held = True
        until_then = ExitStack()
        until_then.callback(self.release)
        return until_then

    def release(self) -> None:
        """Let go what was kept back, and deliver it, as moving the clock does."""
        self._dispatch.is_held = False
        self._dispatch.deliver_pending()

    def shuffle(self, seed: object) -> None:
        """Bring what is pending into another order, always the same one for the same *seed*."""
        self._dispatch.outbox.shuffle(seed)

    def drop(self, event: str, *, times: int | None = 1) -> None:
        """Lose the next *times* callbacks of *event* on their way; those pending come first.

        `None` is for all of them. They can still be redelivered.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._dispatch.mishaps.order("drop", event, times)

    def refuse(self, event: str, *, times: int | None = 1) -> None:
        """Let the next *times* connections for a callback of *event* fail.

        `None` is for all of them. By itself Twilio tries once more after the first: to be
        out of reach for one callback takes two, or ``#rc=0`` in its URL.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._dispatch.mishaps.order("refuse", event, times)

    def tamper(self, event: str, *, times: int | None = 1) -> None:
        """Let the next *times* callbacks of *event* arrive with a wrong signature.

        `None` is for all of them. A redelivery carries the right one.

        Raises:
            InvalidArgumentError: there is no callback of that event, or *times* is less than 1.

        """
        self._dispatch.mishaps.order("tamper", event, times)


def _checked(callback: Any) -> Callback:
    if isinstance(callback, Callback):
        return callback
    msg = (
        f"redeliver() takes a callback, e.g. callbacks[-1] or what assert_callback() returns, "
        f"not {callback!r}"
    )
    raise InvalidArgumentError(msg)


class Callbacks(BadDay, Sequence[Callback]):
    """Every status callback sent, oldest first. It equals a list of the same.

    Queueing one never delivers it, so a queue may be filled in the middle of
    an API call of the application and under any lock. `flush` delivers,
    and is to be called in neither place.
    """

    def __init__(
        self,
        *,
        token: Callable[[str], str],
        new_id: Callable[[], str],
        drifted: Callable[[], timedelta] = timedelta,
        on_delivery: Callable[[Callback], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """Begin with none.

        *token* returns the auth token of an account, given its SID, at the
        time a callback is queued; *new_id* a new UUID, in text. *drifted*
        tells how far those who slept in virtual time have moved it on.
        *on_delivery* is entered with a callback while it is being delivered,
        each time.
        """
        self._token, self._new_id = token, new_id
        self._dispatch = Dispatch(drifted, on_delivery)
        self._loop = BackgroundLoop()
        self.on_queued: Callable[[Callback], object] = lambda _callback: None
        """Told of each callback when it is queued."""

    @overload
    def __getitem__(self, index: int) -> Callback: ...
    @overload
    def __getitem__(self, index: slice) -> list[Callback]: ...
    def __getitem__(self, index: int | slice) -> Callback | list[Callback]:
        return self._dispatch.outbox.sent[index]

    def __len__(self) -> int:
        return len(self._dispatch.outbox.sent)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self._dispatch.outbox.sent.copy())

    def __repr__(self) -> str:
        return f"<Callbacks {self._dispatch.outbox.sent!r}>"

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (Callbacks, list)) else False

    __hash__ = None  # type: ignore[assignment]  # like a list, it changes

    @property
    def pending(self) -> list[Callback]:
        """Those that are queued and not delivered yet, in the order in which they will be."""
        return self._dispatch.outbox.pending

    @property
    def failed(self) -> list[Callback]:
        """Those whose handler raised, or that nobody answered, or not with a 2xx."""
        return [callback for callback in self if callback.failed]

    @property
    def delivering(self) -> bool:
        """Whether a handler of the application is at work: time must not be moved then."""
        return self._dispatch.is_busy

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
        self._dispatch.outbox.put(callback)
        self.on_queued(callback)
        return callback

    def deliver_to(
        self, target: object, base_url: str | None = None, *, raise_exceptions: bool = True
    ) -> None:
        """Have callbacks delivered to *target* from now on, those pending among them.

        *target* is a WSGI or ASGI application, a test client of Flask, Django
        or Starlette, a function ``f(callback) -> status`` (or ``(status,
        text)``; `None` is 200), or ``"network"``, for a live server on this
        machine. With *base_url* it takes only callbacks whose URL is below it,
        on the same host and port; the longest one wins, then the latest.

        A handler that raises fails the test, with its own traceback. Without
        *raise_exceptions* the callback's ``error`` records it, and the answer
        is a 500, as any server would make of it. A function stands for the
        connection as well: where it raises `ConnectionError` that has failed,
        where it raises `TimeoutError` no answer came in time. Twilio then
        tries again, or gives up; that is recorded, and never raised.

        A callback whose URL no target takes stays pending. Where the clock or
        an act of the test would deliver it, an `UndeliverableCallbackWarning`
        says so, once for each URL; `flush`, which is there to deliver,
        raises. Who wants it to be so gives it a target: ``deliver_to(lambda
        callback: None)``.

        Raises:
            UndeliverableCallbackError: *target* is none of these.
            InvalidArgumentError: *base_url* is no beginning of a URL.

        """
        base = checked_base(base_url)
        destination = recognise(target, self._loop)
        self._dispatch.targets.add(Target(destination, base, raise_exceptions))
        self._dispatch.outbox.take_up_again()

    def deliver_pending(self) -> None:
        """Deliver what is queued where the test asks for something else: see `Dispatch`."""
        self._dispatch.deliver_pending()

    async def adeliver_pending(self) -> None:
        """Do the same as `deliver_pending` from an async test, on its own loop."""
        await self._dispatch.adeliver_pending()

    def flush(self) -> None:
        """Deliver what is queued, in order.

        Inside a running event loop, stop at the first one that can only be
        awaited: `aflush` is for those. Within a delivery, do nothing:
        what a handler causes follows after it. Without any target, or while
        callbacks are held, do nothing either.

        Raise what a handler raises; what is queued behind it stays queued.

        Raises:
            UndeliverableCallbackError: all that could be was delivered, but no target takes
                the URL of what is left.

        """
        finish(self._dispatch.run(awaiting=False))
        self._dispatch.refuse_strays()

    async def aflush(self) -> None:
        """Do the same as `flush` from an async test, on its own loop."""
        await self._dispatch.run(awaiting=True)
        self._dispatch.refuse_strays()

    def clear(self) -> None:
        """Forget the callbacks, those pending among them; targets and orders stay."""
        self._dispatch.clear()

    def close(self) -> None:
        """End what runs in the background; from now on nothing is delivered.

        What was recorded stays to be read.
        """
        self._dispatch.targets.clear()
        self._loop.close()
