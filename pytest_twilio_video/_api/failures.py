"""Failures: errors instead of answers, and connections that break."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from .. import _hosts as hosts
from .._engine.arguments import WHENS, text, whole, word
from .._engine.records import struct
from .._engine.refusals import ERROR_CODES, Refusal
from .._http import NetworkFailure
from ..errors import InvalidArgumentError
from . import errors, storage
from .faults import Behavior


if TYPE_CHECKING:
    from .._engine.arguments import When
    from .._http import Kind, Request, Response
    from .faults import AttemptedCall, Proceed
    from .pattern import Pattern


__all__ = ["ConnectFailure", "Failure", "Outcome", "Schedule"]


@struct()
class Schedule:
    """Which calls fail: the first *after* succeed, the next *times* fail. `None` means all."""

    times: int | None = 1
    after: int = 0
    when: When = "before"
    """Before the work is done, or after it. In the second case only the answer is lost."""

    def __post_init__(self) -> None:
        if self.times is not None:
            whole("times", self.times, at_least=1)
        whole("after", self.after)
        word("when", self.when, WHENS)


@struct()
class Outcome:
    """The result of a failing call: an error response of Twilio, or a failed connection.

    The default message and status are those of *code*. If only *status* is given, the code is the
    one that Twilio uses with it. Without both, the error is "Service is unavailable".
    """

    status: int | None = None
    code: int | None = None
    message: str | None = None
    retry_after: int | None = None
    error: Kind | None = None

    def __post_init__(self) -> None:
        if self.error is not None:
            word("error", self.error, _KINDS)
            self._require_no_answer()
        if self.status is not None:
            whole("status", self.status, at_least=400, at_most=599)
        if self.code is not None:
            whole("code", self.code, at_least=1)
            self._require_text()
        if self.message is not None:
            text("message", self.message)
        if self.retry_after is not None:
            whole("retry_after", self.retry_after)

    @property
    def refusal(self) -> Refusal:
        """Twilio's error; unused if the connection fails with *error*."""
        if self.code is not None:
            return Refusal(self.code, self.message, status=self.status)
        status = 503 if self.status is None else self.status
        # Inferred: the code is 20000 plus the status, as in 20404, 20429, 20500 and 20503, unless
        # Twilio lists another.
        code = _CODES.get(status, 20000 + status)
        message = self.message
        if message is None and code not in ERROR_CODES:
            message = _phrase(status)
        return Refusal(code, message, status=status)

    def respond(self, request: Request) -> Response:
        """Answer *request* with the error, or break the connection."""
        if self.error is not None:
            raise NetworkFailure(self.error)
        if hosts.is_storage(request.url):
            return storage.failure(self.refusal.status, self.message, self.retry_after)
        return errors.to_response(self.refusal, request.path, retry_after=self.retry_after)

    def __str__(self) -> str:
        if self.error is not None:
            return self.error
        return f"{self.refusal.status} (code {self.refusal.code})"

    def _require_no_answer(self) -> None:
        names = ("status", "code", "message", "retry_after")
        given = [name for name in names if getattr(self, name) is not None]
        if given:
            msg = (
                f"with error={self.error!r} the connection fails, so there is no answer that "
                f"could have {' and '.join(given)}: give one or the other"
            )
            raise InvalidArgumentError(msg)

    def _require_text(self) -> None:
        if self.code not in ERROR_CODES and self.message is None:
            msg = f"code is {self.code}, whose text is not known here: give it a message as well"
            raise InvalidArgumentError(msg)


class Failure(Behavior):
    """An *outcome* instead of an answer, for calls that match *pattern*, on *schedule*."""

    order = 2

    def __init__(self, pattern: Pattern, schedule: Schedule, outcome: Outcome) -> None:
        super().__init__()
        if outcome.error == "connect" and schedule.when == "after":
            msg = (
                'error="connect" means that nothing arrives, so it cannot happen when="after" '
                'the work was done: error="reset" and error="timeout" can'
            )
            raise InvalidArgumentError(msg)
        self._pattern, self._schedule, self._outcome = pattern, schedule, outcome
        self._passed = 0

    def matches(self, request: Request) -> bool:
        """Whether *request* fails now. A request before the fault's turn is counted."""
        if not self._pattern.matches(request.method, request.path, request.url):
            return False
        if self._passed < self._schedule.after:
            self._passed += 1
            return False
        return True

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Fail instead of doing the work, or after it."""
        self.trigger(attempt)
        self.is_over = self.hits == self._schedule.times
        if self._schedule.when == "after":
            proceed()
        return self._outcome.respond(attempt.request)

    def __str__(self) -> str:
        return f"{self._outcome} for {self._pattern}"


class ConnectFailure(Behavior):
    """The refusal with *code* instead of joining a room, for joins on *schedule*."""

    order = 2

    def __init__(self, schedule: Schedule, code: int, message: str | None) -> None:
        super().__init__()
        # An outcome checks that the code is one, and that its text is known.
        self._schedule, self._refusal = schedule, Outcome(code=code, message=message).refusal
        self._passed = 0

    def matches(self, request: Request) -> bool:  # noqa: ARG002
        """Match no call: see `before_join`."""
        return False

    def before_join(self) -> None:
        """Raise the refusal of a join, unless it comes too early.

        Raises:
            Refusal: it is one of those that fail.

        """
        if self._passed < self._schedule.after:
            self._passed += 1
            return
        self.hits += 1
        self.is_over = self.hits == self._schedule.times
        raise self._refusal

    def __str__(self) -> str:
        return f"{self._refusal.code} for joins"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Error {status}"


_KINDS: Final = ("timeout", "connect", "reset")
_CODES: Final = {400: 20001, 401: 20003, 405: 20004}
