"""HTTP connections: uvicorn's protocol, with a time limit for slow or malformed requests."""

from __future__ import annotations

import asyncio
import logging

from typing import TYPE_CHECKING, Any, Final, cast

import h11

from uvicorn.protocols.http.h11_impl import H11Protocol


if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn import Config
    from uvicorn.server import ServerState


__all__ = ["LARGEST_HEAD", "LOGGER", "SLOWEST", "HttpConnection"]

SLOWEST: Final = 30.0
"""How many real seconds a client may take for the head of a request, and for the body."""
LARGEST_HEAD: Final = 64 * 1024
"""The largest head of a request, in bytes."""
# Not by `getLogger`, so that pytest's caplog only has the records of the application.
LOGGER: Final = logging.Logger("pytest_twilio_video.server", logging.CRITICAL + 1)  # noqa: LOG001
# Older versions of uvicorn log a request that ends with the server as an error.
LOGGER.addFilter(
    lambda record: (
        record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)
    )
)

_TOO_SLOW: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class _Joining:
    """A transport that joins what is written in one step of the event loop into one packet."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._written:
            self._transport.write(b"".join(self._written))
            self._written.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class HttpConnection(H11Protocol):
    """One connection. *state* and the connection itself are in the scope of the application."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        state: dict[str, Any],
        on_lost: Callable[[asyncio.Transport], object],
    ) -> None:
        super().__init__(config, server_state, state | {"connection": self})
        self.logger, self.access_log = LOGGER, False
        self._on_lost = on_lost
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to receive requests."""
        self._real_transport = transport
        super().connection_made(cast("asyncio.Transport", _Joining(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request."""
        super().data_received(data)
        is_waiting = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if is_waiting and self._deadline is None:
            self._deadline = self.loop.call_later(SLOWEST, self._give_up)
        elif not is_waiting:
            self._cancel_deadline()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection open for a response, if a whole request has arrived.

        The client may have finished sending, or it may have closed the connection. That cannot be
        told apart, so there is a time limit.
        """
        cycle = cast("Any", self.cycle)  # It is `None` before the first request.
        if self.scheme == "https" or cycle is None or cycle.more_body or cycle.response_complete:
            self.transport.close()
            return False
        cycle.keep_alive = False
        self._cancel_deadline()
        self._deadline = self.loop.call_later(SLOWEST, self.transport.close)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop, because the connection is closed."""
        self._cancel_deadline()
        self._on_lost(self._real_transport)
        super().connection_lost(exc)
        self._real_transport.close()  # Without it, Python 3.10 warns of an unclosed TLS transport.
        self._unset_keepalive_if_required()

    def abort(self) -> None:
        """Close the connection without a response."""
        self.transport.abort()

    def _give_up(self) -> None:
        self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
