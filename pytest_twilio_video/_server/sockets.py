"""Sockets: the WebSockets of Twilio's SDK for browsers, and the thread that signaling runs on.

There are no timers and no pings here: a test may stop in a debugger for an hour, and a clock that
sleep moves stands still.
"""

from __future__ import annotations

import asyncio
import warnings

from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qs

from .._browser import insights
from .._browser.signaling import Signaling
from .connection import LOGGER


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # What a library deprecates is its own business.
    from websockets.frames import Frame, Opcode
    from websockets.http11 import Request
    from websockets.protocol import State
    from websockets.server import ServerProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._browser.connection import Connection
    from .seam import Backend


__all__ = ["INSIGHTS", "SIGNALING", "Signaler", "Socket"]

SIGNALING: Final = "/signaling"
INSIGHTS: Final = "/v1/VideoEvents"
LONGEST_HINT: Final = 500
LARGEST_FRAME: Final = 4 * 1024 * 1024
"""The largest message, in bytes."""


class Signaler:
    """Signaling for one fake, on the loop of the server."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._signaling = Signaling(backend.browsers)
        self._sockets: dict[Connection, Socket] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_scheduled = False

    def wake(self) -> None:
        """Send soon what has changed in the fake. Any thread may call this."""
        loop = self._loop
        if loop is not None and not self._is_scheduled:
            self._is_scheduled = True
            loop.call_soon_threadsafe(self._look)

    def stop(self) -> None:
        """Ignore the sockets from now on.

        They close because the server stops, not because a page has left.
        """
        self._sockets = {}

    def open(self, socket: Socket, *, has_script: bool) -> Connection:
        """Return the connection of a new *socket*."""
        self._loop = asyncio.get_running_loop()
        connection = self._signaling.connection(has_script=has_script)
        self._sockets[connection] = socket
        return connection

    def receive(self, connection: Connection, text: str) -> None:
        """Handle a frame."""
        self._backend.browsers.keep_frame(connection.identity, "->", text)
        self._run(lambda: connection.receive(text))

    def hint(self, text: str) -> None:
        """Report a mistake, for example one that the script in a page has found."""
        self._backend.step(lambda: self._backend.browsers.hint(text[:LONGEST_HINT]))

    def close(self, connection: Connection) -> None:
        """Handle the loss of the socket of *connection*."""
        if self._sockets.pop(connection, None) is not None:
            self._run(connection.lost)

    def _look(self) -> None:
        self._is_scheduled = False
        self._run(self._signaling.refresh)

    def _run(self, step: Callable[[], None]) -> None:
        """Run one step, which nothing else in the fake can interrupt, and send its outputs."""
        self._backend.step(step)
        for connection, text in self._signaling.take_outputs():
            socket = self._sockets.get(connection)
            if socket is None:
                continue
            if text is None:
                del self._sockets[connection]
                socket.abort()
            else:
                self._backend.browsers.keep_frame(connection.identity, "<-", text)
                socket.send(text)


class Socket(asyncio.Protocol):
    """A WebSocket for signaling, or for the SDK's telemetry, which is accepted and dropped."""

    def __init__(
        self, signaler: Signaler | None, lost: Callable[[asyncio.Transport], object]
    ) -> None:
        self._signaler = signaler
        self._on_lost = lost
        self._protocol = ServerProtocol(max_size=LARGEST_FRAME, logger=LOGGER)
        self._connection: Connection | None = None
        self._parts: list[bytes] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to receive frames."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Receive a part of a frame."""
        self._protocol.receive_data(data)
        self._go_on()

    def eof_received(self) -> None:
        """Handle the end of what the client sends."""
        self._protocol.receive_eof()
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio passes it
        """Report that the socket is closed."""
        self._on_lost(self.transport)
        if self._connection is not None and self._signaler is not None:
            self._signaler.close(self._connection)

    def send(self, text: str) -> None:
        """Send a frame."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text.encode())
            self._write()

    def hint(self, text: str) -> None:
        """Report a mistake that was noticed before a page could connect."""
        if self._signaler is not None:
            self._signaler.hint(text)

    def abort(self) -> None:
        """Close the connection without a message."""
        self.transport.abort()

    def _go_on(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._accept(event)
            elif isinstance(event, Frame):
                self._take(event)
        self._write()

    def _accept(self, request: Request) -> None:
        response = self._protocol.accept(request)
        self._protocol.send_response(response)
        path, _, query = request.path.partition("?")
        is_open = response.status_code == 101  # noqa: PLR2004 -- "Switching Protocols"
        LOGGER.info("%s -> %s", path, response.status_code)
        if not (is_open and path == SIGNALING and self._signaler is not None):
            return
        options = parse_qs(query, keep_blank_values=True)
        if "hint" in options:
            self._signaler.hint(options["hint"][0])
            self._protocol.send_close()
        else:
            self._connection = self._signaler.open(self, has_script="attached" in options)

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in {Opcode.TEXT, Opcode.CONT}:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            text = b"".join(self._parts).decode("utf-8", "replace")
            self._parts.clear()
            if self._connection is not None and self._signaler is not None:
                self._signaler.receive(self._connection, text)
            elif reply := insights.answer(text):
                self.send(reply)

    def _write(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.transport.write(data)
            elif self.transport.can_write_eof():
                self.transport.write_eof()
            else:
                self.transport.close()
