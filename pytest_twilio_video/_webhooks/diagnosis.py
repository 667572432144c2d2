"""Why an application did not like a callback: the causes that its answer does not name."""

from __future__ import annotations

import sys

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from .._http import Disruption, Request, Response


__all__ = ["explain", "explain_disruption", "explain_error"]


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


def explain_disruption(disruption: Disruption) -> str:
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
