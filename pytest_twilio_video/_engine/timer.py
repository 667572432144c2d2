"""Timers: what will happen, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


__all__ = ["Timer"]


class Timer:
    """Something that falls due at a moment, unless it is cancelled before."""

    __slots__ = ("_action", "_what", "due")

    def __init__(
        self, due: datetime, action: Callable[[], object], what: str | Callable[[], str]
    ) -> None:
        self.due = due
        self._action: Callable[[], object] | None = action
        self._what = what

    @property
    def what(self) -> str:
        """What will happen, in words: ``"unused room timeout of DailyStandup"``."""
        return self._what if isinstance(self._what, str) else self._what()

    @property
    def is_over(self) -> bool:
        """Whether nothing will come of it any more: it was cancelled, or has run."""
        return self._action is None

    def cancel(self) -> None:
        """See to it that nothing happens when it is due."""
        self._action = None

    def run(self) -> None:
        """Do what it is for, once."""
        action, self._action = self._action, None
        if action is not None:
            action()

    def __repr__(self) -> str:
        return f"<Timer {self.what}, due {self.due:%Y-%m-%d %H:%M:%S}>"
