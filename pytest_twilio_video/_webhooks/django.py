"""Django as the receiver: its WSGI and ASGI handlers, and its test clients.

In Django, a database connection belongs to a thread, and a test runs in a
transaction on its connection. So a view must run on the test's thread, and the
test's connection must stay open (see `.frameworks`).

This module does not import Django. If a test has a handler or a client of
Django, the test has imported Django.

The asynchronous receivers need asyncio. In a test on trio, they start an
asyncio loop for each call.
"""

from __future__ import annotations

import sys

from contextvars import copy_context
from typing import Any

from .._engine.records import struct
from .._http import Request, Response
from .asgi import call_app, scope_of
from .callback import Callback
from .loops import Interruptible, is_asyncio, is_in_task, without_running_loop
from .response_limits import ResponseLimits
from .wsgi import WSGI, environ_of


__all__ = ["AsyncClient", "AsyncHandler", "Client", "Handler"]

__tracebackhide__ = True


@struct()
class Handler(WSGI):
    """Receives callbacks for Django's WSGI handler.

    In an async test, the handler runs on the thread where Django runs
    synchronous code, because Django allows no database access on an event loop.
    """

    def is_reachable(self) -> bool:
        return not is_in_task()

    async def adeliver(
        self, callback: Callback, request: Request, limits: ResponseLimits
    ) -> Response:
        if not is_asyncio():
            return self.deliver(callback, request, limits)
        deliver = sys.modules["asgiref.sync"].sync_to_async(self.deliver)
        response: Response = await deliver(callback, request, limits)
        return response


class Client(Handler):
    """Receives callbacks for Django's test ``Client``, but sends no cookies, like Twilio."""

    def deliver(self, _callback: Callback, request: Request, limits: ResponseLimits) -> Response:
        del limits  # The client never reads a streamed body.
        with without_running_loop():
            return _response(self.app(environ_of(request)))


@struct()
class AsyncHandler:
    """Receives callbacks for Django's ASGI handler."""

    app: Any

    def is_reachable(self) -> bool:
        return not is_in_task()

    def deliver(self, _callback: Callback, request: Request, limits: ResponseLimits) -> Response:
        # Not on the background loop: this way synchronous code, and so the database, runs in
        # the thread of the test.
        interruptible = Interruptible(self._call)
        call = sys.modules["asgiref.sync"].async_to_sync(interruptible)
        try:
            with without_running_loop():
                response: Response = call(request, limits)
        except BaseException:
            interruptible.cancel()
            raise
        return response

    async def adeliver(
        self, callback: Callback, request: Request, limits: ResponseLimits
    ) -> Response:
        if not is_asyncio():
            # `anyio.run` marks the context as trio's, and asgiref would carry that mark over
            # to the asyncio loop that it starts.
            context = copy_context()
            context.run(sys.modules["sniffio"].current_async_library_cvar.set, None)
            return context.run(self.deliver, callback, request, limits)
        return await self._call(request, limits)

    async def _call(self, request: Request, limits: ResponseLimits) -> Response:
        # ``handle`` is ``__call__`` without a thread of its own for each request. A subclass,
        # such as the one that serves static files, may override ``__call__``.
        plain = sys.modules["django.core.handlers.asgi"].ASGIHandler
        app = self.app.handle if type(self.app) is plain else self.app
        return await call_app(app, request, limits)


class AsyncClient(AsyncHandler):
    """Receives callbacks for Django's test ``AsyncClient``, but sends no cookies, like Twilio."""

    async def _call(self, request: Request, limits: ResponseLimits) -> Response:
        del limits  # The client never reads a streamed body.
        body = sys.modules["django.test.client"].FakePayload(request.body)
        return _response(await self.app({**scope_of(request, {}), "_body_file": body}))


def _response(response: Any) -> Response:
    """Return a `Response` for Django's *response*. A streamed body is not read."""
    headers = {name.lower(): text for name, text in response.items()}
    body = b"" if response.streaming else response.content
    return Response(response.status_code, headers, body)
