"""Charts: the data from which `report.js` draws one test, as compact JSON."""

from __future__ import annotations

import json

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from .._engine.account import record_of
from .formatting import name_of, shorten_sids
from .lines import Line, entries_with_lines
from .text import pending_timers


if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._engine.account import Event
    from .._engine.journal import Entry
    from .._engine.records import Record
    from .._simulation import Simulation


__all__ = ["chart_json"]

MOST_STEPS: Final = 2000
"""The most steps that a chart shows: more would not be readable."""

MOST_TIMERS: Final = 3

# The events that begin a bar, with the level of the bar below its room, and those that end it.
_BEGIN: Final = {
    "room-created": 0,
    "participant-connected": 1,
    "track-added": 2,
    "recording-started": 2,
    "composition-enqueued": 1,
    "composition-started": 1,
}
_END: Final = {
    "room-ended",
    "participant-disconnected",
    "track-removed",
    "recording-completed",
    "recording-failed",
    "composition-available",
    "composition-failed",
}
_TOGGLE: Final = {"track-disabled", "track-enabled"}

_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass
class Bar:
    """A bar of the chart, from one step to another: a room, a participant or another resource."""

    level: int
    kind: str
    label: str
    room: str | None
    start: int
    publisher_sid: str | None = None
    """Who publishes it, if it is a track."""
    end: int | None = None
    is_bad: bool = False
    toggles: list[int] = field(default_factory=list)
    """The steps at which a track was muted and unmuted, alternately."""
    below: list[Bar] = field(default_factory=list)

    def rows(self) -> list[Bar]:
        """Return the bar and all bars below it."""
        return [self, *(row for bar in self.below for row in bar.rows())]


def chart_json(simulation: Simulation, never_triggered: Sequence[str]) -> str:
    """Return the chart of *simulation*: rows of bars, and steps, each at its time.

    It also has the timers that are pending, and the faults that were *never_triggered*.
    """
    pairs = entries_with_lines(simulation)
    shown = pairs[:MOST_STEPS]
    start = shown[0][1].at if shown else simulation.account.clock.now
    rooms = _rooms(shown)
    lanes = {room.room: number for number, room in enumerate(rooms)}
    chart: dict[str, Any] = {
        "start": f"{start:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "end": _offset(simulation.account.clock.now, start),
        "left_out": len(pairs) - len(shown),
        "rows": [_row(row, lanes) for room in rooms for row in room.rows()],
        "steps": [_step(line, start, lanes) for _, line in shown],
    }
    if pending := pending_timers(simulation, MOST_TIMERS):
        chart["pending"] = pending
    if never_triggered:
        chart["never_triggered"] = list(never_triggered)
    return json.dumps(chart, separators=(",", ":"))


def _rooms(pairs: list[tuple[Entry, Line]]) -> list[Bar]:
    bars: dict[str, Bar] = {}
    rooms: list[Bar] = []
    for number, (entry, _) in enumerate(pairs):
        if entry.kind != "event":
            continue
        event, sid = entry.subject, record_of(entry.subject).sid
        bar = bars.get(sid)
        if bar is None and event.name in _BEGIN:
            bar = bars[sid] = _begin(event, number)
            above = _above(event, bars)
            (rooms if above is None else above.below).append(bar)
            if event.name == "participant-connected" and above is not None:
                _take_over(bar, sid, above)
        elif bar is not None and event.name in _END:
            bar.end, bar.is_bad = number, event.name.endswith("failed")
            if event.name == "participant-disconnected":
                _end_tracks(bar, number)
        elif bar is not None and event.name in _TOGGLE:
            bar.toggles.append(number)
    return rooms


def _begin(event: Event, number: int) -> Bar:
    record = record_of(event)
    track_kind = getattr(record, "kind", None)
    kind = track_kind.value if track_kind is not None else event.name.partition("-")[0]
    publisher_sid = getattr(record, "participant_sid", None)
    label = _label(record, kind)
    return Bar(_BEGIN[event.name], kind, label, event.room_sid, number, publisher_sid)


def _label(record: Record, kind: str) -> str:
    name = name_of(record)
    return kind if name == record.sid and kind != "room" else shorten_sids(name)


def _above(event: Event, bars: dict[str, Bar]) -> Bar | None:
    """Return the parent of the bar of *event*: the bar of its participant or its room."""
    record = record_of(event)
    grouping_sids: dict[str, str] = getattr(record, "grouping_sids", {})
    participant_sid = (
        getattr(record, "participant_sid", None) or grouping_sids.get("participant_sid") or ""
    )
    if participant_sid in bars:
        return bars[participant_sid]
    return None if event.room_sid == record.sid else bars.get(event.room_sid or "")


def _take_over(bar: Bar, sid: str, above: Bar) -> None:
    """Move to *bar* the tracks of the participant *sid* that were published before they came."""
    early = [each for each in above.below if each.publisher_sid == sid]
    above.below = [each for each in above.below if each.publisher_sid != sid]
    bar.below += early


def _end_tracks(bar: Bar, number: int) -> None:
    """End the tracks of a participant who leaves, of which no event tells."""
    for each in bar.below:
        if each.publisher_sid and each.end is None:
            each.end = number


def _row(bar: Bar, lanes: dict[str | None, int]) -> list[Any]:
    return [
        bar.level,
        bar.kind,
        bar.label,
        lanes.get(bar.room, -1),
        bar.start,
        -1 if bar.end is None else bar.end,
        int(bar.is_bad),
        bar.toggles,
    ]


def _step(line: Line, start: datetime, lanes: dict[str | None, int]) -> list[Any]:
    return [
        _offset(line.at, start),
        line.kind,
        line.who,
        " ".join(line.what.split()),
        line.outcome,
        line.more,
        int(line.is_bad),
        lanes.get(line.room_sid, -1),
        line.note,
    ]


def _offset(at: datetime, start: datetime) -> int:
    """Return the milliseconds from *start* to *at*."""
    return round((at - start) / _MILLISECOND)
