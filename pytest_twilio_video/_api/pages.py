"""Pages: lists, a part at a time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlencode

from .._engine.parameters import Between
from .._engine.records import struct
from . import form
from .representation import HOME


if TYPE_CHECKING:
    from .._engine.records import Record, Selection
    from .._http import Request


__all__ = ["Page", "page_of"]

OWN: Final = ("PageSize", "Page", "PageToken")


@struct(kw_only=True)
class PageParameters:
    """Which part of a list is wanted."""

    page_size: Annotated[int, Between(1, 1_000_000)] = 50
    page: Annotated[int, Between(0, 1_000_000)] = 0
    page_token: str | None = None


@struct()
class Page:
    """A part of a list, and the way to the parts around it."""

    records: list[Record]
    meta: dict[str, Any]


def page_of(selection: Selection[Any], request: Request, key: str, largest: int) -> Page:
    """Return the part of *selection* that *request* asks for; newest first.

    Inferred: the order, as of the one list whose sample shows it; and that a
    page size above *largest* is cut down silently, as Twilio's own client
    counts on: it sends any ``limit`` as the page size.
    """
    asked = form.parse(PageParameters, request.fields)
    size = min(asked.page_size, largest)
    records, is_last = _cut(selection, asked, size)
    address = _Address(request, size)
    number = asked.page
    meta = {
        "page": number,
        "page_size": size,
        "first_page_url": address.of(0),
        "previous_page_url": (
            address.of(number - 1, _token("PB", records)) if number and records else None
        ),
        "url": address.of(number, asked.page_token),
        "next_page_url": None if is_last else address.of(number + 1, _token("PA", records)),
        "key": key,
    }
    return Page(records, meta)


def _cut(selection: Selection[Any], asked: PageParameters, size: int) -> tuple[list[Record], bool]:
    """Return the records of the page, and whether it is the last."""
    kind, sid = (asked.page_token or "")[:2], (asked.page_token or "")[2:]
    place = selection.table.place_of(sid)
    if kind == "PB" and place is not None:
        return selection.page_before(place, size), False
    # Without a token the number has to do, which counts from the start at each call.
    skipped = 0 if kind == "PA" and place is not None else asked.page * size
    found = list(islice(selection.newest_first(place), skipped, skipped + size + 1))
    return found[:size], len(found) <= size


def _token(kind: str, records: list[Record]) -> str:
    """Return the token that names where to go on: after the last, or before the first.

    Inferred: its form, from other APIs of Twilio's; clients hand it back unread.
    """
    return kind + (records[-1] if kind == "PA" else records[0]).sid


class _Address:
    """The address of the list as it was asked for, filters first, the page last."""

    def __init__(self, request: Request, size: int) -> None:
        filters = {name: values for name, values in request.fields.items() if name not in OWN}
        query = urlencode(filters, doseq=True, quote_via=quote, errors="surrogateescape")
        self._start = HOME + request.path + "?" + (query and query + "&")
        self._size = size

    def of(self, number: int, token: str | None = None) -> str:
        """Return the address of one page."""
        tail = f"&PageToken={quote(token)}" if token else ""
        return f"{self._start}PageSize={self._size}&Page={number}{tail}"
