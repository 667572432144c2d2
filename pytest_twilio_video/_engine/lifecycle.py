"""Lifecycles: which status may follow which, and what is said then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .records import struct
from .refusals import Refusal


if TYPE_CHECKING:
    from enum import Enum

    from .account import Account
    from .records import RecordT


@struct()
class Step:
    """One way from a status to the next, and the event that it is announced by."""

    before: Enum
    after: Enum
    event: str | None = None


class Lifecycle:
    """All the steps a kind of thing can take.

    What is not among *steps* is refused with the code *otherwise*.
    """

    def __init__(self, *steps: Step, otherwise: int) -> None:
        self.steps = {(step.before, step.after): step for step in steps}
        self._otherwise = otherwise

    def move(self, account: Account, record: RecordT, status: Enum, **changes: Any) -> RecordT:
        """Change *record* to *status*, announce it, and return the record as it is then."""
        step = self.steps.get((record.status, status))  # type: ignore[attr-defined]
        if step is None:
            raise Refusal(self._otherwise)
        moved = account.change(record, status=status, **changes)
        if step.event:
            account.announce(step.event, moved)
        return moved
