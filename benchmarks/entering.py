"""The time to enter and leave the fixture, as before and after each test."""

from __future__ import annotations

import statistics
import time

from collections.abc import Iterator

from table import Row

from pytest_twilio_video import FakeTwilioVideo


ROUNDS, TIMES = 21, 200


def rows() -> Iterator[Row]:
    """Measure it after the first time, which hooks the clients."""
    with FakeTwilioVideo():
        pass
    taken = [_round() * 1e6 for _ in range(ROUNDS)]
    low, _, high = statistics.quantiles(taken, n=4)
    note = f"middle half {low:.0f} to {high:.0f} µs"
    what = "enter and leave the fixture, after the first"
    yield Row(what, "", 100, "µs", statistics.median(taken), note)


def _round() -> float:
    begun = time.process_time()
    for _ in range(TIMES):
        with FakeTwilioVideo(seed="tests/test_app.py::test_a_room"):
            pass
    return (time.process_time() - begun) / TIMES
