"""A status callback: the signed request that Twilio sends, and the application's response."""

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
    """The headers of the response. Their names are in lower case."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx.

        Inferred: each 2xx status is a success, whatever the body.
        """
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES


@dataclass(eq=False, slots=True, kw_only=True, repr=False)
class Callback:
    """A status callback, whether it is delivered or not."""

    event: str
    """Twilio's name for the event, for example ``"room-created"``."""
    params: dict[str, str]
    """The parameters of the callback, with Twilio's names and in Twilio's order."""
    url: str
    """The StatusCallback that the application set. The URL of `request` may differ from it."""
    method: str
    """``"POST"`` or ``"GET"``."""
    at: datetime
    """The virtual time of the event, as an aware `datetime` in UTC."""
    room_sid: str | None
    """The SID of the event's room, or `None` if the event belongs to no room."""
    response: CallbackResponse | None = None
    """The application's last response, or `None` if there is no response yet."""
    error: BaseException | None = None
    """The exception of the last delivery: the handler raised it, or the connection failed."""
    attempts: int = 0
    """The number of requests sent. It is more than one after a retry or a redelivery."""
    _token: str
    _idempotency_token: str
    _signer: str
    """A description of whose auth token `_token` is."""
    _why_waiting: Callable[[Callback], str]
    _problem: str | None = None
    _is_stuck: bool = False
    """Whether a delivery found no target, or a target that must be awaited."""

    @property
    def problem(self) -> str | None:
        """Why the callback is undelivered or failed, and what to do. `None` if all is well."""
        if self._problem is None and not self.attempts:
            return self._why_waiting(self)
        return self._problem

    @property
    def headers(self) -> dict[str, str]:
        """The headers that Twilio sends, including X-Twilio-Signature."""
        return dict(self.request.headers)

    @property
    def request(self) -> Request:
        """The request that Twilio sends. The signature is computed from its URL and parameters.

        Raises:
            UndeliverableCallbackError: `url` is not a URL.

        """
        # It is not cached: there may be thousands of callbacks, and tests look at few of them.
        return self._request_to(address.parse(self.url))

    @property
    def failed(self) -> bool:
        """Whether the handler raised, the connection failed, or the status is not 2xx."""
        return self.error is not None or (self.response is not None and not self.response.ok)

    def _request_to(self, to: Address, *, is_tampered: bool = False) -> Request:
        """Return the request to *to*, the parsed `url`.

        If *is_tampered* is true, the signature has the right form but is wrong.
        """
        token = f"not {self._token}" if is_tampered else self._token
        is_get = self.method == "GET"
        body = b"" if is_get else _encode(self.params, "").encode()
        url, signed = to.url, self.params
        if is_get:
            url, signed = f"{url}{'&' if '?' in url else '?'}{_encode(self.params, _QUERY)}", {}
        # These are all headers of a callback that was captured in 2023, in the same order.
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

    *token* is the account's primary auth token, even if the room was created
    with an API key. *url* is the whole URL with its query, as the application
    sees it. *form* has the decoded parameters. It is empty for a GET, whose
    parameters are in *url*.

    Source: Twilio's page on webhook security, and ``twilio.request_validator``.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


# The characters that a query may contain unescaped (RFC 3986, 3.4), without the separators.
# Inferred: in the query of a callback by GET, only the necessary characters are escaped. Flask
# does not escape a colon, and each Timestamp has one. If it were escaped, Flask's `request.url`
# would differ from the signed URL.
_QUERY: Final = "!$'()*,/:;?@"


def _encode(params: Mapping[str, str], safe: str) -> str:
    # A space becomes %20, and an apostrophe %27, as in the captured payloads.
    return urlencode(params, quote_via=quote, safe=safe)
