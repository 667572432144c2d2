"""The HTTP client of Twilio's official client library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio.http.http_client import TwilioHttpClient


if TYPE_CHECKING:
    from requests.adapters import BaseAdapter


__all__ = ["http_client"]


def http_client(adapter: BaseAdapter) -> TwilioHttpClient:
    """Return an HTTP client of the official library, whose session sends through *adapter*."""
    client = TwilioHttpClient()
    client.session.mount("https://", adapter)  # pyright: ignore[reportOptionalMemberAccess]
    return client
