"""How Flask, Django and Starlette treat exceptions of handlers, and database connections.

Problem: outside its testing mode, Flask turns an exception of a handler into
an error page, and so does Django. A test would see status 500 without the
reason.

Solution: both send a signal, ``got_request_exception``. We connect to it
once, and collect the exceptions during our own deliveries only. A context
variable marks a delivery: threads and tasks of the handler inherit it, and
other requests at the same time do not have it.

Starlette sends the error page and also raises the exception. `AnsweredError`
carries both.

Django also closes the database connection of the test after each request,
unless `keep_db_connections` prevents it.
"""

from __future__ import annotations

import sys

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .._http import Response


__all__ = ["AnsweredError", "captured_framework_errors", "keep_db_connections"]


class AnsweredError(Exception):
    """An application answered with *response*, and then raised *error*."""

    def __init__(self, response: Response, error: Exception) -> None:
        super().__init__(response, error)
        self.response, self.error = response, error


@contextmanager
def captured_framework_errors() -> Iterator[list[BaseException]]:
    """Yield a list of the exceptions that a framework turns into error pages, oldest first."""
    _connect()
    captured: list[BaseException] = []
    token = _captured.set(captured)
    try:
        yield captured
    finally:
        _captured.reset(token)


@contextmanager
def keep_db_connections() -> Iterator[None]:
    """Prevent Django, if it is in use, from closing database connections after a request.

    Django's own test clients do the same. The connection belongs to the test,
    and must stay open after the request.
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
    # Only frameworks that the user has imported, and only the parts that are already in use.
    for module in ("flask.signals", "quart.signals", "django.core.signals"):
        if module in sys.modules:
            # Connecting again changes nothing: both know a function by its identity.
            sys.modules[module].got_request_exception.connect(_capture)


def _capture(_sender: object = None, **details: Any) -> None:
    # Flask passes the exception; with Django, it is the current one.
    raised = details.get("exception") or sys.exc_info()[1]
    captured = _captured.get()
    if raised is not None and captured is not None:
        captured.append(raised)
