"""Pages: the parts of a list, and the URLs that lead from one to the next."""

from __future__ import annotations

import re

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlencode

from .._engine.parameters import AtLeast
from .._engine.records import struct
from .._engine.refusals import INVALID_PARAMETER, Refusal
from . import form
from .representation import BASE_URL


if TYPE_CHECKING:
    from .._engine.records import Record, Selection
    from .._http import Fields, Request


__all__ = ["FIELDS", "Page", "page_of"]

FIELDS: Final = ("PageSize", "Page", "PageToken")
"""The parameters of every list."""


@struct(kw_only=True)
class PageParameters:
    """The parameters that choose a part of a list."""

    page_size: Annotated[int, AtLeast(1)] = 50
    page: Annotated[int, AtLeast(0)] = 0
    page_token: str | None = None


@struct()
class Page:
    """A part of a list, and the URLs of the parts around it."""

    records: list[Record]
    meta: dict[str, Any]


def page_of(selection: Selection[Any], request: Request, key: str, largest: int) -> Page:
    """Return the page of *selection* that *request* asks for. The newest record comes first.

    Inferred: lists are newest first, which only one of the documented samples shows.
    """
    _check_size(request.fields, largest)
    asked = form.parse(PageParameters, request.fields)
    # Inferred: a page size above the largest is silently reduced, since Twilio's own client sends
    # any ``limit``.
    size = min(asked.page_size, largest)
    records, is_last = _cut(selection, asked, size)
    urls = _Urls(request, size)
    number = asked.page
    meta = {
        "page": number,
        "page_size": size,
        "first_page_url": urls.page(0),
        "previous_page_url": (
            urls.page(number - 1, _token("PB", records))
            if number and records and asked.page_token
            else None
        ),
        "url": urls.page(number, asked.page_token),
        "next_page_url": None if is_last else urls.page(number + 1, _token("PA", records)),
        "key": key,
    }
    return Page(records, meta)


def _cut(
    selection: Selection[Any], params: PageParameters, size: int
) -> tuple[list[Record], bool]:
    """Return the records of the page, and whether the page is the last one."""
    token = params.page_token or ""
    kind, sid = token[:2], token[2:]
    position = selection.table.position_of(sid)
    # Nothing is left before it if the newest rooms have ended since: then the list begins here.
    if kind == "PB" and position is not None and (page := selection.page_before(position, size)):
        return page, False
    # The number of the page is "simply for client state": without a token, a list begins with the
    # newest record, whatever the number.
    records = list(islice(selection.newest_first(None if kind == "PB" else position), size + 1))
    return records[:size], len(records) <= size


def _check_size(fields: Fields, largest: int) -> None:
    """Refuse a page size that is not a number, or is below 1. A large one is reduced."""
    for text in fields.get("PageSize", ())[-1:]:
        if text and not re.fullmatch(r"\+?0*[1-9][0-9]{0,999}", text):
            complaint = f"must be a whole number from 1 to {largest}, not {text!r}"
            raise Refusal(INVALID_PARAMETER, f"Invalid parameter PageSize: {complaint}")


def _token(kind: str, records: list[Record]) -> str:
    """Return the token of the next page (PA…) or of the previous page (PB…).

    Inferred: a page token is the SID next to the page, as in other APIs of Twilio. Clients send it
    back as it is.
    """
    return kind + (records[-1] if kind == "PA" else records[0]).sid


class _Urls:
    """The URLs of the pages of one list. The filters of the list come first, the page last."""

    def __init__(self, request: Request, size: int) -> None:
        filters = {name: values for name, values in request.fields.items() if name not in FIELDS}
        query = urlencode(filters, doseq=True, quote_via=quote, errors="surrogateescape")
        self._start = BASE_URL + request.path + "?" + (query and query + "&")
        self._size = size

    def page(self, number: int, token: str | None = None) -> str:
        """Return the URL of the page with this *number*."""
        tail = f"&PageToken={quote(token)}" if token else ""
        return f"{self._start}PageSize={self._size}&Page={number}{tail}"
