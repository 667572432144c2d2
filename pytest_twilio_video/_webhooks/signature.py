"""X-Twilio-Signature: how an application knows that a request comes from Twilio.

Source: Twilio's page on webhook security, and ``twilio.request_validator``.
"""

from __future__ import annotations

import hmac

from base64 import b64encode
from collections.abc import Mapping


__all__ = ["sign"]


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the signature of a request to *url* with *form* as its body.

    *token* is the account's primary auth token, even where an API key made
    the room. *url* is the whole of it, query included, as the application
    will see it. *form* is decoded, and empty for a GET: its parameters are in
    *url* already.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()
