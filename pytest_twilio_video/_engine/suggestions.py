"""Suggestions: the existing name that is most like an unknown one, and lists of names."""

from __future__ import annotations

import textwrap

from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["did_you_mean", "differ_in_case", "listed", "nearest"]

WIDEST: Final = 96


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name in *names* that is most like *name*, or `None` if none is similar."""
    import difflib  # only a mistake needs it

    known = list(names)
    near = [candidate for candidate in known if differ_in_case(name, candidate)]
    # "name" means unique_name, although difflib considers the two too different.
    near += [candidate for candidate in known if name and name in candidate]
    return next(iter(near or difflib.get_close_matches(name, known, n=1)), None)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or an empty text if *name* exists or nothing is similar."""
    known = list(names)
    near = None if name in known else nearest(name, known)
    if not near:
        return ""
    case = " Upper and lower case matter." if differ_in_case(name, near) else ""
    return f" Did you mean {near!r}?{case}"


def differ_in_case(one: object, other: object) -> bool:
    """Return whether two texts differ, but only in upper and lower case."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return one != other and one.lower() == other.lower()


def listed(title: str, names: Iterable[str]) -> str:
    """Return *title* and *names* on one line. If that is too long, *names* are below *title*."""
    text = ", ".join(names)
    if len(title) + len(text) < WIDEST:
        return f"{title} {text}"
    wrapped = textwrap.wrap(text, WIDEST - 4, break_on_hyphens=False)
    return "\n".join([title, *(f"    {line}" for line in wrapped)])
