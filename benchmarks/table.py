"""The table: what was measured, compared with what, and whether the target was reached."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


__all__ = ["Row", "table"]


class Row(NamedTuple):
    """One line of the table."""

    what: str
    baseline: str
    target: float | None
    """The largest figure that is accepted; `None` if the row is for information only."""
    unit: str
    """``"x"`` for a ratio, otherwise a unit of time or size."""
    figure: float | None
    """The measured figure; `None` if it could not be measured, and *note* gives the reason."""
    note: str = ""
    """How the figure was computed, and how much it varied."""


def table(rows: Iterable[Row]) -> str:
    """Return *rows* as Markdown."""
    lines = [
        "| what | compared with | measured | target | reached | note |",
        "| --- | --- | ---: | ---: | --- | --- |",
    ]
    lines += [
        f"| {row.what} | {row.baseline} | {_number(row.figure, row.unit)} "
        f"| {_target(row)} | {_verdict(row)} | {row.note} |"
        for row in rows
    ]
    return "\n".join(lines)


def _target(row: Row) -> str:
    return "-" if row.target is None else f"≤ {row.target:g} {row.unit}"


def _number(figure: float | None, unit: str) -> str:
    if figure is None:
        return "-"
    return f"{figure:.2f} {unit}" if figure < 10 else f"{figure:.0f} {unit}"  # noqa: PLR2004


def _verdict(row: Row) -> str:
    if row.figure is None or row.target is None:
        return "-"
    return "yes" if row.figure <= row.target else "**no**"
