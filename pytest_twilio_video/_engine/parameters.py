"""Parameters: the type, the limits and the default of a parameter are declared in one line.

The parameters of an operation are a struct. Each field is annotated with the limits of its
values::

    max_participants: Annotated[int, Between(1, 50), RefusedWith(53107)] = 50

`build` creates the struct from Python values. It refuses a value outside the limits with the code
of the field. The default code is 20001.
"""

from __future__ import annotations

import re

from dataclasses import fields
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
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
from .refusals import INVALID_PARAMETER, Refusal
from .texts import without_password
from .time_sources import real_datetime_class


if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = [
    "AtLeast",
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
    "parse_datetime",
    "pascal",
    "require",
    "sid_pattern",
    "snake",
]

ParametersT = TypeVar("ParametersT")


class Limit(Protocol):
    """A condition that the values of a field must meet."""

    def complaint(self, value: Any) -> str | None:
        """Return what is wrong with *value*, or `None` if *value* is valid."""


@struct()
class Between:
    """A number from *low* to *high*, including both."""

    low: int
    high: int

    def complaint(self, value: int) -> str | None:
        """Return what is wrong if *value* is outside these limits, otherwise `None`."""
        if self.low <= value <= self.high:
            return None
        return f"must be between {self.low} and {self.high}"


@struct()
class AtLeast:
    """A number that is at least *low*."""

    low: int

    def complaint(self, value: int) -> str | None:
        """Return what is wrong if *value* is less than the minimum, otherwise `None`."""
        return None if value >= self.low else f"must be {self.low} or more"


@struct()
class UpTo:
    """A text of at most *length* characters, or a list of at most *length* items."""

    length: int

    def complaint(self, value: str | list[Any]) -> str | None:
        """Return what is wrong if *value* is longer than allowed, otherwise `None`."""
        if len(value) <= self.length:
            return None
        return f"must not be longer than {self.length}"


@struct()
class OneOf:
    """One of the texts *words*, or a list of such texts."""

    words: tuple[str, ...]

    def complaint(self, value: str | list[str]) -> str | None:
        """Return what is wrong if a text in *value* is not allowed, otherwise `None`."""
        if all(word in self.words for word in ([value] if isinstance(value, str) else value)):
            return None
        return f"must be one of {', '.join(self.words)}"


@struct()
class Matching:
    """A text that matches *pattern*, or a list of such texts. *words* describe the pattern."""

    pattern: str
    words: str

    def complaint(self, value: str | list[str]) -> str | None:
        """Return what is wrong if a text in *value* does not match, otherwise `None`."""
        texts = [value] if isinstance(value, str) else value
        if all(re.fullmatch(self.pattern, text) for text in texts):
            return None
        return f"must be {self.words}"


# Compiled when it is first used, which takes a millisecond because of the surrogates.
_INVALID: Final = r"[\x00-\x1f\x7f\ud800-\udfff]"


@struct()
class ValidText:
    """A text that is valid UTF-8, without control characters."""

    def complaint(self, value: str) -> str | None:
        """Return what is wrong with *value*. Lone surrogates stand for bytes of invalid UTF-8."""
        if re.search(_INVALID, value):
            return "must be valid UTF-8, without control characters"
        return None


@struct()
class Url:
    """An absolute http or https URL of fewer than *length* characters."""

    length: int = 1024

    def complaint(self, value: str) -> str | None:
        """Return what is wrong if *value* is not such a URL, otherwise `None`."""
        try:
            urls.split(value)
            is_valid = len(value) < self.length
        except ValueError:
            is_valid = False
        if is_valid:
            return None
        return f"must be an http or https URL of fewer than {self.length} characters"


@struct()
class RefusedWith:
    """The error code with which invalid values of the field are refused."""

    code: int


@struct()
class Json:
    """The field is JSON text in a form, and the parsed JSON in Python."""


@struct()
class Required:
    """The field is required. If it is missing, the request is refused with Twilio's message."""


class Parameter(NamedTuple):
    """A parameter: a field of a struct, with its limits."""

    name: str
    wire_name: str
    type: Any
    is_list: bool
    is_json: bool
    is_required: bool
    limits: tuple[Limit, ...]
    code: int

    def refusal(self, complaint: str) -> Refusal:
        """Return the refusal of an invalid value. Only the message of 20001 has *complaint*."""
        if self.code == INVALID_PARAMETER:
            return Refusal(self.code, f"Invalid parameter {self.wire_name}: {complaint}")
        return Refusal(self.code, detail=f"{self.name} {complaint}")


