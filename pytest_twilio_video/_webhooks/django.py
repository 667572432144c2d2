"""Django as a receiver of callbacks: its WSGI handler, and its test ``Client``.

Django ties a database connection to a thread, and a test to a transaction on
that connection. So what matters here is the thread that a view runs on, and
that nobody closes the connection behind the back of the test (:mod:`.connections`).

Nothing of Django is imported: who gives us its objects has it loaded.
"""

from __future__ import annotations

import sys

from typing import Any

from .._engine.records import struct
from .._http import Request, Response
from .callback import Callback
from .loops import is_asyncio, is_running
from .wsgi import WSGI, environ_of


__all__ = ["Client", "Handler", "response_of"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.


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
