"""A live server on this machine as a receiver of callbacks.

The request is written to a plain socket, because some mocking libraries (vcrpy,
pook) patch everything above sockets, even ``http.client``.
"""

from __future__ import annotations

import io
import socket

from collections.abc import Container
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .._http import NetworkFailure, Request, Response
from ..errors import UndeliverableCallbackError
from .callback import Callback
from .loops import is_in_task
from .response_limits import ResponseLimits


__all__ = ["Network"]


class Network:
    """Receives callbacks for live servers: each is sent to the server at the callback's URL."""

    def __init__(self, hosts: Container[str] = ()) -> None:
        """Create a receiver that delivers to this machine and to *hosts*, in lower case."""
        self._hosts = hosts
        self._connections: set[socket.socket] = set()
        self._breaks = 0

    def break_off(self) -> None:
        """Abort all deliveries."""
        self._breaks += 1
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def is_reachable(self) -> bool:
        # In a task, a call would block the event loop, and the server may run on this loop.
        return not is_in_task()

    def deliver(self, _callback: Callback, request: Request, limits: ResponseLimits) -> Response:
        url, breaks = urlsplit(request.url), self._breaks
        *others, last = self._addresses(url)  # It may take seconds to look up a name.
        try:
            for address in others:
                with suppress(ConnectionRefusedError):
                    return self._converse(*address, request, limits, breaks)
            return self._converse(*last, request, limits, breaks)
        except (OSError, HTTPException) as error:
            raise _failure(request.url, error) from error

    def _converse(
        self,
        family: int,
        address: tuple[Any, ...],
        request: Request,
        limits: ResponseLimits,
        breaks: int,
    ) -> Response:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(limits.seconds_left())
            self._connections.add(connection)
            try:
                if self._breaks != breaks:
                    raise ConnectionAbortedError
                connection.connect(address)
                return _send(connection, request, limits)
            finally:
                self._connections.discard(connection)

    async def adeliver(
        self, callback: Callback, request: Request, limits: ResponseLimits
    ) -> Response:
        import anyio

        return await anyio.to_thread.run_sync(self.deliver, callback, request, limits)

    def _addresses(self, url: SplitResult) -> list[tuple[int, tuple[Any, ...]]]:
        """Return the addresses to try, at least one, each with its family.

        ``localhost`` may be ``::1`` and ``127.0.0.1``, and many servers listen at only one of
        them.

        Raises:
            UndeliverableCallbackError: *url* is not plain HTTP to this machine, or to *hosts*.
            NetworkFailure: one of *hosts* has no address.

        """
        host, found = url.hostname or "", []
        if url.scheme == "http":
            try:
                found = socket.getaddrinfo(host, url.port or 80, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                if host in self._hosts:
                    raise _failure(url.geturl(), error) from error
        addresses: list[tuple[int, tuple[Any, ...]]] = [
            (family, address)
            for family, _, _, _, address in found
            if host in self._hosts or _is_local(family, address)
        ]
        if addresses:
            return addresses
        msg = (
            f'the target "network" reaches only servers on this machine, over plain http, not '
            f"{url.geturl()}. Deliver to the application itself: callbacks.deliver_to(app)"
        )
        raise UndeliverableCallbackError(msg)


def _is_local(family: int, address: tuple[Any, ...]) -> bool:
    # For a connection to this machine, the system chooses a local end with the same address or
    # with a loopback address. No packet is sent.
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
            return NetworkFailure("reset", f"the connection to {url} failed: {error!r}")


def _send(connection: socket.socket, request: Request, limits: ResponseLimits) -> Response:
    lines = [
        f"{request.method} {request.target} HTTP/1.1",
        *(f"{name}: {text}" for name, text in request.headers.items()),
    ]
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    connection.sendall(head.encode("latin-1") + request.body)
    incoming: Any = _Incoming(connection, limits)
    with HTTPResponse(incoming, method=request.method) as answer:
        answer.begin()
        headers = {name.lower(): text for name, text in answer.getheaders()}
        return Response(answer.status, headers, answer.read())


class _Incoming(io.RawIOBase):
    """What arrives at *connection*, as a file that ends with an error at *limits*.

    The timeout of a socket is for each read of it. A server that sends one byte after the other
    would never exceed it.
    """

    def __init__(self, connection: socket.socket, limits: ResponseLimits) -> None:
        self._connection, self._limits = connection, limits

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a file to read from. `HTTPResponse` calls it, as of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._limits.seconds_left())
        size = self._connection.recv_into(buffer)
        self._limits.add(size)
        return size
