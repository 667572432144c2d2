"""Calls: what the application asked of the API, and how it was answered."""

from __future__ import annotations

import json

from dataclasses import dataclass, field
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from datetime import datetime

    from .._http import Request, Response


__all__ = ["Call"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API that the fake received, and how it was answered."""

    method: str
    path: str
    """From ``/v1`` on, without the query."""
    status: int | None
    """The HTTP status; `None` where a fault left the call without an answer."""
    client: str
    """The library that it came through: ``"requests"``, ``"httpx"``, …"""
    at: datetime
    """When, in virtual time; aware, in UTC."""
    # Parsed when somebody asks: most calls are never looked at.
    _request: Request = field(hash=False)  # Its headers cannot be hashed.
    _problem: bytes = b""
    unread: str = ""
    """The content type of a body that is no form, and so was not read; as a rule nothing."""

    @classmethod
    def of(cls, request: Request, response: Response | None, at: datetime) -> Call:
        """Make one of *request*, which came in *at* that moment, and its answer, if any."""
        return cls(
            request.method,
            request.path,
            None if response is None else response.status,
            request.client,
            at,
            request,
            b"" if response is None or response.status < 400 else response.body,  # noqa: PLR2004
            request.unread_type,
        )

    @property
    def params(self) -> dict[str, str | list[str]]:
        """What was said, by Twilio's names; what was said several times is a list."""
        fields = self._request.fields
        return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}

    @property
    def code(self) -> int | None:
        """Twilio's error code, where it was answered with one, e.g. 20404."""
        try:
            code: int | None = json.loads(self._problem).get("code")
        except (ValueError, AttributeError):  # a fault may have been ordered with any body
            return None
        return code

    def __repr__(self) -> str:
        outcome = "without an answer" if self.status is None else self.status
        return f"<Call {self.method} {self.path} {outcome} by {self.client}>"
