"""Calls: what the application asked of the API, and how it was answered."""

from __future__ import annotations

import json

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ._api import form


if TYPE_CHECKING:
    from datetime import datetime

    from ._http import Request, Response


__all__ = ["Call"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API that the fake received, and how it was answered."""

    method: str
    path: str
    """From ``/v1`` on, without the query."""
    params: dict[str, str | list[str]]
    """By Twilio's names; what was said several times is a list."""
    status: int | None
    """The HTTP status; `None` where a fault left the call without an answer."""
    client: str
    """The library that it came through: ``"requests"``, ``"httpx"``, …"""
    at: datetime
    """When, in virtual time; aware, in UTC."""
    code: int | None = None
    """Twilio's error code, where it was answered with one, e.g. 20404."""

    @classmethod
    def of(cls, request: Request, response: Response | None, at: datetime) -> Call:
        """Make one of *request*, which came in *at* that moment, and its answer, if any."""
        said = form.fields_of(request)
        return cls(
            request.method,
            urlsplit(request.url).path,
            {name: values[0] if len(values) == 1 else values for name, values in said.items()},
            None if response is None else response.status,
            request.client,
            at,
            None if response is None else _code(response),
        )

    def __repr__(self) -> str:
        outcome = "without an answer" if self.status is None else self.status
        return f"<Call {self.method} {self.path} {outcome} by {self.client}>"


def _code(response: Response) -> int | None:
    """Return the error code in an answer in Twilio's envelope."""
    if response.status < 400:  # noqa: PLR2004 -- as one says it
        return None
    try:
        code: int | None = json.loads(response.body).get("code")
    except (ValueError, AttributeError):  # a fault may have been ordered with any body
        return None
    return code
