"""A status callback: the signed request that Twilio sends, and its result."""

from __future__ import annotations

import hmac

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from .._engine.texts import printable, without_password
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
    """Twilio's name of the event, e.g. ``"room-created"``."""
    params: dict[str, str]
    """The parameters of the callback, by Twilio's names, in Twilio's order."""
    url: str
    """The StatusCallback as the application gave it to Twilio. See `request`."""
    method: str
    """``"POST"`` or ``"GET"``."""
    at: datetime
    """When the event happened, in virtual time; an aware `datetime` in UTC."""
    room_sid: str | None
    """The SID of the room that the event belongs to, if it belongs to one."""
    response: CallbackResponse | None = None
    """The application's last response; `None` if there was no response yet."""
    error: BaseException | None = None
    """What the handler raised, or how the connection failed, at the last delivery."""
    attempts: int = 0
    """The number of requests sent: more than one after a retry or a redelivery."""
    _token: str
    _idempotency_token: str
    _signer: str
    """Whose auth token `_token` is, in words."""
    _why_waiting: Callable[[Callback], str]
    _problem: str | None = None
    _is_stuck: bool = False
    """Whether a delivery was due and impossible, which is more than not being delivered yet."""

    @property
    def problem(self) -> str | None:
        """Why the callback is not delivered, or not accepted, and what helps."""
        if self._problem is None and not self.attempts:
            return self._why_waiting(self)
        return self._problem

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
        # Not cached: thousands of callbacks may be kept, and few are looked at.
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
        text = f"<Callback {self.event}: {self.method} {self.url} -> {self._outcome}>"
        return printable(without_password(text))

    @property
    def _outcome(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}".splitlines()[0]
        return str(self.response.status_code) if self.response else f"undelivered: {self.problem}"


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
# Inferred: Twilio escapes only the other characters. Flask's `request.url` returns the signed URL
# only in this case: Flask never escapes a colon, and each Timestamp has one.
_QUERY: Final = "!$'()*,/:;?@"


def _encode(params: Mapping[str, str], safe: str) -> str:
    # A space becomes %20, and an apostrophe %27, as in the captured payloads.
    return urlencode(params, quote_via=quote, safe=safe)
