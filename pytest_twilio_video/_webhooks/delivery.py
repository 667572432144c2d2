"""One delivery of a callback: its attempts, and the outcome that the callback records."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple

from .._engine.records import struct
from .._engine.texts import printable, without_password
from .._http import NetworkFailure, Request, Response
from ..errors import TwilioVideoError
from . import address, frameworks
from .address import Address
from .callback import Callback, CallbackResponse
from .diagnosis import describe_refusal
from .network_faults import NetworkFaults
from .response_limits import ResponseLimits
from .targets import Target


__all__ = ["Delivery"]

__tracebackhide__ = True


class Attempt(NamedTuple):
    """One request and its outcome."""

    outcome: Response | NetworkFailure
    error: BaseException | None = None
    """The failure of the connection, or the exception of the handler if it is not raised."""


@struct()
class Delivery:
    """One delivery of *callback* to *target*, with all retries."""

    callback: Callback
    target: Target
    faults: NetworkFaults
    awaiting: bool
    """Whether to await the receiver on the running event loop instead of calling it."""
    deferred: Callable[[], timedelta]
    """Returns how much virtual time handlers have slept."""
    on_delivery: Callable[[Callback], AbstractContextManager[object]]
    """Returns a context manager, which is entered while the callback is being delivered."""

    async def run(self) -> None:
        """Deliver the callback, and record the outcome on it.

        If the handler raises and the target's *raise_exceptions* is true, raise the exception.
        """
        callback = self.callback
        if self.faults.trigger("drop", callback.event):
            callback._problem = "lost: callbacks.drop()"  # noqa: SLF001 -- the callback keeps what its delivery found
            return
        is_tampered = self.faults.trigger("tamper", callback.event)
        callback.response = callback.error = callback._problem = None  # noqa: SLF001 -- the callback keeps what its delivery found
        response, error, problem = None, None, None
        with self.on_delivery(callback):
            try:
                to = address.parse(callback.url)
                request = callback._request_to(to, is_tampered=is_tampered)  # noqa: SLF001 -- the callback keeps its token
                request = replace(request, headers=self.target.headers_of(request))
                outcome, error = await self._send_with_retries(request, to)
                response = _callback_response(outcome)
                problem = self._problem(request, outcome, error)
            except BaseException as raised:
                error, problem = raised, _describe_error(raised)
                raise
            finally:
                if is_tampered:
                    problem = "sent with a wrong signature: callbacks.tamper()"
                callback.response, callback.error, callback._problem = response, error, problem  # noqa: SLF001 -- the callback keeps what its delivery found

    def _problem(
        self, request: Request, outcome: Response | NetworkFailure, error: BaseException | None
    ) -> str | None:
        """Describe why *outcome* is a failure, and what to do. `None` if it is a success."""
        if isinstance(outcome, NetworkFailure):
            code = 11205 if outcome.kind == "connect" else 11200
            return f"{outcome} (Twilio's debugger would show error {code})"
        if error is not None:
            return _describe_error(error)
        if HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        signer = self.callback._signer  # noqa: SLF001 -- the callback keeps who signs it
        refusal = describe_refusal(request, outcome, self.target.receiver, signer)
        return printable(without_password(refusal))

    async def _send_with_retries(self, request: Request, to: Address) -> Attempt:
        """Send *request*, retry as the overrides of *to* demand, and return the last attempt.

        A retry has the same headers, including the idempotency token. The
        application recognizes a retry by this token.
        """
        overrides = to.overrides
        attempt = await self._attempt(request, to)
        lost = overrides.time_lost_by(attempt.outcome)
        for _ in range(overrides.rc):
            if lost >= overrides.tt or not overrides.retries_after(attempt.outcome):
                break
            attempt = await self._attempt(request, to)
            lost += overrides.time_lost_by(attempt.outcome)
        return attempt

    async def _attempt(self, request: Request, to: Address) -> Attempt:
        """Send *request* without the password. If the application asks for it, send it again.

        "First request unauthenticated, repeated with Authorization after 401 and
        a realm" -- webhook security.
        """
        timeout = to.overrides.response_timeout
        try:
            attempt = await self._send(request, timeout)
            if to.authorization and _asks_for_password(attempt.outcome):
                headers = {**request.headers, "Authorization": to.authorization}
                attempt = await self._send(replace(request, headers=headers), timeout)
        except NetworkFailure as failure:
            return Attempt(failure, failure.__cause__ or failure)
        return attempt

    async def _send(self, request: Request, timeout: timedelta) -> Attempt:
        """Send *request* once, and return the attempt.

        Raises:
            NetworkFailure: no response arrives within *timeout*, or it has no end.

        """
        self.callback.attempts += 1
        if self.faults.trigger("refuse", self.callback.event):
            msg = f"{request.url} refused the connection: callbacks.refuse()"
            raise NetworkFailure(kind="connect", message=msg) from ConnectionRefusedError(msg)
        limits = ResponseLimits(request.url, timeout, self.deferred)
        attempt = await self._receive(request, limits)
        limits.check_virtual_time()
        return attempt

    async def _receive(self, request: Request, limits: ResponseLimits) -> Attempt:
        """Pass *request* to the receiver. An exception of the handler is raised or recorded."""
        receiver = self.target.receiver
        error: BaseException | None = None
        with frameworks.captured_framework_errors() as captured:
            try:
                if self.awaiting:
                    response = await receiver.adeliver(self.callback, request, limits)
                else:
                    response = receiver.deliver(self.callback, request, limits)
            except frameworks.AnsweredError as answered:
                response, error = answered.response, answered.error
            except NetworkFailure:
                raise
            except Exception as raised:  # noqa: BLE001 -- a handler may raise anything
                # A server answers with a 500 if its application raises.
                response, error = Response(HTTPStatus.INTERNAL_SERVER_ERROR.value), raised
        if captured and response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            # If the status is another one, the application has handled the error itself.
            error = captured[-1]
        # An error that reports a mistake in the test is always raised.
        if error and (self.target.raise_exceptions or isinstance(error, TwilioVideoError)):
            raise error
        return Attempt(response, error)


def _asks_for_password(outcome: Response | NetworkFailure) -> bool:
    return (
        isinstance(outcome, Response)
        and outcome.status == HTTPStatus.UNAUTHORIZED
        and "www-authenticate" in outcome.headers
    )


def _callback_response(outcome: Response | NetworkFailure) -> CallbackResponse | None:
    if isinstance(outcome, NetworkFailure):
        return None
    text = outcome.body.decode(errors="replace")
    return CallbackResponse(outcome.status, text, outcome.headers)


def _describe_error(error: BaseException) -> str:
    try:
        shown = repr(error)
    except Exception:  # noqa: BLE001 -- the test must see the exception itself, not that of its repr
        shown = f"{type(error).__name__} (its repr raises an exception, too)"
    return without_password(f"the handler raised {shown}")
