"""Faults: the failures that a test injects between a request and its response.

Each call passes through a chain of behaviors. A behavior decides whether and
when the call proceeds to the next one, and at the end to the service. The order
is: latency, the limit of calls, the failures in the order in which they were
added, the lag. At most one behavior of each kind affects a call.
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
    """A call of the application, and descriptions of the faults that it has triggered so far."""

    account: Account
    request: Request
    triggered: list[str]


class Behavior:
    """A way in which calls fail or slow down, until the fault is used up or stopped."""

    order: ClassVar[int]
    """The position in the chain. Behaviors with lower numbers come first."""

    def __init__(self) -> None:
        self.hits = 0
        self.is_over = False

    def matches(self, request: Request) -> bool:
        """Return whether this behavior applies to *request*. It is called once for each request.

        By default, a behavior applies to requests to the API, but not to downloads of media.
        """
        return hosts.bucket_at(request.url) is None

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Return the response to a matching call. *proceed* calls the rest of the chain."""
        raise NotImplementedError

    def before_join(self) -> None:
        """Raise a refusal if this behavior makes joins fail."""

    def trigger(self, attempt: AttemptedCall) -> None:
        """Count *attempt* as a hit."""
        self.hits += 1
        attempt.triggered.append(str(self))


class Fault:
    """A fault that a test has injected. Use it as a context manager to stop it at the end."""

    def __init__(self, behavior: Behavior, on_change: Callable[[], object]) -> None:
        self._behavior = behavior
        self._on_change = on_change

    @property
    def hits(self) -> int:
        """How many calls or joins have triggered the fault so far."""
        return self._behavior.hits

    def stop(self) -> None:
        """Stop the fault, so that calls succeed again. Stopping it twice has no effect."""
        self._behavior.is_over = True
        self._on_change()

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
    """All faults that a test has injected."""

    def __init__(self, on_change: Callable[[], object] = lambda: None) -> None:
        """Create an empty list; *on_change* is called when a fault is added or stopped."""
        self._behaviors: list[Behavior] = []
        self._on_change = on_change

    def add(self, behavior: Behavior) -> Fault:
        """Apply *behavior* to calls from now on, and return its fault."""
        self._behaviors = [
            earlier for earlier in self._behaviors if not earlier.is_over or not earlier.hits
        ]
        self._behaviors.append(behavior)
        self._on_change()
        return Fault(behavior, self._on_change)

    def replace(self, behavior: Behavior) -> Fault:
        """Stop an earlier behavior of the same kind, add *behavior*, and return its fault."""
        for earlier in self._behaviors:
            if type(earlier) is type(behavior):
                earlier.is_over = True
        self._behaviors = [
            earlier for earlier in self._behaviors if type(earlier) is not type(behavior)
        ]
        return self.add(behavior)

    @property
    def never_triggered(self) -> list[str]:
        """Descriptions of the faults that were never triggered, including stopped faults."""
        return [str(behavior) for behavior in self._behaviors if not behavior.hits]

    @property
    def active(self) -> list[tuple[str, int]]:
        """Descriptions of the faults that further calls can trigger, each with its hits."""
        return [
            (str(behavior), behavior.hits) for behavior in self._behaviors if not behavior.is_over
        ]

    def before_join(self) -> None:
        """Raise a refusal if a fault makes this join fail.

        Raises:
            Refusal: the join fails.

        """
        for behavior in self._behaviors:
            if not behavior.is_over:
                behavior.before_join()

    def answer(
        self, account: Account, request: Request, proceed: Proceed, triggered: list[str]
    ) -> Response:
        """Return the response to *request*, after the matching faults. *proceed* is the service.

        Each fault that the request triggers is added to *triggered*, even if the connection fails.

        Raises:
            NetworkFailure: the connection fails, so the client gets no response.

        """
        if not self._behaviors:
            return proceed()
        active = [behavior for behavior in self._behaviors if not behavior.is_over]
        attempt = AttemptedCall(account, request, triggered)
        return _through(sorted(active, key=lambda behavior: behavior.order), attempt, proceed)


def _through(behaviors: Sequence[Behavior], attempt: AttemptedCall, proceed: Proceed) -> Response:
    """Return the response to *attempt* after *behaviors*. Skip behaviors that do not match."""
    for place, behavior in enumerate(behaviors):
        # The later behaviors are checked only when this one lets the call proceed.
        if behavior.matches(attempt.request):
            # Only one behavior of each kind applies to a call.
            inside = [
                other for other in behaviors[place + 1 :] if type(other) is not type(behavior)
            ]
            return behavior.answer(attempt, partial(_through, inside, attempt, proceed))
    return proceed()
