"""URLs: whether requests can be sent to a URL. A URL is checked when it is set and when used."""

from __future__ import annotations

import re

from typing import Final
from urllib.parse import SplitResult, urlsplit

from .texts import without_password


__all__ = ["split"]

# White space, control characters, and the lone surrogates that stand for bytes of invalid UTF-8.
# Compiled when it is first used, which takes a millisecond.
_FORBIDDEN: Final = r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_HOST: Final = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?", re.ASCII)


def split(url: str) -> SplitResult:
    """Return the parts of *url*. The host has only ASCII characters.

    Inferred: letters that are not ASCII, in the host of a callback URL, are encoded by IDNA 2003,
    which Python's own codec implements.

    Raises:
        ValueError: *url* is not an absolute http or https URL.

    """
    if not re.search(_FORBIDDEN, url):
        parts = urlsplit(url)
        user_info, at, host = parts.netloc.rpartition("@")
        # Also ASCII hosts: the codec rejects those that DNS cannot resolve, e.g. an empty label.
        host = host.encode("idna").decode("ascii")
        is_valid = parts.scheme in {"http", "https"} and _HOST.fullmatch(host)
        if is_valid and parts.port != 0:
            return parts._replace(netloc=f"{user_info}{at}{host}")
    msg = f"{without_password(url)!r} is not an absolute http(s) URL"
    raise ValueError(msg)
