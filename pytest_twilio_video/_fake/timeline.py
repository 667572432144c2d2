"""The timeline: what happened in a fake, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._report import lines, text


if TYPE_CHECKING:
    from .._api.faults import Faults
    from .._simulation import Simulation


__all__ = ["Timeline"]


class Timeline:
    """All that happened so far: calls, deeds of the test, timers, events, callbacks, jumps.

    In the order in which it happened, with the moments of virtual time. Also ``print`` shows it.
    """

    def __init__(self, simulation: Simulation, faults: Faults) -> None:
        self._simulation = simulation
        self._faults = faults

    def to_text(self, *, verbose: bool = False) -> str:
        """Return it as text, a line for each thing; with *verbose* nothing is cut."""
        return text.to_text(lines.lines(self._simulation), verbose=verbose, most=None)

    def report(self, *, verbose: bool = False) -> str:
        """Return the section of a failure report: it, the timers ahead, and the faults not met."""
        return text.section(self._simulation, self._faults.never_triggered, verbose=verbose)

    def drawing(self) -> str:
        """Return what the page of ``--twilio-video-report`` draws, as JSON."""
        from .._report import picture

        return picture.picture(self._simulation)

    def to_mermaid(self) -> str:
        """Return it as a sequence diagram, for Markdown that draws Mermaid."""
        from .._report import mermaid

        return mermaid.to_mermaid(lines.lines(self._simulation))

    def __len__(self) -> int:
        return len(lines.lines(self._simulation))

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Timeline of {len(self)} lines>"
