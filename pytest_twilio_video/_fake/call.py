"""Call: a request that the application made to the API, and its response."""

from __future__ import annotations

import json

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._engine.texts import printable


if TYPE_CHECKING:
    from datetime import datetime

    from .._http import Request, Response


__all__ = ["Call", "call_from"]


@dataclass(frozen=True, slots=True)
class Call:
    """An API call that the fake received, and how the fake responded."""

    method: str
    path: str
    """From ``/v1`` on, without the query."""
    status: int | None
    """The HTTP status; `None` if a fault left the call without a response."""
    client: str
    """The library that the application used: ``"requests"``, ``"httpx"``, …"""
    at: datetime
    """When the call arrived, in virtual time; an aware `datetime` in UTC."""
    # Request and response are parsed on access: most calls are never looked at.
    _request: Request = field(hash=False)
    _error_body: bytes = b""
    unread: str = ""
    """The content type of a body that Twilio ignores because it is not a form; usually empty."""

    @property
    def params(self) -> dict[str, str | list[str]]:
        """The parameters, by Twilio's names; the value of a repeated parameter is a list."""
        fields = self._request.fields
        return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}

    @property
    def code(self) -> int | None:
        """Twilio's error code, for example 20404; `None` if the response has none."""
        try:
            code: int | None = json.loads(self._error_body).get("code")
        except (ValueError, AttributeError):  # an injected fault may have any body
            return None
        return code

    def __repr__(self) -> str:
        outcome = "without an answer" if self.status is None else self.status
        return printable(f"<Call {self.method} {self.path} {outcome} by {self.client}>")


def call_from(request: Request, response: Response | None, at: datetime) -> Call:
    """Return the call of *request*, which arrived at the time *at*, with its *response*."""
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
