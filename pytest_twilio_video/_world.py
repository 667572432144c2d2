"""The world of one fake: its account, what it tells others, and who may move it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ._engine.account import Account
from ._engine.credentials import Credentials
from ._resources.consequences import CONSEQUENCES
from ._webhooks.callbacks import StatusCallbacks
from ._webhooks.delivery import Callbacks


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ._engine.settings import Settings


OutcomeT = TypeVar("OutcomeT")


class World:
    """What a test moves: an account in virtual time, and its callbacks.

    A fake has one, and begins another when it is reset. What a test holds
    looks at the world that it was made in.
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
            consequences=CONSEQUENCES,
        )
        self.callbacks = Callbacks(
            token=self.credentials.signing_token,
            new_id=lambda: self.account.sids.uuid("idempotency token"),
        )
        self.account.listeners.append(StatusCallbacks(self.account, self.callbacks))
        clock = self.account.clock
        clock.settle = self.callbacks.flush
        clock.asettle = self.callbacks.aflush
        clock.is_busy = lambda: self.callbacks.delivering

    def act(self, operation: Callable[..., OutcomeT], *args: Any, **kwargs: Any) -> OutcomeT:
        """Do on the test's behalf what nobody asked for over HTTP, and deliver what it causes."""
        self.touch()
        with self.account.operation():
            outcome = operation(self.account, *args, **kwargs)
        self.callbacks.flush()
        return outcome

    def touch(self) -> None:
        """Catch up with what freezegun, time-machine or a sleep moved past."""
        self.account.clock.touch()
