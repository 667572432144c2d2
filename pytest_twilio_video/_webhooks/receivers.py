"""Receivers: which receiver each kind of target has."""

from __future__ import annotations

import inspect
import re
import sys

from collections.abc import Callable, Container
from typing import Any, Final, Literal, Protocol, TypeAlias

from .._engine.texts import without_password
from ..errors import UndeliverableCallbackError
from . import django
from .asgi import ASGI, StarletteClient
from .function import Function
from .loops import BackgroundLoop
from .network import Network
from .targets import Receiver
from .wsgi import WSGI


__all__ = ["CallbackTarget", "receiver_for"]

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
    return all(parameter.kind is not inspect.Parameter.VAR_POSITIONAL for parameter in parameters)


def _is_named_like_a_factory(target: object) -> bool:
    return _FACTORY.fullmatch(getattr(target, "__name__", "")) is not None


_FACTORY: Final = re.compile(
    r"(create|make|build|get|init)_?(\w*_)?(app|application|api|asgi|wsgi)"
)
