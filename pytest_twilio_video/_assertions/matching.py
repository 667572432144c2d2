"""Matching: comparing an actual value with a value, a matcher or a pattern."""

from __future__ import annotations

import json
import re

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from .._engine.parameters import parse_datetime
from ..errors import InvalidArgumentError


__all__ = ["MISSING", "Comparison", "has_fields", "matches", "matches_text"]

__tracebackhide__ = True

Comparison = Callable[[Any, Any], bool]


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Final = _Missing()


def has_fields(resource: Any, wanted: Mapping[str, Any]) -> bool:
    """Return whether the fields of *resource* match *wanted*."""
    return all(matches(value, getattr(resource, name)) for name, value in wanted.items())


def matches(wanted: Any, actual: Any) -> bool:
    """Return whether *actual* matches *wanted*.

    If *wanted* is a pattern, it is searched for in *actual*. Otherwise the two are compared by
    ``==``.

    Raises:
        InvalidArgumentError: *wanted* is a pattern of bytes, which cannot be searched for in text.

    """
    if isinstance(wanted, re.Pattern) and isinstance(actual, str):
        if not isinstance(wanted.pattern, str):
            msg = f"{wanted!r} is a pattern of bytes, but text needs one like re.compile('x')"
            raise InvalidArgumentError(msg)
        return wanted.search(actual) is not None
    if isinstance(wanted, tuple) and isinstance(actual, list):
        wanted = list(wanted)  # A test may write a list as a tuple.
    # The wanted value is on the left, so that the `__eq__` of a matcher decides.
    return bool(wanted == actual)


def matches_text(wanted: Any, actual: Any) -> bool:
    """Return whether *actual*, the value of a parameter in a form, matches *wanted*.

    *actual* is a text, a list of texts or `MISSING`. *wanted* may be of another type, for example
    a number, and is then compared with *actual* as Twilio writes it.
    """
    match wanted:
        case None:
            return actual is MISSING
        case bool():
            return bool(str(wanted).lower() == actual)
        case int() | float():
            return bool(str(wanted) == actual)
        case datetime():
            return _parse_datetime(actual) == wanted
        case list() | tuple() | dict():
            texts = [actual] if isinstance(actual, str) else actual
            are_texts = not isinstance(wanted, dict) and list(wanted) == texts
            return are_texts or _parse_json(actual) == wanted
    return matches(wanted, actual)


def _parse_datetime(text: Any) -> datetime | None:
    try:
        return parse_datetime(str(text))
    except ValueError:
        return None


def _parse_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return MISSING
