"""What a network does on a bad day, ordered by the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from .._engine.suggestions import did_you_mean
from ..errors import InvalidArgumentError
from .payloads import CALLBACKS


__all__ = ["NONE", "Mishap", "Mishaps"]

Mishap = Literal["drop", "refuse", "tamper"]


@dataclass(slots=True)
class _Order:
    mishap: Mishap
    event: str
    left: int | None


class Mishaps:
    """FaultInjection for the callbacks of certain events: the next one, the next few, or all."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def order(self, mishap: Mishap, event: str, times: int | None) -> None:
        """Let it happen the next *times* with *event*; every time for `None`.

        Raise `InvalidArgumentError` if there is no callback of that event, or *times* is
        no number.
        """
        _check(mishap, event, times)
        self._orders.append(_Order(mishap, event, times))

    def strikes(self, mishap: Mishap, event: str) -> bool:
        """Tell whether it happens this time, and count it."""
        for order in self._orders:
            if (order.mishap, order.event) == (mishap, event) and order.left != 0:
                order.left = order.left and order.left - 1
                return True
        return False


NONE: Final = Mishaps()
"""A good day."""


def _check(mishap: Mishap, event: Any, times: Any) -> None:
    if event not in list(CALLBACKS):  # a list: of what has no hash it can say no as well
        hint = did_you_mean(str(event), CALLBACKS)
        msg = (
            f"callbacks.{mishap}() was given {event!r}, and there is no callback of that event."
            f"{hint} There are: {', '.join(CALLBACKS)}"
        )
        raise InvalidArgumentError(msg)
    is_number = isinstance(times, int) and not isinstance(times, bool)
    if times is not None and not (is_number and times >= 1):
        msg = (
            f"callbacks.{mishap}() was given times={times!r}, but it must be a whole number, "
            "1 or more, or None for every time"
        )
        raise InvalidArgumentError(msg)
