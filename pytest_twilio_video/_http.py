"""Requests and responses, in types that do not depend on any client library."""

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
"""The parameters in a request: each name with all its values, in order."""

READS = ("GET", "HEAD")
"""The methods that only read. Their parameters are in the query, not in a form."""
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)  # No slots: `cached_property` needs a `__dict__`.
class Request:
    """A request from an application to the fake, or from the fake to an application's webhook."""

    method: str
    """The method in upper case."""
    url: str
    """The absolute URL, with its query but without its fragment."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers. In a request to the fake, their names are in lower case."""
    body: bytes = b""
    client: str = ""
    """The client library that sent the request: ``"requests"``, ``"httpx"``, …"""
    timeout: float | None = None
    """How many seconds the client waits for the response. `None` means without a limit."""

    @property
    def path(self) -> str:
        """The path of the URL, without decoding its escapes."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The query of the URL after the question mark, without decoding its escapes."""
        return urlsplit(self.url).query

    @property
    def target(self) -> str:
        """The path with the query, as in the first line of an HTTP request.

        `SplitResult.geturl` would turn a path that begins with two slashes into one with four.
        """
        url = urlsplit(self.url)
        return f"{url.path}?{url.query}" if url.query else url.path

    @cached_property
    def fields(self) -> Fields:
        """The parameters: from the query for a GET or HEAD, otherwise from the form in the body.

        Bytes that are not UTF-8, escaped or not, become lone surrogates, which no parameter
        accepts. If the body is not a form, it is not read, because Twilio accepts only forms.
        """
        text = self.query
        if self.method not in READS:
            if self._content_type == _MULTIPART:
                return _parts_of(self.headers["content-type"], self.body)
            text = self.body.decode("utf-8", "surrogateescape") if self._has_form else ""
        return parse_qs(text, keep_blank_values=True, errors="surrogateescape") if text else {}

    @property
    def unread_type(self) -> str:
        """The content type of the body, if it was not read because it is not a form."""
        if self.method in READS or not self.body or self._has_form:
            return ""
        return self.headers["content-type"].partition(";")[0]

    @property
    def _has_form(self) -> bool:
        return self._content_type in {_FORM, _MULTIPART}

    @property
    def _content_type(self) -> str:
        return self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()


def _parts_of(content_type: str, body: bytes) -> Fields:
    """Return the fields of a multipart form, which browsers send for `FormData`. Skip files."""
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
    """A complete response."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""


class NetworkFailure(Exception):  # noqa: N818 -- it simulates a bad network; nothing here is in error
    """The connection fails, so the client gets no response.

    Each interceptor turns it into the exception that its client raises in this
    case. *kind* is ``"connect"`` (the connection cannot be made), ``"reset"``
    (the connection breaks before the response) or ``"timeout"`` (the response
    does not arrive in time).
    """

    def __init__(self, kind: Kind, message: str = "") -> None:
        super().__init__(message or f"injected by the test: {kind}")
        self.kind: Kind = kind


Handler = Callable[[Request], Response]
