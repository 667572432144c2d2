"""A status callback: what Twilio tells an application, and what the application answers."""

from __future__ import annotations

import hmac

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from .._http import Request, Response
from . import address


__all__ = ["Answer", "Callback", "sign"]


# X-Twilio-Signature: how an application knows that a request comes from Twilio.
#
# Source: Twilio's page on webhook security, and ``twilio.request_validator``.


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the signature of a request to *url* with *form* as its body.

    *token* is the account's primary auth token, even where an API key made
    the room. *url* is the whole of it, query included, as the application
    will see it. *form* is decoded, and empty for a GET: its parameters are in
    *url* already.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


_HEADERS: Final = {
    # Seen on other Twilio products; nobody has published those of a Video webhook.
    "User-Agent": "TwilioProxy/1.1",
    "Accept": "*/*",
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
}


# What may stand in a query as it is (RFC 3986, 3.4), less what separates.
# Inferred: Twilio escapes no more than it has to. Only of such a URL does
# Flask's `request.url` give back what was signed: a colon, as in every
# Timestamp, it shows unescaped in any case.
_QUERY: Final = "!$'()*,/:;?@"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered."""

    status_code: int
    text: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By names in lower case."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx. Inferred: that is all that Twilio looks at."""
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES

    @classmethod
    def of(cls, response: Response) -> Answer:
        """Make one of *response*, whatever bytes its body has."""
        text = response.body.decode(errors="replace")
        return cls(response.status, text, response.headers)


@dataclass(eq=False, slots=True, kw_only=True, repr=False)
class Callback:
    """A status callback, delivered or not."""

    event: str
    """Twilio's name for what happened, e.g. ``"room-created"``."""
    params: dict[str, str]
    """What is told about it, by Twilio's own names, in Twilio's order."""
    url: str
    """The StatusCallback as the application gave it to Twilio. See `request`."""
    method: str
    """``"POST"`` or ``"GET"``."""
    at: datetime
    """When it happened: aware, in UTC, in virtual time."""
    room_sid: str | None
    response: Answer | None = None
    """What the application answered, last; `None` while undelivered."""
    error: BaseException | None = None
    """What the handler raised, or how the connection failed, at the last delivery."""
    problem: str | None = None
    """Why it was not delivered, or not well received, in words, and what helps."""
    attempts: int = 0
    """How many requests were sent for it: more than one after a retry or a redelivery."""
    _token: str
    _idempotency_token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers as Twilio sends them, X-Twilio-Signature among them."""
        return dict(self.request.headers)

    @property
    def request(self) -> Request:
        """The request that goes out, e.g. to check a signature over ``callback.request.url``.

        It is made anew each time: callbacks are kept by the thousand, and few
        are looked at.

        Raise `UndeliverableCallbackError` if `url` is not a URL.
        """
        return self._signed_with(self._token)

    @property
    def forgery(self) -> Request:
        """The same request, with a signature that looks well and is wrong."""
        return self._signed_with(f"not {self._token}")

    @property
    def failed(self) -> bool:
        """Whether it was sent, and the handler raised, nobody answered, or not with a 2xx."""
        return self.error is not None or (self.response is not None and not self.response.ok)

    def _signed_with(self, token: str) -> Request:
        to = address.parse(self.url)
        headers = {
            "Host": to.host,
            **_HEADERS,
            "I-Twilio-Idempotency-Token": self._idempotency_token,
        }
        if self.method == "GET":
            url = f"{to.url}{'&' if '?' in to.url else '?'}{_encode(self.params, _QUERY)}"
            headers["X-Twilio-Signature"] = sign(token, url, {})
            return Request("GET", url, headers)
        body = _encode(self.params, "").encode()
        headers["X-Twilio-Signature"] = sign(token, to.url, self.params)
        headers["Content-Length"] = str(len(body))
        return Request(self.method, to.url, headers, body)

    def __repr__(self) -> str:
        return f"<Callback {self.event}: {self.method} {self.url} -> {self._outcome}>"

    @property
    def _outcome(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}".splitlines()[0]
        return str(self.response.status_code) if self.response else "undelivered"


def _encode(params: Mapping[str, str], safe: str) -> str:
    # A space is %20, as in the one payload that shows how Twilio writes it.
    return urlencode(params, quote_via=quote, safe=safe)
