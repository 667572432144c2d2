"""Event loops: which one is running, and a background loop for tests that have none.

anyio is imported only where it is needed: with asyncio it takes 80 ms, and a
test of a WSGI application does not need it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar


if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal


__all__ = ["BackgroundLoop", "is_asyncio", "is_running"]

__tracebackhide__ = True

T = TypeVar("T")


def is_running() -> bool:
    """Return whether this thread is inside an event loop, asyncio's or trio's."""
    import anyio

    try:
        anyio.get_cancelled_exc_class()  # The cheapest call that fails outside a loop.
    except RuntimeError:
        return False
    return True


def is_asyncio() -> bool:
    """Return whether this thread is inside asyncio's event loop, the only one Django supports."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class BackgroundLoop:
    """An event loop in its own thread, started when it is first needed.

    The same loop serves all callbacks of a test, because an application may
    keep something that belongs to the loop, such as a connection pool, from
    one callback to the next.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None

    def call(self, function: Callable[..., Awaitable[T]], *args: object) -> T:
        """Run the coroutine function *function* on this loop, and return its result."""
        if self._portal is None:
            from anyio.from_thread import start_blocking_portal

            self._portal = self._stack.enter_context(start_blocking_portal())
        return self._portal.call(function, *args)

    def close(self) -> None:
        """Stop the loop and its thread, if they were started."""
        self._portal = None
        self._stack.close()
