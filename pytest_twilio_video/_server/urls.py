"""URLs: Twilio's own in answers, and where they lead when the server is asked directly."""

from __future__ import annotations

import json

from typing import Final

from .. import _hosts as hosts


__all__ = ["leading_to", "moved", "url_of"]

TWILIO: Final = "https://video.twilio.com"
_BUCKET_DOMAIN: Final = ".s3.amazonaws.com"
_STARTS: Final = f'": "{TWILIO}'.encode()
"""Where a member of a document has a URL of Twilio's as its value."""
_MEMBERS: Final = tuple(
    f'"{name}'.encode()
    for name in (
        "url",
        "first_page_url",
        "previous_page_url",
        "next_page_url",
        # The links.
        "anonymize",
        "media",
        "participants",
        "published_tracks",
        "recording_rules",
        "recordings",
        "subscribe_rules",
        "subscribed_tracks",
        "transcriptions",
    )
)


def leading_to(base: str, document: bytes) -> bytes:
    """Return *document*, a JSON text of Twilio's, with its own URLs below *base*.

    Texts of the application stay as they are, whatever is in them: in JSON their quotes are
    escaped, so none looks like a member named ``url``.
    """
    first, *parts = document.split(_STARTS)
    if not parts:
        return document
    found, start = [first], b'": ' + json.dumps(base)[:-1].encode()
    for part in parts:
        found += (start if found[-1].endswith(_MEMBERS) else _STARTS, part)
    return b"".join(found)


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
