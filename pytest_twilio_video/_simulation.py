"""The simulation: one account, its journal and its callbacks, wired together."""

from __future__ import annotations

import warnings

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ._engine.account import Account
from ._engine.coroutines import finish
from ._engine.credentials import Credentials
from ._engine.journal import Journal
from ._engine.observer import Observer
from ._engine.records import Record
from ._engine.refusals import Refusal
from ._engine.server_threads import is_server_thread
from ._resources.reactions import REACTIONS
from ._webhooks.callbacks import Callbacks
from ._webhooks.payloads import StatusCallbacks
from ._webhooks.queue import CallbackQueue
from .errors import VideoSdkError


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from ._engine.account import Event
    from ._engine.settings import Settings
    from ._engine.timers import Timer
    from ._webhooks.callback import Callback, CallbackResponse


__tracebackhide__ = True

OutcomeT = TypeVar("OutcomeT")


class Delivered(NamedTuple):
    """How one delivery of a callback ended."""

    response: CallbackResponse | None
    error: BaseException | None
    problem: str | None


class Simulation(Observer):
    """One account in virtual time, with its journal and its callbacks.

    A fake has one, and starts another when it is reset. The objects that a test holds refer to
    the simulation in which they were created.
    """

    def __init__(self, settings: Settings, start: datetime) -> None:
        self.credentials = Credentials(
            settings.account_sid,
            settings.auth_token,
            settings.api_key_sid,
            settings.api_key_secret,
            is_strict=settings.auth == "strict",
        )
        self.account = Account(
            settings.account_sid,
            seed=settings.seed or "",
            start=start,
            reactions=REACTIONS,
            observer=self,
        )
        if settings.clock == "running":
            self.account.clock.run()
        self.journal = Journal(self.account.clock)
        self.callback_queue = CallbackQueue(
            token=self.credentials.signing_token,
            new_id=self._new_idempotency_token,
            deferred=self._deferred,
            on_queued=self._callback_queued,
            on_delivery=self._delivery,
        )
        self.callbacks = Callbacks(self.callback_queue)
        self._status_callbacks = StatusCallbacks(self.account, self.callback_queue.put)

    # What the account and its clock report.

    @property
    def is_delivering(self) -> bool:
        """Whether a callback is being delivered. Time cannot be moved meanwhile."""
        return self.callback_queue.is_delivering

    def event_announced(self, event: Event) -> None:
        """Record *event*, and queue the callbacks that it causes."""
        self.journal.note("event", event)
        self._status_callbacks(event)

    def timer_due(self, timer: Timer) -> None:
        """Record *timer*."""
        self.journal.note("timer", timer)

    def time_jumped(self, before: datetime, after: datetime) -> None:
        """Record a jump."""
        self.journal.note("jump", (before, after))

    def warning_issued(self, warning: Warning) -> None:
        """Issue *warning*, but not on a thread of a server's, where nobody could catch it."""
        if not is_server_thread():
            warnings.warn(warning, stacklevel=2)

    async def deliver_pending(self, *, awaiting: bool) -> None:
        """Deliver the callbacks that are queued; see `Observer.deliver_pending`."""
        await self.callback_queue.deliver_pending(awaiting=awaiting)

    # What callbacks need to know, and report.

    def _new_idempotency_token(self) -> str:
        return self.account.random.uuid("idempotency token")

    def _deferred(self) -> timedelta:
        return self.account.clock.deferred

    def _callback_queued(self, callback: Callback) -> None:
        self.journal.note("queued", callback)

    @contextmanager
    def _delivery(self, callback: Callback) -> Iterator[None]:
        """Record a delivery and its outcome, which the next delivery of *callback* overwrites."""
        entry = self.journal.note("callback", callback)
        try:
            yield
        finally:
            entry.outcome = Delivered(callback.response, callback.error, callback.problem)
            self.journal.changed()

    # What a test does.

    def act(
        self, operation: Callable[..., OutcomeT], *args: Any, what: str, **kwargs: Any
    ) -> OutcomeT:
        """Run *operation* for the test, without HTTP, and deliver the callbacks that it causes.

        *what* describes the action in the timeline: ``"alice joins DailyStandup"``.
        """
        self.sync()
        entry = self.journal.note("action", (what, args))
        try:
            with self.account.operation():
                # Another thread may have changed the records since the test read them.
                present = [
                    self.account.now(arg) if isinstance(arg, Record) else arg for arg in args
                ]
                outcome = operation(self.account, *present, **kwargs)
        except Refusal as refusal:
            entry.outcome = str(refusal)  # Only the text, since an exception keeps frames alive.
            raise
        finish(self.deliver_pending(awaiting=False))
        return outcome

    def act_as_sdk(
        self, operation: Callable[..., OutcomeT], *args: Any, **kwargs: Any
    ) -> OutcomeT:
        """Do the same as `act`, but raise the error of a client SDK if Twilio refuses."""
        try:
            return self.act(operation, *args, **kwargs)
        except Refusal as refusal:
            raise VideoSdkError(refusal.code, refusal.message, refusal.detail) from None

    def sync(self) -> None:
        """Run the timers that fell due while something else moved time."""
        finish(self.account.clock.sync(awaiting=False))
