"""Requests that come through aiohttp, and so through the official asynchronous client.

Problem: others patch its sessions at `_request` (aioresponses, vcrpy, pook),
and nearly all that a session does (redirects, cookies, timeouts, middlewares,
`raise_for_status`) happens in there.

Solution: for our hosts a session runs the `_request` that aiohttp has made,
and the connection that this asks for ends in the fake. What comes over that
are bytes, so everything in between is aiohttp's own.
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

from .._http import NetworkFailure, Request
from . import active, hooks, hosts, stand_in
from .hooks import pristine


if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from aiohttp import BaseConnector, ClientRequest, ClientSession, ClientTimeout

    from .active import Catch


__all__ = ["install"]

# The first for sessions to come; the others for those that exist.
_ENTRIES = ("__init__", "request", "get", "options", "head", "post", "put", "patch", "delete")


def install(library: ModuleType) -> None:
    """Hook all sessions and connectors, those that exist and those to come."""
    for name in _ENTRIES:
        hooks.wrap(hooks.genuine(library, "ClientSession"), name, _pinning)
    hooks.wrap(hooks.genuine(library, "BaseConnector"), "connect", _connecting)


def _connecting(connect: Any) -> Any:
    async def connect_or_ours(
        connector: BaseConnector, req: ClientRequest, traces: Any, timeout: ClientTimeout
    ) -> Connection:
        if catch := active.for_host(req.url.host or ""):
            return _connection(catch, connector, req, timeout)
        connection: Connection = await connect(connector, req, traces, timeout)
        return connection

    return connect_or_ours


def _pinning(method: Any) -> Any:
    """Give a session its own `_request`, which wins over what the class has, now or later."""

    def pin_and_ask(session: ClientSession, *args: Any, **kwargs: Any) -> Any:
        if active.is_any():
            # Weak: a session in a circle with its own attribute would live until the next
            # collection. Past `__setattr__`: in debug mode that warns.
            own = functools.partial(_request, weakref.ref(session))
            vars(session).setdefault("_request", own)
        return method(session, *args, **kwargs)

    return pin_and_ask


def _request(session_ref: Callable[[], Any], method: str, url: Any, **kwargs: Any) -> Any:
    session = session_ref()
    kind: Any = type(session)
    catch = active.for_host(session._build_url(url).host or "")
    if catch is None:
        return kind._request(session, method, url, **kwargs)
    stand_in_class = _stand_in_class(kind)
    if stand_in_class is None:
        return _real_request(session, method, url, **kwargs)
    ours = stand_in.put(stand_in_class, session, catch)
    return stand_in_class._request(ours, method, url, **kwargs)


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can go again.
def _stand_in_class(kind: Any) -> Any:
    """Derive from *kind* if its `_request` is the user's own (a cache's), to be the `super()`."""
    session = next(each for each in kind.__mro__ if each.__module__ == "aiohttp.client")
    if not any("_request" in vars(each) for each in kind.__mro__[: kind.__mro__.index(session)]):
        return None
    # Of what is left open, the user's own session complains.
    body = {"_request": _real_request, "__del__": _complain_not}
    return stand_in.derive(kind, stand_in.derive(session, **body), __del__=_complain_not)


def _complain_not(_session: object) -> None:
    pass


def _connection(
    catch: Catch, connector: BaseConnector, request: ClientRequest, timeout: ClientTimeout
) -> Connection:
    loop = asyncio.get_running_loop()
    protocol = ResponseHandler(loop=loop)
    protocol.connection_made(_Transport(catch, protocol, request, timeout))
    protocol.force_close()  # Or it would be kept for the next request, which may come after us.
    return Connection(connector, request.connection_key, protocol, loop)


class _Transport(asyncio.Transport):
    """The wire to the fake: takes the bytes of one request, and delivers those of its answer."""

    def __init__(
        self,
        catch: Catch,
        protocol: ResponseHandler,
        request: ClientRequest,
        timeout: ClientTimeout,
    ) -> None:
        super().__init__()
        self.catch, self.protocol, self.request, self.timeout = catch, protocol, request, timeout
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
                # Not from inside `write`: nobody waits yet for what would come back.
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
            answer = self.catch.handler(self._asked())
        except NetworkFailure as disruption:
            self._disrupt(disruption)
        except Exception as mistake:  # noqa: BLE001 -- raised again, where the request was made
            self.protocol.set_exception(mistake)
        else:
            head = h11.Response(
                status_code=answer.status,
                headers=list(answer.headers.items()),
                reason=reasons.get(answer.status, ""),
            )
            body = b"" if self.request.method == "HEAD" else answer.body
            self._deliver(head, h11.Data(body), h11.EndOfMessage())

    def _asked(self) -> Request:
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

    def _disrupt(self, disruption: NetworkFailure) -> None:
        error: Exception
        if disruption.kind == "timeout":
            error = self._timeout()
        elif disruption.kind == "connect":
            key = self.request.connection_key
            refused = OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
            error = ClientConnectorError(key, refused)
        else:
            error = ClientOSError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        error.__cause__ = disruption
        self.protocol.set_exception(error)

    def _timeout(self) -> Exception:
        """Return what is raised for the limit that is reached first."""
        total, sock_read = self.timeout.total, self.timeout.sock_read
        if total and not (sock_read and sock_read < total):
            return asyncio.TimeoutError()
        error: Exception = _ReadTimeout("Timeout on reading data from socket")
        return error


# The second is what aiohttp raised before 3.10.
_ReadTimeout: Any = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)
_real_request = pristine("aiohttp.client", "ClientSession._request")
