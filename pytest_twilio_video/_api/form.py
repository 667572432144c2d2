"""Forms: how the texts in a form become Python values."""

from __future__ import annotations

import json
import re

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .._engine.parameters import Parameter, build, parameters_of, parse_datetime, pascal
from .._engine.records import per_class
from .._engine.suggestions import nearest


if TYPE_CHECKING:
    from .._http import Fields


__all__ = ["parse", "read", "unknown"]

ParametersT = TypeVar("ParametersT")


def parse(kind: type[ParametersT], fields: Fields) -> ParametersT:
    """Return a *kind* with the parameters in *fields*.

    Raises:
        Refusal: a value cannot be read, is outside its limits, or is missing.

    """
    return build(kind, read(kind, fields))


def read(kind: type, fields: Fields) -> dict[str, Any]:
    """Return the parameters of *kind* that are in *fields*, as Python values, by name.

    Unknown names are ignored, as Twilio does.

    Inferred: a parameter with an empty value counts as omitted.

    Raises:
        Refusal: a value cannot be read.

    """
    known = _by_wire_names(kind)
    values = {}
    for wire_name, texts in fields.items():
        parameter = known.get(wire_name)
        given = [text for text in texts if text]
        if parameter and given:
            values[parameter.name] = given if parameter.is_list else _read(parameter, given[-1])
    return values


def unknown(kind: type | None, fields: Fields, others: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the names in *fields* that are neither in *kind* nor in *others*.

    Each name has a suggestion, such as ``" Did you mean 'UniqueName'?"``, which may be empty.
    """
    mine = {} if kind is None else _by_wire_names(kind)
    strange = [name for name in fields if name not in mine and name not in others]
    return {name: _suggest(name, [*mine, *others]) for name in strange}


def _suggest(name: str, known: list[str]) -> str:
    wire_name = pascal(name)
    near = wire_name if wire_name in known else nearest(wire_name, known)
    return f" Did you mean {near!r}?" if near else ""


@per_class
def _by_wire_names(kind: type) -> dict[str, Parameter]:
    return {parameter.wire_name: parameter for parameter in parameters_of(kind)}


def _read(parameter: Parameter, text: str) -> Any:
    if parameter.is_json:
        return _read_json(parameter, text)
    reader = _READERS.get(getattr(parameter.type, "__name__", ""))
    return text if reader is None else reader(parameter, text)


def _read_json(parameter: Parameter, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        complaint = "must be JSON, with no name twice in an object"
        raise parameter.refusal(complaint) from None


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Inferred: no name may be repeated in an object in the JSON of a parameter. Twilio documents
    # this only for filters.
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members


def _refuse_constant(text: str) -> None:
    """Raise an error for NaN and Infinity, which Python accepts, but which are not JSON."""
    raise ValueError(text)


_INT: Final = re.compile(r"[+-]?[0-9]{1,1000}")


def _read_int(parameter: Parameter, text: str) -> int:
    # int() is not used, because it accepts "1_0", " 1" and the digits of other scripts.
    if not _INT.fullmatch(text):
        complaint = f"must be a whole number, not {text!r}"
        raise parameter.refusal(complaint)
    return int(text)


def _read_bool(parameter: Parameter, text: str) -> bool:
    # Upper and lower case count alike: libraries send "true", people also write "True".
    if text.lower() not in {"true", "false"}:
        complaint = f"must be true or false, not {text!r}"
        raise parameter.refusal(complaint)
    return text.lower() == "true"


def _read_moment(parameter: Parameter, text: str) -> datetime:
    """Return the moment in *text*: a date, which means midnight, or a time. The default is UTC."""
    # A plus sign that was not encoded has become a space.
    plain = re.sub(r" (?=\d\d:?\d\d$)", "+", text)
    is_whole = re.match(r"\d{4}-\d\d-\d\d(T|$)", plain)
    try:
        moment = parse_datetime(plain) if is_whole else None
        if moment is not None:
            return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass  # A day or an hour that does not exist is refused like any other text.
    complaint = f"must be YYYY-MM-DD, or an ISO 8601 time, not {text!r}"
    raise parameter.refusal(complaint)


# Compared by name, because freezegun replaces the class `datetime`.
_READERS = {"int": _read_int, "bool": _read_bool, "datetime": _read_moment}
