"""Explanations: why a claim does not hold, in words."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


__all__ = ["as_text", "explain", "in_words", "unmet"]


def unmet(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    """Return the names of what is *wanted* and is not so."""
    return [name for name, value in wanted.items() if not _fits(value, actual.get(name, MISSING))]


def as_text(value: Any) -> Any:
    """Return *value* as a form carries it, where it is a number or a truth value."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def in_words(wanted: Mapping[str, Any]) -> str:
    """Return `` with a=1, b=2``, or nothing where nothing is *wanted*."""
    if not wanted:
        return ""
    return " with " + ", ".join(f"{name}={value!r}" for name, value in wanted.items())


def explain(
    words: str,
    candidates: list[tuple[str, Mapping[str, Any]]],
    wanted: Mapping[str, Any],
    history: list[tuple[datetime, str]],
) -> str:
    """Say what was expected, what came nearest, and what did happen."""
    lines = [f"expected {words}"]
    if candidates:
        lines += ["", *_nearest(candidates, wanted)]
    lines += ["", "what did happen:", *(f"  {at:%H:%M:%S}  {what}" for at, what in history)]
    return "\n".join(lines if history else [*lines[:-1], "nothing has happened"])


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


def _fits(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, re.Pattern) and isinstance(actual, str):
        return bool(wanted.search(actual))
    return bool(wanted == actual)


def _nearest(
    candidates: list[tuple[str, Mapping[str, Any]]], wanted: Mapping[str, Any]
) -> list[str]:
    """Describe the candidate with the fewest differences; of several the latest."""
    name, actual = min(candidates[::-1], key=lambda each: len(unmet(wanted, each[1])))
    if not wanted:
        return [f"but there is {name}"]
    differing = unmet(wanted, actual)
    width = max(map(len, wanted))
    lines = [f"the nearest is {name}:"]
    for field, value in wanted.items():
        is_value = repr(actual.get(field, MISSING))
        mark, rest = (">", f"{is_value}, not {value!r}") if field in differing else (" ", is_value)
        lines.append(f"  {mark} {field:{width}}  {rest}")
    return lines
