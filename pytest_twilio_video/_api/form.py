"""Forms: parameters as they come over the wire, and back into Python."""

from __future__ import annotations

import json
import re

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from .._engine.parameters import Parameter, build, parameters_of, parse_datetime
from .._engine.records import per_class


if TYPE_CHECKING:
    from .._http import Request


__all__ = ["Fields", "fields_in", "parse", "text_of", "unread_type"]

Fields = dict[str, list[str]]
ParametersT = TypeVar("ParametersT")


def text_of(request: Request) -> str:
    """Return the form in *request*: its query or its body, still encoded."""
    if request.method == "GET":
        return urlsplit(request.url).query
    if _is_form(request):
        return request.body.decode("utf-8", "surrogateescape")
    return ""  # a JSON body, say, is not read: Twilio takes forms


def unread_type(request: Request) -> str:
    """Return of what type the body of *request* is, if it has one that is no form."""
    if request.method == "GET" or not request.body or _is_form(request):
        return ""
    return request.headers["content-type"].partition(";")[0]


def fields_in(text: str) -> Fields:
    """Return what the form *text* says, by the wire's names, each as often as it was said.

    Bytes that are no UTF-8, escaped or not, become lone surrogates, for the limits to complain of.
    """
    return parse_qs(text, keep_blank_values=True, errors="surrogateescape") if text else {}


def parse(kind: type[ParametersT], fields: Fields) -> ParametersT:
    """Make the parameters *kind* of *fields*. Unknown ones are ignored, as Twilio does.

    Inferred: an empty value counts as not given.

    Raises:
        Refusal: a value cannot be read, is outside its limits, or is missing.

    """
    known = _by_wire_names(kind)
    values = {}
    for wire_name, texts in fields.items():
        parameter = known.get(wire_name)
        said = [text for text in texts if text]
        if parameter and said:
            values[parameter.name] = said if parameter.is_list else _read(parameter, said[-1])
    return build(kind, values)


@per_class
def _by_wire_names(kind: type) -> dict[str, Parameter]:
    return {each.wire_name: each for each in parameters_of(kind)}


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
    return kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _read(parameter: Parameter, text: str) -> Any:
    if parameter.is_json:
        return _read_json(parameter, text)
    reader = _READERS.get(getattr(parameter.type, "__name__", ""))
    return text if reader is None else reader(parameter, text)


def _read_json(parameter: Parameter, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        complaint = "must be JSON, with no name twice in an object"
        raise parameter.refusal(complaint) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # "A filter may not repeat" in a rule. Inferred: nor may anything else.
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError
    return said


def _no_number(text: str) -> None:
    """Refuse NaN and Infinity, which Python reads, but JSON does not know."""
    raise ValueError(text)


def _read_int(parameter: Parameter, text: str) -> int:
    # Not int(): it also takes "1_0", " 1" and the digits of other scripts.
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        complaint = f"must be a whole number, not {text!r}"
        raise parameter.refusal(complaint)
    return int(text)


def _read_bool(parameter: Parameter, text: str) -> bool:
    # In any case: libraries send "true", people also "True".
    if text.lower() not in {"true", "false"}:
        complaint = f"must be true or false, not {text!r}"
        raise parameter.refusal(complaint)
    return text.lower() == "true"


def _read_moment(parameter: Parameter, text: str) -> datetime:
    """Read a date, which means its midnight, or a date-time; without a zone it is UTC."""
    # A plus sign that nobody encoded has become a space.
    plain = re.sub(r" (?=\d\d:?\d\d$)", "+", text)
    is_whole = re.match(r"\d{4}-\d\d-\d\d(T|$)", plain)
    try:
        moment = parse_datetime(plain) if is_whole else None
        if moment is not None:
            return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass  # A day or an hour that does not exist is refused like what is no time at all.
    complaint = f"must be YYYY-MM-DD, or an ISO 8601 time, not {text!r}"
    raise parameter.refusal(complaint)


# By name: under freezegun `datetime` is another class than the one that is meant.
_READERS = {"int": _read_int, "bool": _read_bool, "datetime": _read_moment}
