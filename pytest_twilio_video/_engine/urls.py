"""URLs that requests can be sent to. They are checked when they are set and when they are used."""

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
    """Split the absolute http or https *url*. The host of the result is in ASCII.

    Inferred: other letters are encoded by IDNA 2003, which Python's own codec implements.

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
