"""Explanations: the messages of failed assertions and comparisons."""

from __future__ import annotations

import difflib

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .._engine.parameters import enum_values
from .._engine.records import public_fields
from .._engine.suggestions import differ_in_case
from .._report.formatting import cut, format_value
from .matching import MISSING, Comparison, matches


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._engine.records import Record

__all__ = ["Candidate", "compare", "describe_wanted", "explain_missing", "explain_present"]


WIDEST_VALUE: Final = 200
WIDEST_COMPARED_VALUE: Final = 60
MOST_LISTED: Final = 5


class Candidate(NamedTuple):
    """The title and the fields of an object that an assertion compares with the wanted values."""

    title: str
    fields: Mapping[str, Any]


def describe_wanted(wanted: Mapping[str, Any]) -> str:
    """Return `` with a=1, b=2``, or an empty text if *wanted* is empty."""
    if not wanted:
        return ""
    return " with " + ", ".join(f"{name}={_value(value)}" for name, value in wanted.items())


def explain_missing(
    expected: str,
    candidates: Sequence[Candidate],
    wanted: Mapping[str, Any],
    *,
    hint: str = "",
    matches: Comparison = matches,
) -> str:
    """Return the message that nothing matched.

    It has three parts: what was *expected*, the nearest of the *candidates*, and the *hint*.
    """
    latest_first = candidates[::-1]  # Sorting keeps this order among equally near candidates.
    ranked = sorted(latest_first, key=lambda candidate: _distance(candidate, wanted, matches))
    paragraphs = [f"expected {expected}"]
    if ranked:
        paragraphs.append("\n".join(_compare_with_wanted(ranked[0], wanted, matches)))
    if ranked[1:]:
        paragraphs.append("\n".join(["other candidates:", *_titles(ranked[1:])]))
    if hint:
        paragraphs.append(hint)
    return "\n\n".join(paragraphs)


def explain_present(expected: str, present: Sequence[Candidate]) -> str:
    """Return the message that too many objects matched, or too few: *present* lists them."""
    return "\n".join([f"expected {expected}", "", f"but found {len(present)}:", *_titles(present)])


def _distance(
    candidate: Candidate, wanted: Mapping[str, Any], matches: Comparison
) -> tuple[int, float]:
    """Return a number to sort by: how many fields differ, and then how much their texts differ."""
    differing = _differing_names(candidate, wanted, matches)
    similarities = (
        difflib.SequenceMatcher(None, str(wanted[name]), str(candidate.fields.get(name))).ratio()
        for name in differing
    )
    return len(differing), len(differing) - sum(similarities)


def _differing_names(
    candidate: Candidate, wanted: Mapping[str, Any], matches: Comparison
) -> list[str]:
    actual = candidate.fields
    return [name for name in wanted if not matches(wanted[name], actual.get(name, MISSING))]


def _compare_with_wanted(
    candidate: Candidate, wanted: Mapping[str, Any], matches: Comparison
) -> list[str]:
    width = max(map(len, wanted), default=0)
    differing = _differing_names(candidate, wanted, matches)
    lines = [f"the nearest is {cut(candidate.title, WIDEST_VALUE)}:"]
    for name, value in wanted.items():
        actual = candidate.fields.get(name, MISSING)
        if name in differing:
            case = " (upper and lower case differ)" if differ_in_case(actual, value) else ""
            lines.append(f"  > {name:{width}}  {_value(actual)}, expected {_value(value)}{case}")
        else:
            lines.append(f"    {name:{width}}  {_value(actual)}")
    return lines


def _titles(candidates: Sequence[Candidate]) -> list[str]:
    lines = [f"    {cut(candidate.title, WIDEST_VALUE)}" for candidate in candidates[:MOST_LISTED]]
    if len(candidates) > MOST_LISTED:
        lines.append(f"    … and {len(candidates) - MOST_LISTED} more")
    return lines


def _value(value: Any) -> str:
    return cut(format_value(value), WIDEST_VALUE)


def compare(left: Any, right: Any) -> list[str] | None:
    """Return the lines that pytest shows for a failed ``left == right``.

    If pytest's own explanation is better, return `None`.
    """
    if isinstance(left, Enum):
        return _compare_with_enum(left, right)
    kind = getattr(type(left), "_kind", None)  # Only a resource has it.
    if kind is None:
        return None
    return _compare_resource(kind, left, right)


def _record_of(resource: Any) -> Record | None:
    """Return the record of *resource* as it is, or `None` if it was deleted.

    The attributes of *resource* are not read here, because then overdue timers would run, and
    handlers of the application, in the middle of a report.
    """
    record: Record | None = resource._simulation.account.get(resource._kind, resource._sid)  # noqa: SLF001 -- users need no such members
    return record


def _compare_resource(kind: type[Record], left: Any, right: Any) -> list[str] | None:
    lines = [f"{left!r} == {right!r}"]
    record = _record_of(left)
    if record is None:
        return None
    if isinstance(right, str):
        fields = [name for name in public_fields(kind) if getattr(record, name) == right]
        field = fields[0] if fields else "fields"
        return [*lines, f"a {kind.__name__} is never equal to text: compare its {field}"]
    other = _record_of(right) if type(left) is type(right) else None
    if other is None:
        return None
    return [
        *lines,
        f"these two {kind.__name__}s differ in:",
        *_differing_fields(public_fields(kind), record, other),
    ]


def _compare_with_enum(left: Enum, right: object) -> list[str]:
    values = enum_values(type(left))
    lines = [f"{left.value!r} == {getattr(right, 'value', right)!r}"]
    if right not in values:
        lines.append(f"the values are: {', '.join(map(repr, values))}")
    return lines


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value  # as users get it


def _differing_fields(names: Sequence[str], left: Any, right: Any) -> list[str]:
    width = max(map(len, names))
    lines = []
    for name in names:
        one, other = (
            cut(format_value(_as_list(getattr(side, name))), WIDEST_COMPARED_VALUE)
            for side in (left, right)
        )
        if one != other:
            lines.append(f"  {name:{width}}  {one} != {other}")
    return lines
