"""Receivers: which receiver a target has, and which target receives a callback."""

from __future__ import annotations

import inspect
import re
import sys

from collections.abc import Callable, Container, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

from .._engine.records import struct
from .._engine.texts import without_password
from .._http import Request, Response
from ..errors import InvalidArgumentError, UndeliverableCallbackError
from . import django
from .asgi import ASGI, StarletteClient
from .callback import Callback
from .function import Function
from .loops import BackgroundLoop
from .network import Network
from .wsgi import WSGI


__all__ = [
    "CallbackTarget",
    "Receiver",
    "Target",
    "Targets",
    "checked_base_url",
    "checked_headers",
    "receiver_for",
]

__tracebackhide__ = True


class _ClientOfApp(Protocol):
    @property
    def app(self) -> Any: ...


class _ClientOfApplication(Protocol):
    @property
    def application(self) -> Any: ...


class _ClientOfHandler(Protocol):
    @property
    def handler(self) -> Any: ...


CallbackTarget: TypeAlias = (
    Callable[..., Any]
    | Literal["network"]
    | _ClientOfApp
    | _ClientOfApplication
    | _ClientOfHandler
)
"""What a type checker accepts as a target. At run time, `receiver_for` checks more exactly.

The protocols stand for the test clients of frameworks, which this package does not import.
"""


class Receiver(Protocol):
    """Passes callbacks to one kind of target."""

    def is_reachable(self) -> bool:
        """Return whether `deliver` can be called here and now.

        If the caller runs in a task, `adeliver` of most receivers must be awaited instead.
        """

    def deliver(self, callback: Callback, request: Request, /) -> Response:
        """Pass *request*, the request of *callback*, to the target, and return the response."""

    async def adeliver(self, callback: Callback, request: Request, /) -> Response:
        """Pass *request* to the target on the running event loop, and return the response."""


def receiver_for(target: Any, loop: BackgroundLoop, hosts: Container[str] = ()) -> Receiver:
    """Return the receiver for *target*.

    An asynchronous target runs on *loop* if the test has no event loop. The target ``"network"``
    delivers to *hosts*, in addition to this machine.

    Raises:
        UndeliverableCallbackError: *target* cannot receive callbacks.

    """
    if isinstance(target, str) and target == "network":
        return Network(hosts)
    for module, name, make in _KNOWN_TYPES:
        if _is_instance(target, module, name):
            return make(target, loop)
    hint = _hint(target)
    if callable(target) and not hint:
        for arguments, make in _PROTOCOLS:
            if _can_be_called_with(target, arguments):
                return make(target, loop)
    msg = (
        f"callbacks cannot be delivered to {without_password(repr(target))}.{hint}\n"
        "A target is one of these:\n"
        "    a WSGI or ASGI application (an instance, not its class)\n"
        "    a test client of Flask, Django, Starlette, Quart, Litestar, Falcon or WebTest\n"
        "    a function f(callback) -> status\n"
        '    "network", for a live server on this machine'
    )
    raise UndeliverableCallbackError(msg)


def _is_instance(target: object, module: str, name: str) -> bool:
    # If the module of the type is not loaded, no object of the type exists.
    known = getattr(sys.modules.get(module), name, None)
    return known is not None and isinstance(target, known)


@struct(slots=True)
class Target:
    """A receiver, and which callbacks it gets."""

    receiver: Receiver
    base_url: str
    headers: Mapping[str, str]
    """Headers that are added to each request, and replace headers of the same name."""
    raise_exceptions: bool

    def headers_of(self, request: Request) -> Mapping[str, str]:
        """Return the headers of *request* with the headers of this target."""
        if not self.headers:
            return request.headers
        own = {name.lower() for name in self.headers}
        kept = {name: text for name, text in request.headers.items() if name.lower() not in own}
        return {**kept, **self.headers}


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

    def break_off(self) -> None:
        """Abort all deliveries to live servers."""
        for target in self._all:
            if isinstance(target.receiver, Network):
                target.receiver.break_off()

    def leads_to_network(self, callback: Callback) -> bool | None:
        """Return whether the target of *callback* is a live server. Without a target, `None`."""
        target = self.find(callback)
        return None if target is None else isinstance(target.receiver, Network)

    def find(self, callback: Callback) -> Target | None:
        """Return the target for *callback*, or `None` if no base URL matches the callback's URL.

        If several match, return the target with the longest base URL. If several are equally
        long, return the one that was added last, so that a test can override a fixture.
        """
        matching = [target for target in reversed(self._all) if _matches(target, callback.url)]
        return max(matching, key=_length_of_base_url, default=None)

    def describe_unroutable(self, callback: Callback) -> str:
        """Describe why no target takes *callback*, and what to do."""
        remedy = "callbacks.deliver_to(app)"
        if not self._all:
            return f"no target yet: {remedy}"
        bases = ", ".join(repr(without_password(target.base_url)) for target in self._all)
        return (
            f"no target takes the {callback.event} callback to {without_password(callback.url)}. "
            f"The targets take only URLs below {bases}. Add a target: {remedy}"
        )


def checked_base_url(base_url: object) -> str:
    """Return *base_url*. For `None`, return an empty text, because every URL begins with it.

    Raises:
        InvalidArgumentError: *base_url* is not the beginning of a URL.

    """
    if base_url is None:
        return ""
    if isinstance(base_url, str) and _URL.fullmatch(base_url):
        return base_url
    shown = without_password(base_url) if isinstance(base_url, str) else base_url
    msg = (
        f"base_url is {shown!r}, but must be the beginning of a URL, like "
        "'https://app.example' or 'http://localhost:5000/hooks', or None for any URL"
    )
    raise InvalidArgumentError(msg)


