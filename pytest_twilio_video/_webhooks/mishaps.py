"""What a network does on a bad day, ordered by the test."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


__all__ = ["Mishaps"]


@dataclass(slots=True)
class _Order:
    event: str
    left: int | None


class Mishaps:
    """Orders for the callbacks of certain events: the next one, the next few, or all."""

    def __init__(self) -> None:
        self._orders: deque[_Order] = deque()

    def order(self, event: str, times: int | None) -> None:
        """Let it happen to the next *times* callbacks of *event*; to all of them for `None`."""
        self._orders.append(_Order(event, times))

    def strikes(self, event: str) -> bool:
        """Tell whether it happens to this one, and count it."""
        for order in self._orders:
            if order.event == event and order.left != 0:
                order.left = order.left and order.left - 1
                return True
        return False

    def clear(self) -> None:
        """Let nothing happen any more."""
        self._orders.clear()
