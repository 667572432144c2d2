"""Explanations: why a claim does not hold, in words."""

from __future__ import annotations

import difflib

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .._engine.parameters import enum_values
from .._engine.records import public_fields
from .._report.words import cut, value_in_words
from .matching import MISSING, Fits, fits


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Candidate", "compare", "explain_missing", "explain_present", "in_words"]


WIDEST_VALUE: Final = 200
WIDEST_COMPARED_VALUE: Final = 60
MOST_LISTED: Final = 5


class Candidate(NamedTuple):
    """Something that could have been what was claimed."""

    title: str
    fields: Mapping[str, Any]


def in_words(wanted: Mapping[str, Any]) -> str:
    """Return `` with a=1, b=2``, or nothing where nothing is *wanted*."""
    if not wanted:
        return ""
    said = ", ".join(f"{name}={_value(value)}" for name, value in wanted.items())
    return f" with {said}"


def explain_missing(
    expected: str,
    candidates: Sequence[Candidate],
    wanted: Mapping[str, Any],
    *,
    hint: str = "",
    fits: Fits = fits,
) -> str:
    """Say what was *expected*, and what comes nearest to it, field by field."""
    latest_first = candidates[::-1]  # of several that are equally near, the latest is the nearest
    ranked = sorted(latest_first, key=lambda each: _distance(each, wanted, fits))
    paragraphs = [f"expected {expected}"]
    if ranked:
        paragraphs.append("\n".join(_nearest(ranked[0], wanted, fits)))
        paragraphs += _listed("and besides:", ranked[1:])
    return "\n\n".join([*paragraphs, *filter(None, [hint])])


def explain_present(expected: str, found: Sequence[Candidate]) -> str:
    """Say what was *expected*, and what was *found* that should not be there, or not so often."""
    return "\n\n".join(
        [
            f"expected {expected}",
            *_listed(f"but there {'is' if len(found) == 1 else 'are'}:", found),
        ]
    )


def _distance(candidate: Candidate, wanted: Mapping[str, Any], fits: Fits) -> tuple[int, float]:
    """Return how many fields differ and, where that is equal, how unlike their texts are."""
    differing = _differing(candidate, wanted, fits)
    unlike = (
        1
        - difflib.SequenceMatcher(None, str(wanted[name]), str(candidate.fields.get(name))).ratio()
        for name in differing
    )
    return len(differing), sum(unlike)


def _differing(candidate: Candidate, wanted: Mapping[str, Any], fits: Fits) -> list[str]:
    actual = candidate.fields
    return [name for name in wanted if not fits(wanted[name], actual.get(name, MISSING))]


def _nearest(candidate: Candidate, wanted: Mapping[str, Any], fits: Fits) -> list[str]:
    width = max(map(len, wanted), default=0)
    differing = _differing(candidate, wanted, fits)
    lines = [f"the nearest is {cut(candidate.title, WIDEST_VALUE)}:"]
    for name, value in wanted.items():
        actual = _value(candidate.fields.get(name, MISSING))
        if name in differing:
            lines.append(f"  > {name:{width}}  {actual}, not {_value(value)}")
        else:
            lines.append(f"    {name:{width}}  {actual}")
    return lines


def _listed(head: str, candidates: Sequence[Candidate]) -> list[str]:
    if not candidates:
        return []
    lines = [head, *(f"    {cut(each.title, WIDEST_VALUE)}" for each in candidates[:MOST_LISTED])]
    if len(candidates) > MOST_LISTED:
        lines.append(f"    … and {len(candidates) - MOST_LISTED} more")
    return ["\n".join(lines)]


def _value(value: Any) -> str:
    return cut(value_in_words(value), WIDEST_VALUE)


# Comparison: why two things that a test holds are not equal, in words.


def compare(left: Any, right: Any) -> list[str] | None:
    """Return the lines for pytest to show, or `None` where it has the better words."""
    if isinstance(left, Enum):
        return _compare_words(left, right)
    kind = getattr(type(left), "_kind", None)  # views have one, collections leave it to pytest
    if kind is None:
        return None
    lines = [f"{left!r} == {right!r}"]
    if isinstance(right, str):
        fields = [each for each in public_fields(kind) if getattr(left, each) == right]
        cure = f"compare its {fields[0]}" if fields else "compare one of its fields"
        return [*lines, f"a {kind.__name__} is more than a text; {cure}"]
    if type(left) is not type(right):
        return None
    return [
        *lines,
        f"these are two {kind.__name__}s, which differ in:",
        *_differing_fields(left, right),
    ]


def _compare_words(left: Enum, right: object) -> list[str]:
    """Compare a status, a type or a kind with a word that may not be one."""
    words = enum_values(type(left))
    lines = [f"{left.value!r} == {getattr(right, 'value', right)!r}"]
    return lines if right in words else [*lines, f"it can be: {', '.join(map(repr, words))}"]


def _differing_fields(left: Any, right: Any) -> list[str]:
    names = public_fields(left._kind)  # noqa: SLF001 -- of our own kind
    width = max(map(len, names))
    said = [
        (
            name,
            *(
                cut(value_in_words(getattr(each, name)), WIDEST_COMPARED_VALUE)
                for each in (left, right)
            ),
        )
        for name in names
    ]
    return [f"  {name:{width}}  {one} != {other}" for name, one, other in said if one != other]
