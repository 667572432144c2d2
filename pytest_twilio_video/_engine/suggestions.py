"""Suggestions: the existing name that is most like an unknown one."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["did_you_mean", "nearest"]


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name in *names* that is most like *name*, or `None` if none is similar."""
    import difflib  # only a mistake needs it

    known = list(names)
    # "name" means unique_name, although difflib considers the two too different.
    near = [candidate for candidate in known if name and name in candidate]
    return next(iter(near or difflib.get_close_matches(name, known, n=1)), None)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or an empty text if *name* exists or nothing is similar."""
    known = list(names)
    near = None if name in known else nearest(name, known)
    return f" Did you mean {near!r}?" if near else ""
