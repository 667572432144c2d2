"""The test that runs, and the fakes that it uses.

The plugin sets the test, and each fake adds itself. pytest loads this module at
its start, so it imports very little.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from .._engine.journal import Journal
    from .._engine.late_warnings import Place
    from .fake import FakeTwilioVideo


__all__ = ["RunningTest", "fakes_beside", "name_of", "note_entered", "note_left", "place"]


class RunningTest:
    """A test that pytest runs. *place* is the line where the test begins."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.fixture: FakeTwilioVideo | None = None
        self.entered: list[FakeTwilioVideo] = []
        self._before = {fake: (_journal(fake), len(_journal(fake).entries)) for fake in active}

    @property
    def fakes(self) -> list[FakeTwilioVideo]:
        """The fake of the fixture, and the other fakes in which anything happened in the test."""
        fakes = dict.fromkeys([*self._before, *self.entered])
        return [fake for fake in fakes if fake is self.fixture or self._has_happened_in(fake)]

    def _has_happened_in(self, fake: FakeTwilioVideo) -> bool:
        journal = _journal(fake)
        before, length = self._before.get(fake, (journal, 0))
        # A fake that was reset has another journal, which may be as long as the earlier one.
        return len(journal.entries) != (length if journal is before else 0)


stack: list[RunningTest] = []
"""The tests that are running, the innermost last. There are several if pytest runs pytest."""

active: list[FakeTwilioVideo] = []
"""The fakes that are active now, in the order in which they were entered."""


def note_entered(fake: FakeTwilioVideo) -> None:
    """Note that *fake* was entered."""
    active.append(fake)
    if stack and fake not in stack[-1].entered:
        stack[-1].entered.append(fake)


def note_left(fake: FakeTwilioVideo) -> None:
    """Note that *fake* was left."""
    active.remove(fake)


def place() -> Place | None:
    """Return where the running test is, or `None` if pytest runs no test."""
    return stack[-1].place if stack else None


def fakes_beside(fake: FakeTwilioVideo) -> list[FakeTwilioVideo]:
    """Return the other fakes that the running test uses, or that are entered now."""
    fakes = [*(stack[-1].fakes if stack else ()), *active]
    return [other for other in dict.fromkeys(fakes) if other is not fake]


def _journal(fake: FakeTwilioVideo) -> Journal:
    return fake._simulation.journal  # noqa: SLF001 -- users need no such member


def name_of(fake: FakeTwilioVideo) -> str:
    """Return a name for *fake* that a reader recognizes: the fixture, or a file and line."""
    if stack and stack[-1].fixture is fake:
        return "the fixture twilio_video"
    path, line = fake._entered_at  # noqa: SLF001 -- users need no such member
    return f"FakeTwilioVideo() of {Path(path).name}:{line}"
