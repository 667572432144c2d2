"""Database connections that outlive the requests of a test."""

from __future__ import annotations

import sys

from collections.abc import Iterator
from contextlib import contextmanager


__all__ = ["kept"]


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
