"""Moments, as the control API writes and reads them."""

from __future__ import annotations

from datetime import datetime, timezone


__all__ = ["iso", "moment"]


def iso(at: datetime) -> str:
    """Return *at* as ISO 8601, in UTC, with a Z."""
    return at.astimezone(timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def moment(value: object) -> object:
    """Return the moment in the text *value*; leave anything else to whoever is to refuse it."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        msg = f"moment is {value!r}, but must be ISO 8601, like '2026-01-31T09:00:00Z'"
        raise ValueError(msg) from None
