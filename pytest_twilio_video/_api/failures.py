"""Failures: errors in the place of answers, and connections that break."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .._engine.arguments import WHENS, text, whole, word
from .._engine.records import struct
from .._engine.refusals import ERROR_CODES, Refusal
from .._http import NetworkFailure
from ..errors import InvalidArgumentError
from . import errors
from .faults import Fault


if TYPE_CHECKING:
    from .._engine.account import Account
    from .._engine.arguments import When
    from .._http import Kind, Request, Response
    from .faults import Proceed
    from .pattern import Pattern


__all__ = ["Failure", "Outcome", "Turn"]


@struct()
class Turn:
    """When it is a call's turn to be struck: after so many that pass, so many times."""

    times: int | None = 1
    after: int = 0
    when: When = "before"
    """Before the work is done, or after it, so that its answer is lost."""

    def __post_init__(self) -> None:
        if self.times is not None:
            whole("times", self.times, at_least=1)
        whole("after", self.after)
        word("when", self.when, WHENS)


@struct()
class Outcome:
    """What there is in the place of an answer: an error of Twilio's, or of the connection.

    What is not said follows from what is: from the *code* its text and status, from a *status*
    alone the code that Twilio has for it, and from neither "Service is unavailable".
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
        """The error of Twilio's."""
        if self.code is not None:
            return Refusal(self.code, self.message, status=self.status)
        status = 503 if self.status is None else self.status
        # Inferred: where nothing special is listed it is 20000 and the status, as 20404, 20429,
        # 20500 and 20503 are.
        code = _CODES.get(status, 20000 + status)
        message = self.message
        if message is None and code not in ERROR_CODES:
            message = _phrase(status)
        return Refusal(code, message, status=status)

    def meet(self, request: Request) -> Response:
        """Answer *request* with it, or break its connection."""
        if self.error is not None:
            raise NetworkFailure(self.error)
        path = urlsplit(request.url).path
        return errors.to_response(self.refusal, path, retry_after=self.retry_after)

    def __str__(self) -> str:
        if self.error is not None:
            return self.error
        return f"{self.refusal.status} (code {self.refusal.code})"

    def _require_no_answer(self) -> None:
        names = ("status", "code", "message", "retry_after")
        given = [name for name in names if getattr(self, name) is not None]
        if given:
            msg = (
                f"error={self.error!r} is a connection that fails, so there is no answer that "
                f"could have {' and '.join(given)}: give one or the other"
            )
            raise InvalidArgumentError(msg)

    def _require_text(self) -> None:
        if self.code not in ERROR_CODES and self.message is None:
            msg = f"code is {self.code}, of which no text is known here: give it a message as well"
            raise InvalidArgumentError(msg)


class Failure(Fault):
    """An *outcome* in the place of an answer, for calls of a *pattern* whose *turn* it is."""

    order = 2

    def __init__(self, pattern: Pattern, turn: Turn, outcome: Outcome) -> None:
        super().__init__()
        if outcome.error == "connect" and turn.when == "after":
            msg = (
                'error="connect" means that nothing arrives, so it cannot strike when="after" '
                'the work was done: error="reset" and error="timeout" can'
            )
            raise InvalidArgumentError(msg)
        self._pattern, self._turn, self._outcome = pattern, turn, outcome
        self._passed = 0

    def claims(self, request: Request) -> bool:
        """Tell whether *request* is meant, and its turn; one that is too early is counted."""
        if not self._pattern.matches(request.method, request.url):
            return False
        if self._passed < self._turn.after:
            self._passed += 1
            return False
        return True

    def answer(
        self,
        account: Account,  # noqa: ARG002 -- other faults look at it
        request: Request,
        proceed: Proceed,
    ) -> Response:
        """Strike: in the place of the work, or of its answer."""
        self.hits += 1
        self.is_over = self.hits == self._turn.times
        if self._turn.when == "after":
            proceed()
        return self._outcome.meet(request)

    def __str__(self) -> str:
        return f"{self._outcome} for {self._pattern}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Error {status}"


_KINDS: Final = ("timeout", "connect", "reset")
_CODES: Final = {400: 20001, 401: 20003, 405: 20004}
