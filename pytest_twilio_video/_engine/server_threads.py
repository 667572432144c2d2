"""Server threads: which threads belong to the fake's own server, and not to the test.

On such a thread nothing of the test's may run or be raised: no handler of a callback, no warning
and no virtual sleep.
"""

from __future__ import annotations

import threading

from contextlib import contextmanager
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_server_thread", "on_server_thread"]

_here = threading.local()


@contextmanager
def on_server_thread() -> Iterator[None]:
    """Let the current thread be one of a server's meanwhile."""
    before, _here.is_marked = is_server_thread(), True
    try:
        yield
    finally:
        _here.is_marked = before


def is_server_thread() -> bool:
    """Whether the current thread is one of a server's."""
    return getattr(_here, "is_marked", False)
