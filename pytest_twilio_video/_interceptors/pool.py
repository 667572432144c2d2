"""The end of a connection: what `requests` takes for urllib3's pool, and for its responses."""

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

from .._http import NetworkFailure, Request, Response
from . import hosts


if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import Retry
    from urllib3.util import Timeout

    from .active import Catch


__all__ = ["Pool"]


class Pool:
    """What `HTTPAdapter.send` takes for a connection pool of urllib3.

    Not one of urllib3's own with other connections in it: pook patches how
    those are asked, and vcrpy what they connect by. Of urllib3 it takes the
    policy of retries, which is public.
    """

    def __init__(self, catch: Catch, url: str) -> None:
        self.catch = catch
        self.parts = urlsplit(hosts.visible(url))

    def __str__(self) -> str:
        secure = self.parts.scheme == "https"
        port = self.parts.port or (443 if secure else 80)
        return f"HTTP{'S' * secure}ConnectionPool(host={self.parts.hostname!r}, port={port})"

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
        """Answer, again and again while *retries* wants to, as a pool of urllib3 does."""
        request = self.request(method, url, body, headers or {}, _seconds(timeout))
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

    def request(
        self,
        method: str,
        url: str,
        body: Any,
        headers: Mapping[str, str | bytes],
        seconds: float | None,
    ) -> Request:
        """Return what is sent as a request of ours."""
        # Through a plain HTTP proxy a request names its whole URL.
        is_path = url.startswith("/")
        return Request(
            method.upper(),
            f"{self.parts.scheme}://{self.parts.netloc}{url}" if is_path else url,
            {
                name.lower(): value if isinstance(value, str) else value.decode("latin-1")
                for name, value in headers.items()
            },
            _read(body),
            "requests",
            seconds,
        )

    def response(
        self, answer: Response, request: Request, url: str, retries: Retry
    ) -> HTTPResponse:
        """Return *answer* as urllib3 has it."""
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

    def _left_after_error(self, retries: Retry, method: str, url: str, error: HTTPError) -> Retry:
        """Return what is left of *retries* after *error*; raise that where nothing is."""
        pool: Any = self
        return retries.increment(
            method, url, error=error, _pool=pool, _stacktrace=error.__traceback__
        )

    def _left_after(
        self, retries: Retry, method: str, url: str, response: HTTPResponse
    ) -> Retry | None:
        """Return what is left of *retries* after *response*; `None` where that is the answer."""
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
            answer = self.catch.handler(request)
        except NetworkFailure as disruption:
            raise self._error(disruption, request, url) from disruption
        return self.response(answer, request, url, retries)

    def _error(self, disruption: NetworkFailure, request: Request, url: str) -> HTTPError:
        """Return what urllib3 itself makes of it, from which requests makes its own."""
        pool: Any = self
        if disruption.kind == "timeout":
            message = f"Read timed out. (read timeout={request.timeout})"
            return ReadTimeoutError(pool, url, message)
        if disruption.kind == "connect":
            message = f"Failed to establish a new connection: {disruption}"
            return NewConnectionError(pool, message)
        reset = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        return ProtocolError("Connection aborted.", reset)


class _Body(BytesIO):
    """What is left of the body: closed at its end, where a stream of all there is stops.

    urllib3 asks the one, and CacheControl, which then has all that it caches, the other.
    """

    def isclosed(self) -> bool:
        return self.closed

    @property
    def closed(self) -> bool:
        return super().closed or self.tell() == len(self.getbuffer())


def _original(headers: Mapping[str, str]) -> _Original | None:
    """Return where requests looks for cookies; without any, the look itself takes the longest."""
    return _Original(headers) if any(name.lower() == "set-cookie" for name in headers) else None


class _Original:
    """The little that requests, looking for cookies, reads of an `http.client` response."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.msg = HTTPMessage()
        for name, value in headers.items():
            self.msg.add_header(name, value)

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _seconds(timeout: Timeout) -> float | None:
    """Return how long the client is ready to wait for the answer."""
    if timeout.total is not None:  # only then it matters when one began to wait
        timeout = timeout.clone()
        timeout.start_connect()
    seconds = timeout.read_timeout
    return seconds if isinstance(seconds, (int, float)) else None


def _read(body: Any) -> bytes:
    """Read what requests takes for a body: text, bytes, a file, an iterable of chunks."""
    if body is None:
        return b""
    if isinstance(body, (str, bytes, bytearray, memoryview)):
        return body.encode() if isinstance(body, str) else bytes(body)
    if hasattr(body, "read"):
        return _read(body.read())
    return b"".join(map(_read, body))
