"""Names: which fields, parameters and events exist, so that a misspelled name is an error."""

from __future__ import annotations

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
from .._engine.suggestions import did_you_mean, listed
from .._resources.published_tracks import TrackKind
from .._resources.rooms import RoomStatus, RoomType
from .._webhooks.payloads import CALLBACKS
from ..errors import InvalidArgumentError, InvalidFieldError
from .matching import matches, matches_text


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._api.routes import Route
    from .._engine.records import Record
    from .matching import Comparison


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
    """Return the names of the fields of *kind*: its public fields, ``url`` and ``links``."""
    return (*public_fields(kind), "url", "links")


def describe_unknown_field(kind: type[Record], name: str) -> str:
    """Return the message that *kind* has no field *name*. It lists the fields of *kind*."""
    names = fields_of(kind)
    hint = did_you_mean(name, names)
    return f"{kind.__name__} has no field {name!r}.{hint}\n{listed('Its fields are:', names)}"


def check_fields(kind: type[Record], wanted: Mapping[str, object]) -> None:
    """Require that *kind* has the *wanted* fields, and that each field can have its value.

    Raises:
        InvalidFieldError: *kind* has no field of that name.
        InvalidArgumentError: the field never has the wanted value, so the assertion would always
            fail or always pass.

    """
    for name, value in wanted.items():
        if name not in fields_of(kind):
            raise InvalidFieldError(describe_unknown_field(kind, name))
        _check_value(name, value, _values_of(kind, name), matches)


def check_callback(event: str, params: Mapping[str, object]) -> None:
    """Require that *event* has a callback, and that the callback can have these *params*.

    Raises:
        InvalidFieldError: *event* has no callback, or the callback has no parameter of that name.
        InvalidArgumentError: the parameter never has that value.

    """
    from .fields import CALLBACK_PARAMS  # for type checkers, unless there is an assertion

    check_event(event, "assert_callback('room-ended')")
    if event not in CALLBACKS:
        raise InvalidFieldError(_unknown_event("callback", event))
    _check(f"callback {event!r}", params, get_type_hints(CALLBACK_PARAMS[event]))
    for name, value in params.items():
        known = [event] if name == "status_callback_event" else _CALLBACK_VALUES.get(name, ())
        _check_value(name, value, known, matches_text)


def check_events(names: Iterable[str], happened: Iterable[str]) -> None:
    """Require that each of *names* is the name of an event.

    Events that have no callback are known only if they are among *happened*.

    Raises:
        InvalidFieldError: there is no event of that name, or the name is not text.

    """
    for name in names:
        check_event(name, "assert_events('room-created', 'room-ended')")
        if name not in CALLBACKS and name not in happened:
            raise InvalidFieldError(_unknown_event("event", name))


def check_event(event: object, example: str) -> None:
    """Require that *event* is text.

    Raises:
        InvalidFieldError: *event* is not text. The message shows *example*.

    """
    if not isinstance(event, str):
        msg = f"the name of an event must be text, not {event!r}. Write it like {example}"
        raise InvalidFieldError(msg)


def check_call(method: str, path: str, params: Iterable[str], sent: Iterable[str]) -> None:
    """Require that *path* takes *method*, and that such calls can have these *params*.

    Parameters that were *sent* are accepted as well. Twilio ignores unknown parameters, so an
    application may send one by mistake, and a test may look for it.

    Raises:
        InvalidArgumentError: *path* does not take *method*. A path with ``*`` is not checked.
        InvalidFieldError: such calls have no parameter of that name.

    """
    if "*" not in path:
        _check_method(method, path)
    if _routes(method, path):
        _check(f"{method} {path}", params, [*wire_names(method, path), *sent])


def wire_names(method: str, path: str) -> dict[str, str]:
    """Return Twilio's names of the parameters of *method* and *path*, by snake_case name."""
    return {
        parameter.name: parameter.wire_name
        for route in _routes(method, path)
        for kind in _parameter_kinds(route)
        for parameter in parameters_of(kind)
    }


def check_parameters(owner: str, kind: type, params: Iterable[str]) -> None:
    """Require that *kind* has these *params*. The message calls *kind* by the name *owner*.

    Raises:
        InvalidFieldError: *kind* has no parameter of that name.

    """
    _check(owner, params, [parameter.name for parameter in parameters_of(kind)])


