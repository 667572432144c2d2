"""The URL of a webhook, taken apart: what is sent, what is signed, and what is for Twilio only."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlunsplit

from .._engine import urls
from .._engine.records import struct
from ..errors import UndeliverableCallbackError
from .overrides import Overrides


__all__ = ["Address", "parse"]

_SAFE = "!$&'()*+,/:;=@%"


@struct(slots=True)
class Address:
    """Where a callback goes."""

    url: str
    """What is sent and signed: neither user and password nor a fragment, and never an empty path.

    Inferred: Twilio signs the URL with the path ``/`` where it has none; this
    is the only URL that an application can rebuild.
    """
    host: str
    """With its port, if the URL names one: the Host header."""
    authorization: str | None
    """The Authorization header that user and password make, if the URL has them."""
    overrides: Overrides


def parse(url: str) -> Address:
    """Take *url* apart.

    Raise `UndeliverableCallbackError` if it is not an absolute
    ``http://`` or ``https://`` URL.
    """
    try:
        parts = urls.split(url)
    except ValueError as error:
        msg = f"no callback can be sent to {url!r}: it is not an absolute http(s) URL"
        raise UndeliverableCallbackError(msg) from error
    user_info, _, host = parts.netloc.rpartition("@")
    return Address(
        url=_sendable(parts, host),
        host=host,
        authorization=_basic(user_info) if user_info else None,
        overrides=Overrides.parse(parts.fragment),
    )


def _sendable(parts: SplitResult, host: str) -> str:
    """Return the URL in ASCII, as any HTTP client would put it on the wire."""
    path = quote(parts.path or "/", safe=_SAFE)
    query = quote(parts.query, safe=_SAFE + "?")
    return urlunsplit((parts.scheme, host, path, query, ""))


def _basic(user_info: str) -> str:
    return "Basic " + b64encode(unquote_to_bytes(user_info)).decode()
