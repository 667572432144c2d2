"""One delivery of a callback: its attempts, what the handler raised, and why it failed."""

from __future__ import annotations

import sys

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .._engine.records import struct
from .._engine.texts import printable, without_password
from .._http import NetworkFailure, Request, Response
from ..errors import TwilioVideoError
from . import address, frameworks
from .address import Address
from .callback import Callback, CallbackResponse
from .network_faults import NetworkFaults
from .receivers import Target


__all__ = ["Delivery"]

__tracebackhide__ = True


class Attempt(NamedTuple):
    """One request and its outcome."""

    outcome: Response | NetworkFailure
    error: BaseException | None = None
    """How the connection failed, or what the handler raised if that is only recorded."""


@struct()
class Delivery:
    """One delivery of *callback* to *target*: all attempts, up to the last outcome."""

    callback: Callback
    target: Target
    faults: NetworkFaults
    awaiting: bool
    """Whether to await the receiver on the running event loop, or to call it."""
    deferred: Callable[[], timedelta]
    """Returns how much virtual time has been slept through during deliveries."""
    on_delivery: Callable[[Callback], AbstractContextManager[object]]
    """Entered with the callback while it is being delivered."""

    async def run(self) -> None:
        """Deliver the callback and record the outcome on it.

        Raise what the handler raises, if the target wants that.
        """
        callback = self.callback
        if self.faults.trigger("drop", callback.event):
            callback.problem = "it was lost on its way: callbacks.drop()"
            return
        is_tampered = self.faults.trigger("tamper", callback.event)
        callback.response = callback.error = callback.problem = None
        response, error, problem = None, None, None
        with self.on_delivery(callback):
            try:
                to = address.parse(callback.url)
                request = callback._request_to(to, is_tampered=is_tampered)  # noqa: SLF001 -- the callback keeps its token
                outcome, error = await self._send_with_retries(request, to)
                response = _callback_response(outcome)
                problem = _problem(request, outcome, error)
            except BaseException as raised:
                error, problem = raised, _describe_error(raised)
                raise
            finally:
                if is_tampered:
                    problem = "it arrived with a wrong signature: callbacks.tamper()"
                callback.response, callback.error, callback.problem = response, error, problem

    async def _send_with_retries(self, request: Request, to: Address) -> Attempt:
        """Return the last attempt, with the application's response to *request* if it gave one.

        A retry carries the same headers, and so the same idempotency token, by
        which an application recognizes it.
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
        """Send without the password, and again with it if the application asks for it.

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
        """Send *request* once.

        Raise `NetworkFailure` if no response arrives within *timeout*.
        """
        self.callback.attempts += 1
        if self.faults.trigger("refuse", self.callback.event):
            msg = f"{request.url} refused the connection: callbacks.refuse()"
            raise NetworkFailure(kind="connect", message=msg) from ConnectionRefusedError(msg)
        before = self.deferred()
        attempt = await self._receive(request)
        took = self.deferred() - before
        if took > timeout:
            msg = f"no answer from {request.url} in time: it took {took.total_seconds():g} s"
            raise NetworkFailure(kind="timeout", message=msg) from TimeoutError(msg)
        return attempt

    async def _receive(self, request: Request) -> Attempt:
        """Pass *request* to the receiver. Raise what the handler raises, or record it."""
        receiver = self.target.receiver
        error: BaseException | None = None
        with frameworks.captured_framework_errors() as captured:
            try:
                if self.awaiting:
                    response = await receiver.adeliver(self.callback, request)
                else:
                    response = receiver.deliver(self.callback, request)
            except frameworks.AnsweredError as answered:
                response, error = answered.response, answered.error
            except NetworkFailure:
                raise
            except Exception as raised:  # noqa: BLE001 -- a handler may raise anything
                # A server answers with a 500 if its application does not answer.
                response, error = Response(HTTPStatus.INTERNAL_SERVER_ERROR.value), raised
        if captured and response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            # With any other status, the handler has dealt with the error.
            error = captured[-1]
        # A mistake in the test is raised in any case.
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


def _problem(
    request: Request, outcome: Response | NetworkFailure, error: BaseException | None
) -> str | None:
    """Describe why *outcome* is not a success, and what helps; `None` if it is one."""
    if isinstance(outcome, NetworkFailure):
        code = 11205 if outcome.kind == "connect" else 11200
        return f"{outcome} (Twilio's debugger would show error {code})"
    if error is not None:
        return _describe_error(error)
    if HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    return _describe_refusal(request, outcome)


def _describe_error(error: BaseException) -> str:
    return without_password(f"its delivery raised {error!r}")


def _describe_refusal(request: Request, response: Response) -> str:
    if response.status == HTTPStatus.BAD_REQUEST and _is_refused_by_django(request, response):
        host = urlsplit(request.url).hostname
        return f"Django refuses the host {host!r}: add it to ALLOWED_HOSTS in the test's settings"
    if response.status == HTTPStatus.FORBIDDEN and _is_about_csrf(response):
        return "Django's CSRF protection refuses it: decorate the view with @csrf_exempt"
    if "location" in response.headers:
        # Inferred: Twilio's pages mention redirects for calls, not for status callbacks.
        where = printable(without_password(response.headers["location"]))
        return f"it was redirected to {where}, which is not followed; is the URL exact?"
    return f"the application answered {response.status}, and Twilio takes only 2xx as success"


def _is_refused_by_django(request: Request, response: Response) -> bool:
    # The texts of Django's own page, without and with DEBUG. Without them, another application
    # has answered.
    if b"Bad Request (400)" not in response.body and b"DisallowedHost" not in response.body:
        return False
    django: Any = sys.modules.get("django.http.request")
    conf: Any = sys.modules.get("django.conf")
    if django is None or conf is None or not conf.settings.configured:
        return False
    domain, _ = django.split_domain_port(urlsplit(request.url).netloc)
    return not django.validate_host(domain, conf.settings.ALLOWED_HOSTS)


def _is_about_csrf(response: Response) -> bool:
    # The page is translated, but the acronym is not.
    return "django.middleware.csrf" in sys.modules and b"CSRF" in response.body
