"""Timing: compare several ways to do the same thing, on a machine that others also use.

We count the processor time of this process and not real time: nothing that is measured here waits,
and the load of other processes would be counted as ours. The ways take turns, because the speed of
a machine changes from second to second. Times of the same round are compared, and the result is
the median of all rounds.
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
"""Sets up one way, yields the function that does it once, and cleans up."""


class Comparison(NamedTuple):
    """The times of two ways, in seconds per call, for each round."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """The ratio of our time to the other, in each round."""
        return [mine / other for mine, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def note(self) -> str:
        """Both medians, and the range of the ratios of the middle half of the rounds."""
        low, _, high = statistics.quantiles(self.ratios, n=4)
        mine, other = (statistics.median(times) * 1e6 for times in self)
        return f"{mine:.0f} µs and {other:.0f} µs, middle half {low:.2f} to {high:.2f}"


def compare(ours: Way, theirs: Way, *, rounds: int = 21, calls: int = 60) -> Comparison:
    """Time *calls* calls of each way, in turns, *rounds* times."""
    comparison = Comparison([], [])
    for number in range(rounds):
        turns = [(ours, comparison.ours), (theirs, comparison.theirs)]
        # The order alternates, so that neither way always benefits from warm caches.
        for way, times in turns if number % 2 else reversed(turns):
            times.append(_time(way, calls))
    return comparison


def _time(way: Way, calls: int) -> float:
    with way() as call:
        call()  # work that is done only once is not measured
        gc.collect()
        begun = time.process_time()
        for _ in range(calls):
            call()
        return (time.process_time() - begun) / calls
