"""Spelling: what may have been meant by a name that there is not."""

from __future__ import annotations

import difflib

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["did_you_mean", "nearest"]


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return which of *names* comes near to *name*, if any does."""
    known = list(names)
    # "name" means unique_name, though by their letters they have little in common.
    near = [each for each in known if name and name in each]
    return next(iter(near or difflib.get_close_matches(name, known, n=1)), None)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` where something is near and it is not that, else nothing."""
    known = list(names)
    near = None if name in known else nearest(name, known)
    return f" Did you mean {near!r}?" if near else ""
