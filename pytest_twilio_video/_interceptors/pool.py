"""The pool: it replaces urllib3's connection pool in `requests`, and answers itself."""

from __future__ import annotations

import errno
import os

from http.client import HTTPMessage
from http.client import responses as reasons
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from urllib3 import HTTPResponse
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from .. import _hosts as hosts
from .._http import NetworkFailure, Request


if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import Retry
    from urllib3.util import Timeout

    from .active import Interceptor


__all__ = ["Pool"]


class Pool:
    """Replaces a connection pool of urllib3 in `HTTPAdapter.send`.

    It is not a subclass of urllib3's pool, because pook patches the methods of
    these pools, and vcrpy patches their connection classes. It does use the
    retry policy of urllib3, which is public.
    """

    def __init__(self, interceptor: Interceptor, url: str) -> None:
        self.interceptor = interceptor
        self.parts = urlsplit(hosts.visible(url))

    def __str__(self) -> str:
        name, port = ("HTTPS", 443) if self.parts.scheme == "https" else ("HTTP", 80)
        port = self.parts.port or port
        return f"{name}ConnectionPool(host={self.parts.hostname!r}, port={port})"

    def urlopen(  # noqa: PLR0913 -- urllib3's own
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str | bytes] | None = None,
        *,
        retries: Retry,
        timeout: Timeout,
        **_pooling: object,
    ) -> HTTPResponse:
        """Return the response, after the retries that *retries* demands, like urllib3's pool."""
        request = self._request(method, url, body, headers or {}, _seconds(timeout))
        while True:
            try:
                response = self._answer(request, url, retries)
            except HTTPError as error:
                retries = self._left_after_error(retries, method, url, error)
                retries.sleep()
                continue
            left = self._left_after(retries, method, url, response)
            if left is None:
                return response
            retries = left
            retries.sleep(response)

    def _request(
        self,
        method: str,
        url: str,
        body: Any,
        headers: Mapping[str, str | bytes],
        seconds: float | None,
    ) -> Request:
        """Return the request as a `Request` of ours."""
        # A request through a plain HTTP proxy has the whole URL.
        is_path = url.startswith("/")
        # requests' own headers have `lower_items`, which is twice as fast as `items`.
        named = getattr(headers, "lower_items", headers.items)()
        return Request(
            method.upper(),
            f"{self.parts.scheme}://{self.parts.netloc}{url}" if is_path else url,
            {
                name.lower(): value if isinstance(value, str) else value.decode("latin-1")
                for name, value in named
            },
            _read(body),
            "requests",
            seconds,
        )

    def _left_after_error(self, retries: Retry, method: str, url: str, error: HTTPError) -> Retry:
        """Return what is left of *retries* after *error*. If nothing is left, raise the error."""
        pool: Any = self
        return retries.increment(
            method, url, error=error, _pool=pool, _stacktrace=error.__traceback__
        )

    def _left_after(
        self, retries: Retry, method: str, url: str, response: HTTPResponse
    ) -> Retry | None:
        """Return what is left of *retries* after *response*, or `None` if there is no retry."""
        if not retries.is_retry(method, response.status, "Retry-After" in response.headers):
            return None
        pool: Any = self
        try:
            return retries.increment(method, url, response=response, _pool=pool)
        except MaxRetryError:
            if retries.raise_on_status:
                raise
            return None

    def _answer(self, request: Request, url: str, retries: Retry) -> HTTPResponse:
        try:
            answer = self.interceptor.handler(request)
        except NetworkFailure as failure:
            raise self._error(failure, request, url) from failure
        return HTTPResponse(
            _Body(b"" if request.method == "HEAD" else answer.body),
            answer.headers,
            answer.status,
            version=11,
            reason=reasons.get(answer.status, ""),
            preload_content=False,
            decode_content=False,
            original_response=cast("Any", _original(answer.headers)),
            request_method=request.method,
            request_url=url,
            retries=retries,
        )

    def _error(self, failure: NetworkFailure, request: Request, url: str) -> HTTPError:
        """Return the exception of urllib3 for *failure*. requests turns it into its own."""
        pool: Any = self
        if failure.kind == "timeout":
            message = f"Read timed out. (read timeout={request.timeout})"
            return ReadTimeoutError(pool, url, message)
        if failure.kind == "connect":
            message = f"Failed to establish a new connection: {failure}"
            return NewConnectionError(pool, message)
        reset = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        return ProtocolError("Connection aborted.", reset)


class _Body(BytesIO):
    """A body that counts as closed when it has been read completely.

    urllib3 calls `isclosed`. CacheControl reads `closed`, to know when it has the whole body.
    """

    def isclosed(self) -> bool:
        return self.closed

    @property
    def closed(self) -> bool:
        return super().closed or self.tell() == len(self.getbuffer())


def _original(headers: Mapping[str, str]) -> _Original | None:
    """Return the object in which requests looks for cookies, or `None` if there are no cookies."""
    return _Original(headers) if "Set-Cookie" in headers else None


class _Original:
    """The part of an `http.client` response that requests reads when it looks for cookies."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.msg = HTTPMessage()
        for name, value in headers.items():
            self.msg.add_header(name, value)

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _seconds(timeout: Timeout) -> float | None:
    """Return how many seconds the client waits for the response. `None` means without a limit."""
    if timeout.total is not None:  # Only a total counts from when the connection began.
        timeout = timeout.clone()
        timeout.start_connect()
    seconds = timeout.read_timeout
    return seconds if isinstance(seconds, (int, float)) else None


def _read(body: Any) -> bytes:
    """Return the bytes of a body of requests: a text, bytes, a file, or an iterable of chunks."""
    if body is None:
        return b""
    if isinstance(body, (str, bytes, bytearray, memoryview)):
        return body.encode() if isinstance(body, str) else bytes(body)
    if hasattr(body, "read"):
        return _read(body.read())
    return b"".join(map(_read, body))
