"""Leftovers: what a test can leave behind in a fake, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from .fake import FakeTwilioVideo


__all__ = ["open_rooms", "unused_faults"]


def open_rooms(fake: FakeTwilioVideo) -> str:
    """Return a complaint about the rooms in progress; it is empty if there are none."""
    left = fake.rooms.where(status="in-progress")
    if not left:
        return ""
    return (
        f"the test left rooms open: {', '.join(map(repr, left))}. Complete them "
        f"(room.complete(), the API or the clock), or set open_rooms='ignore'"
    )


def unused_faults(fake: FakeTwilioVideo) -> str:
    """Return a complaint about the faults that no call triggered; it is empty without any."""
    unused = fake._faults.never_triggered  # noqa: SLF001 -- users need no such member
    if not unused:
        return ""
    return (
        f"the test injected faults that no call triggered: {', '.join(unused)}. Correct their "
        f"method or path, remove them, or set unused_faults='ignore'"
    )
