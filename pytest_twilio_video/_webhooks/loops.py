"""Event loops: whether the caller runs on one, and a background loop for tests that have none.

anyio is imported only where it is needed: with asyncio it takes 80 ms, and a
test of a WSGI application does not need it.
"""

from __future__ import annotations

import sys
import warnings

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..errors import UnfinishedHandlerWarning


if TYPE_CHECKING:
    from concurrent.futures import Future

    from anyio.from_thread import BlockingPortal


__all__ = [
    "BackgroundLoop",
    "Interruptible",
    "acall",
    "call",
    "is_asyncio",
    "is_in_task",
    "without_running_loop",
]

__tracebackhide__ = True

T = TypeVar("T")

PATIENCE: Final = 3.0
"""How many real seconds a handler that was cancelled has to end."""


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
        self._thread: _LoopThread | None = None

    def call(self, function: Callable[..., Awaitable[T]], handler: object, *args: object) -> T:
        """Await ``function(handler, *args)`` on this loop, and return its result.

        If the caller is interrupted, *function* is cancelled.
        """
        if self._thread is None or not self._thread.is_alive():
            self._thread = _LoopThread()
        return self._thread.call(function, handler, *args)

    def close(self) -> None:
        """Cancel what runs on the loop, and stop the loop and its thread if they were started.

        A handler that does not end is left running, with an `UnfinishedHandlerWarning`.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()


class _LoopThread(Thread):
    """The thread of a background loop. It does not keep the process alive.

    Problem: `anyio.from_thread` waits for a handler that never returns. And asyncio ends a loop
    on which something raises `SystemExit`.

    Solution: the thread is waited for a while only, and the loop is started again.
    """

    def __init__(self) -> None:
        import asyncio

        super().__init__(name="callbacks of pytest-twilio-video", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._is_to_stop = asyncio.Event()
        self._handlers: list[object] = []
        self.start()

    def run(self) -> None:
        serving = self._loop.create_task(self._serve())
        while not serving.done():
            with suppress(SystemExit, KeyboardInterrupt):  # Who awaits the task gets it as well.
                self._loop.run_until_complete(serving)
        self._loop.close()

    def call(self, function: Callable[..., Awaitable[T]], handler: object, *args: object) -> T:
        import asyncio

        outcome = self._call(function, handler, *args)
        future = asyncio.run_coroutine_threadsafe(outcome, self._loop)
        try:
            result: T = _result_of(future)
        except BaseException:
            future.cancel()
            raise
        return result

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._is_to_stop.set)
        if current_thread() is not self:
            self.join(PATIENCE)
            if self.is_alive():
                self._warn()

    def _warn(self) -> None:
        running = ", ".join(map(repr, self._handlers)) or "something that a handler has started"
        msg = (
            f"a handler of callbacks does not end: {running}. It was cancelled, and "
            f"{PATIENCE:g} seconds later it was still running, so its thread is left behind. Look "
            f"for a loop without an end, for code that blocks the event loop, and for code that "
            f"catches CancelledError"
        )
        warnings.warn(msg, UnfinishedHandlerWarning, stacklevel=3)

    async def _serve(self) -> None:
        import asyncio

        await self._is_to_stop.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    async def _call(
        self, function: Callable[..., Awaitable[object]], handler: object, *args: object
    ) -> _Outcome:
        self._handlers.append(handler)
        try:
            return await _outcome(function, handler, *args)
        finally:
            self._handlers.remove(handler)


_Outcome = tuple[Any, BaseException | None]


async def _outcome(function: Callable[..., Awaitable[object]], *args: object) -> _Outcome:
    """Await *function*, and return its result and what it raised."""
    import asyncio

    try:
        return await function(*args), None
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 -- `_result_of` raises it
        return None, error


def _result_of(future: Future[_Outcome]) -> Any:
    result, error = future.result()
    if error is not None:
        raise error
    return result


def call(portal: BlockingPortal, function: Callable[..., Awaitable[T]], *args: object) -> T:
    """Await *function* on the loop of *portal*. If the caller is interrupted, cancel it."""
    started: list[Future[_Outcome]] = []
    try:
        return _call(started, portal, function, *args)
    except BaseException:
        _cancel(started)
        raise


async def acall(portal: BlockingPortal, function: Callable[..., Awaitable[T]], *args: object) -> T:
    """Do the same as `call` from a task on another loop, without blocking that loop."""
    import anyio

    started: list[Future[_Outcome]] = []
    waiting = partial(_call, started, portal, function, *args)
    try:
        return await anyio.to_thread.run_sync(waiting, abandon_on_cancel=True)
    except BaseException:
        _cancel(started)
        raise


def _call(
    started: list[Future[_Outcome]],
    portal: BlockingPortal,
    function: Callable[..., Awaitable[T]],
    *args: object,
) -> T:
    started.append(portal.start_task_soon(_outcome, function, *args))
    result: T = _result_of(started[0])
    return result


def _cancel(futures: list[Future[_Outcome]]) -> None:
    for future in futures:
        # In a thread, because it waits for the loop, which a handler may block.
        Thread(target=future.cancel, daemon=True).start()


class Interruptible:
    """Calls a coroutine function on a loop that somebody else runs, such as asgiref."""

    def __init__(self, function: Callable[..., Awaitable[Any]]) -> None:
        self._function = function
        self._cancel: Callable[..., object] = list

    async def __call__(self, *args: object) -> Any:
        import asyncio

        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            self._cancel = partial(loop.call_soon_threadsafe, task.cancel)
        return await self._function(*args)

    def cancel(self) -> None:
        """Cancel it if it runs."""
        with suppress(RuntimeError):  # The loop is closed.
            self._cancel()
