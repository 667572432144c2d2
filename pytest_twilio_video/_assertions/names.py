"""Names: the fields and parameters that exist, so that a misspelled name is refused."""

from __future__ import annotations

import fnmatch
import re
import sys

from dataclasses import fields as dataclass_fields
from enum import Enum
from typing import TYPE_CHECKING, Final, get_type_hints

from .._api import routes
from .._api.pages import PageParameters
from .._api.routes import ROUTES
from .._engine.parameters import enum_values, parameters_of
from .._engine.records import public_fields
from .._engine.refusals import Refusal
from .._engine.suggestions import did_you_mean
from .._resources.participants import ParticipantStatus
from .._resources.published_tracks import TrackKind
from .._resources.rooms import RoomStatus, RoomType
from .._webhooks.payloads import CALLBACKS
from ..errors import InvalidArgumentError, InvalidFieldError


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._api.routes import Route
    from .._engine.records import Record


__all__ = [
    "check_call",
    "check_callback",
    "check_event",
    "check_events",
    "check_fields",
    "check_parameters",
    "describe_unknown_field",
    "fields_of",
    "wire_names",
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


def check_fields(kind: type[Record], wanted: Mapping[str, object]) -> None:
    """Require that *kind* has the *wanted* fields, and that each can have its value.

    Raises:
        InvalidFieldError: there is no such field.
        InvalidArgumentError: a wanted value is a text that the enumeration does not have, so an
            assertion would always fail, or always hold.

    """
    for name, value in wanted.items():
        if name not in fields_of(kind):
            raise InvalidFieldError(describe_unknown_field(kind, name))
        _check_value(name, value, _enumeration_of(kind, name))


def check_callback(event: str, params: Mapping[str, object]) -> None:
    """Require that *event* has a callback, and that the callback can have these *params*.

    Raises:
        InvalidFieldError: there is no such callback, or it has no such parameter.
        InvalidArgumentError: a parameter never has that text.

    """
    from .fields import CALLBACK_PARAMS  # for type checkers, unless there is an assertion

    check_event(event, "assert_callback('room-ended')")
    if event not in CALLBACKS:
        raise InvalidFieldError(_unknown_event("callback", event))
    _check(f"callback {event!r}", params, get_type_hints(CALLBACK_PARAMS[event]))
    for name, value in params.items():
        _check_value(name, value, _ENUMERATIONS.get(name))


def check_events(names: Iterable[str], happened: Iterable[str]) -> None:
    """Require that events of these *names* can happen.

    Raises:
        InvalidFieldError: there is no event of that name, or it is not text.

    """
    for name in names:
        check_event(name, "assert_events('room-created', 'room-ended')")
        if name not in CALLBACKS and name not in happened:
            raise InvalidFieldError(_unknown_event("event", name))


def check_event(event: object, example: str) -> None:
    """Require that *event* is a text.

    Raises:
        InvalidFieldError: it is something else. The message shows the *example*.

    """
    if not isinstance(event, str):
        msg = f"an event is text, like {example}, not {event!r}"
        raise InvalidFieldError(msg)


def check_call(method: str, path: str, params: Iterable[str], sent: Iterable[str]) -> None:
    """Require that *path* takes *method*, and that such calls can have these *params*.

    Parameters that were *sent* are accepted as well: Twilio ignores unknown parameters, so an
    application may send one by mistake and a test may look for it.

    Raises:
        InvalidArgumentError: *path*, in which there is no ``*``, does not take *method*.
        InvalidFieldError: the calls have no such parameter.

    """
    if "*" not in path:
        _check_method(method, path)
    if known := wire_names(method, path):
        _check(f"{method} {path}", params, [*known, *sent])


def wire_names(method: str, path: str) -> dict[str, str]:
    """Return the parameters of calls of *method* and *path*: our names with Twilio's."""
    return {
        parameter.name: parameter.wire_name
        for route in _routes(method, path)
        for kind in _parameter_kinds(route)
        for parameter in parameters_of(kind)
    }


def check_parameters(owner: str, kind: type, params: Iterable[str]) -> None:
    """Require that *kind* has these *params*. The message calls it *owner*.

    Raises:
        InvalidFieldError: *kind* has no parameter of that name.

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


def _check_method(method: str, path: str) -> None:
    taken = [each for each in ("GET", "POST", "DELETE") if _is_taken(each, path)]
    if ("GET" if method == "HEAD" else method) not in taken:  # a HEAD is answered like a GET
        msg = (
            f"method is {method!r}, but {path} takes {' and '.join(taken)} only. To match such "
            f"calls nevertheless, write a * into the path"
        )
        raise InvalidArgumentError(msg)


def _is_taken(method: str, path: str) -> bool:
    try:
        routes.find(method, path)
    except Refusal:
        return False
    return True


def _unknown_event(what: str, name: str) -> str:
    hint = did_you_mean(name, CALLBACKS)
    return f"there is no {what} {name!r}.{hint} There are: {', '.join(CALLBACKS)}"


_ENUMERATIONS: Final[dict[str, type[Enum]]] = {
    "participant_status": ParticipantStatus,
    "room_status": RoomStatus,
    "room_type": RoomType,
    "track_kind": TrackKind,
}
"""The parameters of callbacks whose texts are an enumeration's."""


def _enumeration_of(kind: type[Record], name: str) -> type[Enum] | None:
    """Return the enumeration that the field *name* of *kind* has, or `None`.

    Not all annotations of a record can be evaluated: some name what is imported for the type
    checker only.
    """
    types = {field.name: str(field.type) for field in dataclass_fields(kind)}
    found = vars(sys.modules[kind.__module__]).get(types.get(name, ""))
    return found if isinstance(found, type) and issubclass(found, Enum) else None


def _check_value(name: str, wanted: object, kind: type[Enum] | None) -> None:
    if kind is None or not isinstance(wanted, str):
        return
    values = enum_values(kind)
    if wanted not in values:
        hint = did_you_mean(wanted, values)
        msg = f"{name} is never {wanted!r}.{hint} It can be: {', '.join(values)}"
        raise InvalidArgumentError(msg)


def _check(owner: str, params: Iterable[str], names: Iterable[str]) -> None:
    known = list(dict.fromkeys(names))
    for name in params:
        if name not in known:
            hint = did_you_mean(name, known)
            msg = f"{owner} has no parameter {name!r}.{hint} It has: {', '.join(known)}"
            raise InvalidFieldError(msg)
