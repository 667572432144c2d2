"""Representation: records as the JSON documents that Twilio shows."""

from __future__ import annotations

import json

from datetime import timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from .._engine.parameters import snake
from .._engine.records import Record, public_fields, values_of


if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


__all__ = ["HOME", "JSON", "Address", "document", "encode", "moment"]

HOME: Final = "https://video.twilio.com"
JSON: Final = {"Content-Type": "application/json"}


class Address:
    """Where a kind of record is found, and what lies below it.

    *path* names fields of the record in braces; *links* are the last parts of
    the addresses below. *without* are fields that are not shown here, though they
    are elsewhere.
    """

    def __init__(self, path: str, *links: str, without: tuple[str, ...] = ()) -> None:
        self.path = path
        self.without = without
        self.links = {snake(each): f"/{each}" for each in links}
        # The names in braces become attributes of what is formatted.
        self._url = HOME + path.replace("{", "{0.")

    def of(self, record: Record) -> dict[str, Any]:
        """Return what a document says of it: ``url`` and, if there are any, ``links``."""
        url = self._url.format(record)
        said: dict[str, Any] = {"url": url}
        if self.links:
            said["links"] = {name: url + tail for name, tail in self.links.items()}
        return said


def document(record: Any, addresses: Mapping[type[Record], Address]) -> dict[str, Any]:
    """Return what a document says of *record*: its fields that are not hidden, its address."""
    kind = type(record)
    said = values_of(record, public_fields(kind))
    address = addresses.get(kind)
    if address is None:
        return said
    for name in address.without:
        del said[name]
    return said | address.of(record)


@lru_cache(maxsize=256)  # A document has the same moment up to five times, and the next has too.
def moment(at: datetime) -> str:
    """Return *at* as REST documents have it: whole seconds, in UTC, with a Z."""
    # Not strftime: it takes ten times as long.
    at = at.astimezone(timezone.utc)
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


# Enumerations of words, and tuples, are JSON already; and no document is in a circle.
_ENCODER: Final = json.JSONEncoder(default=moment, check_circular=False)


def encode(document: Mapping[str, Any]) -> bytes:
    """Return *document* as it goes over the wire."""
    return _ENCODER.encode(document).encode()
