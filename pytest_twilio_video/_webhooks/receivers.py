"""Receivers of callbacks: which receiver a target is, and which target takes which callback."""

from __future__ import annotations

import inspect
import re
import sys

from collections.abc import Callable, Container
from typing import Any, Final, Protocol

from .._engine.records import struct
from .._http import Request, Response
from ..errors import InvalidArgumentError, UndeliverableCallbackError
from . import django
from .asgi import ASGI, StarletteClient
from .callback import Callback
from .function import Function
from .loops import BackgroundLoop
from .network import Network
from .wsgi import WSGI


__all__ = ["Receiver", "Target", "Targets", "checked_base_url", "receiver_for"]

__tracebackhide__ = True


class Receiver(Protocol):
    """Something that callbacks can be delivered to."""

    def is_reachable(self) -> bool:
        """Return whether `deliver` can be called here and now.

        Inside a running event loop, most receivers can only be awaited.
        """

    def deliver(self, callback: Callback, request: Request, /) -> Response:
        """Send *request*, which is that of *callback*, and return the response."""

    async def adeliver(self, callback: Callback, request: Request, /) -> Response:
        """Do the same on the running event loop."""


def receiver_for(target: Any, loop: BackgroundLoop, hosts: Container[str] = ()) -> Receiver:
    """Return the receiver for *target*; some need *loop*, and ``"network"`` reaches *hosts* too.

    Raises:
        UndeliverableCallbackError: *target* cannot receive callbacks.

    """
    if target == "network":
        return Network(hosts)
    for module, name, make in _KNOWN_TYPES:
        # No object can be of a type whose module is not loaded.
        known = getattr(sys.modules.get(module), name, None)
        if known is not None and isinstance(target, known):
            return make(target, loop)
    if callable(target) and not inspect.isclass(target):
        for arguments, make in _PROTOCOLS:
            if _can_be_called_with(target, arguments):
                return make(target, loop)
    msg = (
        f"callbacks cannot be delivered to {target!r}.{_hint(target)} They can be to a WSGI "
        "or ASGI application (an instance, not its class), to a test client of Flask, Django or "
        'Starlette, to a function f(callback) -> status, and with "network" to a live server on '
        "this machine"
    )
    raise UndeliverableCallbackError(msg)


@struct(slots=True)
class Target:
    """A receiver and the URLs that it was registered for."""

    receiver: Receiver
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
        """Forget all targets."""
        self._all.clear()

    def break_off(self, *, is_broken_off: bool) -> None:
        """Break off what is being delivered to live servers, or begin again."""
        for target in self._all:
            if isinstance(target.receiver, Network):
                target.receiver.break_off(is_broken_off=is_broken_off)

    def leads_to_network(self, callback: Callback) -> bool | None:
        """Whether the target of *callback* is a live server; `None` if it has no target."""
        target = self.find(callback)
        return None if target is None else isinstance(target.receiver, Network)

    def find(self, callback: Callback) -> Target | None:
        """Return the target with the longest base URL that the URL of *callback* begins with.

        If several are equally long, the latest wins, so a test overrides its fixtures.
        """
        matching = [target for target in reversed(self._all) if _matches(target, callback.url)]
        return max(matching, key=lambda target: len(target.base_url), default=None)

    def describe_unroutable(self, callback: Callback) -> str:
        """Describe why no target takes *callback*, and what helps."""
        remedy = "register one: callbacks.deliver_to(app)"
        if not self._all:
            return f"the {callback.event} callback has nowhere to go: no target yet; {remedy}"
        bases = ", ".join(repr(target.base_url) for target in self._all)
        return (
            f"no target takes the {callback.event} callback to {callback.url}; "
            f"there are targets for {bases} only; {remedy}"
        )


def checked_base_url(base_url: object) -> str:
    """Return *base_url*, or an empty text for `None`, with which every URL begins.

    Raises:
        InvalidArgumentError: *base_url* is not the beginning of a URL.

    """
    if base_url is None:
        return ""
    if isinstance(base_url, str) and _URL.fullmatch(base_url):
        return base_url
    msg = (
        f"base_url is {base_url!r}, but must be the beginning of a URL, like "
        "'https://app.example' or 'http://localhost:5000/hooks', or None for any"
    )
    raise InvalidArgumentError(msg)


_Make = Callable[[Any, BackgroundLoop], Receiver]

_KNOWN_TYPES: Final[tuple[tuple[str, str, _Make], ...]] = (
    ("werkzeug.test", "Client", lambda client, _: WSGI(client.application)),  # Flask's too
    ("django.test.client", "Client", lambda client, _: django.Client(client.handler)),
    ("django.test.client", "AsyncClient", lambda client, _: django.AsyncClient(client.handler)),
    ("django.core.handlers.wsgi", "WSGIHandler", lambda handler, _: django.Handler(handler)),
    ("django.core.handlers.asgi", "ASGIHandler", lambda handler, _: django.AsyncHandler(handler)),
    ("starlette.testclient", "TestClient", StarletteClient),
)

# From outside, the three protocols differ only in the number of arguments.
_PROTOCOLS: Final[tuple[tuple[int, _Make], ...]] = (
    (1, Function),  # callback
    (2, lambda app, _: WSGI(app)),  # environ, start_response
    (3, ASGI),  # scope, receive, send
)


def _can_be_called_with(target: Callable[..., object], arguments: int) -> bool:
    try:
        inspect.signature(target).bind(*range(arguments))
    except (TypeError, ValueError):  # ValueError: it has no signature.
        return False
    return True


def _hint(target: Any) -> str:
    """Return a hint if *target* may be a function that creates the application."""
    if not callable(target) or not _can_be_called_with(target, 0):
        return ""
    return " If calling it makes the application, deliver to what it returns."


# Scheme, user and password, host with port, and the rest.
_URL: Final = re.compile(r"(https?://)(?:[^/?#]*@)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def _matches(target: Target, url: str) -> bool:
    base, url = _comparable(target.base_url), _comparable(url)
    # "http://localhost:5000" does not match "http://localhost:50001/hooks".
    is_whole = not base or base.endswith("/") or url[len(base) :][:1] in {"", "/", "?", "#"}
    return is_whole and url.startswith(base)


def _comparable(url: str) -> str:
    """Return *url* without user and password, and with its host in lower case."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return url
    scheme, host, rest = parts.groups()
    path = rest if rest.startswith("/") or not host else f"/{rest}"
    return f"{scheme}{host}".lower() + path
