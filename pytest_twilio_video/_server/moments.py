"""Moments: how the control API writes and reads a time."""

from __future__ import annotations

import re

from datetime import datetime, timezone


__all__ = ["iso", "moment"]


def iso(at: datetime) -> str:
    """Return *at* as ISO 8601, in UTC, with a Z."""
    return at.astimezone(timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def moment(value: object) -> object:
    """Return the moment in the text *value*. Other values are returned as they are.

    Raises:
        ValueError: the text is not ISO 8601.

    """
    if not isinstance(value, str):
        return value
    text = re.sub(r"[Zz]$", "+00:00", value.strip())
    # Python 3.10 only reads fractions of a second with three or six digits.
    text = re.sub(r"\.(\d+)", lambda match: f".{match[1]:0<6.6}", text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        msg = f"moment is {value!r}, but must be ISO 8601, like '2026-01-31T09:00:00Z'"
        raise ValueError(msg) from None
