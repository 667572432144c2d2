"""Leftovers: open rooms and unused faults at the end of a test, and messages about them."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from .._api.faults import Faults
    from .._simulation import Simulation
    from .fake import FakeTwilioVideo


__all__ = ["never_triggered", "open_rooms", "unused_faults"]


def open_rooms(fake: FakeTwilioVideo) -> str:
    """Return a message about the rooms in progress. If there are none, return empty text."""
    left = fake.rooms.where(status="in-progress")
    if not left:
        return ""
    return (
        f"the test left rooms open: {', '.join(map(repr, left))}. Complete them "
        f"(by room.complete(), the API or the clock), or set open_rooms='ignore'"
    )


def unused_faults(fake: FakeTwilioVideo) -> str:
    """Return a message about the faults that were never triggered. If none, return empty text."""
    unused = never_triggered(fake._simulation, fake._faults)  # noqa: SLF001 -- users need neither
    if not unused:
        return ""
    return (
        f"the test injected faults that were never triggered: {', '.join(unused)}. Correct the "
        f"method, the path or the event, remove the faults, or set unused_faults='ignore'"
    )


def never_triggered(simulation: Simulation, faults: Faults) -> list[str]:
    """Return descriptions of the faults that neither a call nor a callback has triggered."""
    return [*faults.never_triggered, *simulation.callback_queue.faults.never_triggered]
