"""Calls: what the application asked of the API, and how it was answered."""

from __future__ import annotations

import json

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._api import form


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
    # Read when somebody asks: most calls are made, and never looked at.
    _form: str
    _problem: bytes = b""
    unread: str = ""
    """The content type of a body that is no form, and so was not read; as a rule nothing."""

    @classmethod
    def of(cls, request: Request, response: Response | None, at: datetime) -> Call:
        """Make one of *request*, which came in *at* that moment, and its answer, if any."""
        said = form.text_of(request)
        return cls(
            request.method,
            urlsplit(request.url).path,
            None if response is None else response.status,
            request.client,
            at,
            said,
            b"" if response is None or response.status < 400 else response.body,  # noqa: PLR2004
            "" if said else form.unread_type(request),
        )

    @property
    def params(self) -> dict[str, str | list[str]]:
        """What was said, by Twilio's names; what was said several times is a list."""
        said = form.fields_in(self._form)
        return {name: values[0] if len(values) == 1 else values for name, values in said.items()}

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
