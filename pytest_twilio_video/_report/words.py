"""Words: how values, spans of time and records are called where a person reads them."""

from __future__ import annotations

import re

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from .._engine.records import Record
from .._resources.participants import Participant
from .._resources.rooms import Room


if TYPE_CHECKING:
    from .._engine.account import Account


__all__ = [
    "cut",
    "describe",
    "name_of",
    "printable",
    "shorten_sids",
    "span_in_words",
    "value_in_words",
    "without_password",
]

_UNITS: Final = ((86400_000, "d"), (3600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))
_NAMES: Final = ("unique_name", "identity", "name", "track_name", "friendly_name")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def cut(text: str, width: int) -> str:
    """Return *text* on one line, and no wider than that."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def shorten_sids(text: str) -> str:
    """Return *text* with ``RM0123abcd…`` for whole SIDs: nobody reads 32 digits."""
    return re.sub(r"\b([A-Z]{2}[0-9a-f]{8})[0-9a-f]{24}\b", r"\1…", text)


def printable(text: str) -> str:
    """Return *text* without lone surrogates, which stand for bytes that were no UTF-8.

    No terminal shows them, and xdist cannot carry them.
    """
    return text.encode(errors="backslashreplace").decode()


def without_password(text: str) -> str:
    """Return *text* with ``…`` for the password of a URL: reports are passed on."""
    return re.sub(r"(?<=://)([^\s/:@]*):[^\s/@]+@", r"\1:…@", text)


def span_in_words(length: timedelta) -> str:
    """Return *length* as one says it: ``1 h 30 min``."""
    left = round(length / timedelta(milliseconds=1))
    said = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            said.append(f"{count} {unit}")
    return " ".join(said) or "0 s"


def value_in_words(value: Any) -> str:
    """Return *value* as code would write it, but plain words for statuses and times."""
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} {value.tzname() or '(naive)'}"
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    return repr(value)


def name_of(record: Record) -> str:
    """Return what people call *record*: its name, where it has one, or its SID."""
    names = (getattr(record, field, None) for field in _NAMES)
    # The client SDK names tracks with UUIDs, which tell nobody anything.
    return next((name for name in names if name and not _UUID.fullmatch(name)), record.sid)


def describe(account: Account, record: Record) -> str:
    """Return what *record* is and where it belongs: ``video of alice in DailyStandup``."""
    said = name_of(record)
    kind = getattr(record, "kind", None)
    if kind is not None:
        said = kind.value if said == record.sid else f"{kind.value} {said!r}"
    for word, field, owners in (
        ("of", "participant_sid", Participant),
        ("in", "room_sid", Room),
    ):
        owner = account.get(owners, getattr(record, field, None) or "")
        if owner is not None:
            said += f" {word} {name_of(owner)}"
    return said
