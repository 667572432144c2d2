"""Exceptions that a web framework answers with a 500, whether or not it lets them out as well.

Problem: outside its testing mode Flask turns what a handler raises into a
page, and so does Django. A test would see a 500, and not the reason for it.

Solution: both tell it by a signal, ``got_request_exception``. We listen once,
and take note where a delivery of ours is going on. A context variable says
so: it follows the handler into threads and tasks, and a request that
somebody else makes meanwhile does not have it.

Starlette does both: it sends the page, and raises. `AnsweredError`
carries the two on.
"""

from __future__ import annotations

import sys

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .._http import Response


__all__ = ["AnsweredError", "kept", "noted"]


_notes: ContextVar[list[BaseException] | None] = ContextVar("_notes", default=None)


class AnsweredError(Exception):
    """An application has answered with *response*, and raised *error* nevertheless."""

    def __init__(self, response: Response, error: Exception) -> None:
        super().__init__(response, error)
        self.response, self.error = response, error


@contextmanager
def noted() -> Iterator[list[BaseException]]:
    """Give a list of what is raised in here and answered with a page, oldest first."""
    _listen()
    notes: list[BaseException] = []
    before = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(before)


def _listen() -> None:
    # Only what the user has imported, and only the parts that are already in use.
    for module in ("flask.signals", "django.core.signals"):
        if module in sys.modules:
            # Doing it again changes nothing: both know a receiver by its identity.
            sys.modules[module].got_request_exception.connect(_note)


def _note(_sender: object = None, **details: Any) -> None:
    # Flask hands the exception over; Django expects us to ask for it.
    raised = details.get("exception") or sys.exc_info()[1]
    notes = _notes.get()
    if raised is not None and notes is not None:
        notes.append(raised)


# Database connections that outlive the requests of a test.


@contextmanager
def kept() -> Iterator[None]:
    """Keep Django, if it is in use, from closing database connections after a request.

    Its own test clients do the same. Nothing else would stop it: the
    connection is the test's, and outlives the request.
    """
    signals, database = sys.modules.get("django.core.signals"), sys.modules.get("django.db")
    if signals is None or database is None:
        yield
        return
    close = database.close_old_connections
    both = (signals.request_started, signals.request_finished)
    silenced = [signal for signal in both if signal.disconnect(close)]
    try:
        yield
    finally:
        for signal in silenced:
            signal.connect(close)
