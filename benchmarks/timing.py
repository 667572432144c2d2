"""Timing: several ways to do the same, in turns, on one machine that others use as well.

What is counted is the processor's time of this process and not the clock on the wall: nothing
that is measured here waits for anything, and a neighbour's load would be taken for ours. The
ways take turns, since a machine is not equally fast in two successive seconds; compared are
those of the same round, and of all rounds the median.
"""

from __future__ import annotations

import gc
import statistics
import time

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple


__all__ = ["Comparison", "Way", "compare"]

Way = Callable[[], AbstractContextManager[Callable[[], object]]]
"""Sets one way to do it up, gives the function that does it once, and puts all away again."""


class Comparison(NamedTuple):
    """How long two ways took, in seconds a call, by rounds."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """How many times as long ours took, in each round."""
        return [mine / other for mine, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of them."""
        return statistics.median(self.ratios)

    @property
    def note(self) -> str:
        """Both medians, and between which ratios the middle half of the rounds lies."""
        low, _, high = statistics.quantiles(self.ratios, n=4)
        mine, other = (statistics.median(each) * 1e6 for each in self)
        return f"{mine:.0f} µs and {other:.0f} µs, middle half {low:.2f} to {high:.2f}"


def compare(ours: Way, theirs: Way, *, rounds: int = 21, calls: int = 60) -> Comparison:
    """Time *calls* calls of each way, in turns, *rounds* times."""
    comparison = Comparison([], [])
    for number in range(rounds):
        turns = [(ours, comparison.ours), (theirs, comparison.theirs)]
        # Neither is always the one that finds the caches warm.
        for way, times in turns if number % 2 else reversed(turns):
            times.append(_time(way, calls))
    return comparison


def _time(way: Way, calls: int) -> float:
    with way() as call:
        call()  # what is done once is not what is asked for
        gc.collect()
        begun = time.process_time()
        for _ in range(calls):
            call()
        return (time.process_time() - begun) / calls
