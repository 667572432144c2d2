"""Checks of the arguments of methods that a test calls, and of settings.

A wrong value raises *error*.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Literal

from ..errors import InvalidArgumentError


__all__ = ["WHENS", "When", "span", "text", "truth", "whole", "word"]

__tracebackhide__ = True  # A report shows the line of the test.

When = Literal["before", "after"]

WHENS: Final = ("before", "after")
LONGEST: Final = timedelta(days=30)
"""The longest time that an argument may have."""


def whole(  # noqa: PLR0913 -- all but the first two by name
    name: str,
    value: Any,
    *,
    at_least: int = 0,
    at_most: int | None = None,
    or_none: str = "",
    error: type[Exception] = InvalidArgumentError,
) -> None:
    """Require that *value* is a whole number within these limits.

    If *or_none* is given, `None` is allowed too. *or_none* describes what `None` means.
    """
    if value is None and or_none:
        return
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if number is not None and number >= at_least and (at_most is None or number <= at_most):
        return
    limits = f"{at_least} or more" if at_most is None else f"from {at_least} to {at_most}"
    alternative = f", or None {or_none}" if or_none else ""
    msg = f"{name} is {value!r}, but must be a whole number, {limits}{alternative}"
    raise error(msg)


def truth(name: str, value: object, *, error: type[Exception] = InvalidArgumentError) -> None:
    """Require that *value* is `True` or `False`."""
    if not isinstance(value, bool):
        msg = f"{name} is {value!r}, but must be True or False"
        raise error(msg)


def word(
    name: str,
    value: object,
    words: tuple[str, ...],
    *,
    error: type[Exception] = InvalidArgumentError,
) -> None:
    """Require that *value* is one of *words*."""
    if value not in words:
        msg = f"{name} is {value!r}, but must be one of: {', '.join(map(repr, words))}"
        raise error(msg)


def text(name: str, value: object, *, error: type[Exception] = InvalidArgumentError) -> None:
    """Require that *value* is text, which may be empty."""
    if not isinstance(value, str):
        msg = f"{name} is {value!r}, but must be text"
        raise error(msg)


def span(name: str, seconds: Any) -> timedelta:
    """Return *seconds* as a `timedelta`. It must be a number, and not negative or too large."""
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= LONGEST.total_seconds():
        msg = (
            f"{name} is {seconds!r}, but must be a number of seconds, from 0 to "
            f"{LONGEST.total_seconds():.0f} ({LONGEST.days} days)"
        )
        raise InvalidArgumentError(msg)
    return timedelta(seconds=seconds)
