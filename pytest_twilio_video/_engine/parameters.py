"""Parameters: their types, ranges and defaults, declared in one line each.

An operation's parameters are a struct whose fields are annotated
with what their values must be::

    max_participants: Annotated[int, Between(1, 50), RefusedWith(53107)] = 50

`build` makes one from Python values, and refuses what is outside the limits
with the code that the field names, or with 20001.
"""

from __future__ import annotations

import re

from dataclasses import fields
from enum import Enum
from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NamedTuple,
    Protocol,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from . import urls
from .records import per_class, struct
from .refusals import Refusal
from .time_sources import real_datetime_class


if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = [
    "Between",
    "Json",
    "Limit",
    "Matching",
    "OneOf",
    "Parameter",
    "RefusedWith",
    "Required",
    "UpTo",
    "Url",
    "ValidText",
    "build",
    "enum_values",
    "parameters_by_name",
    "parameters_of",
    "pascal",
    "snake",
]

ParametersT = TypeVar("ParametersT")


class Limit(Protocol):
    """A small frozen value that can complain."""

    def complaint(self, value: Any) -> str | None:
        """Say what is wrong with *value*, which is never `None`; `None` if nothing is."""


@struct()
class Between:
    """A number from *low* to *high*, both included."""

    low: int
    high: int

    def complaint(self, value: int) -> str | None:
        """Say so where *value* is outside."""
        if self.low <= value <= self.high:
            return None
        return f"must be between {self.low} and {self.high}"


@struct()
class UpTo:
    """A text of at most *length* characters, or a list of that many items."""

    length: int

    def complaint(self, value: str | list[Any]) -> str | None:
        """Say so where *value* is longer."""
        if len(value) <= self.length:
            return None
        return f"must not be longer than {self.length}"


@struct()
class OneOf:
    """One of some words, or a list of such."""

    words: tuple[str, ...]

    def complaint(self, value: str | list[str]) -> str | None:
        """Say so where *value* is another word."""
        if all(each in self.words for each in ([value] if isinstance(value, str) else value)):
            return None
        return f"must be one of {', '.join(self.words)}"


@struct()
class Matching:
    """A text of the shape of *pattern*, which *words* describe, or a list of such."""

    pattern: str
    words: str

    def complaint(self, value: str | list[str]) -> str | None:
        """Say so where *value* is of another shape."""
        texts = [value] if isinstance(value, str) else value
        if all(re.fullmatch(self.pattern, each) for each in texts):
            return None
        return f"must be {self.words}"


@struct()
class ValidText:
    """A text of valid UTF-8, without control characters."""

    def complaint(self, value: str) -> str | None:
        """Say so where *value* came from other bytes, which are lone surrogates in it."""
        if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
            return "must be valid UTF-8, without control characters"
        return None


@struct()
class Url:
    """An absolute http or https URL of fewer than *length* characters."""

    length: int = 1024

    def complaint(self, value: str) -> str | None:
        """Say so where *value* is none."""
        try:
            urls.split(value)
            is_one = len(value) < self.length
        except ValueError:
            is_one = False
        if is_one:
            return None
        return f"must be an http or https URL of fewer than {self.length} characters"


@struct()
class RefusedWith:
    """The code of the refusal that a field's bad values meet."""

    code: int


@struct()
class Json:
    """The field is JSON text on the wire, and what it stands for in Python."""


@struct()
class Required:
    """The field must be given; otherwise the refusal says so in Twilio's words."""


class Parameter(NamedTuple):
    """A field of a parameters' dataclass, taken apart."""

    name: str
    wire_name: str
    type: Any
    is_list: bool
    is_json: bool
    is_required: bool
    limits: tuple[Limit, ...]
    code: int

    def refusal(self, complaint: str) -> Refusal:
        """Return the refusal of a bad value: its own code's text, or 20001 and the complaint."""
        if self.code == 20001:  # noqa: PLR2004 -- Twilio's generic code for parameters
            return Refusal(20001, f"Invalid parameter {self.wire_name}: {complaint}")
        return Refusal(self.code, detail=f"{self.name} {complaint}")


@cache
def pascal(name: str) -> str:
    """Return the wire's name for *name*: ``MaxParticipants`` for ``max_participants``."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


@cache
def snake(name: str) -> str:
    """Return our name for the wire's *name*: ``max_participants`` for ``MaxParticipants``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@per_class
def parameters_of(kind: type) -> tuple[Parameter, ...]:
    """Return the fields of the parameters *kind*, in the order of their declaration."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_parameter(each.name, hints[each.name]) for each in fields(kind))


@per_class
def parameters_by_name(kind: type) -> dict[str, Parameter]:
    """Return the same by their names."""
    return {each.name: each for each in parameters_of(kind)}


def build(kind: type[ParametersT], values: Mapping[str, Any]) -> ParametersT:
    """Make the parameters *kind* of Python *values*, within their limits.

    Raises:
        Refusal: a value is of another type, or outside its limits, or missing.

    """
    known = parameters_by_name(kind)
    given = {
        name: _within_limits(known[name], value)
        for name, value in values.items()
        if value is not None
    }
    for parameter in _required(kind):
        if parameter.name not in given:
            # The wording of a real answer to an update of a room without Status.
            msg = f"Missing required parameter {parameter.wire_name} in the post body"
            raise Refusal(20001, msg)
    return kind(**given)


@per_class
def _required(kind: type) -> tuple[Parameter, ...]:
    return tuple(each for each in parameters_of(kind) if each.is_required)


def _within_limits(parameter: Parameter, value: Any) -> Any:
    wanted = list if parameter.is_list else parameter.type
    if parameter.is_list and isinstance(value, tuple):
        value = list(value)  # as a Room shows it, and Python programmers write it
    if isinstance(wanted, type) and wanted is not Any:
        if issubclass(wanted, Enum) and value in enum_values(wanted):
            value = wanted(value)
        is_bool = isinstance(value, bool) and wanted is not bool
        if is_bool or not isinstance(value, wanted):
            complaint = f"must be {_in_words(wanted)}, not {value!r}"
            raise parameter.refusal(complaint)
    for limit in parameter.limits:
        objection = limit.complaint(value)
        if objection:
            complaint = f"{objection}, not {value!r}"
            raise parameter.refusal(complaint)
    return value


def _in_words(wanted: type) -> str:
    return (
        f"one of {', '.join(enum_values(wanted))}" if issubclass(wanted, Enum) else wanted.__name__
    )


def _parameter(name: str, hint: Any) -> Parameter:
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        extras = tuple(rest)
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    is_list = get_origin(hint) is list
    if isinstance(hint, type) and not is_list:
        hint = real_datetime_class(hint)
    return Parameter(
        name,
        pascal(name),
        get_args(hint)[0] if is_list else get_origin(hint) or hint,
        is_list,
        any(isinstance(each, Json) for each in extras),
        any(isinstance(each, Required) for each in extras),
        tuple(each for each in extras if hasattr(each, "complaint")),
        next((each.code for each in extras if isinstance(each, RefusedWith)), 20001),
    )


@per_class
def enum_values(kind: type) -> tuple[str, ...]:
    """Return the values of the enumeration *kind*."""
    return tuple(str(each.value) for each in cast("type[Enum]", kind))
