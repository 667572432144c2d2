"""Matching: whether what is claimed is so, by ``==``, by a matcher or by a pattern."""

from __future__ import annotations

import json
import re

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from .._engine.parameters import enum_values, parse_datetime
from .._engine.suggestions import did_you_mean
from ..errors import InvalidArgumentError


__all__ = ["MISSING", "Fits", "fits", "fits_text", "has"]

__tracebackhide__ = True  # A report shows the line of the test.

Fits = Callable[[Any, Any], bool]


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Final = _Missing()


def has(thing: Any, wanted: Mapping[str, Any]) -> bool:
    """Tell whether the fields of *thing* are as *wanted*.

    Raises:
        InvalidArgumentError: what is wanted of one is a word that it can never have, so that a
            claim would hold or fail for that reason alone.

    """
    actual = {name: getattr(thing, name) for name in wanted}
    for name, value in wanted.items():
        _check_word(name, value, actual[name])
    return all(fits(value, actual[name]) for name, value in wanted.items())


def _check_word(name: str, wanted: object, actual: object) -> None:
    words = enum_values(type(actual)) if isinstance(actual, Enum) else ()
    if words and isinstance(wanted, str) and wanted not in words:
        hint = did_you_mean(wanted, words)
        msg = f"{name} is never {wanted!r}.{hint} It can be: {', '.join(words)}"
        raise InvalidArgumentError(msg)


def fits(wanted: Any, actual: Any) -> bool:
    """Tell whether *actual* is as *wanted*: by ``==``, or by a search where that is a pattern."""
    if isinstance(wanted, re.Pattern) and isinstance(actual, str):
        return wanted.search(actual) is not None
    if isinstance(wanted, tuple) and isinstance(actual, list):
        wanted = list(wanted)  # a list of Twilio's, in a Python programmer's words
    # What is wanted stands on the left, so that a matcher is the one that is asked.
    return bool(wanted == actual)


def fits_text(wanted: Any, actual: Any) -> bool:
    """Tell the same of what a form carries: *actual* is text, or a list of texts, or missing."""
    match wanted:
        case None:
            return actual is MISSING
        case bool():
            return bool(str(wanted).lower() == actual)
        case int() | float():
            return bool(str(wanted) == actual)
        case datetime():
            return _moment(actual) == wanted
        case list() | tuple() | dict():
            said = [actual] if isinstance(actual, str) else actual
            return list(wanted) == said or _from_json(actual) == wanted
    return fits(wanted, actual)


def _moment(text: Any) -> datetime | None:
    try:
        return parse_datetime(str(text))
    except ValueError:
        return None


def _from_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return MISSING
