"""Faults: the failures that a test injects between a request and its answer.

Each behavior decides whether and when a call proceeds to the next behavior, and
finally to the service. Latency is outermost, then come the limit of requests,
the failures in the order in which they were added, and the lag. At most one of
each kind affects a call.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from .. import _hosts as hosts
from .._engine.records import struct


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from .._engine.account import Account
    from .._http import Request, Response

    Proceed = Callable[[], Response]


__all__ = ["AttemptedCall", "Behavior", "Fault", "Faults"]


@struct()
class AttemptedCall:
    """A call that the application attempts, and descriptions of the faults that it triggers."""

    account: Account
    request: Request
    triggered: list[str]


class Behavior:
    """A way in which calls go wrong, until the fault is used up or stopped."""

    order: ClassVar[int]
    """Its position: behaviors with lower numbers come first."""

    def __init__(self) -> None:
        self.hits = 0
        self.is_over = False

    def matches(self, request: Request) -> bool:
        """Whether this behavior applies to *request*. Called once for each request.

        By default, it applies to requests of the API: media are downloaded from another host.
        """
        return not hosts.is_storage(request.url)

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Answer a matching call, or let it *proceed*."""
        raise NotImplementedError

    def before_join(self) -> None:
        """Refuse somebody who joins a room, if this behavior is about joins."""

    def trigger(self, attempt: AttemptedCall) -> None:
        """Count *attempt* among the hits."""
        self.hits += 1
        attempt.triggered.append(str(self))


class Fault:
    """A fault that a test has injected. Use it as a context manager to stop it at the end."""

    def __init__(self, behavior: Behavior) -> None:
        self._behavior = behavior

    @property
    def hits(self) -> int:
        """How many calls have triggered the fault so far."""
        return self._behavior.hits

    def stop(self) -> None:
        """Stop the fault, so that calls succeed again. Stopping it twice has no effect."""
        self._behavior.is_over = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = ", over" if self._behavior.is_over else ""
        return f"<Fault {self._behavior}, {self.hits} hit{'s' if self.hits != 1 else ''}{state}>"


class Faults:
    """The faults that a test has injected."""

    def __init__(self) -> None:
        self._behaviors: list[Behavior] = []

    def add(self, behavior: Behavior) -> Fault:
        """Apply *behavior* to calls from now on."""
        self._behaviors = [
            earlier for earlier in self._behaviors if not earlier.is_over or not earlier.hits
        ]
        self._behaviors.append(behavior)
        return Fault(behavior)

    def replace(self, behavior: Behavior) -> Fault:
        """Add *behavior* in the place of an earlier one of the same kind, which is stopped."""
        for earlier in self._behaviors:
            if type(earlier) is type(behavior):
                earlier.is_over = True
        self._behaviors = [
            earlier for earlier in self._behaviors if type(earlier) is not type(behavior)
        ]
        return self.add(behavior)

    @property
    def never_triggered(self) -> list[str]:
        """Descriptions of the faults that no call has triggered, including stopped ones."""
        return [str(behavior) for behavior in self._behaviors if not behavior.hits]

    def before_join(self) -> None:
        """Refuse somebody who joins a room, if the first fault of joins that applies says so.

        Raises:
            Refusal: the join is to fail.

        """
        for each in self._behaviors:
            if not each.is_over:
                each.before_join()

    def answer(
        self, account: Account, request: Request, proceed: Proceed, triggered: list[str]
    ) -> Response:
        """Answer *request* by the faults that match, or let it *proceed*.

        Each fault that it triggers is added to *triggered*, even if the connection fails.

        Raises:
            NetworkFailure: the connection fails, so the client gets no answer.

        """
        if not self._behaviors:
            return proceed()
        active = [behavior for behavior in self._behaviors if not behavior.is_over]
        attempt = AttemptedCall(account, request, triggered)
        return _through(sorted(active, key=lambda behavior: behavior.order), attempt, proceed)


def _through(behaviors: Sequence[Behavior], attempt: AttemptedCall, proceed: Proceed) -> Response:
    """Pass *attempt* through *behaviors*, and skip those that do not match."""
    for place, behavior in enumerate(behaviors):
        # The behaviors further inside are checked only when this one lets the call proceed.
        if behavior.matches(attempt.request):
            # One fault of each kind: no second failure comes before the loss of an answer.
            inside = [
                other for other in behaviors[place + 1 :] if type(other) is not type(behavior)
            ]
            return behavior.answer(attempt, partial(_through, inside, attempt, proceed))
    return proceed()
