"""The cost of a growing account: lists, timers and memory."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from table import Row
from timing import compare

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import Request


FEW, MANY = 100, 100_000


def rows() -> Iterator[Row]:
    """Measure lists, timers and memory."""
    large = _with_rooms(MANY)
    yield _lists(large)
    yield _timers(large)
    yield from _memory(10_000)


def _lists(large: FakeTwilioVideo) -> Row:
    """Request the first page without a client, which would take most of the time."""

    @contextmanager
    def listing(fake: FakeTwilioVideo) -> Iterator[Callable[[], object]]:
        user = b64encode(f"{fake.account_sid}:{fake.auth_token}".encode()).decode()
        url = "https://video.twilio.com/v1/Rooms?PageSize=50"
        request = Request("GET", url, {"authorization": f"Basic {user}"})
        assert fake._handle(request).body.count(b'"sid"') == 50  # noqa: PLR2004
        yield lambda: fake._handle(request)

    ways = partial(listing, large), partial(listing, _with_rooms(FEW))
    compared = compare(*ways, calls=20)
    what = f"list page of 50, {MANY:,} rooms"
    return Row(what, f"{FEW} rooms", 1.3, "x", compared.ratio, compared.note)


def _timers(large: FakeTwilioVideo) -> Row:
    """End rooms by their timers, in one big jump, and compare the time for each.

    The small jump is measured between two large ones, because the machine's speed may change.
    """
    times = [_ending(large)]
    few = statistics.median(_ending(_with_rooms(1_000)) for _ in range(15))
    times.append(_ending(_with_rooms(MANY)))
    many = statistics.mean(times)
    what = f"ending a room by its timer, one `advance` for {MANY:,}"
    note = f"{many * 1e6:.0f} µs and {few * 1e6:.0f} µs"
    return Row(what, "for 1,000", 1.5, "x", many / few, note)


def _ending(fake: FakeTwilioVideo) -> float:
    gc.collect()
    begun = time.process_time()
    fake.clock.advance(minutes=5)
    taken = time.process_time() - begun
    assert all(room.status == "completed" for room in fake.rooms)
    return taken / len(fake.rooms)


def _memory(number: int) -> Iterator[Row]:
    """Count the bytes that an ended room and a participant who has left keep."""
    fake = FakeTwilioVideo()

    def rooms() -> None:
        for _ in range(number):
            fake.rooms.create().complete()

    def participants() -> None:
        for place in range(number):
            if place % 50 == 0:
                room = fake.rooms.create(unique_name=f"room-{place}")
            room.connect(f"participant-{place}").disconnect()

    taken = _bytes(rooms) / number / 1024
    yield Row("memory of a room, with its events", "", 4, "KiB", taken, "created and ended")
    taken = _bytes(participants) / number / 1024
    note = "joined and left; a fiftieth of a room"
    yield Row("memory of a participant, with the events", "", 3, "KiB", taken, note)


def _bytes(make: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        make()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _with_rooms(number: int) -> FakeTwilioVideo:
    fake = FakeTwilioVideo()
    for _ in range(number):
        fake.rooms.create()
    return fake
