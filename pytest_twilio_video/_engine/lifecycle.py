"""Lifecycles: which status may follow another one, and which event announces the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .records import struct
from .refusals import Refusal


if TYPE_CHECKING:
    from datetime import datetime
    from enum import Enum

    from .account import Account
    from .records import RecordT


@struct()
class Step:
    """A transition from one status to another, and the event that announces it."""

    before: Enum
    after: Enum
    event: str | None = None


class Lifecycle:
    """All transitions of one kind of resource.

    A transition that is not in *steps* is refused with the code *otherwise*.
    """

    def __init__(self, *steps: Step, otherwise: int) -> None:
        self.steps = {(step.before, step.after): step for step in steps}
        self._otherwise = otherwise

    def move(self, account: Account, record: RecordT, status: Enum, **changes: Any) -> RecordT:
        """Set the status of *record*, make *changes*, announce the event, return the record."""
        step = self.steps.get((record.status, status))  # type: ignore[attr-defined]
        if step is None:
            raise Refusal(self._otherwise)
        moved = account.change(record, status=status, **changes)
        if step.event:
            account.announce(step.event, moved)
        return moved


def whole_seconds(start: datetime, end: datetime) -> int:
    """Return the whole seconds from *start* to *end*, rounded down.

    They are at least 0, because freezegun and time-machine can set time back.
    """
    return max(0, int((end - start).total_seconds()))
