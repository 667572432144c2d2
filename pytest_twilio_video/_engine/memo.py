"""Answers about a class, worked out once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar


if TYPE_CHECKING:
    from collections.abc import Callable


AnswerT = TypeVar("AnswerT")


def per_class(function: Callable[[type], AnswerT]) -> Callable[[type], AnswerT]:
    """Remember what *function* says of each class.

    It is `functools.cache`, in the words of a type checker that does not take classes for
    hashable.
    """
    return cache(function)
