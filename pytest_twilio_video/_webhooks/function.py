"""A plain function as the receiver of callbacks."""

from __future__ import annotations

import inspect

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from .._engine.records import struct
from .._http import Kind, NetworkFailure, Request, Response
from ..errors import UndeliverableCallbackError
from .callback import Callback
from .loops import BackgroundLoop, is_in_task
from .response_limits import ResponseLimits


__all__ = ["Function"]

__tracebackhide__ = True


@struct()
class Function:
    """Calls ``f(callback)``, which returns a status, or a status and a text. `None` means 200.

    The function may be a coroutine function. If it raises one of `_FAILURES`,
    the connection fails.
    """

    function: Callable[[Callback], Any]
    loop: BackgroundLoop

    def is_reachable(self) -> bool:
        return not self._must_be_awaited() or not is_in_task()

    def deliver(self, callback: Callback, _request: Request, _limits: ResponseLimits) -> Response:
        with _network_failures():
            if self._must_be_awaited():
                return self._response(self.loop.call(_call, self.function, callback))
            return self._response(self.function(callback))

    async def adeliver(
        self, callback: Callback, _request: Request, _limits: ResponseLimits
    ) -> Response:
        with _network_failures():
            result = self.function(callback)
            return self._response(await result if isinstance(result, Awaitable) else result)

    def _must_be_awaited(self) -> bool:
        # `called` is for an object whose class has an ``async def __call__``.
        called = getattr(self.function, "__call__", None)  # noqa: B004
        return any(map(inspect.iscoroutinefunction, (self.function, called)))

    def _response(self, result: object) -> Response:
        match result:
            case None:
                return Response(200)
            case bool():
                pass
            case int() if result in _STATUSES:
                return Response(result)
            case (int(status), str(text)) if status in _STATUSES:
                return Response(status, {}, text.encode())
        msg = (
            f"{self.function!r} answered a callback with {result!r}. It must return a status (200 "
            f"to 599), (status, text) or None"
        )
        if inspect.iscoroutine(result):
            result.close()
            msg += ". Deliver to the coroutine function itself, which is awaited"
        elif callable(result):
            msg += ". If it returns the application, call it, and deliver to what it returns"
        raise UndeliverableCallbackError(msg)


async def _call(function: Callable[[Callback], Awaitable[object]], callback: Callback) -> object:
    return await function(callback)


_STATUSES: Final = range(HTTPStatus.OK, 600)

# The first match counts, so the base class `ConnectionError` comes after its subclasses.
_FAILURES: Final[dict[type[OSError], Kind]] = {
    TimeoutError: "timeout",
    ConnectionResetError: "reset",
    ConnectionAbortedError: "reset",
    BrokenPipeError: "reset",
    ConnectionError: "connect",
}


@contextmanager
def _network_failures() -> Iterator[None]:
    try:
        yield
    except (ConnectionError, TimeoutError) as error:
        kind: Kind = next(kind for known, kind in _FAILURES.items() if isinstance(error, known))
        msg = f"the function raised {error!r}"
        raise NetworkFailure(kind, msg) from error
