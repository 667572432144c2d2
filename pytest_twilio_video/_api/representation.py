"""Representation: records as the JSON documents that Twilio shows."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from .._engine.parameters import snake
from .._engine.records import Record, shown


if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["HOME", "JSON", "Address", "document", "moment"]

HOME: Final = "https://video.twilio.com"
JSON: Final = {"Content-Type": "application/json"}


class Address:
    """Where a kind of record is found, and what lies below it.

    *path* names fields of the record in braces; *links* are the last parts of
    the addresses below, or whole paths by their names. *without* are fields that
    are not shown here, though they are elsewhere.
    """

    def __init__(
        self, path: str, *links: str, without: tuple[str, ...] = (), **paths: str
    ) -> None:
        self.path = path
        self.without = without
        self.links = {snake(each): f"{path}/{each}" for each in links} | paths

    def of(self, record: Record) -> dict[str, Any]:
        """Return what a document says of it: ``url`` and, if there are any, ``links``."""
        fields = _Fields(record)
        said: dict[str, Any] = {"url": HOME + self.path.format_map(fields)}
        if self.links:
            said["links"] = {
                name: HOME + path.format_map(fields) for name, path in self.links.items()
            }
        return said


class _Fields(dict[str, Any]):
    """The fields of a record, for a template to take what it names."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def __missing__(self, name: str) -> Any:
        return getattr(self._record, name)


def document(record: Any, addresses: Mapping[type[Record], Address]) -> dict[str, Any]:
    """Return *record* as JSON shows it: its fields that are not hidden, and its address."""
    kind = type(record)
    said = {name: _value(getattr(record, name)) for name in shown(kind)}
    address = addresses.get(kind)
    if address is None:
        return said
    for name in address.without:
        del said[name]
    return said | address.of(record)


def moment(at: datetime) -> str:
    """Return *at* as REST documents have it: whole seconds, in UTC, with a Z."""
    # Not strftime: it takes ten times as long, and a document has up to five.
    at = at.astimezone(timezone.utc)
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
