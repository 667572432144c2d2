"""Requests that come through httpx, and through httpx2, which differs by its name alone.

Problem: others patch its clients at `_transport_for_url` (pook, respx with
``using="httpx"``), its transports at `handle_request` (pytest-httpx, vcrpy)
and what is beneath (respx); and an application may have transports of its own
(retry, cache, log), whose work must still be done.

Solution: where a client sends, which is before all of them, it is given its
own `_transport_for_url`: on the instance, so that it wins over what the class
has, now or later. For our hosts it puts a stand-in at the end of the chain of
transports; for others it asks the class, patched or not.
"""

from __future__ import annotations

import functools
import weakref

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .._http import Disruption, Request
from ..errors import TwilioVideoError
from . import active, hosts


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .active import Catch


__all__ = ["injectable", "install"]

# All that follows is said of either library: `httpx` is the module that it is about, and what
# belongs to it has no type that a checker could know.


def install(httpx: Any) -> None:
    """Hook all clients, those that exist and those to come."""
    send, asend = httpx.Client.send, httpx.AsyncClient.send

    @functools.wraps(send)
    def pin_and_send(client: Any, *args: Any, **kwargs: Any) -> Any:
        _pin(httpx, client)
        return send(client, *args, **kwargs)

    @functools.wraps(asend)
    async def pin_and_asend(client: Any, *args: Any, **kwargs: Any) -> Any:
        _pin(httpx, client)
        return await asend(client, *args, **kwargs)

    httpx.Client.send, httpx.AsyncClient.send = pin_and_send, pin_and_asend


def injectable(catch: Catch) -> Any:
    """Make a transport of httpx, sync and async, that ends in the fake behind *catch*."""
    return _transport(import_module("httpx"), catch)


def _pin(httpx: Any, client: Any) -> None:
    if active.is_any() and "_transport_for_url" not in vars(client):
        # Weak: a client in a circle with its own attribute would live until the next collection.
        client._transport_for_url = functools.partial(_choose, httpx, weakref.ref(client))


def _choose(httpx: Any, client_ref: Callable[[], Any], url: Any) -> Any:
    client = client_ref()
    catch = active.for_host(url.host)
    if catch is None:
        return type(client)._transport_for_url(client, url)
    # As the class does it while nobody has patched it.
    mounted = (found for pattern, found in client._mounts.items() if pattern.matches(url))
    return _stand_in(httpx, next(mounted, None) or client._transport, catch)


def _stand_in(httpx: Any, outer: Any, catch: Catch) -> Any:
    """Return what takes the place of the transport *outer*."""
    if type(outer) in (httpx.HTTPTransport, httpx.AsyncHTTPTransport):
        return _transport(httpx, catch)
    if isinstance(outer, (httpx.HTTPTransport, httpx.AsyncHTTPTransport)):
        kind: Any = type(outer)
        stand_in: Any = object.__new__(_stand_in_class(httpx, kind))
        stand_in.__dict__ = outer.__dict__
        stand_in.catch = catch
        return stand_in
    # A wrapper keeps running. What wraps nothing is the user's own mock, and left alone: a
    # MockTransport, an application by WSGI or ASGI.
    for inner in _innermost(httpx, outer, {id(outer)}):
        _divert(httpx, inner)
    return outer


def _innermost(httpx: Any, outer: Any, seen: set[int]) -> Iterator[Any]:
    """Find the transports to the network that *outer* wraps, at whatever depth."""
    for inner in vars(outer).values():
        if isinstance(inner, (httpx.HTTPTransport, httpx.AsyncHTTPTransport)):
            yield inner
        elif (
            isinstance(inner, (httpx.BaseTransport, httpx.AsyncBaseTransport))
            and id(inner) not in seen
        ):
            yield from _innermost(httpx, inner, seen | {id(inner)})


def _divert(httpx: Any, inner: Any) -> None:
    """Set the handler of *inner* on the instance, where it wins over what the class has."""
    sync = isinstance(inner, httpx.HTTPTransport)
    name = "handle_request" if sync else "handle_async_request"
    if name not in vars(inner):
        setattr(inner, name, functools.partial(_handle, httpx, name, weakref.ref(inner)))


def _handle(httpx: Any, name: str, inner_ref: Callable[[], Any], request: Any) -> Any:
    target = inner_ref()
    if catch := active.for_host(request.url.host):
        target = _stand_in(httpx, target, catch)
    # By the class: the instance, and the stand-in that shares its attributes, have us again.
    return getattr(type(target), name)(target, request)


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can go again.
def _stand_in_class(httpx: Any, kind: Any) -> Any:
    """Derive from *kind*, so that its handler runs, and its `super().handle_request()` is ours."""
    network = (
        httpx.HTTPTransport if issubclass(kind, httpx.HTTPTransport) else httpx.AsyncHTTPTransport
    )
    ours = _transport_class(httpx)
    handlers = {name: getattr(ours, name) for name in ("handle_request", "handle_async_request")}
    end = type("Stand-in", (network,), handlers)
    # The slot keeps our own state out of the `__dict__` that is shared with the user's transport.
    return type(kind)(kind.__name__, (kind, end), {"__slots__": ("catch",)})


def _transport(httpx: Any, catch: Catch) -> Any:
    return _transport_class(httpx)(catch)


@functools.cache
def _transport_class(httpx: Any) -> Any:
    class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):  # type: ignore[misc]
        """The end of the way: no `MockTransport`, since vcrpy records what that answers."""

        def __init__(self, catch: Catch) -> None:
            self.catch = catch

        def handle_request(self, request: Any) -> Any:
            request.read()
            if routes := _routes(httpx, self.catch):
                with suppress(*routes.UNMATCHED):
                    return routes.handler(request)
            return _answer(httpx, self.catch, request)

        async def handle_async_request(self, request: Any) -> Any:
            await request.aread()
            if routes := _routes(httpx, self.catch):
                with suppress(*routes.UNMATCHED):
                    return await routes.async_handler(request)
            return _answer(httpx, self.catch, request)

    return Transport


def _routes(httpx: Any, catch: Catch) -> Any:
    """Return the user's own routes, if there are any; respx does not know httpx2."""
    return catch.made("respx") if httpx.__name__ == "httpx" else None


def _answer(httpx: Any, catch: Catch, request: Any) -> Any:
    try:
        answer = catch.handler(_from_httpx(httpx, request))
    except Disruption as disruption:
        error, message = _ERRORS[disruption.kind]
        raise getattr(httpx, error)(message, request=request) from disruption
    body = b"" if request.method == "HEAD" else answer.body
    # Not `content=`: what the network brings is read by the client, which then knows how long
    # that took, and may stream it.
    return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(body))


def _from_httpx(httpx: Any, request: Any) -> Request:
    if not hosts.is_ours(request.url.host):
        msg = (
            f"{request.url.host} is no host of Twilio Video, and this transport has no other way."
            ' Mount it for our hosts only: httpx.Client(mounts={"all://*twilio.com": transport})'
        )
        raise TwilioVideoError(msg)
    return Request(
        request.method,
        hosts.visible(str(request.url)),
        dict(request.headers.items()),  # a tenth of the time that it takes without the items
        request.content,
        httpx.__name__,
        request.extensions.get("timeout", {}).get("read"),
    )


# As httpcore words them.
_ERRORS = {
    "timeout": ("ReadTimeout", "The read operation timed out"),
    "connect": ("ConnectError", "[Errno 111] Connection refused"),
    "reset": ("ReadError", "[Errno 104] Connection reset by peer"),
}
