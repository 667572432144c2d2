"""Authentication: HTTP Basic, by account SID or API key."""

from __future__ import annotations

import base64

from functools import lru_cache
from typing import TYPE_CHECKING

from .._engine.refusals import Refusal
from .._engine.texts import beginning


if TYPE_CHECKING:
    from .._engine.credentials import Credentials
    from .._http import Request


def check(credentials: Credentials, request: Request) -> str | None:
    """Return the account SID in the credentials of *request*. For an API key, return `None`.

    Raises:
        Refusal: the credentials are missing or wrong (20003).

    """
    given = _basic(request.headers.get("authorization", ""))
    if given is None or not credentials.admit(*given):
        # The texts are from real responses of Twilio's main API.
        why = "No credentials provided" if given is None else "invalid username"
        raise Refusal(20003, f"Authentication Error - {why}")
    return given[0] if given[0].startswith("AC") else None


def explain(credentials: Credentials, request: Request) -> str:
    """Return why the credentials of *request* were refused, and what to do, or an empty text."""
    given = _basic(request.headers.get("authorization", ""))
    if given is None:
        return f"the request has no Basic credentials. {_TOO_EARLY}"
    user, secret = given
    if user in _UNSET or secret in _UNSET:
        which = "account SID or API key" if user in _UNSET else "auth token or secret"
        return f"the application has no {which}. {_TOO_EARLY}"
    if not user.startswith(("AC", "SK")):
        return (
            f"the user name is {beginning(user)}, but must be an account SID (AC...) or the SID "
            f"of an API key (SK...)"
        )
    if credentials.is_strict:
        what = "the secret is wrong" if user in credentials.own else f"{user} is unknown"
        return (
            f'{what}. With auth="strict", use the credentials of the fake: '
            f"twilio_video.account_sid with auth_token, or api_key_sid with api_key_secret"
        )
    return ""


_UNSET = ("", "None")
"""What applications send for a variable that is not set, as ``os.environ.get`` returns `None`."""
_TOO_EARLY = (
    "If the application reads its credentials from the environment while it is imported, the "
    "fixture sets them too late: set twilio_video_environ = early in pytest's configuration"
)


@lru_cache(maxsize=64)  # A client sends the same header each time.
def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # It is not ASCII, not base64, or not UTF-8.
        return None
    return (user, secret) if colon else None
