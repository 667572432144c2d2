"""The configuration of a transcription: how speech is recognized.

Source: Transcriptions page, "Properties for the configuration object".
"""

from __future__ import annotations

from reprlib import repr as brief
from types import NoneType
from typing import Any, Final

from .._engine.parameters import Limit, OneOf, require
from .._engine.refusals import INVALID_PARAMETER, Refusal


__all__ = ["read"]

MOST_HINTS: Final = 500
LONGEST_HINT: Final = 100


class Hints:
    """The limits for a text with words and phrases, which are separated by commas."""

    def complaint(self, value: str) -> str | None:
        """Return what is wrong with *value*: too many phrases, or a phrase that is too long."""
        hints = value.split(",")
        if len(hints) <= MOST_HINTS and all(len(hint.strip()) <= LONGEST_HINT for hint in hints):
            return None
        return f"must be at most {MOST_HINTS} phrases of at most {LONGEST_HINT} characters"


_BOOL: Final = OneOf(("true", "false"))

LIMITS: Final[dict[str, Limit]] = {
    "transcriptionEngine": OneOf(("google", "deepgram")),
    "partialResults": _BOOL,
    "profanityFilter": _BOOL,
    "enableAutomaticPunctuation": _BOOL,
    "hints": Hints(),
}
"""The properties that are checked. Models and languages are not: Twilio changes them often."""


def read(value: Any, parameter: str) -> dict[str, str]:
    """Return the properties in *value*, the parsed JSON of *parameter*, with their values as text.

    Inferred: names in a transcription's configuration may begin with a capital letter, as in the
    examples of Twilio's OpenAPI description. Its answers begin them with a small letter. A name
    that Twilio's page does not list is kept and shown like the others.

    Raises:
        Refusal: a value is not of the documented kind (20001).

    """
    if value is None:
        return {}
    try:
        _check(value)
    except ValueError as error:
        message = f"Invalid parameter {parameter}: {error}"
        raise Refusal(INVALID_PARAMETER, message) from None
    return {_key(name): _text(setting) for name, setting in value.items() if setting is not None}


def _check(value: Any) -> None:
    """Raise `ValueError` unless *value* is a valid configuration."""
    require(isinstance(value, dict), f"must be a JSON dictionary, not {brief(value)}")
    for name, setting in value.items():
        # JSON has names of text only, but Python callers may pass others.
        require(isinstance(name, str), f"must have names of text, not {name!r}")
        is_simple = isinstance(setting, (str, int, float, NoneType))
        require(is_simple, f"{name} must be text, a number or a bool, not {brief(setting)}")
        limit = LIMITS.get(_key(name))
        complaint = limit.complaint(_text(setting)) if limit and setting is not None else None
        require(complaint is None, f"{name} {complaint}, not {brief(setting)}")


def _key(name: str) -> str:
    return name[:1].lower() + name[1:]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