@cache
def pascal(name: str) -> str:
    """Return the wire name for *name*: ``MaxParticipants`` for ``max_participants``."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


@cache
def snake(name: str) -> str:
    """Return the snake_case name for a wire *name*: ``max_participants``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def sid_pattern(prefix: str) -> str:
    """Return a regular expression for SIDs that begin with the expression *prefix*."""
    return f"{prefix}[0-9a-fA-F]{{32}}"


def parse_datetime(text: str) -> datetime:
    """Return the ISO 8601 date or time in *text*. It is aware if *text* has a time zone or ``Z``.

    Raises:
        ValueError: *text* is not ISO 8601, or the date or time does not exist.

    """
    # Python 3.10 cannot read Z, +0100, or a fraction that has not 3 or 6 digits.
    plain = re.sub(r"[zZ]$", "+00:00", text)
    plain = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", plain)
    plain = re.sub(r"\.(\d+)", lambda match: "." + match[1].ljust(6, "0")[:6], plain)
    return datetime.fromisoformat(plain)


def require(condition: object, complaint: str) -> None:
    """Raise `ValueError` with *complaint* unless *condition* is true."""
    if not condition:
        raise ValueError(complaint)


@per_class
def parameters_of(kind: type) -> tuple[Parameter, ...]:
    """Return the parameters of the struct *kind*, in the order of their declaration."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_parameter(field.name, hints[field.name]) for field in fields(kind))


@per_class
def parameters_by_name(kind: type) -> dict[str, Parameter]:
    """Return the parameters of the struct *kind* by name."""
    return {parameter.name: parameter for parameter in parameters_of(kind)}


def build(kind: type[ParametersT], values: Mapping[str, Any]) -> ParametersT:
    """Return a *kind* with these *values* of parameters. `None` counts as omitted.

    Raises:
        Refusal: a value has another type, is outside its limits, or is missing.

    """
    known = parameters_by_name(kind)
    given = {
        name: _checked(known[name], value) for name, value in values.items() if value is not None
    }
    for parameter in _required(kind):
        if parameter.name not in given:
            # The wording of a real answer to an update of a room without Status.
            msg = f"Missing required parameter {parameter.wire_name} in the post body"
            raise Refusal(INVALID_PARAMETER, msg)
    return kind(**given)


@per_class
def _required(kind: type) -> tuple[Parameter, ...]:
    return tuple(parameter for parameter in parameters_of(kind) if parameter.is_required)


def _checked(parameter: Parameter, value: Any) -> Any:
    type_ = list if parameter.is_list else parameter.type
    if parameter.is_list and isinstance(value, tuple):
        value = list(value)  # a Room shows tuples
    if isinstance(type_, type) and type_ is not Any:
        if issubclass(type_, Enum) and value in enum_values(type_):
            value = type_(value)
        is_bool = isinstance(value, bool) and type_ is not bool
        if is_bool or not isinstance(value, type_):
            complaint = f"must be {_describe(type_)}, not {without_password(repr(value))}"
            raise parameter.refusal(complaint)
    for limit in parameter.limits:
        objection = limit.complaint(value)
        if objection:
            complaint = f"{objection}, not {without_password(repr(value))}"
            raise parameter.refusal(complaint)
    return value


def _describe(type_: type) -> str:
    if issubclass(type_, Enum):
        return f"one of {', '.join(enum_values(type_))}"
    return type_.__name__


def _parameter(name: str, hint: Any) -> Parameter:
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        extras = tuple(rest)
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (member for member in get_args(hint) if member is not type(None))
    is_list = get_origin(hint) is list
    if isinstance(hint, type) and not is_list:
        hint = real_datetime_class(hint)
    return Parameter(
        name,
        pascal(name),
        get_args(hint)[0] if is_list else get_origin(hint) or hint,
        is_list,
        any(isinstance(extra, Json) for extra in extras),
        any(isinstance(extra, Required) for extra in extras),
        tuple(extra for extra in extras if hasattr(extra, "complaint")),
        next(
            (extra.code for extra in extras if isinstance(extra, RefusedWith)), INVALID_PARAMETER
        ),
    )


@per_class
def enum_values(kind: type) -> tuple[str, ...]:
    """Return the values of the enumeration *kind*."""
    return tuple(str(member.value) for member in cast("type[Enum]", kind))
