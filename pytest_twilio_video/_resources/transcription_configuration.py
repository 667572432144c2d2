"""The configuration of transcriptions: how speech is recognised.

Source: Transcriptions page, "Properties for the configuration object".
"""

from __future__ import annotations

from reprlib import repr as brief
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from .._engine.parameters import Limit, OneOf
from .._engine.refusals import Refusal


if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["read"]

MOST_HINTS: Final = 500
LONGEST_HINT: Final = 100


class Hints:
    """Words and phrases, separated by commas."""

    def complaint(self, value: str) -> str | None:
        """Say so where *value* holds too many, or one that is too long."""
        hints = value.split(",")
        if len(hints) <= MOST_HINTS and all(len(each.strip()) <= LONGEST_HINT for each in hints):
            return None
        return f"must be at most {MOST_HINTS} phrases of at most {LONGEST_HINT} characters"


TRUTH: Final = OneOf(("true", "false"))

LIMITS: Final[dict[str, Limit]] = {
    "transcriptionEngine": OneOf(("google", "deepgram")),
    "partialResults": TRUTH,
    "profanityFilter": TRUTH,
    "enableAutomaticPunctuation": TRUTH,
    "hints": Hints(),
}
"""What is checked. Models and languages are the engines' own, and change by the month."""


def read(value: Any, parameter: str) -> dict[str, str]:
    """Read what stood in the JSON of *parameter*: what was set and nothing else, all as text.

    Inferred: names may begin with a capital, as in the examples of Twilio's
    OpenAPI description, whose answers then have a small letter; and a name
    that the page does not list is kept and shown like any other.

    Raises:
        Refusal: a value is not of the documented kind (20001).

    """
    if value is None:
        return {}
    complaint = next(_complaints(value), None)
    if complaint is not None:
        raise Refusal(20001, f"Invalid parameter {parameter}: {complaint}")
    return {_key(name): _text(each) for name, each in value.items() if each is not None}


def _complaints(value: Any) -> Iterator[str]:
    """Say what is wrong, one thing after the other; only the first is asked for."""
    if not isinstance(value, dict):
        yield f"must be a JSON dictionary, not {brief(value)}"
    for name, each in value.items():
        if not isinstance(name, str):  # which JSON cannot say, but Python can
            yield f"must have names of text, not {name!r}"
        if not isinstance(each, (str, int, float, NoneType)):
            yield f"{name} must be text, a number or a truth value, not {brief(each)}"
        limit = LIMITS.get(_key(name))
        complaint = limit.complaint(_text(each)) if limit and each is not None else None
        if complaint is not None:
            yield f"{name} {complaint}, not {brief(each)}"


def _key(name: str) -> str:
    return name[:1].lower() + name[1:]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