def _routes(method: str, path: str) -> list[Route]:
    """Return the routes of the calls that *method* and *path*, which may contain ``*``, match."""
    return [
        route
        for route in ROUTES
        if route.method == routes.routed(method)
        and _overlaps(path.removesuffix("/"), re.sub(r"\{\w+\}", _NAME, route.path))
    ]


def _overlaps(pattern: str, route: str) -> bool:
    """Return whether *pattern* matches a path of *route*, in which `_NAME` stands for names.

    In a pattern, ``*`` stands for any run of characters, slashes included.
    """
    reached, left = set(), [(0, 0)]
    while left:
        place = here, there = left.pop()
        if place in reached:
            continue
        reached.add(place)
        mine, theirs = pattern[here : here + 1], route[there : there + 1]
        if not mine and not theirs:
            return True
        if mine == "*":
            left.append((here + 1, there))
        if mine == "*" and theirs:
            left.append((here, there + 1))
        if theirs == _NAME:
            left.append((here, there + 1))
        if theirs == _NAME and mine not in {"", "/"}:
            left.append((here + 1, there))
        if mine and mine == theirs:
            left.append((here + 1, there + 1))
    return False


def _parameter_kinds(route: Route) -> list[type]:
    kinds = [] if route.takes is None else [route.takes]
    if route.lists:
        kinds.append(PageParameters)
    return kinds


def _check_method(method: str, path: str) -> None:
    taken = [known for known in ("GET", "POST", "DELETE") if _is_taken(known, path)]
    if routes.routed(method) not in taken:
        msg = (
            f"method is {method!r}, but {path} takes only {' and '.join(taken)}. To match calls "
            f"by a wrong method, write a * in the path"
        )
        raise InvalidArgumentError(msg)


def _is_taken(method: str, path: str) -> bool:
    try:
        routes.find(method, path)
    except Refusal:
        return False
    return True


def _unknown_event(what: str, name: str) -> str:
    twilios = _OTHER_NAMES.get(name)
    hint = f" Twilio calls it {twilios!r}." if twilios else did_you_mean(name, CALLBACKS)
    known = listed(f"The {what}s are:", CALLBACKS)
    return f"there is no {what} {name!r}.{hint}\n{known}"


_OTHER_NAMES: Final[dict[str, str]] = {
    "composition-completed": "composition-available",
    "participant-joined": "participant-connected",
    "participant-left": "participant-disconnected",
    "room-completed": "room-ended",
    "room-started": "room-created",
    "track-muted": "track-disabled",
    "track-published": "track-added",
    "track-unmuted": "track-enabled",
    "track-unpublished": "track-removed",
}
"""Names that people may use for an event, and Twilio's name for it."""

_NAME: Final = "\0"

_METHODS: Final = ("GET", "POST")

_CALLBACK_VALUES: Final[dict[str, Sequence[str]]] = {
    "container": ("mka", "mkv"),
    # Somebody without a network is still connected there.
    "participant_status": ("connected", "disconnected"),
    "room_status": enum_values(RoomStatus),
    "room_type": enum_values(RoomType),
    "track_kind": enum_values(TrackKind),
    # Data is not recorded.
    "type": ("audio", "video"),
}
"""The parameters of callbacks that have one of a few texts, and these texts."""


def _values_of(kind: type[Record], name: str) -> Iterable[object]:
    """Return the values that the field *name* of *kind* can have.

    Return an empty tuple if the field can have any value.

    The annotations are looked up as text. Some of them cannot be evaluated, because their names
    are imported only for type checkers.
    """
    if name == "status_callback_method":
        return _METHODS
    types = {field.name: str(field.type) for field in dataclass_fields(kind)}
    found = vars(sys.modules[kind.__module__]).get(types.get(name, ""))
    return found if isinstance(found, type) and issubclass(found, Enum) else ()


def _check_value(
    name: str, wanted: object, values: Iterable[object], is_match: Comparison
) -> None:
    known = [str(value) for value in values]
    if known and not any(is_match(wanted, value) for value in values):
        hint = did_you_mean(wanted, known) if isinstance(wanted, str) else ""
        msg = f"{name} is never {wanted!r}.{hint} It is one of: {', '.join(known)}"
        raise InvalidArgumentError(msg)


def _check(owner: str, params: Iterable[str], names: Iterable[str]) -> None:
    known = list(dict.fromkeys(names))
    for name in params:
        if name not in known:
            hint = did_you_mean(name, known)
            rest = f".{hint}\n{listed('Its parameters are:', known)}" if known else ": it has none"
            msg = f"{owner} has no parameter {name!r}{rest}"
            raise InvalidFieldError(msg)
