"""The simulation of one fake: its account, what it tells others, and who may move it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ._engine.account import Account
from ._engine.credentials import Credentials
from ._engine.journal import Journal
from ._engine.records import Record
from ._engine.refusals import Refusal
from ._resources.reactions import REACTIONS
from ._webhooks.callbacks import Callbacks
from ._webhooks.payloads import StatusCallbacks
from .errors import VideoSdkError


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from ._engine.settings import Settings
    from ._webhooks.callback import Answer, Callback


__tracebackhide__ = True  # A report shows the line of the test.

OutcomeT = TypeVar("OutcomeT")


class Delivered(NamedTuple):
    """How one delivery of a callback ended."""

    response: Answer | None
    error: BaseException | None
    problem: str | None


class Simulation:
    """What a test moves: an account in virtual time, and its callbacks.

    A fake has one, and begins another when it is reset. What a test holds
    looks at the simulation that it was made in.
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
        )
        self.callbacks = Callbacks(
            token=self.credentials.signing_token,
            new_id=lambda: self.account.random.uuid("idempotency token"),
            drifted=lambda: self.account.clock.owed,
            on_delivery=self._delivery,
        )
        clock = self.account.clock
        self.journal = Journal(lambda: clock.now)
        self._let_all_hear()

    def _let_all_hear(self) -> None:
        """Let each part be told of what happens in the others, none of which knows them."""
        clock = self.account.clock
        self.account.listeners.append(partial(self.journal.note, "event"))
        self.account.listeners.append(StatusCallbacks(self.account, self.callbacks))
        self.callbacks.on_queued = partial(self.journal.note, "queued")
        clock.on_timer = partial(self.journal.note, "timer")
        clock.on_jump = lambda *moments: self.journal.note("jump", moments)
        clock.deliver_pending = self.callbacks.deliver_pending
        clock.adeliver_pending = self.callbacks.adeliver_pending
        clock.is_busy = lambda: self.callbacks.delivering

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
                # Another thread may have changed them since the test looked.
                now = (
                    self.account.now(each) if isinstance(each, Record) else each for each in args
                )
                outcome = operation(self.account, *now, **kwargs)
        except Refusal as refusal:
            entry.outcome = str(refusal)  # the text alone: an exception keeps frames alive
            raise
        self.callbacks.deliver_pending()
        return outcome

    def act_as_sdk(
        self, operation: Callable[..., OutcomeT], *args: Any, **kwargs: Any
    ) -> OutcomeT:
        """Do what a client SDK does; what Twilio refuses then is the SDK's own error."""
        try:
            return self.act(operation, *args, **kwargs)
        except Refusal as refusal:
            raise VideoSdkError(refusal.code, refusal.message, refusal.detail) from None

    def sync(self) -> None:
        """Catch up with what freezegun, time-machine or a sleep moved past."""
        self.account.clock.sync()

    @contextmanager
    def _delivery(self, callback: Callback) -> Iterator[None]:
        """Note a delivery, and how it ended: another one overwrites what the callback says."""
        entry = self.journal.note("callback", callback)
        try:
            yield
        finally:
            entry.outcome = Delivered(callback.response, callback.error, callback.problem)
