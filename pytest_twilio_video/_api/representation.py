"""Representation: records as the JSON documents of Twilio's API."""

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


__all__ = ["BASE_URL", "JSON", "ResourceAddress", "document", "encode", "format_datetime"]

BASE_URL: Final = "https://video.twilio.com"
JSON: Final = {"Content-Type": "application/json"}


class ResourceAddress:
    """The URL of one kind of record, and the URLs of its subresources.

    *path* has names of fields of the record in braces. *links* are the last parts of the URLs of
    the subresources. *without* names public fields that documents at this URL do not have.
    """

    def __init__(self, path: str, *links: str, without: tuple[str, ...] = ()) -> None:
        self.path = path
        self.without = without
        self.links = {snake(link): f"/{link}" for link in links}
        # The names in braces become attributes of the record that is formatted.
        self._url = BASE_URL + path.replace("{", "{0.")

    def urls_of(self, record: Record) -> dict[str, Any]:
        """Return the ``url`` of *record*, and its ``links`` if it has subresources."""
        url = self._url.format(record)
        urls: dict[str, Any] = {"url": url}
        if self.links:
            urls["links"] = {name: url + tail for name, tail in self.links.items()}
        return urls


def document(record: Any, addresses: Mapping[type[Record], ResourceAddress]) -> dict[str, Any]:
    """Return the document of *record*: its public fields and its URLs."""
    kind = type(record)
    values = values_of(record, public_fields(kind))
    address = addresses.get(kind)
    if address is None:
        return values
    for name in address.without:
        del values[name]
    return values | address.urls_of(record)


@lru_cache(maxsize=256)  # Cached, because one document has the same time up to five times.
def format_datetime(at: datetime) -> str:
    """Return *at* in the format of REST documents: in whole seconds, in UTC, with a Z."""
    # strftime would take ten times as long.
    at = at.astimezone(timezone.utc)
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


# String enumerations and tuples need no conversion, and no document contains itself.
_ENCODER: Final = json.JSONEncoder(default=format_datetime, check_circular=False)


def encode(document: Mapping[str, Any]) -> bytes:
    """Return *document* as JSON, encoded as bytes."""
    return _ENCODER.encode(document).encode()
