"""A status callback: what Twilio sends to an application, signed, and what came of it."""

from __future__ import annotations

import hmac

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from .._http import Request
from . import address
from .address import Address


__all__ = ["Callback", "CallbackResponse", "sign"]


@dataclass(frozen=True, slots=True)
class CallbackResponse:
    """The application's response to a callback."""

    status_code: int
    text: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The names are in lower case."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx. Inferred: Twilio looks at nothing else."""
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES


@dataclass(eq=False, slots=True, kw_only=True, repr=False)
class Callback:
    """A status callback, delivered or not."""

    event: str
    """Twilio's name for what happened, e.g. ``"room-created"``."""
    params: dict[str, str]
    """The parameters of the callback, by Twilio's names, in Twilio's order."""
    url: str
    """The StatusCallback as the application gave it to Twilio. See `request`."""
    method: str
    """``"POST"`` or ``"GET"``."""
    at: datetime
    """When it happened: aware, in UTC, in virtual time."""
    room_sid: str | None
    """The SID of the room that it is about, if it is about one."""
    response: CallbackResponse | None = None
    """The application's last response; `None` while undelivered."""
    error: BaseException | None = None
    """What the handler raised, or how the connection failed, at the last delivery."""
    problem: str | None = None
    """Why the callback was not delivered, or not accepted, and what helps."""
    attempts: int = 0
    """The number of requests sent: more than one after a retry or a redelivery."""
    _token: str
    _idempotency_token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers as Twilio sends them, X-Twilio-Signature among them."""
        return dict(self.request.headers)

    @property
    def request(self) -> Request:
        """The request that is sent, e.g. to check a signature over ``callback.request.url``.

        Raises:
            UndeliverableCallbackError: `url` is not a URL.

        """
        # Made again each time: thousands of callbacks may be kept, and few are looked at.
        return self._request_to(address.parse(self.url))

    @property
    def failed(self) -> bool:
        """Whether the handler raised, the connection failed, or the status is not 2xx."""
        return self.error is not None or (self.response is not None and not self.response.ok)

    def _request_to(self, to: Address, *, is_tampered: bool = False) -> Request:
        """Return the request to the parsed `url`.

        If *is_tampered*, its signature is well-formed and wrong.
        """
        token = f"not {self._token}" if is_tampered else self._token
        is_get = self.method == "GET"
        body = b"" if is_get else _encode(self.params, "").encode()
        url, signed = to.url, self.params
        if is_get:
            url, signed = f"{url}{'&' if '?' in url else '?'}{_encode(self.params, _QUERY)}", {}
        # All of the headers of a callback that was captured in 2023, in their order.
        headers = {
            "Host": to.host,
            "Connection": "close",
            "User-Agent": "TwilioProxy/1.1",
            "Content-Length": str(len(body)),
            "X-Home-Region": "us1",
            "Accept": "*/*",
            "X-Twilio-Signature": sign(token, url, signed),
            "I-Twilio-Idempotency-Token": self._idempotency_token,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }
        if is_get:
            del headers["Content-Length"]
        return Request(self.method, url, headers, body)

    def __repr__(self) -> str:
        return f"<Callback {self.event}: {self.method} {self.url} -> {self._outcome}>"

    @property
    def _outcome(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}".splitlines()[0]
        return str(self.response.status_code) if self.response else "undelivered"


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the X-Twilio-Signature of a request to *url* with *form* as its body.

    *token* is the account's primary auth token, even if an API key created
    the room. *url* is the whole URL, query included, as the application will
    see it. *form* is decoded. It is empty for a GET, whose parameters are in
    *url* already.

    Source: Twilio's page on webhook security, and ``twilio.request_validator``.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


# The characters that a query may contain unescaped (RFC 3986, 3.4), without the separators.
# Inferred: Twilio escapes no more than it has to. Only for such a URL does Flask's
# `request.url` return what was signed: Flask never escapes a colon, and each Timestamp has one.
_QUERY: Final = "!$'()*,/:;?@"


def _encode(params: Mapping[str, str], safe: str) -> str:
    # A space becomes %20, and an apostrophe %27, as in the captured payloads.
    return urlencode(params, quote_via=quote, safe=safe)
