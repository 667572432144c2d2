"""URLs that something can be sent to. What is checked when one is given holds when it is used."""

from __future__ import annotations

import re

from typing import Final
from urllib.parse import SplitResult, urlsplit


__all__ = ["split"]

# White space, control characters, and the lone surrogates that stand for bytes that were no UTF-8.
_NOWHERE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HOST: Final = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?", re.ASCII)


def split(url: str) -> SplitResult:
    """Take the absolute http or https *url* apart; its host is in ASCII then.

    Inferred: other letters are written as IDNA 2003 has it, which Python's own codec knows.

    Raise `ValueError` if it is none.
    """
    if not _NOWHERE.search(url):
        parts = urlsplit(url)
        user_info, at, host = parts.netloc.rpartition("@")
        # Also what is ASCII: the codec knows what no DNS could, like an empty label.
        host = host.encode("idna").decode("ascii")
        is_known = parts.scheme in {"http", "https"} and _HOST.fullmatch(host)
        if is_known and parts.port != 0:
            return parts._replace(netloc=f"{user_info}{at}{host}")
    msg = f"{url!r} is not an absolute http(s) URL"
    raise ValueError(msg)
