"""The stream: the timeline as server-sent events, one event for each entry."""

from __future__ import annotations

import asyncio
import json

from contextlib import suppress
from typing import TYPE_CHECKING

from .moments import iso


if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .seam import Backend, TimelineLine


__all__ = ["Changes", "events"]


class Changes:
    """Wakes the streams of one fake when its timeline has changed. Any thread may do that."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def announce(self) -> None:
        """Wake all streams."""
        for event, loop in tuple(self._waiting.items()):
            with suppress(RuntimeError):  # The loop was closed meanwhile.
                loop.call_soon_threadsafe(event.set)

    def subscribe(self) -> asyncio.Event:
        """Return a new event that is set at each change."""
        event = asyncio.Event()
        self._waiting[event] = asyncio.get_running_loop()
        return event

    def unsubscribe(self, event: asyncio.Event) -> None:
        """Do not set *event* any more."""
        self._waiting.pop(event, None)


async def events(backend: Backend, changes: Changes, after: int) -> AsyncIterator[str]:
    """Yield the entries after the number *after*, and then each new entry as soon as it exists.

    If there are fewer entries, the number is of an account before a reset or of another test.
    """
    changed = changes.subscribe()
    resets = backend.resets if after <= backend.entries() else None
    try:
        yield ": the timeline of the fake Twilio Video\n\n"
        while True:
            changed.clear()
            if backend.resets != resets:  # After a reset, the numbers begin again.
                resets, after = backend.resets, 0
                yield "event: reset\nid: 0\ndata: {}\n\n"
            for number, line in backend.lines(after):
                after = number
                yield f"id: {number}\ndata: {json.dumps(_document(line))}\n\n"
            await changed.wait()
    finally:
        changes.unsubscribe(changed)


def _document(line: TimelineLine) -> dict[str, str]:
    text = f"{line.who}  {line.what}" + (f" -> {line.outcome}" if line.outcome else "")
    return {"at": iso(line.at), "kind": line.kind, "text": text}