def checked_headers(headers: Any) -> Mapping[str, str]:
    """Return *headers* as a dict. For `None`, return an empty dict.

    Raises:
        InvalidArgumentError: *headers* is not a mapping, or has a name or value that HTTP does not
            allow.

    """
    if headers is None:
        return {}
    if isinstance(headers, Mapping):
        for name, text in headers.items():
            is_pair = isinstance(name, str) and isinstance(text, str)
            if not is_pair or not _HEADER.fullmatch(f"{name}: {text}"):
                msg = f"headers has {name!r}: {text!r}, which is not a valid HTTP header"
                raise InvalidArgumentError(msg)
        return dict(headers)
    msg = f"headers is {headers!r}, but must be a dict, like {{'X-Forwarded-Proto': 'https'}}"
    raise InvalidArgumentError(msg)


_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*")

_Make = Callable[[Any, BackgroundLoop], Receiver]

_KNOWN_TYPES: Final[tuple[tuple[str, str, _Make], ...]] = (
    ("werkzeug.test", "Client", lambda client, _: WSGI(client.application)),  # Flask's too
    ("django.test.client", "Client", lambda client, _: django.Client(client.handler)),
    ("django.test.client", "AsyncClient", lambda client, _: django.AsyncClient(client.handler)),
    ("django.core.handlers.wsgi", "WSGIHandler", lambda handler, _: django.Handler(handler)),
    ("django.core.handlers.asgi", "ASGIHandler", lambda handler, _: django.AsyncHandler(handler)),
    ("starlette.testclient", "TestClient", StarletteClient),
    *(
        (module, name, lambda client, loop: receiver_for(client.app, loop))
        for module, name in (
            ("falcon.testing", "ASGIConductor"),
            ("falcon.testing", "TestClient"),
            ("litestar.testing", "AsyncTestClient"),
            ("litestar.testing", "TestClient"),
            ("quart.testing", "QuartClient"),
            ("webtest", "TestApp"),
        )
    ),
)

_SERVED: Final = (
    "supports neither WSGI nor ASGI. Start it on this machine, use its URL, for example "
    'http://127.0.0.1:8080/hooks, as the StatusCallback, and call deliver_to("network").'
)
_UNSUITABLE: Final[tuple[tuple[str, str, str], ...]] = (
    ("aiohttp.web", "Application", f"An application of aiohttp {_SERVED}"),
    ("aiohttp.test_utils", "BaseTestServer", f"An application of aiohttp {_SERVED}"),
    ("aiohttp.test_utils", "TestClient", f"An application of aiohttp {_SERVED}"),
    ("tornado.web", "Application", f"An application of Tornado {_SERVED}"),
    ("twisted.web.server", "Site", f"A site of Twisted {_SERVED}"),
    ("flask", "Blueprint", "Deliver to the application that the blueprint is registered with."),
    ("httpx", "Client", "Deliver to the application itself."),
    ("httpx", "AsyncClient", "Deliver to the application itself."),
    ("requests", "Session", 'Deliver to the application itself, or use "network".'),
)

# The three kinds of callables are told apart by the number of their arguments.
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
    """Return why *target* is not a target, and what to do. If it may be one, return empty text."""
    for module, name, advice in _UNSUITABLE:
        if _is_instance(target, module, name):
            return f" {advice}"
    if isinstance(target, str):
        return (
            " For a server on this machine, use its URL as the StatusCallback, and call "
            'deliver_to("network").'
        )
    if inspect.ismodule(target):
        return " It is a module: deliver to the application in it."
    if inspect.isclass(target):
        return " It is a class: deliver to an instance of it."
    if callable(target) and (_needs_no_arguments(target) or _is_named_like_a_factory(target)):
        return " If it returns the application, call it, and deliver to what it returns."
    return ""


def _needs_no_arguments(target: Callable[..., object]) -> bool:
    """Return whether *target* can be called without arguments, but does not have ``*args``."""
    if not _can_be_called_with(target, 0):
        return False
    parameters = inspect.signature(target).parameters.values()
    return all(each.kind is not inspect.Parameter.VAR_POSITIONAL for each in parameters)


def _is_named_like_a_factory(target: object) -> bool:
    return _FACTORY.fullmatch(getattr(target, "__name__", "")) is not None


_FACTORY: Final = re.compile(
    r"(create|make|build|get|init)_?(\w*_)?(app|application|api|asgi|wsgi)"
)


# The groups are the scheme, the host with its port, and the rest. User and password are skipped.
_URL: Final = re.compile(r"(https?://)(?:[^/?#]*@)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def _length_of_base_url(target: Target) -> int:
    return len(target.base_url)


def _matches(target: Target, url: str) -> bool:
    base, url = _comparable(target.base_url), _comparable(url)
    # "http://localhost:5000" does not match "http://localhost:50001/hooks".
    is_whole = not base or base.endswith("/") or url[len(base) :][:1] in {"", "/", "?", "#"}
    return is_whole and url.startswith(base)


def _comparable(url: str) -> str:
    """Return *url* in a form to compare: without user and password, the host in lower case."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return url
    scheme, host, rest = parts.groups()
    path = rest if rest.startswith("/") or not host else f"/{rest}"
    return f"{scheme}{host}".lower() + path
