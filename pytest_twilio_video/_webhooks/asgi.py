"""ASGI applications as receivers of callbacks: on the loop of the test, or on one lent to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .._engine.records import struct
from .._http import Request, Response
from ..errors import UndeliverableCallbackError
from . import frameworks
from .callback import Callback
from .frameworks import AnsweredError
from .loops import BackgroundLoop, is_running


__all__ = ["ASGI", "StarletteClient", "exchange", "scope_of"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]


@struct()
class ASGI:
    """Any ASGI application: FastAPI, Starlette, a middleware around either.

    Its lifespan is not run: who needs what is set up there gives an entered
    ``TestClient`` instead.
    """

    app: App
    loop: BackgroundLoop

    def is_reachable(self) -> bool:
        return not is_running()

    def take(self, _callback: Callback, request: Request) -> Response:
        return self.loop.call(exchange, self.app, request)

    async def atake(self, _callback: Callback, request: Request) -> Response:
        return await exchange(self.app, request)


@struct()
class StarletteClient:
    """Starlette's, hence FastAPI's, ``TestClient``.

    Entered (``with client:``), it has a loop of its own where the lifespan of
    the application runs, and callbacks go there too. Not entered, it is no
    more than its application.
    """

    client: Any
    loop: BackgroundLoop

    def is_reachable(self) -> bool:
        return self.client.portal is not None or not is_running()

    def take(self, _callback: Callback, request: Request) -> Response:
        call = self.loop.call if self.client.portal is None else self.client.portal.call
        response: Response = call(exchange, self.client.app, request, self.client.app_state)
        return response

    async def atake(self, callback: Callback, request: Request) -> Response:
        if self.client.portal is None:
            return await exchange(self.client.app, request, self.client.app_state)
        # Waited for in a thread: the handler may be waiting for the loop that we are on.
        import anyio

        return await anyio.to_thread.run_sync(self.take, callback, request)


async def exchange(
    app: App, request: Request, state: MutableMapping[str, Any] | None = None
) -> Response:
    """Pass *request* to *app*, and return its answer once *app* is done.

    Raise what *app* raises; where it has answered before, `AnsweredError`.
    """
    wire = _Wire(request.body)
    try:
        with frameworks.kept():
            await app(scope_of(request, state or {}), wire.receive, wire.send)
    except Exception as error:
        if not wire.is_complete.is_set():  # Inferred: half an answer is none
            raise
        raise AnsweredError(_response(app, wire.answer), error) from error
    return _response(app, wire.answer)


class _Wire:
    """What an application has of its server: one request to receive, and where to send to."""

    def __init__(self, body: bytes) -> None:
        import anyio

        self.is_complete = anyio.Event()
        self.answer: list[Message] = []
        self._unread = [body]

    async def receive(self) -> Message:
        if self._unread:
            return {"type": "http.request", "body": self._unread.pop(), "more_body": False}
        # Not before: Django takes a disconnect as the reason to cancel its view.
        await self.is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.answer.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.is_complete.set()


def scope_of(request: Request, state: MutableMapping[str, Any]) -> Message:
    """Describe *request* in the words of ASGI, so that its URL can be rebuilt from them."""
    url = urlsplit(request.url)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [
            (name.lower().encode(), text.encode("latin-1"))
            for name, text in request.headers.items()
        ],
        "server": (url.hostname, url.port or {"http": 80, "https": 443}[url.scheme]),
        "client": ("127.0.0.1", 0),
        "state": dict(state),
    }


def _response(app: App, messages: list[Message]) -> Response:
    starts = [message for message in messages if message["type"] == "http.response.start"]
    if not starts:
        msg = f"{app!r} returned without an answer to the callback"
        raise UndeliverableCallbackError(msg)
    headers = {
        bytes(name).decode("latin-1").lower(): bytes(text).decode("latin-1")
        for name, text in starts[0].get("headers", ())
    }
    body = b"".join(message.get("body", b"") for message in messages)
    return Response(starts[0]["status"], headers, body)
