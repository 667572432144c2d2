"""Event loops: whether the caller runs in a task, and a background loop for plain tests.

anyio is imported when it is needed. Importing it with asyncio takes 80 ms, and
a test of a WSGI application does not need it.
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
"""How many real seconds a canceled handler may take to end."""


def is_in_task() -> bool:
    """Return whether the caller runs in a task of asyncio or of trio.

    Problem: an event loop may be running although the test is a plain test.
    pytest-playwright's fixtures leave a loop running in the thread of plain
    tests. Such a test can call a receiver, and cannot await anything.

    Solution: ask for the current task, not for the running loop. A plain test
    runs in no task.
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
    """Hide the event loop that is running in this thread, unless the caller runs in a task.

    Django raises an error if a loop is running in the thread, even if the
    caller does not run in it. So does asgiref, which Flask uses for coroutines.
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
    """Return whether an event loop of asyncio runs in this thread. Django supports no other."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class BackgroundLoop:
    """An event loop in a thread of its own, which is started when it is first needed.

    All callbacks of a test are handled on the same loop. An application may
    keep an object that belongs to the loop, such as a connection pool, from
    one callback to the next.
    """

    def __init__(self) -> None:
        self._thread: _LoopThread | None = None

    def call(self, function: Callable[..., Awaitable[T]], handler: object, *args: object) -> T:
        """Await ``function(handler, *args)`` on this loop, and return its result.

        If the caller is interrupted, cancel the coroutine.
        """
        if self._thread is None or not self._thread.is_alive():
            self._thread = _LoopThread()
        return self._thread.call(function, handler, *args)

    def close(self) -> None:
        """Cancel everything that runs on the loop, and stop the loop and its thread.

        If a handler does not end, issue an `UnfinishedHandlerWarning` and leave it running.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()


class _LoopThread(Thread):
    """The thread of a background loop. It is a daemon thread, so the process can end without it.

    Problem: `anyio.from_thread` would wait forever for a handler that never returns. And
    `SystemExit` in a handler stops a loop of asyncio.

    Solution: `close` waits for the thread for `PATIENCE` seconds, and the thread starts a loop
    that was stopped again.
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
            with suppress(SystemExit, KeyboardInterrupt):  # The caller of `call` gets it as well.
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
        running = ", ".join(map(repr, self._handlers)) or "a task that a handler has started"
        msg = (
            f"a handler of callbacks does not end: {running}. It was canceled, but was still "
            f"running {PATIENCE:g} seconds later, so its thread goes on. Look for an endless "
            f"loop, for code that blocks the event loop, and for code that catches CancelledError"
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
    """Await the coroutine of *function*. Return its result, and the exception that it raised."""
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
    """Await *function* on the loop of *portal*, from a thread without a loop.

    If the caller is interrupted, cancel it.
    """
    started: list[Future[_Outcome]] = []
    try:
        return _call(started, portal, function, *args)
    except BaseException:
        _cancel(started)
        raise


async def acall(portal: BlockingPortal, function: Callable[..., Awaitable[T]], *args: object) -> T:
    """Await *function* on the loop of *portal*, from a task on another loop."""
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
    """Calls a coroutine function on a loop that other code runs, such as asgiref."""

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
        """Cancel the coroutine if it is running."""
        with suppress(RuntimeError):  # The loop is closed.
            self._cancel()
