"""The simulation: it connects one account, its journal and its callbacks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ._engine.account import Account
from ._engine.coroutines import finish
from ._engine.credentials import Credentials
from ._engine.journal import Journal
from ._engine.late_warnings import LateWarnings
from ._engine.observer import Observer
from ._engine.records import Record
from ._engine.refusals import Refusal
from ._engine.time_sources import active_source
from ._resources import room_defaults
from ._resources.reactions import REACTIONS
from ._webhooks.callbacks import Callbacks
from ._webhooks.payloads import StatusCallbacks
from ._webhooks.queue import CallbackQueue
from .errors import IgnoredSettingWarning, VideoSdkError


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from ._engine.account import Event
    from ._engine.settings import Settings
    from ._engine.timers import Timer
    from ._webhooks.callback import Callback, CallbackResponse

    Listener = Callable[[Event], object]


__tracebackhide__ = True

OutcomeT = TypeVar("OutcomeT")


class Delivered(NamedTuple):
    """The result of one delivery of a callback."""

    response: CallbackResponse | None
    error: BaseException | None
    problem: str | None


class Simulation(Observer):
    """One account in virtual time, with its journal and its callbacks.

    A fake has one simulation. When the fake is reset, it starts a new one. The objects that a
    test uses refer to the simulation in which they were created.
    """

    def __init__(
        self,
        settings: Settings,
        start: datetime,
        late_warnings: LateWarnings | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._listeners = listeners
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
        room_defaults.check(settings.room_defaults)
        self.account.console = {
            "legacy_room_types": settings.legacy_room_types,
            "room_defaults": dict(settings.room_defaults),
        }
        self.journal = Journal(self.account.clock, self._warn_if_start_is_ignored)
        self._start = settings.starting_moment
        self._late_warnings = late_warnings or LateWarnings()
        self.callback_queue = CallbackQueue(
            token=self.credentials.signing_token,
            signer=self.credentials.signer,
            new_id=self._new_idempotency_token,
            limit=settings.callback_limit,
            deferred=self._deferred,
            on_queued=self._callback_queued,
            on_delivery=self._delivery,
        )
        self.callbacks = Callbacks(self.callback_queue)
        self._status_callbacks = StatusCallbacks(self.account, self.callback_queue.put)

    # Reports of the account and its clock.

    @property
    def is_delivering(self) -> bool:
        """Whether a callback is being delivered. If so, time cannot be moved."""
        return self.callback_queue.is_delivering

    def event_announced(self, event: Event) -> None:
        """Record *event*, and queue the callbacks that it causes."""
        self.journal.note("event", event)
        self._status_callbacks(event)
        self._tell_listeners(event)

    def signaled(self, event: Event) -> None:
        """Pass *event* on to the signaling of clients in browsers."""
        self._tell_listeners(event)

    def _tell_listeners(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def timer_due(self, timer: Timer) -> None:
        """Record that *timer* is due."""
        self.journal.note("timer", timer)

    def time_jumped(self, before: datetime, after: datetime) -> None:
        """Record that the clock has moved."""
        self.journal.note("jump", (before, after))

    def time_moved(self) -> None:
        """Report a change to the followers of the journal."""
        self.journal.changed()

    def warning_issued(self, warning: Warning) -> None:
        """Record *warning*, which is issued when the fake is exited."""
        self.journal.note("warning", warning)
        self._late_warnings.keep(warning)

    async def deliver_pending(self, *, awaiting: bool) -> None:
        """Deliver the queued callbacks. `Observer.deliver_pending` describes *awaiting*."""
        await self.callback_queue.deliver_pending(awaiting=awaiting)

    def _warn_if_start_is_ignored(self) -> None:
        """Issue a warning if another library sets the time, so that ``start`` has no effect."""
        source, now = active_source(), self.account.clock.now
        if source is not None and self._start is not None and self._start != now:
            self.warning_issued(
                IgnoredSettingWarning(
                    f"start={self._start:%Y-%m-%dT%H:%M:%SZ} has no effect: {source.name} sets "
                    f"the time to {now:%Y-%m-%dT%H:%M:%SZ}. Freeze the moment that you want, "
                    f"and remove start"
                )
            )

    # What the queue of callbacks needs and reports.

    def _new_idempotency_token(self) -> str:
        return self.account.random.uuid("idempotency token")

    def _deferred(self) -> timedelta:
        return self.account.clock.deferred

    def _callback_queued(self, callback: Callback) -> None:
        self.journal.note("queued", callback)

    @contextmanager
    def _delivery(self, callback: Callback) -> Iterator[None]:
        """Record a delivery and its outcome. The callback itself only has its latest outcome."""
        entry = self.journal.note("callback", callback)
        try:
            yield
        finally:
            entry.outcome = Delivered(callback.response, callback.error, callback.problem)
            self.journal.changed()

    # Actions of a test.

    def act(
        self,
        operation: Callable[..., OutcomeT],
        *args: Any,
        what: str,
        who: str = "test",
        **kwargs: Any,
    ) -> OutcomeT:
        """Run *operation* for the test, without HTTP, and deliver the callbacks that it causes.

        *what* is the description in the timeline, for example ``"alice joins DailyStandup"``.
        *who* is the actor in the timeline. An action of a page never waits for a
        delivery, because it runs on the server's loop, and the live server may be calling that.
        """
        self.sync()
        entry = self.journal.note("action", (what, args))
        entry.who = who
        try:
            with self.account.operation():
                # The records are read again, because another thread may have changed them.
                present = [
                    self.account.now(arg) if isinstance(arg, Record) else arg for arg in args
                ]
                outcome = operation(self.account, *present, **kwargs)
        except Refusal as refusal:
            entry.outcome = str(refusal)  # Only its text, because an exception keeps frames alive.
            raise
        finally:
            self.journal.changed()  # Not each action announces an event.
        if who == "test":
            finish(self.deliver_pending(awaiting=False))
        return outcome

    def act_as_sdk(
        self, operation: Callable[..., OutcomeT], *args: Any, **kwargs: Any
    ) -> OutcomeT:
        """Run *operation* like `act`. If Twilio refuses it, raise a `VideoSdkError`."""
        try:
            return self.act(operation, *args, **kwargs)
        except Refusal as refusal:
            raise VideoSdkError(refusal.code, refusal.message, refusal.detail) from None

    def sync(self) -> None:
        """Run the timers that became due while another library moved time."""
        finish(self.account.clock.sync(awaiting=False))
