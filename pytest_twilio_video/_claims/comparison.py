"""Comparison: why two things that a test holds are not equal, in words."""

from __future__ import annotations

from enum import Enum
from typing import Any

from .._engine.parameters import words_of
from .._engine.records import shown
from .._report.words import cut, value_in_words


__all__ = ["compare"]

WIDEST_VALUE = 60


def compare(left: Any, right: Any) -> list[str] | None:
    """Return the lines for pytest to show, or `None` where it has the better words."""
    if isinstance(left, Enum):
        return _compare_words(left, right)
    kind = getattr(type(left), "_kind", None)  # views have one, collections leave it to pytest
    if kind is None:
        return None
    lines = [f"{left!r} == {right!r}"]
    if isinstance(right, str):
        fields = [each for each in shown(kind) if getattr(left, each) == right]
        cure = f"compare its {fields[0]}" if fields else "compare one of its fields"
        return [*lines, f"a {kind.__name__} is more than a text; {cure}"]
    if type(left) is not type(right):
        return None
    return [*lines, f"these are two {kind.__name__}s, which differ in:", *_differing(left, right)]


def _compare_words(left: Enum, right: object) -> list[str]:
    """Compare a status, a type or a kind with a word that may not be one."""
    words = words_of(type(left))
    lines = [f"{left.value!r} == {getattr(right, 'value', right)!r}"]
    return lines if right in words else [*lines, f"it can be: {', '.join(map(repr, words))}"]


def _differing(left: Any, right: Any) -> list[str]:
    names = shown(left._kind)  # noqa: SLF001 -- of our own kind
    width = max(map(len, names))
    said = [
        (name, *(cut(value_in_words(getattr(each, name)), WIDEST_VALUE) for each in (left, right)))
        for name in names
    ]
    return [f"  {name:{width}}  {one} != {other}" for name, one, other in said if one != other]
