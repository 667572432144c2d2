"""Requests through `requests`.

Problem: other libraries patch it in three places: `responses` and moto at
`HTTPAdapter.send`, requests-mock at `Session.send`, and pook, vcrpy and mocket
below. And an application may have adapters of its own, with a retry policy,
which must still do their work.

Solution: hook the method by which a session chooses its adapter, which no other
library patches. A stand-in replaces the chosen adapter. It has the same class
and state, but its connections end in the fake. Everything that requests and the
adapter do with a connection is real. An adapter that is used without a session
gets such connections too.
"""

from __future__ import annotations

import functools

from typing import TYPE_CHECKING, Any

import requests

from .. import _hosts as hosts
from . import active, hooks, stand_in
from .hooks import unpatched
from .pool import Pool


if TYPE_CHECKING:
    from types import ModuleType

    from requests import PreparedRequest, Response, Session
    from requests.adapters import BaseAdapter, HTTPAdapter

    from .active import Interceptor
else:
    HTTPAdapter = hooks.real_class(requests, "HTTPAdapter")


__all__ = ["InterceptedAdapter", "install", "interceptor_for", "send"]


def install(library: ModuleType) -> None:
    """Hook all sessions and adapters, both existing and future ones."""
    hooks.wrap(hooks.real_class(library, "Session"), "get_adapter", _choosing)
    for name in _GETTERS:
        hooks.wrap(HTTPAdapter, name, _connecting)


def interceptor_for(url: str | None) -> Interceptor | None:
    """Return the interceptor that answers *url*, or `None` if there is none."""
    return active.innermost() if active.any_active() and hosts.is_our_url(url) else None


def send(
    interceptor: Interceptor,
    adapter: HTTPAdapter,
    request: PreparedRequest,
    *args: Any,
    **kwargs: Any,
) -> Response:
    """Send *request* like the unpatched `HTTPAdapter.send`."""
    if routes := interceptor.routes.get("responses"):
        response: Response = routes.unbound_on_send()(adapter, request, *args, **kwargs)
    else:
        response = real_send(adapter, request, *args, **kwargs)
    return response


class InterceptedAdapter(HTTPAdapter):
    """An adapter whose connections to our hosts end in *interceptor*."""

    def __init__(self, interceptor: Interceptor) -> None:
        super().__init__()
        self._twilio_video_interceptor = interceptor

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if hosts.is_our_url(request.url):
            return send(self._twilio_video_interceptor, self, request, *args, **kwargs)
        # Through the current `send`, which may be patched: other hosts are for other mocks.
        return super().send(request, *args, **kwargs)

    # A fake needs neither TLS nor a proxy. Looking for TLS files and proxy settings would take a
    # fifth of the time of `send` (33 of 43 us without).

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        if not isinstance(conn, Pool):
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        if hosts.is_our_url(request.url):
            return request.path_url
        return super().request_url(request, proxies)


def _choosing(get_adapter: Any) -> Any:
    def choose(session: Session, url: str) -> BaseAdapter:
        adapter: BaseAdapter = get_adapter(session, url)
        interceptor = interceptor_for(url)
        return _stand_in(adapter, interceptor) if interceptor else adapter

    return choose


def _stand_in(adapter: BaseAdapter, interceptor: Interceptor) -> BaseAdapter:
    # An adapter that is not an HTTPAdapter has no connections to replace: it is a stub or a
    # recorder, which the user mounted for our hosts on purpose.
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter, InterceptedAdapter):
        return adapter
    kind: Any = type(adapter)
    made: BaseAdapter = stand_in.wrap_instance(_stand_in_class(kind), adapter, interceptor)
    return made


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can be freed.
def _stand_in_class(kind: type[HTTPAdapter]) -> type:
    # In front of the user's own getters, which may not call the hooked ones.
    getters = {name: getattr(HTTPAdapter, name) for name in _GETTERS}
    ends = () if kind is HTTPAdapter else (InterceptedAdapter,)
    base = InterceptedAdapter if kind is HTTPAdapter else kind
    return stand_in.subclass_for(base, *ends, **getters)


def _connecting(getter: Any) -> Any:
    def connect(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        asked = args[0] if args else kwargs.get("request") or kwargs["url"]
        url = asked if isinstance(asked, str) else asked.url
        if isinstance(adapter, InterceptedAdapter) and hosts.is_our_url(url):
            interceptor: Interceptor | None = adapter._twilio_video_interceptor
        else:
            interceptor = interceptor_for(url)
        return Pool(interceptor, url) if interceptor else getter(adapter, *args, **kwargs)

    return connect


real_send = unpatched("requests.adapters", "HTTPAdapter.send")
# The second is the one that requests calls before 2.32.
_GETTERS = [
    name
    for name in ("get_connection_with_tls_context", "get_connection")
    if hasattr(HTTPAdapter, name)
]
