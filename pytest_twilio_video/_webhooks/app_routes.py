"""The routes of an application, which a message lists if the path of a callback is wrong.

Each framework lists its routes in its own way. Only frameworks that can list them without side
effects are asked. If anything fails, the list is empty: the message is better without routes than
with another error.
"""

from __future__ import annotations

import difflib
import re
import sys

from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from itertools import chain
from typing import Any, Final, NamedTuple


__all__ = ["AppRoute", "nearest", "routes_of"]

DEEPEST: Final = 10
"""How many middlewares around an application are unwrapped at most."""
MOST_SHOWN: Final = 3


class AppRoute(NamedTuple):
    """A route of an application. The path is written as in the framework."""

    path: str
    methods: tuple[str, ...] = ()
    """The methods of the route. Empty if the route takes any method, or its handler decides."""

    def matches(self, path: str) -> bool:
        """Return whether this route may handle *path*, which is unescaped.

        Frameworks have converters of their own. A route may match here although its view refuses
        the path.
        """
        pieces = _PLACEHOLDER.split(self.path)
        # Every second piece is a placeholder.
        pieces[::2] = map(re.escape, pieces[::2])
        pieces[1::2] = map(_text_for, pieces[1::2])
        return re.fullmatch("".join(pieces), path) is not None

    def __str__(self) -> str:
        return " ".join(filter(None, ("/".join(self.methods), self.path)))


_PLACEHOLDER: Final = re.compile(r"(<[^>]*>|{[^}]*}|\(\?P.*?\))")

# By Django's and Werkzeug's names of converters, and Starlette's.
_TEXTS: Final = {"int": r"[+-]?\d+", "path": ".+", "uuid": "[0-9A-Fa-f-]{36}"}


def _text_for(placeholder: str) -> str:
    """Return the regular expression for the texts that *placeholder* may stand for."""
    if placeholder.startswith("("):
        return ".+"  # It is one itself, but may contain further parentheses.
    known = (text for word, text in _TEXTS.items() if word in re.split(r"\W", placeholder))
    return next(known, "[^/]+")


def routes_of(target: Any) -> list[AppRoute]:
    """Return the routes of *target*: an application, or an object that wraps one."""
    app = target
    for _ in range(DEEPEST):
        for lister in (_of_werkzeug, _of_django, _of_falcon, _of_starlette):
            # It is another framework, or an unknown version.
            with suppress(Exception):
                if found := list(lister(app)):
                    return found
        app = _inside(app)
    return []


def _inside(app: Any) -> Any:
    """Return the application that *app* wraps, or `None` if it wraps none."""
    # ``ProxyFix(app.wsgi_app)`` wraps a method, not the application.
    for name in ("client", "app", "application", "wsgi_app", "__self__"):
        with suppress(Exception):
            if (inside := getattr(app, name)) is not None:
                return inside
    return None


def nearest(routes: Iterable[AppRoute], path: str) -> list[AppRoute]:
    """Return the routes whose paths are most like *path*, the most similar first."""

    def similarity(route: AppRoute) -> float:
        return difflib.SequenceMatcher(None, route.path.lower(), path.lower()).ratio()

    near = [route for route in dict.fromkeys(routes) if similarity(route) >= 0.5]  # noqa: PLR2004 -- half of the characters
    return sorted(near, key=similarity, reverse=True)[:MOST_SHOWN]


def _of_werkzeug(app: Any) -> Iterator[AppRoute]:
    """Yield the routes of Flask and Quart."""
    for rule in app.url_map.iter_rules():
        yield AppRoute(rule.rule, _methods(rule.methods))


def _of_starlette(app: Any) -> Iterator[AppRoute]:
    """Yield the routes of Starlette, FastAPI, Litestar and Bottle."""
    return _of_list(app.routes, "")


def _of_list(routes: Iterable[Any], above: str) -> Iterator[AppRoute]:
    for route in routes:
        # FastAPI keeps an included router as one route of its own kind.
        if included := getattr(route, "effective_route_contexts", None):
            yield from _of_list(included(), above)
            continue
        path = above + (getattr(route, "path", None) or getattr(route, "rule", None) or "")
        if mounted := getattr(route, "routes", None):
            yield from _of_list(mounted, path)
        elif path:
            methods = getattr(route, "methods", None) or [getattr(route, "method", None)]
            yield AppRoute(path, _methods(methods))


def _of_django(app: Any) -> Iterator[AppRoute]:
    handlers: Any = sys.modules["django.core.handlers.base"]
    if isinstance(app, handlers.BaseHandler):
        yield from _of_resolver(sys.modules["django.urls"].get_resolver(), "/")


def _of_resolver(resolver: Any, above: str) -> Iterator[AppRoute]:
    for pattern in resolver.url_patterns:
        path = above + str(pattern.pattern).lstrip("^").rstrip("$")
        if hasattr(pattern, "url_patterns"):
            yield from _of_resolver(pattern, path)
        else:
            yield AppRoute(path)


def _of_falcon(app: Any) -> Iterator[AppRoute]:
    if isinstance(app, sys.modules["falcon"].App):
        inspect: Any = import_module("falcon.inspect")
        for route in inspect.inspect_routes(app):
            own = (handler.method for handler in route.methods if not handler.internal)
            yield AppRoute(route.path, _methods(own))


def _methods(methods: Iterable[Any] | None) -> tuple[str, ...]:
    """Return *methods* without the methods that a framework adds automatically."""
    known = chain(methods or ())
    return tuple(sorted({str(method) for method in known if method} - {"HEAD", "OPTIONS"}))
