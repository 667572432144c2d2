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

import functools

from typing import TYPE_CHECKING, Any, NoReturn

import requests

from urllib3 import Retry

from .._http import NetworkFailure, Request
from . import active, hooks, hosts, stand_in
from .hooks import pristine
from .pool import Pool


if TYPE_CHECKING:
    from types import ModuleType

    from requests import PreparedRequest, Response, Session
    from requests.adapters import BaseAdapter, HTTPAdapter

    from .active import Catch
else:
    HTTPAdapter = hooks.genuine(requests, "HTTPAdapter")


__all__ = ["CaughtAdapter", "catch_for", "install", "send"]


def install(library: ModuleType) -> None:
    """Hook all sessions and adapters, those that exist and those to come."""
    hooks.wrap(hooks.genuine(library, "Session"), "get_adapter", _choosing)
    for name in _GETTERS:
        hooks.wrap(HTTPAdapter, name, _or_ours)


def _choosing(get_adapter: Any) -> Any:
    def get_adapter_or_ours(session: Session, url: str) -> BaseAdapter:
        adapter: BaseAdapter = get_adapter(session, url)
        catch = catch_for(url)
        return _stand_in(adapter, catch) if catch else adapter

    return get_adapter_or_ours


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
        if hosts.is_our_url(request.url):
            return send(self._twilio_video_catch, self, request, *args, **kwargs)
        # Whatever that is at the moment: other hosts are for other people's mocks.
        return super().send(request, *args, **kwargs)

    # There is neither TLS nor a proxy on the way to a fake. To look for the files of the one and
    # the settings of the other is a fifth of the time that `send` takes (33 of 43 us without).

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        if not isinstance(conn, Pool):
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        if hosts.is_our_url(request.url):
            return request.path_url
        return super().request_url(request, proxies)


class _Direct(CaughtAdapter):
    """In the place of a plain `HTTPAdapter`, which has nothing of its own to do.

    What lies between its ends (a connection to be chosen, a limit of time, a policy that repeats
    nothing) comes to nothing then. To leave it out takes a sixth off what a request takes.
    """

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        catch, timeout = self._twilio_video_catch, kwargs.get("timeout")
        is_plain = not args and _is_simple(timeout) and not _repeats(self.max_retries)
        if not is_plain or catch.made("responses"):
            return super().send(request, *args, **kwargs)
        pool, url = Pool(catch, str(request.url)), request.path_url
        asked = pool.request(str(request.method), url, request.body, request.headers, timeout)
        try:
            answer = catch.handler(asked)
        except NetworkFailure as disruption:
            # The real one knows which exception that is: it meets the same disruption again.
            again = active.Catch(functools.partial(_disrupt, disruption))
            return CaughtAdapter.send(stand_in.put(type(self), self, again), request, **kwargs)
        return self.build_response(request, pool.response(answer, asked, url, self.max_retries))


def _is_simple(timeout: Any) -> bool:
    """Tell whether nothing is to be computed from *timeout*, or complained of in it."""
    return timeout is None or (type(timeout) in {int, float} and timeout > 0)


def _repeats(retries: Retry) -> bool:
    """Tell whether the policy *retries* might send once more, or look at answers."""
    # Without a total (`None`) the limits of each kind hold.
    return type(retries) is not Retry or retries.total != 0 or bool(retries.status_forcelist)


def _disrupt(disruption: NetworkFailure, _request: Request) -> NoReturn:
    raise disruption


def _stand_in(adapter: BaseAdapter, catch: Catch) -> BaseAdapter:
    # What is no HTTPAdapter has no connections to replace: the user's own stub, a recorder.
    # Where somebody mounted that for our hosts, it is meant.
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter, CaughtAdapter):
        return adapter
    kind: Any = type(adapter)
    made: CaughtAdapter = stand_in.put(_stand_in_class(kind), adapter, catch)
    return made


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can go again.
def _stand_in_class(kind: type[HTTPAdapter]) -> type:
    # In front of the user's own getters, which may not call the ones that we have hooked.
    getters = {name: getattr(HTTPAdapter, name) for name in _GETTERS}
    if kind is HTTPAdapter:
        return stand_in.derive(_Direct, **getters)
    return stand_in.derive(kind, CaughtAdapter, **getters)


def _or_ours(getter: Any) -> Any:
    def connection(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        asked = args[0] if args else kwargs.get("request") or kwargs["url"]
        url = asked if isinstance(asked, str) else asked.url
        catch = catch_for(url)
        if isinstance(adapter, CaughtAdapter) and hosts.is_our_url(url):
            catch = adapter._twilio_video_catch
        return Pool(catch, url) if catch else getter(adapter, *args, **kwargs)

    return connection


real_send = pristine("requests.adapters", "HTTPAdapter.send")
# The second is what requests asked before 2.32.
_GETTERS = [
    name
    for name in ("get_connection_with_tls_context", "get_connection")
    if hasattr(HTTPAdapter, name)
]
