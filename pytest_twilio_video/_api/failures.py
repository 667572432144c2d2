"""Failures: injected error responses, and connections that fail."""

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
    """Which calls fail: the first *after* succeed, and the next *times* fail. `None` means all."""

    times: int | None = 1
    after: int = 0
    when: When = "before"
    """Whether the call fails before or after it takes effect."""

    def __post_init__(self) -> None:
        if self.times is not None:
            whole("times", self.times, at_least=1)
        whole("after", self.after)
        word("when", self.when, WHENS)


@struct()
class Outcome:
    """The result of a failing call: an error response of Twilio, or a failed connection.

    *code* determines the default message and status. If only *status* is given, the code is the
    one that Twilio sends with this status. Without both, the error is "Service is unavailable".
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
        """Twilio's error. It is not used if *error* is given: then there is no response."""
        if self.code is not None:
            return Refusal(self.code, self.message, status=self.status)
        status = 503 if self.status is None else self.status
        # Inferred: an injected status has the code 20000 plus the status, as in 20404, 20429,
        # 20500 and 20503, unless Twilio lists another.
        code = _CODES.get(status, 20000 + status)
        message = self.message
        if message is None and code not in ERROR_CODES:
            message = _phrase(status)
        return Refusal(code, message, status=status)

    def respond(self, request: Request) -> Response:
        """Return the error response to *request*, or raise `NetworkFailure`."""
        if self.error is not None:
            raise NetworkFailure(self.error)
        if hosts.bucket_at(request.url):
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
                f"error is {self.error!r}, so the connection fails and there is no response with "
                f"{' and '.join(given)}. Pass either error or {' and '.join(given)}"
            )
            raise InvalidArgumentError(msg)

    def _require_text(self) -> None:
        if self.code not in ERROR_CODES and self.message is None:
            msg = f"code is {self.code}, whose message is not known here. Pass a message as well"
            raise InvalidArgumentError(msg)


class Failure(Behavior):
    """Makes calls that match *pattern* fail with *outcome*. *schedule* says which of them."""

    order = 2

    def __init__(self, pattern: Pattern, schedule: Schedule, outcome: Outcome) -> None:
        super().__init__()
        if outcome.error == "connect" and schedule.when == "after":
            msg = (
                'error is "connect", so no request arrives, and the call cannot take effect first '
                'as when="after" demands. Use error="reset" or error="timeout" with when="after"'
            )
            raise InvalidArgumentError(msg)
        self._pattern, self._schedule, self._outcome = pattern, schedule, outcome
        self._passed = 0

    def matches(self, request: Request) -> bool:
        """Return whether *request* fails. Matching requests that still succeed are counted."""
        if not self._pattern.matches(request.method, request.path, request.url):
            return False
        if self._passed < self._schedule.after:
            self._passed += 1
            return False
        return True

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Make the call fail, before or after it takes effect."""
        self.trigger(attempt)
        self.is_over = self.hits == self._schedule.times
        if self._schedule.when == "after":
            proceed()
        return self._outcome.respond(attempt.request)

    def __str__(self) -> str:
        return f"{self._outcome} for {self._pattern}"


class ConnectFailure(Behavior):
    """Makes joins fail with *code*. *schedule* says which of them."""

    order = 2

    def __init__(self, schedule: Schedule, code: int, message: str | None) -> None:
        super().__init__()
        # `Outcome` checks that the code is an error code, and that its message is known.
        self._schedule, self._refusal = schedule, Outcome(code=code, message=message).refusal
        self._passed = 0

    def matches(self, request: Request) -> bool:  # noqa: ARG002
        """Return false, because no call matches. Joins are handled by `before_join`."""
        return False

    def before_join(self) -> None:
        """Raise the refusal if this join fails by the schedule.

        Raises:
            Refusal: this join fails.

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
