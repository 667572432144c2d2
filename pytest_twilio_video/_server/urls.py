"""URLs: Twilio's own in answers, and where they lead when the server is asked directly."""

from __future__ import annotations

import json
import re

from typing import Final

from .. import _hosts as hosts


__all__ = ["leading_to", "moved", "url_of"]

TWILIO: Final = "https://video.twilio.com"
_BUCKET_DOMAIN: Final = ".s3.amazonaws.com"
TWILIO_BYTES: Final = TWILIO.encode()
_URL: Final = re.compile(rb'("(?:url|[a-z]+_page_url)": ")' + re.escape(TWILIO_BYTES))
_LINKS: Final = re.compile(rb'"links": {[^{}]*}')


def leading_to(base: str, document: bytes) -> bytes:
    """Return *document*, a JSON text of Twilio's, with its own URLs below *base*.

    Texts of the application stay as they are, whatever is in them: in JSON their quotes are
    escaped, so none looks like a member named ``url``.
    """
    if TWILIO_BYTES not in document:
        return document
    start = json.dumps(base)[1:-1].encode()
    document = _URL.sub(rb"\g<1>" + start.replace(b"\\", rb"\\"), document)
    return _LINKS.sub(lambda links: links[0].replace(TWILIO_BYTES, start), document)


def moved(url: str, base: str) -> str:
    """Return the *url* of a redirect, below *base* if it leads to Twilio Video's storage."""
    host = hosts.host_of(url)
    if hosts.bucket_of(host) is None:
        return url
    # As S3 itself does where a bucket is part of the path.
    return url.replace(f"https://{host}", f"{base}/{host.removesuffix(_BUCKET_DOMAIN)}", 1)


def url_of(target: str) -> tuple[str, bool]:
    """Return the URL that *target* stands for, and whether it leads to the storage."""
    bucket, slash, rest = target[1:].partition("/")
    host = bucket + _BUCKET_DOMAIN
    if slash and hosts.bucket_of(host) is not None:
        return f"https://{host}/{rest}", True
    return TWILIO + target, False
