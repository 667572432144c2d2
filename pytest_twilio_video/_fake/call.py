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

    status: int | None
    """The HTTP status, or `None` if a fault prevented the response."""
    at: datetime
    """The virtual time at which the call arrived, as an aware `datetime` in UTC."""
    # Request and response are parsed on access: most calls are never looked at.
    _request: Request = field(hash=False)
    _error_body: bytes = b""

    @property
    def method(self) -> str:
        """The HTTP method, in upper case."""
        return self._request.method

    @property
    def path(self) -> str:
        """The path of the URL, which begins with ``/v1``. It does not include the query."""
        return self._request.path

    @property
    def client(self) -> str:
        """The library that the application used, such as ``"requests"`` or ``"httpx"``."""
        return self._request.client

    @property
    def unread(self) -> str:
        """The content type of the body, if Twilio ignores the body because it is not a form."""
        return self._request.unread_type

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
    """Return the call that consists of *request*, which arrived at *at*, and *response*."""
    if response is None:
        return Call(None, at, request)
    is_error = response.status >= 400  # noqa: PLR2004
    return Call(response.status, at, request, response.body if is_error else b"")
