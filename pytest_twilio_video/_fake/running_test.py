"""The test that runs, and the fakes that it uses. The plugin says which, and fakes add themselves.

It imports nothing, because pytest loads it at its start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from .._engine.late_warnings import Place
    from .fake import FakeTwilioVideo


__all__ = ["RunningTest", "note_entered", "place"]


class RunningTest:
    """A test that pytest runs, with its *place* and the *fakes* that were entered meanwhile."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.fakes: list[FakeTwilioVideo] = []


stack: list[RunningTest] = []
"""The tests that run, the innermost last. There are several if pytest runs pytest."""


def note_entered(fake: FakeTwilioVideo) -> None:
    """Note that the running test has entered *fake*."""
    if stack and fake not in stack[-1].fakes:
        stack[-1].fakes.append(fake)


def place() -> Place | None:
    """Return where the running test is, or `None` if pytest runs no test."""
    return stack[-1].place if stack else None
