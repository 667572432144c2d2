"""Explanations: why a claim does not hold, in words."""

from __future__ import annotations

import difflib

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .._report.words import cut, value_in_words
from .matching import MISSING, Fits, fits


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


__all__ = ["Candidate", "explain_missing", "explain_present", "in_words"]

WIDEST_VALUE: Final = 200
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
