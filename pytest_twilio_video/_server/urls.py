"""URLs: how Twilio's URLs become URLs of the server, and the reverse."""

from __future__ import annotations

import json

from typing import Final

from .. import _hosts as hosts


__all__ = ["leading_to", "moved", "url_of"]

TWILIO: Final = "https://video.twilio.com"
_BUCKET_DOMAIN: Final = ".s3.amazonaws.com"
_STARTS: Final = f'": "{TWILIO}'.encode()
"""In JSON, the text between the name of a member and the path of a URL that is its value."""
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
    """Return *document*, a JSON text of Twilio, with URLs below *base* instead of Twilio's URLs.

    Texts of the application are not changed, whatever they contain. Their quotes are escaped in
    JSON, so no part of them looks like a member named ``url``.
    """
    first, *parts = document.split(_STARTS)
    if not parts:
        return document
    found, start = [first], b'": ' + json.dumps(base)[:-1].encode()
    for part in parts:
        found += (start if found[-1].endswith(_MEMBERS) else _STARTS, part)
    return b"".join(found)


def moved(url: str, base: str) -> str:
    """Return the *url* of a redirect. A URL of the storage becomes a URL below *base*."""
    host = hosts.host_of(url)
    if hosts.bucket_of(host) is None:
        return url
    # The bucket becomes a part of the path, which S3 supports as well.
    return url.replace(f"https://{host}", f"{base}/{host.removesuffix(_BUCKET_DOMAIN)}", 1)


def url_of(target: str) -> tuple[str, bool]:
    """Return Twilio's URL for *target*, a path of the server, and whether it is a storage URL."""
    bucket, slash, rest = target[1:].partition("/")
    host = bucket + _BUCKET_DOMAIN
    if slash and hosts.bucket_of(host) is not None:
        return f"https://{host}/{rest}", True
    return TWILIO + target, False
