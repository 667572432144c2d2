"""Django as a receiver of callbacks: its WSGI handler, and its test ``Client``.

Django ties a database connection to a thread, and a test to a transaction on
that connection. So what matters here is the thread that a view runs on, and
that nobody closes the connection behind the back of the test (:mod:`.connections`).

Nothing of Django is imported: who gives us its objects has it loaded.
"""

from __future__ import annotations

import sys

from contextvars import copy_context
from typing import Any

from .._engine.records import struct
from .._http import Request, Response
from .asgi import exchange, scope_of
from .callback import Callback
from .loops import is_asyncio, is_running
from .wsgi import WSGI, environ_of


__all__ = ["AsyncClient", "AsyncHandler", "Client", "Handler", "response_of"]

__tracebackhide__ = True  # A report shows the line of the test.


# Django as a receiver of callbacks: its ASGI handler, and its test ``AsyncClient``.
#
# Both need asyncio. In a test on trio they get a loop of asyncio's for the call.


@struct()
class AsyncHandler:
    """Django's ASGI handler."""

    app: Any

    def is_reachable(self) -> bool:
        return not is_running()

    def take(self, _callback: Callback, request: Request) -> Response:
        # Not on a loop that we keep: this way synchronous code, the database
        # foremost, runs in the thread of the test.
        call = sys.modules["asgiref.sync"].async_to_sync(self._exchange)
        response: Response = call(request)
        return response

    async def atake(self, callback: Callback, request: Request) -> Response:
        if not is_asyncio():
            # `anyio.run` marks the context as trio's, and asgiref would carry
            # that mark over to the loop of asyncio's that it makes.
            context = copy_context()
            context.run(sys.modules["sniffio"].current_async_library_cvar.set, None)
            return context.run(self.take, callback, request)
        return await self._exchange(request)

    async def _exchange(self, request: Request) -> Response:
        # ``handle`` is ``__call__`` less a thread of its own for each request.
        handle = self.app.handle if type(self.app) is _plain_handler() else self.app
        return await exchange(handle, request)


class AsyncClient(AsyncHandler):
    """Django's test ``AsyncClient``: its handler, without its cookies."""

    async def _exchange(self, request: Request) -> Response:
        body = sys.modules["django.test.client"].FakePayload(request.body)
        return response_of(await self.app({**scope_of(request, {}), "_body_file": body}))


def _plain_handler() -> Any:
    # A subclass, such as the one that serves static files, may have its say in ``__call__``.
    return sys.modules["django.core.handlers.asgi"].ASGIHandler


@struct()
class Handler(WSGI):
    """Django's WSGI handler.

    In an async test it runs where Django runs its synchronous code, since it
    refuses the database to code on asyncio's event loop.
    """

    def is_reachable(self) -> bool:
        return not is_running()

    async def atake(self, callback: Callback, request: Request) -> Response:
        if not is_asyncio():
            return self.take(callback, request)
        take = sys.modules["asgiref.sync"].sync_to_async(self.take)
        response: Response = await take(callback, request)
        return response


class Client(Handler):
    """Django's test ``Client``: its handler, without its cookies, which Twilio does not have."""

    def take(self, _callback: Callback, request: Request) -> Response:
        return response_of(self.app(environ_of(request)))


def response_of(answer: Any) -> Response:
    """Return Django's *answer* in our words. A streamed body stays unread: Twilio ignores it."""
    headers = {name.lower(): text for name, text in answer.items()}
    return Response(answer.status_code, headers, b"" if answer.streaming else answer.content)
