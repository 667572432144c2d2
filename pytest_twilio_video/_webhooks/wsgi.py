"""A WSGI application as the receiver. It is called in the thread of the test."""

from __future__ import annotations

import re
import sys

from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from .._engine.records import struct
from .._http import Request, Response
from ..errors import UndeliverableCallbackError
from . import frameworks
from .callback import Callback
from .loops import without_running_loop
from .response_limits import ResponseLimits


__all__ = ["WSGI", "environ_of"]

__tracebackhide__ = True

Environ = dict[str, Any]
App = Callable[..., Iterable[bytes]]


@struct()
class WSGI:
    """Receives callbacks for a WSGI application: Flask, Django, or middleware around one."""

    app: App

    def is_reachable(self) -> bool:
        return True

    def deliver(self, _callback: Callback, request: Request, limits: ResponseLimits) -> Response:
        with frameworks.keep_db_connections(), without_running_loop():
            return _call(self.app, environ_of(request), limits)

    async def adeliver(
        self, callback: Callback, request: Request, limits: ResponseLimits
    ) -> Response:
        return self.deliver(callback, request, limits)


def environ_of(request: Request) -> Environ:
    """Return the WSGI environ for *request*, from which an application can reconstruct its URL."""
    url = urlsplit(request.url)
    headers = {name.upper().replace("-", "_"): text for name, text in request.headers.items()}
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # The bytes are decoded as latin-1, as PEP 3333 requires.
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query,
        # Not in the PEP, but servers set it: the path before it was unquoted.
        "REQUEST_URI": request.target,
        "CONTENT_TYPE": headers.pop("CONTENT_TYPE", ""),
        "CONTENT_LENGTH": headers.pop("CONTENT_LENGTH", ""),
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or {"http": 80, "https": 443}[url.scheme]),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        **_SERVER,
        **{f"HTTP_{name}": text for name, text in headers.items()},
    }


# The same for all requests.
_SERVER: Final[Environ] = {
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.multithread": False,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def _call(app: App, environ: Environ, limits: ResponseLimits) -> Response:
    started: list[tuple[Any, Any]] = []
    written: list[bytes] = []

    def start_response(
        status: Any, headers: Any, exc_info: object = None
    ) -> Callable[[bytes], None]:
        del exc_info  # Nothing has been sent yet, so a later response replaces an earlier one.
        started.append((status, headers))
        return write

    def write(chunk: Any) -> None:
        if not isinstance(chunk, bytes):
            raise _invalid(app, "chunk", chunk, "bytes")
        limits.add(len(chunk))
        written.append(chunk)

    chunks = app(environ, start_response)
    try:
        iter(chunks)
    except TypeError:
        msg = (
            f"{app!r} was called as a WSGI application, with environ and start_response, and "
            f"returned {chunks!r}, which is not iterable; if it is a function for callbacks, let "
            "it take one argument: f(callback) -> status"
        )
        raise UndeliverableCallbackError(msg) from None
    try:
        for chunk in chunks:
            write(chunk)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    if not started:
        raise frameworks.no_response(app)
    status, headers = started[-1]
    if not isinstance(status, str) or not _STATUS.fullmatch(status):
        raise _invalid(app, "status", status, "a text like '200 OK'")
    try:
        names = {name.lower(): text + "" for name, text in headers}
    except (AttributeError, TypeError, ValueError):
        raise _invalid(app, "list of headers", headers, "pairs of texts") from None
    return Response(int(status[:3]), names, b"".join(written))


_STATUS: Final = re.compile(r"[2-5]\d\d( .*)?", re.ASCII)
_invalid = partial(frameworks.invalid_response, "WSGI")
