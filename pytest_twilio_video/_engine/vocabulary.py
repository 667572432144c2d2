"""Vocabulary: what Twilio has one of a few words for."""

from __future__ import annotations

from enum import Enum


__all__ = ["Word"]


class Word(str, Enum):
    """A word of Twilio's, of those that may stand in one place: equal to its text.

    It is printed as that text, too: this is `enum.StrEnum`, which Python has from 3.11 on.
    """

    __str__ = str.__str__
