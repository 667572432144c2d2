"""Diagnosis: why an application did not accept a callback, and what to do about it."""

from __future__ import annotations

import sys

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from .._http import Request, Response
from . import app_routes
from .function import Function


__all__ = ["describe_refusal"]

_ROUTING: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_FORBIDDING: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def describe_refusal(request: Request, response: Response, app: object, signer: str) -> str:
    """Return why *app* may have answered *request* with *response*, which is not a success.

    *signer* describes whose auth token the request is signed with.
    """
    status = response.status
    if status == HTTPStatus.BAD_REQUEST and _is_refused_by_django(request, response):
        host = urlsplit(request.url).hostname
        return f"Django rejects the host {host!r}: add it to ALLOWED_HOSTS in the test's settings"
    if status == HTTPStatus.FORBIDDEN and _is_about_csrf(response):
        return "Django's CSRF protection rejects it: decorate the view with @csrf_exempt"
    if "location" in response.headers:
        # Inferred: a redirect of a callback is not followed. Twilio's pages mention redirects for
        # phone calls, not for status callbacks.
        where = response.headers["location"]
        return (
            f"the application redirected to {where}, and Twilio does not follow redirects. Use "
            f"the exact URL as the StatusCallback"
        )
    if status in _ROUTING and not isinstance(app, Function):  # A function has no routes.
        return _describe_routing(request, status, app)
    if status in _FORBIDDING:
        return (
            f"the application answered {status}. If it rejects the signature, compare the URL and "
            f"the token: the fake signed {request.url} with {signer}. If the application checks "
            f"another token, set auth_token to it. If the application sees another URL, correct "
            f"the StatusCallback, or add the headers of a proxy by deliver_to(app, headers=…)"
        )
    return f"the application answered {status}, but for Twilio only 2xx is a success"


def _describe_routing(request: Request, status: int, app: object) -> str:
    url = urlsplit(request.url)
    # For a GET the query has the parameters, which do not matter for the route.
    shown = url._replace(query="") if request.method == "GET" else url
    asked = f"{request.method} {shown.geturl()}"
    routes, path = app_routes.routes_of(app), unquote(url.path)
    for route in routes:
        if route.matches(path) and request.method in (route.methods or [request.method]):
            return (
                f"the application answered {status} to {asked}; it has the route {route}, so "
                f"its handler may have answered that"
            )
    is_unknown = status == HTTPStatus.NOT_FOUND
    found = f"the application {'has no' if is_unknown else 'does not take'} {asked}"
    near = ", ".join(map(str, app_routes.nearest(routes, path)))
    return f"{found}. {f'The nearest routes are: {near}' if near else 'Check the StatusCallback'}"


def _is_refused_by_django(request: Request, response: Response) -> bool:
    # These are texts of Django's own page, without and with DEBUG. If both are missing, another
    # application has answered.
    if b"Bad Request (400)" not in response.body and b"DisallowedHost" not in response.body:
        return False
    django: Any = sys.modules.get("django.http.request")
    conf: Any = sys.modules.get("django.conf")
    if django is None or conf is None or not conf.settings.configured:
        return False
    domain, _ = django.split_domain_port(urlsplit(request.url).netloc)
    return not django.validate_host(domain, conf.settings.ALLOWED_HOSTS)


def _is_about_csrf(response: Response) -> bool:
    # The page may be translated, but the acronym is always the same.
    return "django.middleware.csrf" in sys.modules and b"CSRF" in response.body
