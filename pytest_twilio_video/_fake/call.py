"""Call: a request that the application made to the API, and its response."""

from __future__ import annotations

import json

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from .._engine.texts import printable


if TYPE_CHECKING:
    from datetime import datetime

    from .._http import Request, Response


__all__ = ["Call", "Calls", "call_from"]


@dataclass(frozen=True, slots=True)
class Call:
    """An API call of the application, and the response of the fake."""

    method: str
    path: str
    """The path of the URL, which begins with ``/v1``. It does not include the query."""
    status: int | None
    """The HTTP status, or `None` if a fault prevented the response."""
    client: str
    """The library that the application used: ``"requests"``, ``"httpx"``, …"""
    at: datetime
    """The virtual time at which the call arrived, as an aware `datetime` in UTC."""
    # Request and response are parsed on access: most calls are never looked at.
    _request: Request = field(hash=False)
    _error_body: bytes = b""
    unread: str = ""
    """The content type of the body, if Twilio ignores the body because it is not a form."""

    @property
    def params(self) -> dict[str, str | list[str]]:
        """The parameters, with Twilio's names. If a parameter is repeated, its value is a list."""
        fields = self._request.fields
        return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}

    @property
    def code(self) -> int | None:
        """Twilio's error code, for example 20404, or `None` if the response has no error code."""
        try:
            code: int | None = json.loads(self._error_body).get("code")
        except (ValueError, AttributeError):  # an injected fault may have any body
            return None
        return code

    def __repr__(self) -> str:
        outcome = "without an answer" if self.status is None else self.status
        return printable(f"<Call {self.method} {self.path} {outcome} by {self.client}>")


class Calls(Sequence[Call]):
    """The API calls of the application, the oldest first.

    It equals a list of the same calls. It is always current: it includes calls that the
    application makes later.
    """

    def __init__(self, calls: list[Call]) -> None:
        self._calls = calls

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls.copy())

    def __repr__(self) -> str:
        return repr(self._calls)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (Calls, list)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # like a list, it changes

    def clear(self) -> None:
        """Forget the calls so far. Assertions ignore them, but the timeline still shows them."""
        self._calls.clear()


def call_from(request: Request, response: Response | None, at: datetime) -> Call:
    """Return the call for *request*, which arrived at the time *at*, and *response*."""
    is_error = response is not None and response.status >= 400  # noqa: PLR2004
    return Call(
        method=request.method,
        path=request.path,
        status=None if response is None else response.status,
        client=request.client,
        at=at,
        _request=request,
        _error_body=response.body if response is not None and is_error else b"",
        unread=request.unread_type,
    )
