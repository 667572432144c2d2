"""The console: the page at ``/``, and the messages that keep it current."""

from __future__ import annotations

import asyncio
import json

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from .moments import iso


if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Executor

    from .. import Callback, Composition, Participant, Recording, Room
    from .seam import Backend
    from .stream import Changes


__all__ = ["View", "news", "page"]

PAUSE: Final = 0.05
"""The shortest real time between two messages, in seconds. One message has all changes."""
RETRY: Final = 1000
"""After how many milliseconds a page connects again."""
MOST_ENTRIES: Final = 200
"""How many entries of the timeline are shown, in the chart and in the log."""
MOST_CALLBACKS: Final = 200
MOST_TIMERS: Final = 8
FEW_ROOMS: Final = 100
"""If more rooms than this have changed, all rooms are compared, not only these."""


@lru_cache(maxsize=1)
def page(drawing_style: str, drawing_script: str) -> tuple[str, str]:
    """Return the page as HTML, and its content security policy.

    It is one file. The policy allows its own style and script by their hashes, and requests to
    the server that it came from.
    """
    style = drawing_style + _read("console.css")
    script = drawing_script + _read("console.js")
    html = _read("console.html").replace("/* style */", style).replace("/* script */", script)
    policy = (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return html, policy


def _read(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


async def news(view: View, changes: Changes, workers: Executor) -> AsyncIterator[str]:
    """Yield what *view* shows, and what changes in it, as server-sent events."""
    changed, loop = changes.subscribe(), asyncio.get_running_loop()
    try:
        yield f"retry: {RETRY}\n\n"
        while True:
            changed.clear()
            began = loop.time()
            found = await loop.run_in_executor(workers, view.news)
            # An open page should hardly slow the test down.
            rested = loop.time() + 2 * (loop.time() - began)
            yield f"data: {found}\n\n"
            await changed.wait()
            await _pass(max(PAUSE, rested - loop.time()))
    finally:
        changes.unsubscribe(changed)


async def _pass(seconds: float) -> None:
    """Wait in real time. `asyncio.sleep` may be virtual, and would move the test's clock."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()


class View:
    """What was sent to one page, and what has changed since then."""

    def __init__(
        self, backend: Backend, describe_callback: Callable[[Callback], dict[str, Any]]
    ) -> None:
        self._backend = backend
        self._describe_callback = describe_callback
        self._resets: int | None = None
        self._entries = self._rooms = self._callbacks = 0
        self._sent: dict[str, Any] = {}

    def news(self) -> str:
        """Return what has changed, as JSON. With ``fresh``, it is the whole state."""
        return json.dumps(self._backend.do(self._news), default=iso)

    def _news(self) -> dict[str, Any]:
        backend, fake = self._backend, self._backend.fake
        resets = backend.resets  # First: a reset from now on is noticed in the next message.
        rooms, callbacks = fake.rooms, list(fake.callbacks)
        is_fresh = (
            resets != self._resets or len(callbacks) < self._callbacks  # They were cleared.
        )
        if is_fresh:
            self._resets, self._sent, self._entries = resets, {}, 0
        entries, changed, lines = backend.news(self._entries, MOST_ENTRIES)
        count = len(rooms)
        # The rooms of a made-up past have no entries.
        is_told = not is_fresh and count - self._rooms <= len(changed) <= FEW_ROOMS
        candidates = [rooms[sid] for sid in changed] if is_told else list(rooms)
        self._entries, self._rooms, self._callbacks = entries, count, len(callbacks)
        timers = fake.clock.pending
        compositions = list(fake.compositions)
        found: dict[str, Any] = {
            "now": fake.clock.now,
            "is_running": backend.is_running,
            "timers": [{"due": timer.due, "what": timer.what} for timer in timers[:MOST_TIMERS]],
            "more_timers": max(len(timers) - MOST_TIMERS, 0),
            "pending_callbacks": len(fake.callbacks.pending),
            "callbacks_before": max(len(callbacks) - MOST_CALLBACKS, 0),
            "faults": [{"what": what, "hits": hits} for what, hits in backend.faults()],
            "lines": [_line(line) for line in lines],
            "rooms": self._news_among(_room(room, compositions) for room in candidates),
            "callbacks": self._news_among(map(self._callback, callbacks[-MOST_CALLBACKS:])),
        }
        chart = backend.chart(MOST_ENTRIES)
        if self._sent.get("chart") != chart:
            found["chart"] = self._sent["chart"] = chart
        if is_fresh:
            found |= {"fresh": True, "account_sid": fake.account_sid}
        return found

    def _news_among(self, documents: Any) -> list[dict[str, Any]]:
        found = []
        for document in documents:
            if self._sent.get(document["id"]) != document:
                self._sent[document["id"]] = document
                found.append(document)
        return found

    def _callback(self, callback: Callback) -> dict[str, Any]:
        return {**self._describe_callback(callback), "attempts": callback.attempts}


def _line(line: Any) -> dict[str, Any]:
    names = ("at", "kind", "who", "what", "outcome", "more", "note", "is_bad")
    return {name: getattr(line, name) for name in names}


def _room(room: Room, compositions: list[Composition]) -> dict[str, Any]:
    people = list(room.participants)
    identities = {participant.sid: participant.identity for participant in people}
    return {
        "id": room.sid,
        "name": room.unique_name,
        "status": room.status,
        "created": room.date_created,
        "ended": room.end_time,
        "participants": [_participant(participant) for participant in people],
        "recordings": [_recording(recording, identities) for recording in room.recordings],
        "compositions": [
            {"id": composition.sid, "status": composition.status, "what": composition.format}
            for composition in compositions
            if composition.room_sid == room.sid
        ],
    }


def _participant(participant: Participant) -> dict[str, Any]:
    return {
        "id": participant.sid,
        "identity": participant.identity,
        "status": participant.status,
        "joined": participant.start_time,
        "left": participant.end_time,
        "error": participant.disconnect_error,
        "tracks": [
            {"id": track.sid, "name": track.name, "kind": track.kind, "enabled": track.enabled}
            for track in participant.published_tracks
        ],
    }


def _recording(recording: Recording, identities: dict[str, str]) -> dict[str, Any]:
    publisher = identities.get(recording.grouping_sids["participant_sid"], "")
    return {
        "id": recording.sid,
        "status": recording.status,
        "what": f"{recording.type} of {publisher}",
        "duration": recording.duration,
    }
