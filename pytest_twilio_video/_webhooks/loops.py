"""Event loops: whether the caller runs on one, and a background loop for tests that have none.

anyio is imported only where it is needed: with asyncio it takes 80 ms, and a
test of a WSGI application does not need it.
"""

from __future__ import annotations

import sys

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar


if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal


__all__ = ["BackgroundLoop", "is_asyncio", "is_in_task", "without_running_loop"]

__tracebackhide__ = True

T = TypeVar("T")


def is_in_task() -> bool:
    """Return whether the caller is inside a running task, of asyncio or of trio.

    Problem: pytest-playwright's fixtures leave an event loop running in the
    thread of plain tests, which run in a greenlet beside it. There a receiver
    can be called, and nothing could be awaited.

    Solution: ask for the current task. Such a test is in none.
    """
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio.lowlevel")
    return any(_has_current_task(library) for library in (asyncio, trio) if library is not None)


def _has_current_task(library: Any) -> bool:
    try:
        return library.current_task() is not None
    except RuntimeError:  # no loop is running in this thread
        return False


@contextmanager
def without_running_loop() -> Iterator[None]:
    """Hide an event loop that is running in this thread, unless the caller is in a task.

    Django and asgiref, which runs the coroutines of Flask's views, refuse to
    work where a loop is running, even if the caller is not part of it.
    """
    asyncio = sys.modules.get("asyncio")
    loop = None if asyncio is None or is_in_task() else asyncio._get_running_loop()  # noqa: SLF001 -- documented for those who implement loops
    if asyncio is None or loop is None:
        yield
        return
    asyncio._set_running_loop(None)  # noqa: SLF001 -- as above
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)  # noqa: SLF001 -- as above


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
