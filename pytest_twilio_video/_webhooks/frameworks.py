"""Frameworks: how to get the exceptions of their handlers, and to keep database connections open.

Problem: Flask and Django turn an exception of a handler into an error page.
(Flask does not in its testing mode.) A test would see the status 500, but not
the reason.

Solution: both send a signal, ``got_request_exception``. We connect a function
to it, which collects the exceptions of our own deliveries. A context variable
marks a delivery. The threads and tasks of the handler inherit the variable.
Other requests at the same time do not have it.

Starlette sends the error page and then raises the exception. `AnsweredError`
has both.

Django closes the test's database connection after each request.
`keep_db_connections` prevents that.
"""

from __future__ import annotations

import sys

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .._http import Response
from ..errors import UndeliverableCallbackError


__all__ = [
    "AnsweredError",
    "captured_framework_errors",
    "invalid_response",
    "keep_db_connections",
    "no_response",
]


class AnsweredError(Exception):
    """An application answered with *response*, and then raised *error*."""

    def __init__(self, response: Response, error: Exception) -> None:
        super().__init__(response, error)
        self.response, self.error = response, error


def no_response(app: object) -> UndeliverableCallbackError:
    """Return the error about *app*, which has returned without a response."""
    return UndeliverableCallbackError(f"{app!r} returned without a response to the callback")


def invalid_response(
    kind: str, app: object, what: str, value: object, expected: str
) -> UndeliverableCallbackError:
    """Return the error about *app*, an application of *kind*, whose response is invalid."""
    msg = f"the {kind} application {app!r} answered with the {what} {value!r}, not with {expected}"
    return UndeliverableCallbackError(msg)


@contextmanager
def captured_framework_errors() -> Iterator[list[BaseException]]:
    """Yield a list, to which each exception is added that a framework turns into an error page."""
    _connect()
    captured: list[BaseException] = []
    token = _captured.set(captured)
    try:
        yield captured
    finally:
        _captured.reset(token)


@contextmanager
def keep_db_connections() -> Iterator[None]:
    """Prevent Django from closing database connections after a request.

    The test still needs the connection. Django's own test clients do the same.
    Without Django, do nothing.
    """
    signals, database = sys.modules.get("django.core.signals"), sys.modules.get("django.db")
    if signals is None or database is None:
        yield
        return
    close = database.close_old_connections
    both = (signals.request_started, signals.request_finished)
    disconnected = [signal for signal in both if signal.disconnect(close)]
    try:
        yield
    finally:
        for signal in disconnected:
            signal.connect(close)


_captured: ContextVar[list[BaseException] | None] = ContextVar("_captured", default=None)


def _connect() -> None:
    # The frameworks are not imported here, but looked up: the user has imported them or not.
    for module in ("flask.signals", "quart.signals", "django.core.signals"):
        if module in sys.modules:
            # Connecting the same function again has no effect.
            sys.modules[module].got_request_exception.connect(_capture)


def _capture(_sender: object = None, **details: Any) -> None:
    # Flask passes the exception. With Django, it is the current exception.
    raised = details.get("exception") or sys.exc_info()[1]
    captured = _captured.get()
    if raised is not None and captured is not None:
        captured.append(raised)
