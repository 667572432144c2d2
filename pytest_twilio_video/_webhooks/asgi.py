"""An ASGI application as the receiver, on the test's event loop or on a background loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from .._engine.records import struct
from .._http import NetworkFailure, Request, Response
from ..errors import UndeliverableCallbackError
from . import frameworks, loops
from .callback import Callback
from .frameworks import AnsweredError
from .loops import BackgroundLoop, is_in_task
from .response_limits import ResponseLimits


__all__ = ["ASGI", "StarletteClient", "call_app", "scope_of"]

__tracebackhide__ = True

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]


@struct()
class ASGI:
    """Receives callbacks for an ASGI application: FastAPI, Starlette, or middleware around one.

    The application's lifespan does not run. If a test needs the lifespan,
    deliver to an entered ``TestClient`` instead.
    """

    app: App
    loop: BackgroundLoop

    def is_reachable(self) -> bool:
        return not is_in_task()

    def deliver(self, _callback: Callback, request: Request, limits: ResponseLimits) -> Response:
        return self.loop.call(call_app, self.app, request, limits)

    async def adeliver(
        self, _callback: Callback, request: Request, limits: ResponseLimits
    ) -> Response:
        return await call_app(self.app, request, limits)


@struct()
class StarletteClient:
    """Receives callbacks for a ``TestClient`` of Starlette or FastAPI.

    If the client is entered (``with client:``), callbacks are handled on the
    client's event loop, like the application's lifespan. Otherwise they are
    delivered directly to the client's application.
    """

    client: Any
    loop: BackgroundLoop

    def is_reachable(self) -> bool:
        return self.client.portal is not None or not is_in_task()

    def deliver(self, _callback: Callback, request: Request, limits: ResponseLimits) -> Response:
        arguments = self.client.app, request, limits, self.client.app_state
        if self.client.portal is None:
            return self.loop.call(call_app, *arguments)
        return loops.call(self.client.portal, call_app, *arguments)

    async def adeliver(
        self, _callback: Callback, request: Request, limits: ResponseLimits
    ) -> Response:
        arguments = self.client.app, request, limits, self.client.app_state
        if self.client.portal is None:
            return await call_app(*arguments)
        # The running loop is not blocked, because the handler may wait for another task on it.
        return await loops.acall(self.client.portal, call_app, *arguments)


async def call_app(
    app: App,
    request: Request,
    limits: ResponseLimits,
    state: MutableMapping[str, Any] | None = None,
) -> Response:
    """Pass *request* to *app*, and return the response when *app* has finished.

    If *app* raises before it has responded, its exception is raised. If it raises after that,
    `AnsweredError` is raised. If the response exceeds *limits*, `NetworkFailure` is raised.
    """
    server, error = _Server(app, request.body, limits), None
    try:
        with frameworks.keep_db_connections():
            await _awaitable(app, app(scope_of(request, state or {}), server.receive, server.send))
    except Exception as raised:
        # Inferred: a response that an ASGI application leaves unfinished is a 500.
        if not server.is_complete.is_set():
            raise
        error = raised
    if server.failure is not None:
        raise server.failure
    if error is not None:
        raise AnsweredError(server.response(), error) from error
    return server.response()


def _awaitable(app: App, running: Any) -> Awaitable[None]:
    if isinstance(running, Awaitable):
        return running
    msg = (
        f"{app!r} was called as an ASGI application, with scope, receive and send, and returned "
        f"{running!r}, which cannot be awaited; if it is a function for callbacks, let it take "
        "one argument: f(callback) -> status"
    )
    raise UndeliverableCallbackError(msg)


class _Server:
    """The server's side of one request: the ``receive`` and ``send`` of the application."""

    def __init__(self, app: App, body: bytes, limits: ResponseLimits) -> None:
        import anyio

        self._app, self._limits = app, limits
        self.failure: Exception | None = None
        """Why the server takes nothing more of the response."""
        self.is_complete = anyio.Event()
        self.messages: list[Message] = []
        self._unread = [body]

    async def receive(self) -> Message:
        if self._unread:
            return {"type": "http.request", "body": self._unread.pop(), "more_body": False}
        # The disconnect comes after the response, because Django cancels its view on a disconnect.
        await self.is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        try:
            self._limits.add(self._size(message))
        except (NetworkFailure, UndeliverableCallbackError) as failure:
            self.failure = failure
            self.is_complete.set()
            # "the server should raise a server-specific subclass of OSError" -- ASGI, after a
            # disconnect. An application may catch it, as it may catch any error.
            raise ConnectionAbortedError(str(failure)) from failure
        self.messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.is_complete.set()

    def _size(self, message: Message) -> int:
        body = message.get("body", b"")
        if isinstance(body, (bytes, bytearray, memoryview)):
            return len(body)
        raise _invalid(self._app, "body", body, "bytes")

    def response(self) -> Response:
        """Return the response of the application, which has returned."""
        starts = [message for message in self.messages if message["type"] == "http.response.start"]
        if not starts:
            raise frameworks.no_response(self._app)
        status, headers = starts[0].get("status"), starts[0].get("headers", ())
        if not isinstance(status, int) or status not in _STATUSES:
            raise _invalid(self._app, "status", status, "a number from 200 to 599")
        try:
            names = {_text(name).lower(): _text(value) for name, value in headers}
        except (TypeError, ValueError):
            raise _invalid(self._app, "list of headers", headers, "pairs of bytes") from None
        if not self.is_complete.is_set():
            msg = f"{self._app!r} returned before its response was complete"
            raise AnsweredError(Response(500), RuntimeError(msg))
        body = b"".join(message.get("body", b"") for message in self.messages)
        return Response(status, names, body)


_STATUSES: Final = range(200, 600)


def _text(header: bytes) -> str:
    """Return the name or the value of a header as text."""
    return (b"" + header).decode("latin-1")  # A `TypeError` for anything else, such as a number.


_invalid = partial(frameworks.invalid_response, "ASGI")


def scope_of(request: Request, state: MutableMapping[str, Any]) -> Message:
    """Return the ASGI scope for *request*, from which an application can reconstruct its URL."""
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
