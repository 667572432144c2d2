"""Requests that come through `requests`.

Problem: its sessions are patched at three places by others (`responses` and
moto at `HTTPAdapter.send`, requests-mock at `Session.send`, pook, vcrpy and
mocket beneath), and an application may have adapters of its own, with a retry
policy, whose work must still be done.

Solution: where a session chooses its adapter, which nobody patches, the chosen
one is replaced by a stand-in: of the same class and state, but whose
connections are ours. All that requests and the adapter do with a connection,
they do for real. An adapter used without a session gets them as well.
"""

from __future__ import annotations

import errno
import functools
import os
import types

from http.client import HTTPMessage
from http.client import responses as reasons
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from .._http import Disruption, Request
from . import active, hosts
from .pristine import pristine


if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest, Response, Session
    from requests.adapters import BaseAdapter
    from urllib3 import Retry
    from urllib3.util import Timeout

    from .active import Catch


__all__ = ["CaughtAdapter", "catch_for", "install", "send"]


def install(requests: types.ModuleType) -> None:
    """Hook all sessions and adapters, those that exist and those to come."""
    get_adapter = requests.Session.get_adapter

    @functools.wraps(get_adapter)
    def get_adapter_or_ours(session: Session, url: str) -> BaseAdapter:
        adapter = get_adapter(session, url)
        catch = catch_for(url)
        return _stand_in(adapter, catch) if catch else adapter

    requests.Session.get_adapter = get_adapter_or_ours
    for name in _GETTERS:
        setattr(HTTPAdapter, name, _or_ours(getattr(HTTPAdapter, name)))


def catch_for(url: str | None) -> Catch | None:
    """Return the fake that answers *url*, if there is one."""
    return active.for_host(hosts.host_of(url or "")) if active.is_any() else None


def send(
    catch: Catch, adapter: HTTPAdapter, request: PreparedRequest, *args: Any, **kwargs: Any
) -> Response:
    """Send *request* as `HTTPAdapter.send` would if nobody had patched it."""
    if routes := catch.made("responses"):
        response: Response = routes.unbound_on_send()(adapter, request, *args, **kwargs)
    else:
        response = real_send(adapter, request, *args, **kwargs)
    return response


class CaughtAdapter(HTTPAdapter):
    """An adapter whose connections to our hosts end in the fake behind *catch*."""

    def __init__(self, catch: Catch) -> None:
        super().__init__()
        self._twilio_video_catch = catch

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if hosts.is_ours(hosts.host_of(request.url or "")):
            return send(self._twilio_video_catch, self, request, *args, **kwargs)
        # Whatever that is at the moment: other hosts are for other people's mocks.
        return super().send(request, *args, **kwargs)

    # There is neither TLS nor a proxy on the way to a fake. To look for the files of the one and
    # the settings of the other is a fifth of the time that `send` takes (33 of 43 us without).

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        if not isinstance(conn, _Pool):
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        if hosts.is_ours(hosts.host_of(request.url or "")):
            return request.path_url
        return super().request_url(request, proxies)


def _stand_in(adapter: BaseAdapter, catch: Catch) -> BaseAdapter:
    # What is no HTTPAdapter has no connections to replace: the user's own stub, a recorder.
    # Where somebody mounted that for our hosts, it is meant.
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter, CaughtAdapter):
        return adapter
    kind: Any = type(adapter)
    stand_in: Any = object.__new__(_stand_in_class(kind))
    stand_in.__dict__ = adapter.__dict__
    setattr(stand_in, active.SLOT, catch)
    return stand_in  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can go again.
def _stand_in_class(kind: type[HTTPAdapter]) -> type[HTTPAdapter]:
    """Derive from *kind*, so that its `send` runs, and its `super().send()` is ours."""
    bases = (kind, CaughtAdapter) if kind is not HTTPAdapter else (CaughtAdapter,)
    # The slot keeps our own state out of the `__dict__` that is shared with the user's adapter.
    # Getters go in front of the user's own, which may not call the ones that we have hooked.
    body = {name: getattr(HTTPAdapter, name) for name in _GETTERS} | {"__slots__": (active.SLOT,)}
    return types.new_class(kind.__name__, bases, exec_body=lambda space: space.update(body))


def _or_ours(getter: Any) -> Any:
    @functools.wraps(getter)
    def connection(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        asked = args[0] if args else kwargs.get("request") or kwargs["url"]
        url = asked if isinstance(asked, str) else asked.url
        catch = catch_for(url)
        if isinstance(adapter, CaughtAdapter) and hosts.is_ours(hosts.host_of(url)):
            catch = adapter._twilio_video_catch
        return _Pool(catch, url) if catch else getter(adapter, *args, **kwargs)

    return connection


class _Pool:
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
        request = self._request(method, url, _read(body), headers or {}, timeout)
        pool: Any = self
        while True:
            try:
                response = self._answer(request, url, retries)
            except HTTPError as error:
                retries = retries.increment(
                    method, url, error=error, _pool=pool, _stacktrace=error.__traceback__
                )
                retries.sleep()
                continue
            if not retries.is_retry(method, response.status, "Retry-After" in response.headers):
                return response
            try:
                retries = retries.increment(method, url, response=response, _pool=pool)
            except MaxRetryError:
                if retries.raise_on_status:
                    raise
                return response
            retries.sleep(response)

    def _request(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str | bytes],
        timeout: Timeout,
    ) -> Request:
        # Through a plain HTTP proxy a request names its whole URL.
        is_path = url.startswith("/")
        absolute = f"{self.parts.scheme}://{self.parts.netloc}{url}" if is_path else url
        if timeout.total is not None:  # only then it matters when one began to wait
            timeout = timeout.clone()
            timeout.start_connect()
        seconds = timeout.read_timeout
        return Request(
            method.upper(),
            absolute,
            {
                name.lower(): value if isinstance(value, str) else value.decode("latin-1")
                for name, value in headers.items()
            },
            body,
            "requests",
            seconds if isinstance(seconds, (int, float)) else None,
        )

    def _answer(self, request: Request, url: str, retries: Retry) -> HTTPResponse:
        try:
            answer = self.catch.handler(request)
        except Disruption as disruption:
            raise self._error(disruption, request, url) from disruption
        return HTTPResponse(
            BytesIO(b"" if request.method == "HEAD" else answer.body),
            answer.headers,
            answer.status,
            version=11,
            reason=reasons.get(answer.status),
            preload_content=False,
            decode_content=False,
            original_response=cast("Any", _original(answer.headers)),
            request_method=request.method,
            request_url=url,
            retries=retries,
        )

    def _error(self, disruption: Disruption, request: Request, url: str) -> HTTPError:
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


def _read(body: Any) -> bytes:
    """Read what requests takes for a body: text, bytes, a file, an iterable of chunks."""
    if body is None:
        return b""
    if isinstance(body, (str, bytes, bytearray, memoryview)):
        return body.encode() if isinstance(body, str) else bytes(body)
    if hasattr(body, "read"):
        return _read(body.read())
    return b"".join(map(_read, body))


real_send = pristine("requests.adapters", "HTTPAdapter.send")
# The second is what requests asked before 2.32.
_GETTERS = [
    name
    for name in ("get_connection_with_tls_context", "get_connection")
    if hasattr(HTTPAdapter, name)
]
