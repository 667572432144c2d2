"""Requests through httpx, and through httpx2, which differs only in its name.

Problem: other libraries patch `_transport_for_url` of clients (pook, respx with
``using="httpx"``), `handle_request` of transports (pytest-httpx, vcrpy), and the
layer below (respx). And an application may have transports of its own (retry,
cache, log, fail-over). They must still do their work, wherever they store the
transports to which they pass requests.

Solution: use two places that no other library patches. When a client sends, we
set `_transport_for_url` on the client itself, which has precedence over the
function of the class. For our hosts, it chooses like the unpatched function.
For other hosts, it calls the function of the class. And when a client or a
transport looks up the handler of a network transport, it gets our handler,
which passes requests to other hosts to the usual handler.
"""

from __future__ import annotations

import functools
import weakref

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .. import _hosts as hosts
from .._http import NetworkFailure, Request
from ..errors import TwilioVideoError
from . import active, hooks, stand_in


if TYPE_CHECKING:
    from collections.abc import Callable

    from .active import Interceptor


__all__ = ["injectable", "install"]

# Everything below works for both libraries: the argument `httpx` is the module of either. So the
# types of its objects are unknown to a type checker.


def install(httpx: Any) -> None:
    """Hook all clients and transports, both existing and future ones."""
    hooks.wrap(hooks.real_class(httpx, "Client"), "send", _pinning)
    hooks.wrap(hooks.real_class(httpx, "AsyncClient"), "send", _pinning_async)
    _hook_handler(httpx, hooks.real_class(httpx, "HTTPTransport"), "handle_request")
    _hook_handler(httpx, hooks.real_class(httpx, "AsyncHTTPTransport"), "handle_async_request")


def _pinning(send: Any) -> Any:
    def pin_and_send(client: Any, *args: Any, **kwargs: Any) -> Any:
        _pin(client)
        return send(client, *args, **kwargs)

    return pin_and_send


def _pinning_async(send: Any) -> Any:
    async def pin_and_send(client: Any, *args: Any, **kwargs: Any) -> Any:
        _pin(client)
        return await send(client, *args, **kwargs)

    return pin_and_send


def injectable(interceptor: Interceptor) -> Any:
    """Return a transport of httpx, sync and async, whose requests *interceptor* answers."""
    return _transport(import_module("httpx"), interceptor)


def _pin(client: Any) -> None:
    own = vars(client)
    pinned = own.get("_transport_for_url")
    if type(pinned) is _Pin and pinned.args[0]() is not client:  # `copy.copy` copied it.
        del own["_transport_for_url"]
        pinned = None
    if pinned is None and active.any_active():
        # Weak: a client that its own attribute refers to would live until the next collection.
        own["_transport_for_url"] = _Pin(_choose, weakref.ref(client))


class _Pin(functools.partial[Any]):
    """Marks our own attribute of a client."""


def _choose(client_ref: Callable[[], Any], url: Any) -> Any:
    client = client_ref()
    if active.active_for(url.host, url.scheme) is None:
        return type(client)._transport_for_url(client, url)
    # In the same way as the unpatched function of the class.
    mounted = (found for pattern, found in client._mounts.items() if pattern.matches(url))
    found = next(mounted, None)
    return client._transport if found is None else found


def _hook_handler(httpx: Any, network: Any, name: str) -> None:
    """Hook the look-up of the attribute *name* on transports of the class *network*.

    The function itself is not hooked, because mocks patch and restore it in any order. The
    instances are not hooked, because they cannot be found in lists, slots and closures.
    """

    def look_up(transport: Any, wanted: str) -> Any:
        found = super(network, transport).__getattribute__(wanted)
        if wanted == name and active.any_active():
            return functools.partial(handle, transport, found)
        return found

    def handle(transport: Any, usual: Any, request: Any) -> Any:
        if interceptor := active.active_for(request.url.host, request.url.scheme):
            ours = _stand_in(httpx, network, transport, interceptor)
            # By the class, because it shares a handler on the instance with the original.
            return getattr(type(ours), name)(ours, request)
        return usual(request)

    if "__getattribute__" not in vars(network):
        network.__getattribute__ = look_up


def _stand_in(httpx: Any, network: Any, transport: Any, interceptor: Interceptor) -> Any:
    """Return the stand-in for *transport*, a transport to the network."""
    kind: Any = type(transport)
    if kind is network:
        return _transport(httpx, interceptor)
    return stand_in.wrap_instance(_stand_in_class(httpx, network, kind), transport, interceptor)


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can be freed.
def _stand_in_class(httpx: Any, network: Any, kind: Any) -> Any:
    ours = _transport_class(httpx)
    names = ("handle_request", "handle_async_request")
    # The last one, because a stand-in is not to be hooked again.
    own = {name: getattr(ours, name) for name in names} | {
        "__getattribute__": object.__getattribute__
    }
    return stand_in.subclass_for(kind, type("Stand-in", (network,), own))


def _transport(httpx: Any, interceptor: Interceptor) -> Any:
    return _transport_class(httpx)(interceptor)


@functools.cache
def _transport_class(httpx: Any) -> Any:
    class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):  # type: ignore[misc]
        """Passes requests to the fake. vcrpy would record the responses of a `MockTransport`."""

        def __init__(self, interceptor: Interceptor) -> None:
            self._twilio_video_interceptor = interceptor

        def handle_request(self, request: Any) -> Any:
            request.read()
            if routes := _routes(httpx, self._twilio_video_interceptor):
                with suppress(*routes.UNMATCHED):
                    return routes.handler(request)
            return _answer(httpx, self._twilio_video_interceptor, request)

        async def handle_async_request(self, request: Any) -> Any:
            await request.aread()
            if routes := _routes(httpx, self._twilio_video_interceptor):
                with suppress(*routes.UNMATCHED):
                    return await routes.async_handler(request)
            return _answer(httpx, self._twilio_video_interceptor, request)

    return Transport


def _routes(httpx: Any, interceptor: Interceptor) -> Any:
    """Return the user's own routes, or `None`. For httpx2 there are none, as respx lacks it."""
    return interceptor.routes.get("respx") if httpx.__name__ == "httpx" else None


def _answer(httpx: Any, interceptor: Interceptor, request: Any) -> Any:
    try:
        answer = interceptor.handler(_from_httpx(httpx, request))
    except NetworkFailure as failure:
        error, message = _ERRORS[failure.kind]
        raise getattr(httpx, error)(message, request=request) from failure
    body = b"" if request.method == "HEAD" else answer.body
    # Not `content=`: the client itself reads an answer from the network, measures how long that
    # takes, and may stream it.
    return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(body))


def _from_httpx(httpx: Any, request: Any) -> Request:
    if not hosts.is_ours(request.url.host):
        msg = (
            f"this transport leads only to Twilio Video, not to {request.url.host}. Mount it only"
            ' for the hosts of Twilio: httpx.Client(mounts={"all://*twilio.com": transport})'
        )
        raise TwilioVideoError(msg)
    if request.url.scheme != "https":
        msg = f"Twilio serves nothing over plain http: use https instead of {request.url}"
        raise TwilioVideoError(msg)
    return Request(
        request.method,
        hosts.visible(str(request.url)),
        dict(request.headers.items()),  # ten times as fast as without the items
        request.content,
        httpx.__name__,
        request.extensions.get("timeout", {}).get("read"),
    )


# In the words of httpcore.
_ERRORS = {
    "timeout": ("ReadTimeout", "The read operation timed out"),
    "connect": ("ConnectError", "[Errno 111] Connection refused"),
    "reset": ("ReadError", "[Errno 104] Connection reset by peer"),
}
