"""The width of the terminal, to which the lines of a report are cut."""

from __future__ import annotations

import shutil

from typing import Final


__all__ = ["UNKNOWN", "fix", "of_terminal"]

UNKNOWN: Final = 110
"""The width if there is no terminal, for example in the log of a CI job."""
NARROWEST: Final = 60

_fixed: list[int] = []


def of_terminal() -> int:
    """Return the number of columns to use."""
    if _fixed:
        return _fixed[0]
    columns = shutil.get_terminal_size((0, 0)).columns
    return max(columns, NARROWEST) if columns else UNKNOWN


def fix(columns: int) -> None:
    """Use the width *columns* from now on, in a worker of xdist, which has no terminal."""
    _fixed[:] = [columns]
