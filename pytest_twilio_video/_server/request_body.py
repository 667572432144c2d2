"""The body of a request, with limits for its size and for the time that it takes."""

from __future__ import annotations

import asyncio

from typing import TYPE_CHECKING, Any, Final

from .connection import SLOWEST


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping


__all__ = ["BodyError", "ClientLeftError", "read_body"]

LARGEST: Final = 4 * 1024 * 1024
"""The largest body, in bytes. Twilio's forms are far smaller."""


class BodyError(Exception):
    """The body is too large or too slow. *status* is the HTTP status for this error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ClientLeftError(Exception):
    """The client closed its connection before the body was complete."""


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes:
    """Return the whole body.

    Raises:
        BodyError: the body is too large, or does not arrive in time.
        ClientLeftError: the connection ended before the body was complete.

    """
    try:
        return await asyncio.wait_for(_all_of(receive), SLOWEST)
    except asyncio.TimeoutError:
        raise BodyError(408, f"the body did not arrive within {SLOWEST:g} seconds") from None


async def _all_of(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise BodyError(413, f"the body has more than {LARGEST} bytes, which is the limit")
        if not message.get("more_body"):
            return bytes(body)
