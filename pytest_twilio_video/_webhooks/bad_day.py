"""A bad day of the network, as a test orders it: the faces that `Callbacks` shows for that."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from ..errors import InvalidArgumentError
from .callback import Callback
from .dispatch import Dispatch, finish


__all__ = ["BadDay"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.


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
        self._dispatch.settle()
        return callback

    async def aredeliver(self, callback: Callback) -> Callback:
        """Do the same as `redeliver` from an async test, on its own loop."""
        await self._dispatch.run_again(_checked(callback), awaiting=True)
        await self._dispatch.asettle()
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
        self._dispatch.settle()

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
