"""Faults: what a test orders to go wrong between a request and its answer.

Each fault stands in the way of a call, and decides whether and when the call
proceeds to the next one, and at last to the service. Slowness is outermost,
then the limit of requests, then the errors in the order in which they were
asked for, then what lags behind. Of each kind one alone meets a call.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from .._engine.account import Account
    from .._http import Request, Response

    Proceed = Callable[[], Response]


__all__ = ["Fault", "Faults"]


class Fault:
    """Something that goes wrong, until it has happened often enough, or is stopped.

    As a context manager it is stopped at the end of the ``with``.
    """

    order: ClassVar[int] = 0
    """How far outside it stands: what is less is asked first."""

    def __init__(self) -> None:
        self.hits = 0
        """How many calls it has struck so far."""
        self.is_over = False
        """Whether no further call will be struck."""

    def stop(self) -> None:
        """Let calls pass again. To stop it twice does no harm."""
        self.is_over = True

    def claims(self, request: Request) -> bool:  # noqa: ARG002 -- failures look at it
        """Tell whether *request* is for it to answer. It is asked once about each that comes."""
        return True

    def answer(self, account: Account, request: Request, proceed: Proceed) -> Response:
        """Answer *request*, which it claims, or let it *proceed*."""
        raise NotImplementedError

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
        state = ", over" if self.is_over else ""
        return f"<Fault {self}, {self.hits} hit{'s' if self.hits != 1 else ''}{state}>"


FaultT = TypeVar("FaultT", bound=Fault)


class Faults:
    """All that is ordered to go wrong at the moment."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: FaultT) -> FaultT:
        """Let *fault* stand in the way of calls from now on."""
        self._faults = [each for each in self._faults if not each.is_over or not each.hits]
        self._faults.append(fault)
        return fault

    def replace(self, fault: FaultT) -> FaultT:
        """Do as `add` does, and stop what there was of the same kind: there is one at a time."""
        for each in self._faults:
            if type(each) is type(fault):
                each.stop()
        self._faults = [each for each in self._faults if type(each) is not type(fault)]
        return self.add(fault)

    @property
    def unmet(self) -> list[str]:
        """What has struck no call so far, in words; also where it was stopped."""
        return [str(each) for each in self._faults if not each.hits]

    def tally(self) -> dict[Fault, int]:
        """Return how often each has struck so far."""
        return {each: each.hits for each in self._faults}

    def struck_since(self, before: Mapping[Fault, int]) -> str:
        """Return in words which have struck since that *tally*; nothing where none has."""
        return ", ".join(str(each) for each, hits in self.tally().items() if hits > before[each])

    def answer(self, account: Account, request: Request, proceed: Proceed) -> Response:
        """Answer *request* as the faults have it; what none strikes will *proceed*.

        Raises:
            NetworkFailure: there is no answer, because the connection fails.

        """
        if not self._faults:
            return proceed()
        standing = [each for each in self._faults if not each.is_over]
        return _through(sorted(standing, key=lambda each: each.order), account, request, proceed)


def _through(
    faults: Sequence[Fault], account: Account, request: Request, proceed: Proceed
) -> Response:
    """Lead *request* through these *faults*, past those that do not claim it."""
    for place, fault in enumerate(faults):
        # Only now: what is further inside is not asked where this one lets nothing through.
        if fault.claims(request):
            # An answer that is lost was one: no other failure has struck before it.
            inside = [each for each in faults[place + 1 :] if type(each) is not type(fault)]
            return fault.answer(
                account, request, partial(_through, inside, account, request, proceed)
            )
    return proceed()
