"""Requests and responses in our own types, independent of any client library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit


__all__ = ["CLIENTS", "Fields", "Handler", "Kind", "NetworkFailure", "Request", "Response"]

CLIENTS: Final = ("aiohttp", "httpx", "httpx2", "requests")
"""The libraries whose requests the fake intercepts, by the names of their packages."""

Kind = Literal["timeout", "connect", "reset"]
Fields = dict[str, list[str]]
"""The parameters in a request: all values of each name, in their order."""

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)  # No slots: `cached_property` needs a `__dict__`.
class Request:
    """A request of an application to the fake, or of the fake to an application's webhook."""

    method: str
    """In upper case."""
    url: str
    """Absolute, with its query, without a fragment."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names are in lower case in a request to the fake, otherwise as they are sent."""
    body: bytes = b""
    client: str = ""
    """The client library that sent it: ``"requests"``, ``"httpx"``, …"""
    timeout: float | None = None
    """How many seconds the client waits for the answer; `None` means without a limit."""

    @property
    def path(self) -> str:
        """The path of the URL, still encoded, without the query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The query of the URL, still encoded, without the question mark."""
        return urlsplit(self.url).query

    @cached_property
    def fields(self) -> Fields:
        """The parameters: of a GET from its query, otherwise from the form in its body.

        Bytes that are not UTF-8, escaped or not, become lone surrogates, which the limits of
        parameters refuse. A body of another type is not read, because Twilio accepts forms only.
        """
        text = self.query
        if self.method != "GET":
            if self._content_type == _MULTIPART:
                return _parts_of(self.headers["content-type"], self.body)
            text = self.body.decode("utf-8", "surrogateescape") if self._has_form else ""
        return parse_qs(text, keep_blank_values=True, errors="surrogateescape") if text else {}

    @property
    def unread_type(self) -> str:
        """The content type of a body that is not a form and was not read; otherwise empty."""
        if self.method == "GET" or not self.body or self._has_form:
            return ""
        return self.headers["content-type"].partition(";")[0]

    @property
    def _has_form(self) -> bool:
        return self._content_type in {_FORM, _MULTIPART}

    @property
    def _content_type(self) -> str:
        return self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()


def _parts_of(content_type: str, body: bytes) -> Fields:
    """Return the fields of a multipart form, as browsers send `FormData`, without its files."""
    from email.parser import BytesParser  # few applications send one

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    fields: Fields = {}
    for part in BytesParser().parsebytes(head + body).walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(content, bytes):
            fields.setdefault(name, []).append(content.decode("utf-8", "surrogateescape"))
    return fields


class Response(NamedTuple):
    """A complete answer."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""


class NetworkFailure(Exception):  # noqa: N818 -- it simulates a bad network; nothing here is in error
    """The connection fails, so the client gets no answer.

    Interceptors turn it into the exception that their client raises in this case.
    *kind* is ``"connect"`` (the connection cannot be made), ``"reset"`` (it
    breaks before the answer) or ``"timeout"`` (the answer does not come in time).
    """

    def __init__(self, kind: Kind, message: str = "") -> None:
        super().__init__(message or f"injected by the test: {kind}")
        self.kind: Kind = kind


Handler = Callable[[Request], Response]
