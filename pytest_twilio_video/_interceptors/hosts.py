"""Hosts of Twilio Video."""

from __future__ import annotations

import re

from functools import lru_cache
from urllib.parse import urlsplit


__all__ = ["host_of", "is_our_url", "is_ours", "visible"]

_OURS = re.compile(
    # video.twilio.com, video.<region>.twilio.com, video.<edge>.<region>.twilio.com.
    r"(?:video(?:\.[a-z0-9-]+){0,2}\.twilio\.com"
    # S3 names, but nobody except Twilio Video uses them: downloads are redirected there.
    r"|com-twilio-us1-video-(?:recording|composition)\.s3\.amazonaws\.com)\.?",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def is_ours(host: str) -> bool:
    """Whether *host* is one that Twilio Video answers at."""
    return _OURS.fullmatch(host) is not None


def is_our_url(url: str | None) -> bool:
    """Whether *url* names such a host."""
    return is_ours(host_of(url or ""))


def host_of(url: str) -> str:
    """Return the host that *url* names, in lower case; nothing if it names none."""
    try:
        return _host_at(urlsplit(url).netloc)
    except ValueError:  # What is no URL is nobody's; its client will say so better than we could.
        return ""


@lru_cache(maxsize=256)  # `urlsplit` remembers what it split, but not the host in it.
def _host_at(netloc: str) -> str:
    return urlsplit(f"//{netloc}").hostname or ""


def visible(url: str) -> str:
    """Return *url* as a server sees it: without user, password and fragment."""
    url = url.partition("#")[0]
    scheme, slashes, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{netloc.rpartition('@')[2]}{slash}{path}"
