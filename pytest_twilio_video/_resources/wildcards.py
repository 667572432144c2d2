"""Wildcards: names in which ``*`` stands for any run of characters."""

from __future__ import annotations

import re


__all__ = ["matches"]


def matches(pattern: str, name: str, *, ignore_case: bool = False) -> bool:
    """Tell whether *name* is of the shape of *pattern*, in which only ``*`` is special.

    Twilio's page allows it at the beginning or the end of a track's name.
    Inferred: in the middle it means the same.
    """
    if ignore_case:
        pattern, name = pattern.casefold(), name.casefold()
    regex = ".*".join(re.escape(part) for part in re.split(r"\*+", pattern))
    return re.fullmatch(regex, name, re.DOTALL) is not None
