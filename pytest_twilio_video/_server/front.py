"""The front: it decides whether a new connection is for our server, or uses it as a proxy.

Problem: clients in other processes call https://video.twilio.com. The only thing that they have
in common is that they can be configured to use a proxy. ASGI does not support CONNECT.

Solution: the front reads the first request line of a connection before the HTTP server does.
After a CONNECT to a host of Twilio Video, it terminates TLS and passes the connection to the
HTTP server. After a CONNECT to any other host, it forwards bytes in both directions, without
reading them. It refuses the hosts of Twilio's SDK for browsers, because pages reach the fake in
other ways.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.parse import urlsplit

from .._hosts import is_ours, is_signaling
from .connection import LARGEST_HEAD, LOGGER, SLOWEST
from .sockets import INSIGHTS, SIGNALING


if TYPE_CHECKING:
    import ssl

    from asyncio.trsock import TransportSocket

    from .authority import Authority
    from .sockets import Socket


__all__ = ["Front", "Ways", "shut_down"]

_END: Final = b"\r\n\r\n"
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REQUEST_LINE: Final = re.compile(rb"(\S+) (\S+) HTTP/1\.[01]\r\n")
_SCHEMES: Final = (b"http://", b"https://")
_LONGEST_METHOD: Final = 31
"""The longest method of a request to the proxy, in bytes."""
_ENOUGH: Final = _LONGEST_METHOD + 1 + max(map(len, _SCHEMES))
"""How many bytes at the beginning of a request are enough to determine its form."""
_ENDS_OF_PATHS: Final = (b" ", b"?")
_SOCKETS: Final = tuple(f"GET {path}".encode() for path in (SIGNALING, INSIGHTS))
_ORIGIN: Final = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_REPLACED: Final = (
    b"host",
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"proxy-authorization",
)


class Ways:
    """The open connections of a server, and what new connections can lead to."""

    def __init__(
        self,
        authority: Authority,
        http: Callable[[], asyncio.Protocol],
        socket: Callable[[], Socket],
        *,
        may_tunnel: bool,
        most: int,
    ) -> None:
        """Allow *most* open connections.

        If *may_tunnel* is true, all clients may use the tunnel to other hosts, not only those
        over loopback.
        """
        self.authority = authority
        self.http = http
        self.socket = socket
        self.may_tunnel = may_tunnel
        self.most = most
        self.open: set[asyncio.Transport] = set()
        self.ends = 0
        """How often all connections have been closed."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Any, transport: asyncio.Transport) -> None:
        """Run the coroutine *work*. If it fails, close *transport*."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._end(task, transport))

    def _end(self, task: asyncio.Task[None], transport: asyncio.Transport) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOGGER.error("a connection failed", exc_info=error)
            transport.abort()

    def close_all(self) -> None:
        """Close all connections immediately, without a response."""
        self.ends += 1
        for task in tuple(self._tasks):
            task.cancel()
        for transport in tuple(self.open):
            shut_down(transport.get_extra_info("socket"))
            transport.abort()
        self.open.clear()


def shut_down(connection: socket.socket | TransportSocket | None) -> None:
    """End *connection*, which may also be a socket that listens.

    Closing alone has no effect on it while a forked process has the same socket.
    """
    if connection is not None:
        with suppress(OSError):  # It is closed already.
            connection.shutdown(socket.SHUT_RDWR)


class Front(asyncio.Protocol):
    """The protocol of a connection until its first request shows what it is for."""

    def __init__(self, ways: Ways) -> None:
        self._ways, self._ends = ways, ways.ends
        # The fake that is served now answers all of its requests.
        self._http, self._socket = ways.http(), ways.socket()
        self._head = bytearray()
        self._deadline: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        self.transport = cast("asyncio.Transport", transport)
        if self._ways.ends != self._ends:  # Its TLS handshake has taken longer than its fake.
            self.transport.abort()
            return
        if len(self._ways.open) >= self._ways.most:
            self._refuse(503, f"too many connections: {self._ways.most} are open already")
            return
        self._ways.open.add(self.transport)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(SLOWEST, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio passes it
        """Forget the connection, which is closed."""
        self._stop_waiting()
        self._ways.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        """Receive the beginning of the first request, and decide what the connection is for."""
        self._head += data
        form = _form(bytes(self._head[:_ENOUGH]))
        if form == "origin":
            self._serve(bytes(self._head), self._http)
        if form in {"origin", None}:
            return
        head, end, rest = bytes(self._head).partition(_END)
        if not end:
            if len(self._head) > LARGEST_HEAD:
                self._refuse(431, "the head of the request is too large")
            return
        if form == "socket":  # Only now, because the socket itself has no time limit.
            self._serve(bytes(self._head), self._socket)
            return
        line = _REQUEST_LINE.match(head + end)
        if line is None:
            self._refuse(400, "this is not an HTTP/1.1 request")
        elif form == "authority":
            self._connect(line[2], rest)
        else:
            self._forward(head, line[1], line[2], rest)

    def _serve(
        self, data: bytes, protocol: asyncio.Protocol, transport: asyncio.Transport | None = None
    ) -> None:
        """Pass the connection to *protocol*, with the *data* that was already read."""
        self._stop_waiting()
        transport = transport or self.transport
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if data:
            protocol.data_received(data)

    def _connect(self, authority: bytes, rest: bytes) -> None:
        target = _host_and_port(authority, 443)
        if target is None:
            self._refuse(400, "CONNECT needs a host and a port, like CONNECT example.com:443")
        elif not is_ours(target[0]):
            self._tunnel(*target, _ESTABLISHED, rest)
        elif rest:
            self._refuse(400, "the client must wait for the response to CONNECT")
        else:
            self._begin_tls(target[0].lower().removesuffix("."))

    def _begin_tls(self, host: str) -> None:
        try:
            context = self._ways.authority.context_for(host)
        except UnicodeError as error:  # IDNA rejects the name, so no client can look it up.
            self._refuse(400, f"{host} is not a valid host name: {error}")
            return
        self._stop_waiting()
        self.transport.write(_ESTABLISHED)
        self._ways.start(self._terminate_tls(host, context), self.transport)

    async def _terminate_tls(self, host: str, context: ssl.SSLContext) -> None:
        loop, early = asyncio.get_running_loop(), _Early()
        try:
            transport = await loop.start_tls(
                self.transport,
                early,
                context,
                server_side=True,
                ssl_handshake_timeout=SLOWEST,
            )
        except OSError as error:  # The client does not trust the CA, or has closed.
            LOGGER.info("TLS failed with a client that called %s: %s", host, error)
            self.transport.abort()
            return
        finally:
            self._ways.open.discard(self.transport)
        if transport is None:  # The connection was closed meanwhile.
            return
        self._ways.open.add(transport)
        self._serve(bytes(early.data), self._http, transport)

    def _forward(self, head: bytes, method: bytes, url: bytes, rest: bytes) -> None:
        """Forward one plain HTTP request. The connection ends with its response.

        Some clients, such as older versions of axios, ask for ``https://`` in this way, too.
        """
        try:
            parts = urlsplit(url.decode("latin-1"))
        except ValueError:
            self._refuse(400, "the URL of the request has no valid host")
            return
        is_secure = parts.scheme == "https"
        port = 443 if is_secure else 80
        netloc = parts.netloc.rpartition("@")[2].encode("latin-1")
        target = _host_and_port(netloc, port)
        if target is None:
            self._refuse(400, "the URL of the request has no valid host")
            return
        path = _ORIGIN.sub(b"", url, count=1)
        path = path if path.startswith(b"/") else b"/" + path
        kept = [
            line
            for line in head.split(b"\r\n")[1:]
            if line.partition(b":")[0].strip().lower() not in _REPLACED
        ]
        first = b"%b %b HTTP/1.1" % (method, path)
        host = b"Host: " + netloc  # As RFC 9112, section 3.2.2, requires.
        data = b"\r\n".join([first, host, *kept, b"Connection: close"]) + _END + rest
        if is_ours(target[0]):
            self._serve(data, self._http)
        else:
            self._tunnel(*target, b"", data, is_secure=is_secure)

    def _tunnel(
        self, host: str, port: int, answer: bytes, data: bytes, *, is_secure: bool = False
    ) -> None:
        if is_signaling(host):
            self._socket.hint(f"{host} was asked for by proxy: {_ATTACH}")
            self._refuse(403, f"this proxy does not lead to {host}: {_ATTACH}")
            return
        if not self._ways.may_tunnel and not _is_loopback(self.transport):
            why = (
                "only clients over loopback may use this proxy for other hosts. See --allow-tunnel"
            )
            self._refuse(403, why)
            return
        self._stop_waiting()
        self.transport.pause_reading()
        opening = self._open_tunnel(host, port, answer, data, is_secure=is_secure)
        self._ways.start(opening, self.transport)

    async def _open_tunnel(
        self, host: str, port: int, answer: bytes, data: bytes, *, is_secure: bool
    ) -> None:
        def connect() -> None:
            """Connect both ends, before anything arrives from the other server."""
            here.connection_made(self.transport)
            self.transport.set_protocol(here)
            if answer:
                self.transport.write(answer)
            if data:
                there.transport.write(data)
            self.transport.resume_reading()

        loop = asyncio.get_running_loop()
        here, there = _Relay(self._ways), _Relay(self._ways, connect)
        here.other, there.other = there, here
        try:
            opening = loop.create_connection(lambda: there, host, port, ssl=is_secure or None)
            await asyncio.wait_for(opening, SLOWEST)
        # A ValueError is about a host that cannot be looked up, such as one that IDNA rejects.
        except (OSError, ValueError, asyncio.TimeoutError) as error:
            self._refuse(502, f"{host}:{port} cannot be reached: {error}")

    def _refuse(self, status: int, why: str) -> None:
        self._stop_waiting()
        body = why.encode("utf-8", "replace")
        head = (
            f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


_ATTACH: Final = "pages reach the fake by twilio_video_server.attach(), or by its resolver_args"
_PHRASES: Final = {
    400: "Bad Request",
    403: "Forbidden",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def _form(beginning: bytes) -> Literal["authority", "absolute", "origin", "socket"] | None:
    """Return the form of the target of a request, or `None` if too few bytes have arrived.

    The paths of our WebSockets count as a form of their own.
    """
    for path in _SOCKETS:
        if beginning.startswith(path) and beginning[len(path) :][:1] in _ENDS_OF_PATHS:
            return "socket"
        if path.startswith(beginning):
            return None
    method, space, target = beginning.partition(b" ")
    is_short = len(method) <= _LONGEST_METHOD
    if not (space and is_short):
        return None if is_short and method.isalpha() else "origin"
    if method.upper() == b"CONNECT":
        return "authority"
    target = target.lower()
    if target.startswith(_SCHEMES):
        return "absolute"
    return None if any(scheme.startswith(target) for scheme in _SCHEMES) else "origin"


class _Early(asyncio.Protocol):
    """Stores what arrives after a TLS handshake, until the HTTP server takes over."""

    def __init__(self) -> None:
        self.data = bytearray()

    def data_received(self, data: bytes) -> None:
        self.data += data


class _Relay(asyncio.Protocol):
    """One end of a tunnel. If one side stops sending, the other side can still send."""

    other: _Relay

    def __init__(self, ways: Ways, on_made: Callable[[], object] = lambda: None) -> None:
        self._ways = ways
        self._on_made = on_made
        self._is_over = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._ways.open.add(self.transport)
        self._on_made()

    def data_received(self, data: bytes) -> None:
        self.other.transport.write(data)

    def eof_received(self) -> bool:
        self._is_over = True
        if not self.other._is_over:  # noqa: SLF001 -- of the same class
            if self.other.transport.can_write_eof():
                self.other.transport.write_eof()
            return self.transport.can_write_eof()  # A TLS connection cannot be half-closed.
        self.other.transport.close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ways.open.discard(self.transport)
        if exc is None:
            self.other.transport.close()
        else:
            self.other.transport.abort()

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self.other.transport.resume_reading()


def _host_and_port(authority: bytes, port: int) -> tuple[str, int] | None:
    try:
        parts = urlsplit(f"//{authority.decode('ascii')}")
        host, port = parts.hostname, parts.port or port
    except ValueError:
        return None
    return (host, port) if host else None


def _is_loopback(transport: asyncio.BaseTransport) -> bool:
    peer = transport.get_extra_info("peername")
    try:
        address = ipaddress.ip_address(peer[0].partition("%")[0])
    except (TypeError, ValueError):
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
