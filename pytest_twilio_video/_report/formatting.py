"""Formatting: values, durations and records as readable text."""

from __future__ import annotations

import re

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from .._engine.records import Record
from .._engine.texts import without_password
from .._resources.participants import Participant
from .._resources.rooms import Room


if TYPE_CHECKING:
    from .._engine.account import Account


__all__ = [
    "cut",
    "describe_record",
    "format_duration",
    "format_value",
    "name_of",
    "shorten_sids",
]

_UNITS: Final = ((86400_000, "d"), (3600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))
_NAME_FIELDS: Final = ("unique_name", "identity", "name", "track_name", "friendly_name")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def cut(text: str, width: int) -> str:
    """Return *text* as one line, cut to at most *width* characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def shorten_sids(text: str) -> str:
    """Return *text* with its SIDs shortened to ``RM0123abcd…``."""
    return re.sub(r"\b([A-Z]{2}[0-9a-f]{8})[0-9a-f]{24}\b", r"\1…", text)


def format_duration(duration: timedelta) -> str:
    """Return *duration* with units, for example ``1 h 30 min``."""
    rest = round(duration / timedelta(milliseconds=1))
    parts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def format_value(value: Any) -> str:
    """Return the `repr` of *value*, but a shorter text for an enumeration or a time.

    A password in a URL is replaced by ``…``.
    """
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} {value.tzname() or '(naive)'}"
    return without_password(repr(value))


def name_of(record: Record) -> str:
    """Return the name of *record*, or its SID if it has no name."""
    for field in _NAME_FIELDS:
        name: str | None = getattr(record, field, None)
        # Client SDKs name tracks with UUIDs, which mean nothing to a reader.
        if name and not _UUID.fullmatch(name):
            return name
    return record.sid


def describe_record(account: Account, record: Record) -> str:
    """Return a description of *record*, for example ``video of alice in DailyStandup``."""
    description = name_of(record)
    kind = getattr(record, "kind", None)
    if kind is not None:
        has_name = description != record.sid
        description = f"{kind.value} {description!r}" if has_name else kind.value
    participant = account.get(Participant, getattr(record, "participant_sid", None) or "")
    if participant is not None:
        description += f" of {name_of(participant)}"
    room = account.get(Room, getattr(record, "room_sid", None) or "")
    if room is not None:
        description += f" in {name_of(room)}"
    return description
