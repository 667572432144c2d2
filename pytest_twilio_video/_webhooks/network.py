"""A live server on this machine as a receiver of callbacks.

The request is written to a plain socket, because mocking libraries patch
everything above it, ``http.client`` included (vcrpy, pook).
"""

from __future__ import annotations

import socket

from collections.abc import Container
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from .._http import NetworkFailure, Request, Response
from ..errors import UndeliverableCallbackError
from .callback import Callback
from .loops import is_in_task


__all__ = ["Network"]

_TIMEOUT: Final = 30.0
"""Real seconds. This is not Twilio's timeout: it keeps a hanging server from hanging the tests."""


class Network:
    """The server that listens on the port of a callback's URL."""

    def __init__(self, hosts: Container[str] = ()) -> None:
        """Deliver to this machine, and to *hosts*, in lower case."""
        self._hosts = hosts
        self._connections: set[socket.socket] = set()
        self._is_broken_off = False

    def break_off(self, *, is_broken_off: bool) -> None:
        """Break off what is being delivered and begin nothing else, or begin again."""
        self._is_broken_off = is_broken_off
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def is_reachable(self) -> bool:
        # The server may run on the loop that a blocking call would block.
        return not is_in_task()

    def deliver(self, _callback: Callback, request: Request) -> Response:
        url = urlsplit(request.url)
        hosts, port = self._addresses(url), url.port or 80
        if self._is_broken_off:
            msg = f"the server stopped before {request.url} answered"
            raise NetworkFailure(kind="reset", message=msg)
        try:
            with _connect(hosts, port) as connection:
                self._connections.add(connection)
                try:
                    return _send(connection, request)
                finally:
                    self._connections.discard(connection)
        except (OSError, HTTPException) as error:
            raise _failure(request.url, error) from error

    async def adeliver(self, callback: Callback, request: Request) -> Response:
        import anyio

        return await anyio.to_thread.run_sync(self.deliver, callback, request)

    def _addresses(self, url: SplitResult) -> list[str]:
        if url.scheme == "http" and url.hostname and url.hostname in self._hosts:
            return [url.hostname]
        return _local_addresses(url)


def _connect(hosts: list[str], port: int) -> socket.socket:
    """Connect to the first of *hosts* where a server listens.

    ``localhost`` may be ``::1`` and ``127.0.0.1``, and most servers listen at only one of them.
    """
    *others, last = hosts
    for host in others:
        with suppress(ConnectionRefusedError):
            return socket.create_connection((host, port), timeout=_TIMEOUT)
    return socket.create_connection((last, port), timeout=_TIMEOUT)


def _local_addresses(url: SplitResult) -> list[str]:
    """Return the addresses to connect to, at least one.

    Raise `UndeliverableCallbackError` unless *url* is plain HTTP to this machine.
    """
    host, port = url.hostname or "", url.port or 80
    if url.scheme == "http":
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        local = [
            str(address[0]) for family, _, _, _, address in found if _is_local(family, address)
        ]
        if local:
            return local
    msg = (
        f'"network" reaches servers on this machine, over plain http, and not {url.geturl()}; '
        "hand callbacks to the application itself: callbacks.deliver_to(app)"
    )
    raise UndeliverableCallbackError(msg)


def _is_local(family: int, address: tuple[Any, ...]) -> bool:
    # The system names the end of a connection to itself: the same address, or a loopback one.
    # No packet is sent.
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
            here = str(probe.getsockname()[0])
    except OSError:
        return False
    return here == address[0] or ip_address(here.partition("%")[0]).is_loopback


def _failure(url: str, error: Exception) -> NetworkFailure:
    match error:
        case ConnectionRefusedError():
            return NetworkFailure("connect", f"no server listens at {url}")
        case TimeoutError():
            return NetworkFailure("timeout", f"no answer from {url}")
        case _:
            return NetworkFailure("reset", f"{url} broke off: {error!r}")


def _send(connection: socket.socket, request: Request) -> Response:
    target = urlsplit(request.url)._replace(scheme="", netloc="").geturl()
    lines = [
        f"{request.method} {target} HTTP/1.1",
        *(f"{name}: {text}" for name, text in request.headers.items()),
    ]
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    connection.sendall(head.encode("latin-1") + request.body)
    with HTTPResponse(connection, method=request.method) as answer:
        answer.begin()
        headers = {name.lower(): text for name, text in answer.getheaders()}
        return Response(answer.status, headers, answer.read())
