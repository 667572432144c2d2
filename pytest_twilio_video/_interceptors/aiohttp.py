"""Requests through aiohttp, which the official asynchronous client uses too.

Problem: other libraries patch the method `_request` of sessions (aioresponses,
vcrpy, pook). Nearly everything that a session does (redirects, cookies,
timeouts, middlewares, `raise_for_status`) happens in this method.

Solution: for our hosts, a session runs aiohttp's original `_request`, and the
connection that it asks for ends in the fake. Only bytes pass over this
connection, so everything else is done by aiohttp itself.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import weakref

from http.client import responses as reasons
from typing import TYPE_CHECKING, Any

import aiohttp
import h11

from aiohttp import ClientConnectorError, ClientOSError
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from .. import _hosts as hosts
from .._http import NetworkFailure, Request
from . import active, hooks, stand_in
from .hooks import unpatched


if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from aiohttp import BaseConnector, ClientRequest, ClientSession, ClientTimeout

    from .active import Interceptor


__all__ = ["install"]

# The first for future sessions, the others for existing ones.
_ENTRIES = ("__init__", "request", "get", "options", "head", "post", "put", "patch", "delete")


def install(library: ModuleType) -> None:
    """Hook all sessions and connectors, both existing and future ones."""
    for name in _ENTRIES:
        hooks.wrap(hooks.real_class(library, "ClientSession"), name, _pinning)
    hooks.wrap(hooks.real_class(library, "BaseConnector"), "connect", _connecting)


def _connecting(connect: Any) -> Any:
    async def connect_or_intercept(
        connector: BaseConnector, req: ClientRequest, traces: Any, timeout: ClientTimeout
    ) -> Connection:
        if interceptor := active.active_for(req.url.host or "", req.url.scheme):
            return _connection(interceptor, connector, req, timeout)
        connection: Connection = await connect(connector, req, traces, timeout)
        return connection

    return connect_or_intercept


def _pinning(method: Any) -> Any:
    """Set `_request` on the session itself, which has precedence over the class's `_request`."""

    def pin_and_ask(session: ClientSession, *args: Any, **kwargs: Any) -> Any:
        if active.any_active():
            # Weak: a session that its own attribute refers to would live until the next
            # collection. Not by `__setattr__`, which warns in debug mode.
            own = functools.partial(_request, weakref.ref(session))
            vars(session).setdefault("_request", own)
        return method(session, *args, **kwargs)

    return pin_and_ask


def _request(session_ref: Callable[[], Any], method: str, url: Any, **kwargs: Any) -> Any:
    session = session_ref()
    kind: Any = type(session)
    try:
        built = session._build_url(url)
    except (AssertionError, TypeError, ValueError):
        # Then aiohttp raises its own error, once the request is awaited.
        return kind._request(session, method, url, **kwargs)
    interceptor = active.active_for(built.host or "", built.scheme)
    if interceptor is None:
        return kind._request(session, method, url, **kwargs)
    stand_in_class = _stand_in_class(kind)
    if stand_in_class is None:
        return _real_request(session, method, url, **kwargs)
    ours = stand_in.wrap_instance(stand_in_class, session, interceptor)
    return stand_in_class._request(ours, method, url, **kwargs)


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can be freed.
def _stand_in_class(kind: Any) -> Any:
    """Return a subclass of *kind* if *kind* overrides `_request`, as a cache does. Or `None`."""
    session = next(base for base in kind.__mro__ if base.__module__ == "aiohttp.client")
    if not any("_request" in vars(base) for base in kind.__mro__[: kind.__mro__.index(session)]):
        return None
    end = stand_in.subclass_for(session, _request=_real_request)
    return stand_in.subclass_for(kind, end)


def _connection(
    interceptor: Interceptor,
    connector: BaseConnector,
    request: ClientRequest,
    timeout: ClientTimeout,
) -> Connection:
    loop = asyncio.get_running_loop()
    protocol = ResponseHandler(loop=loop)
    protocol.connection_made(_Transport(interceptor, protocol, request, timeout))
    # It must not be kept for the next request, which may come after the fake was left.
    protocol.force_close()
    return Connection(connector, request.connection_key, protocol, loop)


class _Transport(asyncio.Transport):
    """Receives the bytes of one request, and sends the bytes of the response."""

    def __init__(
        self,
        interceptor: Interceptor,
        protocol: ResponseHandler,
        request: ClientRequest,
        timeout: ClientTimeout,
    ) -> None:
        super().__init__()
        self.interceptor, self.protocol, self.request, self.timeout = (
            interceptor,
            protocol,
            request,
            timeout,
        )
        self.loop = asyncio.get_running_loop()
        self.server = h11.Connection(h11.SERVER)
        self.head: Any = None
        self.body = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.server.receive_data(bytes(data))
        while (event := self.server.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Request):
                self.head = event
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                # Not from inside `write`: the client does not wait for the answer yet.
                self.loop.call_soon(self._answer)
                return
        if self.server.they_are_waiting_for_100_continue:
            self._deliver(h11.InformationalResponse(status_code=100, headers=[]))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def _answer(self) -> None:
        if self.closed:
            return
        try:
            answer = self.interceptor.handler(self._request())
        except NetworkFailure as failure:
            self._fail(failure)
        except Exception as mistake:  # noqa: BLE001 -- the client raises it again
            self.protocol.set_exception(mistake)
        else:
            head = h11.Response(
                status_code=answer.status,
                headers=list(answer.headers.items()),
                reason=reasons.get(answer.status, ""),
            )
            body = b"" if self.request.method == "HEAD" else answer.body
            self._deliver(head, h11.Data(body), h11.EndOfMessage())

    def _request(self) -> Request:
        return Request(
            self.request.method,
            hosts.visible(str(self.request.url)),
            {name.decode(): value.decode("latin-1") for name, value in self.head.headers},
            self.body,
            "aiohttp",
            min(filter(None, (self.timeout.sock_read, self.timeout.total)), default=None),
        )

    def _deliver(self, *events: h11.Event) -> None:
        self.protocol.data_received(b"".join(self.server.send(event) or b"" for event in events))

    def _fail(self, failure: NetworkFailure) -> None:
        error: Exception
        if failure.kind == "timeout":
            error = self._timeout()
        elif failure.kind == "connect":
            key = self.request.connection_key
            refused = OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
            error = ClientConnectorError(key, refused)
        else:
            error = ClientOSError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        error.__cause__ = failure
        self.protocol.set_exception(error)

    def _timeout(self) -> Exception:
        """Return aiohttp's exception for the timeout that is reached first."""
        total, sock_read = self.timeout.total, self.timeout.sock_read
        if total and not (sock_read and sock_read < total):
            return asyncio.TimeoutError()
        error: Exception = _ReadTimeout("Timeout on reading data from socket")
        return error


# aiohttp raises the second before 3.10.
_ReadTimeout: Any = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)
_real_request = unpatched("aiohttp.client", "ClientSession._request")
