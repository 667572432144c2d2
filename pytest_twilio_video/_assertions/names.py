"""Names: which parameters calls and callbacks have, so that a misspelt one is refused."""

from __future__ import annotations

import fnmatch
import re

from typing import TYPE_CHECKING, get_type_hints

from .._api.pages import PageParameters
from .._api.routes import ROUTES
from .._engine.parameters import parameters_of
from .._engine.records import public_fields
from .._engine.suggestions import did_you_mean
from ..errors import InvalidFieldError
from .fields import CALLBACK_PARAMS


if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._api.routes import Route
    from .._engine.records import Record


__all__ = [
    "check_call",
    "check_callback",
    "check_fields",
    "check_parameters",
    "fields_of",
    "unknown_field",
]

__tracebackhide__ = True  # A report shows the line of the test.


def fields_of(kind: type[Record]) -> tuple[str, ...]:
    """Return what a view of *kind* shows: its REST fields, and where it is found."""
    return (*public_fields(kind), "url", "links")


def unknown_field(kind: type[Record], name: str) -> str:
    """Say that *kind* has no field *name*, and which it has."""
    names = fields_of(kind)
    hint = did_you_mean(name, names)
    return f"a {kind.__name__} has no {name!r}.{hint} It has: {', '.join(names)}"


def check_fields(kind: type[Record], names: Iterable[str]) -> None:
    """Object to *names* that no field of *kind* bears.

    Raises:
        InvalidFieldError: there is no such field.

    """
    for name in names:
        if name not in fields_of(kind):
            raise InvalidFieldError(unknown_field(kind, name))


def check_callback(event: str, params: Iterable[str]) -> None:
    """Object to an *event* that no callback tells of, and to *params* that it does not have.

    Raises:
        InvalidFieldError: there is no such callback, or it has no such parameter.

    """
    if event not in CALLBACK_PARAMS:
        hint = did_you_mean(event, CALLBACK_PARAMS)
        msg = f"there is no callback {event!r}.{hint} There are: {', '.join(CALLBACK_PARAMS)}"
        raise InvalidFieldError(msg)
    _check(f"a callback {event!r}", params, get_type_hints(CALLBACK_PARAMS[event]))


def check_call(method: str, path: str, params: Iterable[str], sent: Iterable[str]) -> None:
    """Object to *params* that the operation does not have.

    What was *sent* counts as known: Twilio ignores what it does not know, so an application may
    send it and never notice.

    Raises:
        InvalidFieldError: the call has no such parameter.

    """
    takes = [kind for route in _routes(method, path) for kind in _takes(route)]
    if takes:
        known = [each.name for kind in takes for each in parameters_of(kind)]
        _check(f"{method} {path}", params, [*known, *sent])


def check_parameters(whose: str, kind: type, params: Iterable[str]) -> None:
    """Object to *params* that the parameters *kind* do not have; *whose* they are, in words.

    Raises:
        InvalidFieldError: there is no such parameter.

    """
    _check(whose, params, [each.name for each in parameters_of(kind)])


def _routes(method: str, path: str) -> list[Route]:
    """Return the operations that *path*, with or without ``*`` in it, can mean."""
    return [
        route
        for route in ROUTES
        if route.method == method
        and fnmatch.fnmatchcase(path.removesuffix("/"), re.sub(r"\{\w+\}", "*", route.path))
    ]


def _takes(route: Route) -> list[type]:
    takes = [] if route.takes is None else [route.takes]
    return [*takes, PageParameters] if route.lists else takes


def _check(whose: str, params: Iterable[str], names: Iterable[str]) -> None:
    known = list(dict.fromkeys(names))
    for name in params:
        if name not in known:
            hint = did_you_mean(name, known)
            msg = f"{whose} has no parameter {name!r}.{hint} It has: {', '.join(known)}"
            raise InvalidFieldError(msg)
