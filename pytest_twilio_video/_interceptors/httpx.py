"""Requests that come through httpx, and through httpx2, which differs by its name alone.

Problem: others patch its clients at `_transport_for_url` (pook, respx with
``using="httpx"``), its transports at `handle_request` (pytest-httpx, vcrpy)
and what is beneath (respx); and an application may have transports of its own
(retry, cache, log, fail-over), whose work must still be done, wherever they
keep those that they hand over to.

Solution: two places that nobody patches. Where a client sends, it is given its
own `_transport_for_url`: on the instance, so that it wins over what the class
has, now or later. For our hosts it chooses as if nobody had patched it; for
others it asks the class. And where a transport to the network is asked for its
handler, by a client or by another transport, it hands over one of ours, which
leaves other hosts to the handler that it has.
"""

from __future__ import annotations

import functools
import weakref

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .._http import NetworkFailure, Request
from ..errors import TwilioVideoError
from . import active, hooks, hosts, stand_in


if TYPE_CHECKING:
    from collections.abc import Callable

    from .active import Catch


__all__ = ["injectable", "install"]

# All that follows is said of either library: `httpx` is the module that it is about, and what
# belongs to it has no type that a checker could know.


def install(httpx: Any) -> None:
    """Hook all clients, those that exist and those to come."""
    hooks.wrap(hooks.genuine(httpx, "Client"), "send", _pinning)
    hooks.wrap(hooks.genuine(httpx, "AsyncClient"), "send", _pinning_async)
    _hook_handler(httpx, hooks.genuine(httpx, "HTTPTransport"), "handle_request")
    _hook_handler(httpx, hooks.genuine(httpx, "AsyncHTTPTransport"), "handle_async_request")


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


def injectable(catch: Catch) -> Any:
    """Make a transport of httpx, sync and async, that ends in the fake behind *catch*."""
    return _transport(import_module("httpx"), catch)


def _pin(client: Any) -> None:
    own = vars(client)
    pinned = own.get("_transport_for_url")
    if type(pinned) is _Pin and pinned.args[0]() is not client:  # `copy.copy` took it along.
        del own["_transport_for_url"]
        pinned = None
    if pinned is None and active.is_any():
        # Weak: a client in a circle with its own attribute would live until the next collection.
        own["_transport_for_url"] = _Pin(_choose, weakref.ref(client))


class _Pin(functools.partial[Any]):
    """What we have given a client, and not somebody else."""


def _choose(client_ref: Callable[[], Any], url: Any) -> Any:
    client = client_ref()
    if active.for_host(url.host) is None:
        return type(client)._transport_for_url(client, url)
    # As the class does it while nobody has patched it.
    mounted = (found for pattern, found in client._mounts.items() if pattern.matches(url))
    found = next(mounted, None)
    return client._transport if found is None else found


def _hook_handler(httpx: Any, network: Any, name: str) -> None:
    """Hook the look-up of *name* on the transports of the class *network*, whoever owns them.

    Not the function itself: there mocks are entered and left in any order. And not the
    instances: they would have to be found first, in lists, slots and closures.
    """

    def look_up(transport: Any, wanted: str) -> Any:
        found = super(network, transport).__getattribute__(wanted)
        if wanted == name and active.is_any():
            return functools.partial(handle, transport, found)
        return found

    def handle(transport: Any, usual: Any, request: Any) -> Any:
        if catch := active.for_host(request.url.host):
            ours = _stand_in(httpx, network, transport, catch)
            # By the class: a handler on the instance is shared with the transport that it is of.
            return getattr(type(ours), name)(ours, request)
        return usual(request)

    if "__getattribute__" not in vars(network):
        network.__getattribute__ = look_up


def _stand_in(httpx: Any, network: Any, transport: Any, catch: Catch) -> Any:
    """Return what takes the place of a transport to the network."""
    kind: Any = type(transport)
    if kind is network:
        return _transport(httpx, catch)
    return stand_in.put(_stand_in_class(httpx, network, kind), transport, catch)


@functools.lru_cache(maxsize=64)  # Bounded, so that classes that tests define can go again.
def _stand_in_class(httpx: Any, network: Any, kind: Any) -> Any:
    ours = _transport_class(httpx)
    names = ("handle_request", "handle_async_request")
    # The last, since what stands in is not caught again.
    own = {name: getattr(ours, name) for name in names} | {
        "__getattribute__": object.__getattribute__
    }
    return stand_in.derive(kind, type("Stand-in", (network,), own))


def _transport(httpx: Any, catch: Catch) -> Any:
    return _transport_class(httpx)(catch)


@functools.cache
def _transport_class(httpx: Any) -> Any:
    class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):  # type: ignore[misc]
        """The end of the way: no `MockTransport`, since vcrpy records what that answers."""

        def __init__(self, catch: Catch) -> None:
            self._twilio_video_catch = catch

        def handle_request(self, request: Any) -> Any:
            request.read()
            if routes := _routes(httpx, self._twilio_video_catch):
                with suppress(*routes.UNMATCHED):
                    return routes.handler(request)
            return _answer(httpx, self._twilio_video_catch, request)

        async def handle_async_request(self, request: Any) -> Any:
            await request.aread()
            if routes := _routes(httpx, self._twilio_video_catch):
                with suppress(*routes.UNMATCHED):
                    return await routes.async_handler(request)
            return _answer(httpx, self._twilio_video_catch, request)

    return Transport


def _routes(httpx: Any, catch: Catch) -> Any:
    """Return the user's own routes, if there are any; respx does not know httpx2."""
    return catch.made("respx") if httpx.__name__ == "httpx" else None


def _answer(httpx: Any, catch: Catch, request: Any) -> Any:
    try:
        answer = catch.handler(_from_httpx(httpx, request))
    except NetworkFailure as disruption:
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
