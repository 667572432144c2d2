"""Server threads: which threads belong to the server of the fake, not to the test.

On such a thread, no handler of a callback may run, no warning may be issued, and sleeping is real.
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
    """Mark the current thread as a server thread during the block."""
    before, _here.is_marked = is_server_thread(), True
    try:
        yield
    finally:
        _here.is_marked = before


def is_server_thread() -> bool:
    """Return whether the current thread is a server thread."""
    return getattr(_here, "is_marked", False)
