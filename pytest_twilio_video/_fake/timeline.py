"""The timeline: what happened in a fake, as readable text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._report import chart, lines, mermaid, text
from .leftovers import never_triggered


if TYPE_CHECKING:
    from .._api.faults import Faults
    from .._simulation import Simulation


__all__ = ["Timeline", "chart_json"]


class Timeline:
    """Everything that has happened so far, in order.

    There is a line for each API call, action of the test, timer, event, callback and move of the
    clock, with the virtual time. ``print(twilio_video.timeline)`` shows it, and ``len()`` counts
    the lines.
    """

    def __init__(self, simulation: Simulation, faults: Faults) -> None:
        self._simulation = simulation
        self._faults = faults

    def to_text(self, *, verbose: bool = False) -> str:
        """Return the timeline as text.

        Long lines are cut, unless *verbose* is true.
        """
        return text.to_text(lines.lines(self._simulation), verbose=verbose)

    def to_mermaid(self) -> str:
        """Return the timeline as a Mermaid sequence diagram."""
        return mermaid.to_mermaid(lines.lines(self._simulation))

    def __len__(self) -> int:
        return len(lines.lines(self._simulation))

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Timeline of {len(self)} lines>"


def chart_json(timeline: Timeline) -> str:
    """Return the JSON data of one test for the page of ``--twilio-video-report``."""
    simulation, faults = timeline._simulation, timeline._faults  # noqa: SLF001
    return chart.chart_json(simulation, never_triggered(simulation, faults))
