"""Diagnosis: why an application did not accept a callback, and what helps."""

from __future__ import annotations

import sys

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from .._http import Request, Response
from . import app_routes


__all__ = ["describe_refusal"]

_ROUTING: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_FORBIDDING: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def describe_refusal(request: Request, response: Response, app: object, signer: str) -> str:
    """Describe why *app* answered *request* with *response*, which is not a success.

    *signer* says whose auth token signed the request.
    """
    status = response.status
    if status == HTTPStatus.BAD_REQUEST and _is_refused_by_django(request, response):
        host = urlsplit(request.url).hostname
        return f"Django refuses the host {host!r}: add it to ALLOWED_HOSTS in the test's settings"
    if status == HTTPStatus.FORBIDDEN and _is_about_csrf(response):
        return "Django's CSRF protection refuses it: decorate the view with @csrf_exempt"
    if "location" in response.headers:
        # Inferred: a redirect of a callback is not followed. Twilio's pages mention redirects for
        # phone calls, not for status callbacks.
        where = response.headers["location"]
        return f"it was redirected to {where}, which is not followed; is the URL exact?"
    if status in _ROUTING:
        return _describe_routing(request, status, app)
    if status in _FORBIDDING:
        return (
            f"the application answered {status}. If it refuses the signature: signed is "
            f"{request.url}, with {signer}. If the application checks another token, set "
            f"auth_token to that; if it sees another URL, correct the StatusCallback, or add what "
            f"a proxy would, by deliver_to(app, headers=…)"
        )
    return f"the application answered {status}, and Twilio takes only 2xx as success"


def _describe_routing(request: Request, status: int, app: object) -> str:
    url = urlsplit(request.url)
    # By GET, the parameters are in the query, which does not decide about the route.
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
    return f"{found}; {f'routes that come near: {near}' if near else 'is the URL right?'}"


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
