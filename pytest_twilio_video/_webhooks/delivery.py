"""One delivery of one callback: hand it over, and record on it what came of that."""

from __future__ import annotations

import sys

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from .._engine.records import struct
from .._http import NetworkFailure, Request, Response
from ..errors import TwilioVideoError
from . import address, frameworks
from .address import Address
from .callback import Answer, Callback
from .network_faults import Mishaps
from .receivers import Target


__all__ = ["Handover", "Send", "converse", "explain", "explain_disruption", "explain_error"]

__tracebackhide__ = True  # A report shows the line of the test.


# Why an application did not like a callback: the causes that its answer does not name.


def explain(request: Request, response: Response) -> str:
    """Return in words why *response* is not a success, and what helps."""
    if response.status == HTTPStatus.BAD_REQUEST and _is_refused_by_django(request, response):
        host = urlsplit(request.url).hostname
        return f"Django refuses the host {host!r}: add it to ALLOWED_HOSTS in the test's settings"
    if response.status == HTTPStatus.FORBIDDEN and _is_about_csrf(response):
        return "Django's CSRF protection refuses it: decorate the view with @csrf_exempt"
    if "location" in response.headers:
        # Inferred: Twilio's pages speak of redirects for calls, not for status callbacks.
        where = response.headers["location"]
        return f"it was redirected to {where}, which is not followed; is the URL exact?"
    return f"the application answered {response.status}, and Twilio takes only 2xx as success"


def explain_disruption(disruption: NetworkFailure) -> str:
    """Return in words what *disruption* is to Twilio."""
    code = 11205 if disruption.kind == "connect" else 11200
    return f"{disruption} (Twilio's debugger would show error {code})"


def explain_error(error: BaseException) -> str:
    """Return in words what the handler, or the way to it, has raised."""
    return f"its delivery raised {error!r}"


def _is_refused_by_django(request: Request, response: Response) -> bool:
    # What Django's own page says, without and with DEBUG: the application that
    # answered may be another one.
    if b"Bad Request (400)" not in response.body and b"DisallowedHost" not in response.body:
        return False
    django: Any = sys.modules.get("django.http.request")
    conf: Any = sys.modules.get("django.conf")
    if django is None or conf is None or not conf.settings.configured:
        return False
    domain, _ = django.split_domain_port(urlsplit(request.url).netloc)
    return not django.validate_host(domain, conf.settings.ALLOWED_HOSTS)


def _is_about_csrf(response: Response) -> bool:
    # The page is translated, the acronym is not.
    return "django.middleware.csrf" in sys.modules and b"CSRF" in response.body


# One exchange: a request, its password when that is asked for, and the tries after a failure.


Send = Callable[[Request], Awaitable[Response]]


async def converse(request: Request, to: Address, send: Send) -> Response:
    """Return the application's answer to *request*, the last one if there were several tries.

    A retry carries the same headers, so the same idempotency token, by which
    an application can tell it from news.

    Raise `NetworkFailure` if there is no answer, and whatever *send* raises.
    """
    rules = to.overrides
    outcome = await _try(request, to, send)
    lost = rules.time_lost_by(outcome)
    for _ in range(rules.rc):
        if lost >= rules.tt or not rules.tries_again_after(outcome):
            break
        outcome = await _try(request, to, send)
        lost += rules.time_lost_by(outcome)
    if isinstance(outcome, NetworkFailure):
        raise outcome
    return outcome


async def _try(request: Request, to: Address, send: Send) -> Response | NetworkFailure:
    """Send without a password, and once more with it if it is asked for.

    "First request unauthenticated, repeated with Authorization after 401 and
    a realm" -- webhook security.
    """
    try:
        response = await send(request)
        if to.authorization and _asks_for_password(response):
            headers = {**request.headers, "Authorization": to.authorization}
            response = await send(replace(request, headers=headers))
    except NetworkFailure as disruption:
        return disruption
    return response


def _asks_for_password(response: Response) -> bool:
    return response.status == HTTPStatus.UNAUTHORIZED and "www-authenticate" in response.headers


@struct()
class Handover:
    """The delivery of *callback* to *target*, on a day with these *mishaps*."""

    callback: Callback
    target: Target
    mishaps: Mishaps
    drifted: Callable[[], timedelta]
    """How far virtual time was moved on by those who slept in it."""
    awaiting: bool
    """Whether the answer is waited for on the loop that we are on, and else without any."""

    async def run(self) -> None:
        """Deliver. Raise what the handler raises, if that is what the target wants."""
        callback = self.callback
        callback.response = callback.error = callback.problem = None
        forged = self.mishaps.strikes("tamper", callback.event)
        try:
            request = callback.forgery if forged else callback.request
            response = await converse(request, address.parse(callback.url), self._send)
        except NetworkFailure as disruption:
            callback.error = disruption.__cause__ or disruption
            callback.problem = explain_disruption(disruption)
        except BaseException as error:
            callback.error = error
            callback.problem = explain_error(error)
            raise
        else:
            callback.response = Answer.of(response)
            if self.callback.error:
                callback.problem = explain_error(self.callback.error)
            elif not callback.response.ok:
                callback.problem = explain(request, response)
        finally:
            if forged:
                callback.problem = "it arrived with a wrong signature: callbacks.tamper()"

    async def _send(self, request: Request) -> Response:
        self.callback.attempts += 1
        self.callback.error = None
        if self.mishaps.strikes("refuse", self.callback.event):
            msg = f"{request.url} refused the connection: callbacks.refuse()"
            raise NetworkFailure(kind="connect", message=msg) from ConnectionRefusedError(msg)
        before = self.drifted()
        response = await self._ask(request)
        took = self.drifted() - before
        if took > address.parse(self.callback.url).overrides.patience:
            msg = f"no answer from {request.url} in time: it took {took.total_seconds():g} s"
            raise NetworkFailure(kind="timeout", message=msg) from TimeoutError(msg)
        return response

    async def _ask(self, request: Request) -> Response:
        """Return the answer; keep what the handler raised, or raise it where that is wanted."""
        error: BaseException | None = None
        with frameworks.noted() as pages:
            try:
                response = await self._take(request)
            except frameworks.AnsweredError as answered:
                response, error = answered.response, answered.error
            except NetworkFailure:
                raise
            except Exception as raised:  # noqa: BLE001 -- whatever it is, it is the handler's
                # What any server answers for an application that does not.
                response, error = Response(HTTPStatus.INTERNAL_SERVER_ERROR.value), raised
        if pages and response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            # Where the answer is another, the handler has coped with it.
            error = pages[-1]
        # A mistake of the test is nothing to be recorded and passed over.
        if error and (self.target.raise_exceptions or isinstance(error, TwilioVideoError)):
            raise error
        self.callback.error = error
        return response

    async def _take(self, request: Request) -> Response:
        destination = self.target.destination
        if self.awaiting:
            return await destination.atake(self.callback, request)
        return destination.take(self.callback, request)
