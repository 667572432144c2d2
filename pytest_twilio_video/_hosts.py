"""The hosts of Twilio Video: the hosts of its API, and of the storage for downloads."""

from __future__ import annotations

import re

from contextlib import suppress
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit


__all__ = [
    "bucket_at",
    "bucket_of",
    "host_of",
    "is_https",
    "is_our_url",
    "is_ours",
    "is_signaling",
    "looked_up",
    "storage_host",
    "visible",
]

# video.twilio.com, video.<region>.twilio.com, video.<edge>.<region>.twilio.com.
_API: Final = re.compile(r"video(?:\.[a-z0-9-]+){0,2}\.twilio\.com")

# The hosts that Twilio's SDK for browsers connects to: with the options `region` and
# `environment`, <region>.vss.twilio.com and <region>.vss.<environment>.twilio.com. Its telemetry
# goes to sdkgw.<realm>.twilio.com.
_SIGNALING: Final = re.compile(
    r"[a-z0-9-]+\.vss(?:\.[a-z0-9-]+)?\.twilio\.com|sdkgw(?:\.[a-z0-9-]+){1,2}\.twilio\.com"
)


def storage_host(bucket: str) -> str:
    """Return the host of *bucket*, a host of S3 that only Twilio Video uses."""
    return f"com-twilio-us1-video-{bucket}.s3.amazonaws.com"


_BUCKETS: Final = {storage_host(bucket): bucket for bucket in ("recording", "composition")}


def bucket_of(host: str) -> str | None:
    """Return the bucket of *host*: ``"recording"``, ``"composition"`` or `None`."""
    return _BUCKETS.get(looked_up(host))


# Each request asks these questions about its URL seven times.
@lru_cache(maxsize=256)
def bucket_at(url: str) -> str | None:
    """Return the bucket that *url* leads to, or `None` if it leads to the API."""
    return bucket_of(host_of(url))


@lru_cache(maxsize=256)
def is_ours(host: str) -> bool:
    """Return whether *host* belongs to Twilio Video."""
    return _API.fullmatch(looked_up(host)) is not None or bucket_of(host) is not None


@lru_cache(maxsize=256)
def is_signaling(host: str) -> bool:
    """Return whether Twilio's SDK for browsers connects to *host*."""
    return _SIGNALING.fullmatch(looked_up(host)) is not None


def looked_up(host: str) -> str:
    """Return the name that is looked up for *host*, after IDNA has normalized it.

    For example, IDNA maps full-width letters to plain ones and drops soft hyphens. A name that
    IDNA rejects is returned as it is, because it is never looked up.
    """
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    return host.lower().removesuffix(".")


@lru_cache(maxsize=256)
def is_our_url(url: str | None) -> bool:
    """Return whether *url* leads to Twilio Video: to one of its hosts, by https."""
    return is_https(url) and is_ours(host_of(url or ""))


def is_https(url: str | None) -> bool:
    """Return whether *url* begins with https. Twilio serves nothing over plain http."""
    return (url or "").lstrip()[:6].lower() == "https:"


@lru_cache(maxsize=256)
def host_of(url: str) -> str:
    """Return the host in *url*, in lower case. If there is none, return an empty text."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # The client reports an invalid URL, with a better message.
        return ""


def visible(url: str) -> str:
    """Return *url* without its user, password and fragment, as a server sees it."""
    url = url.partition("#")[0]
    scheme, slashes, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{netloc.rpartition('@')[2]}{slash}{path}"
