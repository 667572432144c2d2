"""Names: which fields and parameters there are, so that a misspelled one is refused."""

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
    "check_event",
    "check_fields",
    "check_parameters",
    "describe_unknown_field",
    "fields_of",
]

__tracebackhide__ = True


def fields_of(kind: type[Record]) -> tuple[str, ...]:
    """Return the fields of a resource: the public fields of *kind*, ``url`` and ``links``."""
    return (*public_fields(kind), "url", "links")


def describe_unknown_field(kind: type[Record], name: str) -> str:
    """Return the message that *kind* has no field *name*, with the fields that it has."""
    names = fields_of(kind)
    hint = did_you_mean(name, names)
    return f"{kind.__name__} has no field {name!r}.{hint} It has: {', '.join(names)}"


def check_fields(kind: type[Record], names: Iterable[str]) -> None:
    """Require that *names* are fields of *kind*.

    Raises:
        InvalidFieldError: there is no such field.

    """
    for name in names:
        if name not in fields_of(kind):
            raise InvalidFieldError(describe_unknown_field(kind, name))


def check_callback(event: str, params: Iterable[str]) -> None:
    """Require that *event* has a callback, and that the callback has these *params*.

    Raises:
        InvalidFieldError: there is no such callback, or it has no such parameter.

    """
    check_event(event, "assert_callback('room-ended')")
    if event not in CALLBACK_PARAMS:
        hint = did_you_mean(event, CALLBACK_PARAMS)
        msg = f"there is no callback {event!r}.{hint} There are: {', '.join(CALLBACK_PARAMS)}"
        raise InvalidFieldError(msg)
    _check(f"callback {event!r}", params, get_type_hints(CALLBACK_PARAMS[event]))


def check_event(event: object, example: str) -> None:
    """Require that *event* is a text.

    Raises:
        InvalidFieldError: it is something else. The message shows the *example*.

    """
    if not isinstance(event, str):
        msg = f"an event is text, like {example}, not {event!r}"
        raise InvalidFieldError(msg)


def check_call(method: str, path: str, params: Iterable[str], sent: Iterable[str]) -> None:
    """Require that calls of *method* and *path* can have these *params*.

    Parameters that were *sent* are accepted as well: Twilio ignores parameters that it does not
    know, so an application may send one by mistake and a test may look for it.

    Raises:
        InvalidFieldError: the calls have no such parameter.

    """
    kinds = [kind for route in _routes(method, path) for kind in _parameter_kinds(route)]
    if kinds:
        known = [parameter.name for kind in kinds for parameter in parameters_of(kind)]
        _check(f"{method} {path}", params, [*known, *sent])


def check_parameters(owner: str, kind: type, params: Iterable[str]) -> None:
    """Require that *kind* has these *params*. The message calls it *owner*.

    Raises:
        InvalidFieldError: there is no such parameter.

    """
    _check(owner, params, [parameter.name for parameter in parameters_of(kind)])


def _routes(method: str, path: str) -> list[Route]:
    """Return the routes that *path* matches; it may have ``*`` in it."""
    return [
        route
        for route in ROUTES
        if route.method == method
        and fnmatch.fnmatchcase(path.removesuffix("/"), re.sub(r"\{\w+\}", "*", route.path))
    ]


def _parameter_kinds(route: Route) -> list[type]:
    kinds = [] if route.takes is None else [route.takes]
    if route.lists:
        kinds.append(PageParameters)
    return kinds


def _check(owner: str, params: Iterable[str], names: Iterable[str]) -> None:
    known = list(dict.fromkeys(names))
    for name in params:
        if name not in known:
            hint = did_you_mean(name, known)
            msg = f"{owner} has no parameter {name!r}.{hint} It has: {', '.join(known)}"
            raise InvalidFieldError(msg)
