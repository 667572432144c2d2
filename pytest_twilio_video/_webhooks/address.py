"""The URL of a webhook, taken apart: what is sent, what is signed, and what is for Twilio only."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urlunsplit

from .._engine import urls
from .._engine.records import struct
from .._http import NetworkFailure, Response
from ..errors import UndeliverableCallbackError


__all__ = ["Address", "Overrides", "parse"]


# Connection overrides: what the ``#`` fragment of a webhook's URL says about trying again.
#
# Source: Twilio's page on connection overrides. ``sni=`` and ``e=`` (TLS server
# name, edge locations) are read past: there is no TLS and no edge here.


_RANGES: Final = {
    "ct": range(100, 10_000 + 1),
    "rt": range(100, 15_000 + 1),
    "tt": range(100, 15_000 + 1),
    "rc": range(5 + 1),
}
_POLICIES: Final = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@struct(slots=True)
class Overrides:
    """How long Twilio waits, how often it tries again, and after what. Times in milliseconds."""

    ct: int = 5_000
    """How long a connection may take to come about."""
    rt: int = 15_000
    """How long an answer may take."""
    tt: int = 15_000
    """How long all of it may take, retries included."""
    rc: int = 1
    """How many retries."""
    rp: frozenset[str] = frozenset({"ct"})
    """After what: a failed connection, an answer that does not come, 4xx, 5xx."""

    @classmethod
    def parse(cls, fragment: str) -> Overrides:
        """Read *fragment*, e.g. ``"rc=2&rp=5xx,ct"``.

        Inferred: what is unknown, or out of its range, counts as not said.
        """
        said = dict(parse_qsl(fragment))
        known: dict[str, Any] = {
            name: int(said[name])
            for name, allowed in _RANGES.items()
            if said.get(name, "").isdecimal() and int(said[name]) in allowed
        }
        if policies := frozenset(said.get("rp", "").split(",")) & _POLICIES:
            known["rp"] = policies
        return cls(**known)

    @property
    def patience(self) -> timedelta:
        """How long Twilio waits for the answer to one request."""
        return timedelta(milliseconds=min(self.rt, self.tt))

    def tries_again_after(self, outcome: Response | NetworkFailure) -> bool:
        """Tell whether *outcome* is one of those after which Twilio sends once more."""
        trouble = _trouble(outcome)
        return trouble in self.rp or (trouble in _POLICIES and "all" in self.rp)

    def time_lost_by(self, outcome: Response | NetworkFailure) -> int:
        """Tell how many milliseconds of *tt* are gone with *outcome*.

        Nobody waits for them: they only bound the number of tries, as in
        Twilio's own "10 seconds over two tries" (error 11205). Inferred: a try
        that failed has cost its whole timeout, the connection's or the answer's.
        """
        return {"ct": self.ct, "rt": self.rt}.get(_trouble(outcome), 0)


def _trouble(outcome: Response | NetworkFailure) -> str:
    if isinstance(outcome, NetworkFailure):
        # Inferred: a connection that breaks while Twilio waits counts as an
        # answer that did not come.
        return "ct" if outcome.kind == "connect" else "rt"
    return f"{outcome.status // 100}xx"


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
