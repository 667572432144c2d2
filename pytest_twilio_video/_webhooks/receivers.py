"""Destinations: what takes a callback, and how what a test gives is recognised as one."""

from __future__ import annotations

import inspect
import re
import sys

from collections.abc import Callable
from typing import Any, Final, Protocol

from .._engine.records import struct
from .._http import Request, Response
from ..errors import InvalidArgumentError, UndeliverableCallbackError
from .callback import Callback
from .django import Client as DjangoClient
from .django import Handler as DjangoHandler
from .function import Function
from .loops import BackgroundLoop
from .wsgi import WSGI


__all__ = ["Destination", "Target", "Targets", "checked_base", "recognise"]


# What speaks to event loops is imported when it is asked for: see `.loops`.


class Destination(Protocol):
    """What takes a callback."""

    def is_reachable(self) -> bool:
        """Tell whether `take` can be called here and now.

        Inside a running event loop most destinations can only be awaited.
        """

    def take(self, callback: Callback, request: Request, /) -> Response:
        """Hand over *request*, which *callback* makes, and wait for the answer."""

    async def atake(self, callback: Callback, request: Request, /) -> Response:
        """Do the same on the loop that we are on."""


def recognise(target: Any, loop: BackgroundLoop) -> Destination:
    """Return the destination that *target* is; *loop* is for those that need one.

    Raise `UndeliverableCallbackError` if it is none.
    """
    if target == "network":
        return _network()
    for module, name, make in _KNOWN:
        # Nobody can hold an object of a module that is not loaded.
        known = getattr(sys.modules.get(module), name, None)
        if known is not None and isinstance(target, known):
            return make(target, loop)
    if callable(target) and not inspect.isclass(target):
        for arguments, make in _SHAPES:
            if _can_be_called_with(target, arguments):
                return make(target, loop)
    msg = (
        f"callbacks cannot be delivered to {target!r}.{_suspicion(target)} They can be to a WSGI "
        "or ASGI application (an instance, not its class), to a test client of Flask, Django or "
        'Starlette, to a function f(callback) -> status, and with "network" to a live server on '
        "this machine"
    )
    raise UndeliverableCallbackError(msg)


def _suspicion(target: Any) -> str:
    """Return what may have been forgotten: to call what makes the application."""
    if not callable(target) or not _can_be_called_with(target, 0):
        return ""
    return " If calling it makes the application, deliver to what it returns."


def _can_be_called_with(target: Callable[..., object], arguments: int) -> bool:
    try:
        inspect.signature(target).bind(*range(arguments))
    except (TypeError, ValueError):  # the latter: it has no signature to be had
        return False
    return True


def _network() -> Destination:
    from .network import Network

    return Network()


def _asgi(target: Any, loop: BackgroundLoop) -> Destination:
    from .asgi import ASGI

    return ASGI(target, loop)


def _starlette_client(target: Any, loop: BackgroundLoop) -> Destination:
    from .asgi import StarletteClient

    return StarletteClient(target, loop)


def _django_asgi(target: Any, _loop: BackgroundLoop) -> Destination:
    from .django import AsyncHandler

    return AsyncHandler(target)


def _django_async_client(target: Any, _loop: BackgroundLoop) -> Destination:
    from .django import AsyncClient

    return AsyncClient(target.handler)


_Make = Callable[[Any, BackgroundLoop], Destination]

_KNOWN: Final[tuple[tuple[str, str, _Make], ...]] = (
    ("werkzeug.test", "Client", lambda target, _: WSGI(target.application)),  # Flask's too
    ("django.test.client", "Client", lambda target, _: DjangoClient(target.handler)),
    ("django.test.client", "AsyncClient", _django_async_client),
    ("django.core.handlers.wsgi", "WSGIHandler", lambda target, _: DjangoHandler(target)),
    ("django.core.handlers.asgi", "ASGIHandler", _django_asgi),
    ("starlette.testclient", "TestClient", _starlette_client),
)

# The three protocols differ in how many arguments they pass, and that is all
# one can tell from outside.
_SHAPES: Final[tuple[tuple[int, _Make], ...]] = (
    (1, Function),  # callback
    (2, lambda target, _: WSGI(target)),  # environ, start_response
    (3, _asgi),  # scope, receive, send
)


# Targets: which destination takes which callback.


# Scheme, user and password, host with port, and the rest.
_PARTS: Final = re.compile(r"(https?://)(?:[^/?#]*@)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


@struct(slots=True)
class Target:
    """A destination, as it was registered."""

    destination: Destination
    base_url: str
    raise_exceptions: bool


class Targets:
    """The registered targets."""

    def __init__(self) -> None:
        self._all: list[Target] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, target: Target) -> None:
        """Register *target*."""
        self._all.append(target)

    def clear(self) -> None:
        """Forget them all."""
        self._all.clear()

    def find(self, callback: Callback) -> Target | None:
        """Return the target with the longest base URL that *callback*'s URL begins with.

        Among equals the latest wins, so that a test overrules its fixtures.
        """
        fitting = [target for target in reversed(self._all) if _fits(target, callback.url)]
        return max(fitting, key=lambda target: len(target.base_url), default=None)

    def refusal(self, callback: Callback) -> str:
        """Say why none takes *callback*, and what to do."""
        cure = "register one: callbacks.deliver_to(app)"
        if not self._all:
            return f"the {callback.event} callback has nowhere to go: no target yet; {cure}"
        bases = ", ".join(repr(target.base_url) for target in self._all)
        return (
            f"no target takes the {callback.event} callback to {callback.url}; "
            f"there are targets for {bases} only; {cure}"
        )


def checked_base(base_url: object) -> str:
    """Return *base_url* if it can be the beginning of a URL; `None` is that of all of them.

    Raise `InvalidArgumentError` if not.
    """
    if base_url is None:
        return ""
    if isinstance(base_url, str) and _PARTS.fullmatch(base_url):
        return base_url
    msg = (
        f"base_url is {base_url!r}, but must be the beginning of a URL, like "
        "'https://app.example' or 'http://localhost:5000/hooks', or None for any"
    )
    raise InvalidArgumentError(msg)


def _fits(target: Target, url: str) -> bool:
    base, url = _plain(target.base_url), _plain(url)
    # "http://localhost:5000" is not where "http://localhost:50001/hooks" goes.
    is_whole = not base or base.endswith("/") or url[len(base) :][:1] in {"", "/", "?", "#"}
    return is_whole and url.startswith(base)


def _plain(url: str) -> str:
    """Return *url* as it can be compared: no user and password, the host in lower case."""
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return url
    scheme, host, rest = parts.groups()
    path = rest if rest.startswith("/") or not host else f"/{rest}"
    return f"{scheme}{host}".lower() + path
