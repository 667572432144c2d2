"""Texts: what must not be shown in terminals and in reports that people share."""

from __future__ import annotations

import re

from typing import Final


__all__ = ["beginning", "printable", "without_password"]

# Control characters but the line feed, lone surrogates, and what reverses the order of letters.
# Compiled when it is first used, which takes a millisecond.
_UNPRINTABLE: Final = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_LONGEST_SHOWN: Final = 4
# Up to the last @ before the path: a password may have others.
_PASSWORD: Final = re.compile(r"(?<=://)([^\s/?#:@]*):[^\s/?#]*@")


def printable(text: str) -> str:
    """Return *text* with control characters and lone surrogates escaped.

    A terminal would obey control characters. Surrogates cannot be shown, or sent by xdist.
    """
    return re.sub(_UNPRINTABLE, lambda found: found[0].encode("unicode_escape").decode(), text)


def beginning(text: str) -> str:
    """Return *text* as a message may show it if it may be a secret by mistake: its beginning."""
    return repr(text) if len(text) <= _LONGEST_SHOWN else f"{text[:2]!r}…"


def without_password(text: str) -> str:
    """Return *text* with ``…`` in place of the password in a URL, because people share reports."""
    return _PASSWORD.sub(r"\1:…@", text) if "@" in text else text
