"""One exchange: a request, its password when that is asked for, and the tries after a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from .._http import Disruption, Request, Response
from .address import Address


__all__ = ["Send", "converse"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.

Send = Callable[[Request], Awaitable[Response]]


async def converse(request: Request, to: Address, send: Send) -> Response:
    """Return the application's answer to *request*, the last one if there were several tries.

    A retry carries the same headers, so the same idempotency token, by which
    an application can tell it from news.

    Raise `Disruption` if there is no answer, and whatever *send* raises.
    """
    rules = to.overrides
    outcome = await _try(request, to, send)
    lost = rules.time_lost_by(outcome)
    for _ in range(rules.rc):
        if lost >= rules.tt or not rules.tries_again_after(outcome):
            break
        outcome = await _try(request, to, send)
        lost += rules.time_lost_by(outcome)
    if isinstance(outcome, Disruption):
        raise outcome
    return outcome


async def _try(request: Request, to: Address, send: Send) -> Response | Disruption:
    """Send without a password, and once more with it if it is asked for.

    "First request unauthenticated, repeated with Authorization after 401 and
    a realm" -- webhook security.
    """
    try:
        response = await send(request)
        if to.authorization and _asks_for_password(response):
            headers = {**request.headers, "Authorization": to.authorization}
            response = await send(request._replace(headers=headers))
    except Disruption as disruption:
        return disruption
    return response


def _asks_for_password(response: Response) -> bool:
    return response.status == HTTPStatus.UNAUTHORIZED and "www-authenticate" in response.headers
