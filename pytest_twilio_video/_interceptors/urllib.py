"""Downloads of media through `urllib.request`, which Twilio's documentation shows.

Problem: the API redirects to a storage host. Twilio's page on recordings fetches
the file with ``urllib.request.urlopen(redirect_to)``. vcrpy, pook and mocket
patch the connections of `http.client`, which urllib uses.

Solution: hook the method by which urllib opens a connection, above `http.client`.
The response is a real `http.client.HTTPResponse`, which reads from memory. Only
the storage hosts are served. The guard blocks calls of the API through urllib.
"""

from __future__ import annotations

import errno
import os

from http.client import HTTPResponse, RemoteDisconnected
from http.client import responses as reasons
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from .. import _hosts as hosts
from .._http import NetworkFailure, Request
from . import active, hooks


if TYPE_CHECKING:
    import urllib.request

    from types import ModuleType

    from .._http import Response
    from .active import Interceptor


__all__ = ["install"]


def install(library: ModuleType) -> None:
    """Hook all openers, both existing and future ones."""
    hooks.wrap(hooks.real_class(library, "AbstractHTTPHandler"), "do_open", _opening)


def _opening(do_open: Any) -> Any:
    def open_or_intercept(
        handler: Any, http_class: Any, req: urllib.request.Request, **kwargs: Any
    ) -> Any:
        url = hosts.visible(req.full_url)
        host = hosts.host_of(url)
        interceptor = active.active_for(host) if hosts.is_https(url) else None
        if interceptor is None or hosts.bucket_of(host) is None:
            return do_open(handler, http_class, req, **kwargs)
        return _answer(interceptor, req, url)

    return open_or_intercept


def _answer(interceptor: Interceptor, req: urllib.request.Request, url: str) -> HTTPResponse:
    headers = {name.lower(): value for name, value in req.header_items()}
    body = req.data if isinstance(req.data, bytes) else b""
    seconds = req.timeout if isinstance(req.timeout, (int, float)) else None
    try:
        answer = interceptor.handler(
            Request(req.get_method(), url, headers, body, "urllib", seconds)
        )
    except NetworkFailure as failure:
        raise _error(failure) from failure
    response: Any = HTTPResponse(_Socket(answer), method=req.get_method())  # type: ignore[arg-type]
    response.begin()
    # What `do_open` adds.
    response.url, response.msg = req.full_url, response.reason
    return response  # type: ignore[no-any-return]


def _error(failure: NetworkFailure) -> Exception:
    """Return urllib's exception. urllib wraps an error of sending, but not of the response."""
    if failure.kind == "timeout":
        return TimeoutError("The read operation timed out")
    if failure.kind == "connect":
        refused = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        return URLError(refused)
    return RemoteDisconnected("Remote end closed connection without response")


class _Socket:
    """The part of a socket that `HTTPResponse` reads from."""

    def __init__(self, answer: Response) -> None:
        fields = {"Content-Length": str(len(answer.body)), **answer.headers}
        lines = [f"HTTP/1.1 {answer.status} {reasons.get(answer.status, '')}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        head = "".join(f"{line}\r\n" for line in [*lines, ""])
        self._file = _File(head.encode("latin-1") + answer.body)

    def makefile(self, _mode: str) -> BytesIO:
        return self._file


class _File(BytesIO):
    """The bytes of an answer.

    The garbage collector may close them before the response, which flushes them nevertheless: a
    `BytesIO` would raise an error then, which pytest reports.
    """

    def flush(self) -> None:
        """Do nothing: there is nothing to write."""
