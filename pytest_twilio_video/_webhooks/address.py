"""The URL of a webhook: what is sent and signed of it, and the options that only Twilio reads."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urlunsplit

from .._engine import urls
from .._engine.records import struct
from .._engine.texts import without_password
from .._http import NetworkFailure, Response
from ..errors import UndeliverableCallbackError


__all__ = ["Address", "Overrides", "parse"]


def parse(url: str) -> Address:
    """Return the parts of *url*.

    Raises:
        UndeliverableCallbackError: *url* is not an absolute ``http://`` or ``https://`` URL.

    """
    try:
        parts = urls.split(url)
    except ValueError as error:
        shown = without_password(url)
        msg = f"no callback can be sent to {shown!r}: it is not an absolute http(s) URL"
        raise UndeliverableCallbackError(msg) from error
    user_info, _, host = parts.netloc.rpartition("@")
    return Address(
        url=_sendable(parts, host),
        host=host,
        authorization=_basic(user_info) if user_info else None,
        overrides=Overrides.parse(parts.fragment),
    )


@struct(slots=True)
class Address:
    """The destination of a callback."""

    url: str
    """The URL that is sent and signed. It has no user, password or fragment.

    Inferred: a callback URL without a path is signed with the path ``/``. An application cannot
    rebuild any other URL.
    """
    host: str
    """The Host header: the host, with its port if the URL has one."""
    authorization: str | None
    """The Authorization header with the user and password of the URL, or `None` without them."""
    overrides: Overrides


@struct(slots=True)
class Overrides:
    """Connection overrides: how long Twilio waits for a response, and when it retries.

    An application sets them in the ``#`` fragment of a webhook's URL. Times
    are in milliseconds.

    Source: Twilio's page on connection overrides. ``sni`` and ``e`` (TLS server
    name, edge locations) are ignored, because the fake uses no TLS and has no edges.
    """

    ct: int = 5_000
    """How long connecting may take."""
    rt: int = 15_000
    """How long a response may take."""
    tt: int = 15_000
    """How long all attempts together may take."""
    rc: int = 1
    """How often Twilio retries."""
    rp: frozenset[str] = frozenset({"ct"})
    """The failures that are retried: ct (connection failed), rt (no response), 4xx, 5xx or all."""

    @classmethod
    def parse(cls, fragment: str) -> Overrides:
        """Return the overrides in *fragment*, for example ``"rc=2&rp=5xx,ct"``.

        Inferred: connection overrides that are unknown or out of range are ignored.
        """
        given = dict(parse_qsl(fragment))
        known: dict[str, Any] = {
            name: int(given[name])
            for name, allowed in _RANGES.items()
            if given.get(name, "").isdecimal() and int(given[name]) in allowed
        }
        if policies := frozenset(given.get("rp", "").split(",")) & _POLICIES:
            known["rp"] = policies
        return cls(**known)

    @property
    def response_timeout(self) -> timedelta:
        """How long Twilio waits for the response to one request."""
        return timedelta(milliseconds=min(self.rt, self.tt))

    def retries_after(self, outcome: Response | NetworkFailure) -> bool:
        """Return whether Twilio sends the request again after *outcome*."""
        policy = _policy(outcome)
        return policy in self.rp or (policy in _POLICIES and "all" in self.rp)

    def time_lost_by(self, outcome: Response | NetworkFailure) -> int:
        """Return how many milliseconds of `tt` an attempt with *outcome* uses up.

        No time passes. The sum only limits the number of attempts, as in
        Twilio's own "10 seconds over two tries" (error 11205).

        Inferred: a failed attempt at a callback takes its whole timeout, for the connection or for
        the response.
        """
        return {"ct": self.ct, "rt": self.rt}.get(_policy(outcome), 0)


_RANGES: Final = {
    "ct": range(100, 10_000 + 1),
    "rt": range(100, 15_000 + 1),
    "tt": range(100, 15_000 + 1),
    "rc": range(5 + 1),
}
_POLICIES: Final = frozenset({"4xx", "5xx", "ct", "rt", "all"})


def _policy(outcome: Response | NetworkFailure) -> str:
    """Return the retry policy that covers *outcome*."""
    if isinstance(outcome, NetworkFailure):
        # Inferred: a connection that breaks while Twilio waits for the response of a callback
        # counts as a missing response.
        return "ct" if outcome.kind == "connect" else "rt"
    return f"{outcome.status // 100}xx"


_SAFE: Final = "!$&'()*+,/:;=@%"


def _sendable(parts: SplitResult, host: str) -> str:
    """Return the URL with only ASCII characters, as an HTTP client would send it."""
    path = quote(parts.path or "/", safe=_SAFE)
    query = quote(parts.query, safe=_SAFE + "?")
    return urlunsplit((parts.scheme, host, path, query, ""))


def _basic(user_info: str) -> str:
    return "Basic " + b64encode(unquote_to_bytes(user_info)).decode()
