"""A request and its answer, in nobody's types but our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple


__all__ = ["Handler", "Kind", "NetworkFailure", "Request", "Response"]

Kind = Literal["timeout", "connect", "reset"]


class Request(NamedTuple):
    """What came in, or what goes out to an application's webhook."""

    method: str
    """In upper case."""
    url: str
    """Absolute, with its query, without a fragment."""
    headers: Mapping[str, str] = MappingProxyType({})
    """By names in lower case where it came in; as they are sent where it goes out."""
    body: bytes = b""
    client: str = ""
    """The library that it came through: ``"requests"``, ``"httpx"``, …"""
    timeout: float | None = None
    """How many seconds the client is ready to wait for the answer; `None` is for ever."""


class Response(NamedTuple):
    """An answer, complete."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""


class NetworkFailure(Exception):  # noqa: N818 -- it simulates a bad network; nothing here is in error
    """There is no answer: the connection fails instead.

    Interceptors turn it into the exception that their client raises for it.
    *kind* is ``"connect"`` (no connection comes about), ``"reset"`` (it
    breaks while we wait) or ``"timeout"`` (the answer does not come in time).
    """

    def __init__(self, kind: Kind, message: str = "") -> None:
        super().__init__(message or f"ordered by the test: {kind}")
        self.kind: Kind = kind


Handler = Callable[[Request], Response]
