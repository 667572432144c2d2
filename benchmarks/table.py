"""The table: what was measured, beside what, and whether it is what we want."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


__all__ = ["Row", "table"]


class Row(NamedTuple):
    """One line of the table."""

    what: str
    beside: str
    reach: float | None
    """The most that it may be; `None` where it is told for information alone."""
    unit: str
    """``"x"`` for a ratio, else a unit of time or size."""
    figure: float | None
    """`None` where it could not be measured; *note* says why."""
    note: str = ""
    """What the figure was made of, and how much it swayed."""


def table(rows: Iterable[Row]) -> str:
    """Return *rows* as Markdown."""
    lines = [
        "| what | beside | measured | reach | reached | from |",
        "| --- | --- | ---: | ---: | --- | --- |",
    ]
    lines += [
        f"| {row.what} | {row.beside} | {_number(row.figure, row.unit)} "
        f"| {_reach(row)} | {_verdict(row)} | {row.note} |"
        for row in rows
    ]
    return "\n".join(lines)


def _reach(row: Row) -> str:
    return "-" if row.reach is None else f"≤ {row.reach:g} {row.unit}"


def _number(figure: float | None, unit: str) -> str:
    if figure is None:
        return "-"
    return f"{figure:.2f} {unit}" if figure < 10 else f"{figure:.0f} {unit}"  # noqa: PLR2004


def _verdict(row: Row) -> str:
    if row.figure is None or row.reach is None:
        return "-"
    return "yes" if row.figure <= row.reach else "**no**"
