"""Charts: compact JSON data, from which `report.js` draws one test."""

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


__all__ = ["chart_json", "latest_chart"]

MOST_STEPS: Final = 2000
"""The largest number of steps in a chart. With more steps, the chart would not be readable."""

MOST_TIMERS: Final = 3

# The events that begin a bar, with the level of the bar, and the events that end a bar.
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
    """A bar of the chart, for a room, a participant or another resource, from step to step."""

    level: int
    kind: str
    label: str
    room: str | None
    start: int
    publisher_sid: str | None = None
    """The publisher, if the bar is for a track."""
    since: datetime | None = None
    """When the bar began, if that was before the first step."""
    end: int | None = None
    is_bad: bool = False
    toggles: list[int] = field(default_factory=list)
    """The steps at which the track was muted and unmuted, in turn."""
    below: list[Bar] = field(default_factory=list)

    def rows(self) -> list[Bar]:
        """Return the row of this bar, and the rows of all bars below it."""
        return [self, *(row for bar in self.below for row in bar.rows())]


def chart_json(simulation: Simulation, never_triggered: Sequence[str]) -> str:
    """Return the chart of *simulation* as JSON: rows of bars, and steps with their times.

    The chart also has the pending timers, and *never_triggered*, the faults without effect.
    """
    pairs = entries_with_lines(simulation)
    shown = pairs[:MOST_STEPS]
    chart = _chart(simulation, _rooms(_events(shown)), [line for _, line in shown])
    chart["left_out"] = len(pairs) - len(shown)
    if pending := pending_timers(simulation, MOST_TIMERS):
        chart["pending"] = pending
    if never_triggered:
        chart["never_triggered"] = list(never_triggered)
    return json.dumps(chart, separators=(",", ":"))


def latest_chart(simulation: Simulation, most: int) -> dict[str, Any]:
    """Return the chart of the latest *most* entries, and of the rooms that they are about."""
    entries = simulation.journal.entries
    first = max(len(entries) - most, 0)
    shown = entries_with_lines(simulation, first)
    sids = {line.room_sid for _, line in shown}
    earlier = [
        (_EARLIER, entry.subject)
        for entry in entries[:first]
        if entry.kind == "event" and entry.subject.room_sid in sids
    ]
    rooms = _rooms([*earlier, *_events(shown)])
    left = [room for room in map(_without_earlier, rooms) if room is not None]
    return _chart(simulation, left, [line for _, line in shown])


def _events(pairs: list[tuple[Entry, Line]]) -> list[tuple[int, Event]]:
    return [
        (number, entry.subject) for number, (entry, _) in enumerate(pairs) if entry.kind == "event"
    ]


_EARLIER: Final = -1
"""The number of a step before the first one that is shown."""


def _without_earlier(bar: Bar) -> Bar | None:
    """Cut *bar* at the first step. Return `None` if it and all bars below ended before that."""
    bar.below = [inner for inner in map(_without_earlier, bar.below) if inner is not None]
    if bar.end == _EARLIER:
        bar.end = 0  # A recording may go on when its room has ended.
        if not bar.below:
            return None
    was_muted = bar.toggles.count(_EARLIER) % 2 == 1
    bar.toggles = [0] * was_muted + [step for step in bar.toggles if step != _EARLIER]
    bar.start = max(bar.start, 0)
    return bar


def _chart(simulation: Simulation, rooms: list[Bar], lines: list[Line]) -> dict[str, Any]:
    now = simulation.account.clock.now
    start = lines[0].at if lines else now
    lanes = {room.room: number for number, room in enumerate(rooms)}
    return {
        "start": f"{start:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "end": _offset(now, start),
        "rows": [_row(row, lanes, start) for room in rooms for row in room.rows()],
        "steps": [_step(line, start, lanes) for line in lines],
    }


def _rooms(events: list[tuple[int, Event]]) -> list[Bar]:
    bars: dict[str, Bar] = {}
    rooms: list[Bar] = []
    for number, event in events:
        sid = record_of(event).sid
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
    since = event.at if number == _EARLIER else None
    return Bar(_BEGIN[event.name], kind, label, event.room_sid, number, publisher_sid, since)


def _label(record: Record, kind: str) -> str:
    name = name_of(record)
    return kind if name == record.sid and kind != "room" else shorten_sids(name)


def _above(event: Event, bars: dict[str, Bar]) -> Bar | None:
    """Return the bar above the bar of *event*: the bar of its participant, or of its room."""
    record = record_of(event)
    grouping_sids: dict[str, str] = getattr(record, "grouping_sids", {})
    participant_sid = (
        getattr(record, "participant_sid", None) or grouping_sids.get("participant_sid") or ""
    )
    if participant_sid in bars:
        return bars[participant_sid]
    return None if event.room_sid == record.sid else bars.get(event.room_sid or "")


def _take_over(bar: Bar, sid: str, above: Bar) -> None:
    """Move the tracks that the participant *sid* has published before joining to *bar*."""
    early = [track for track in above.below if track.publisher_sid == sid]
    above.below = [track for track in above.below if track.publisher_sid != sid]
    bar.below += early


def _end_tracks(bar: Bar, number: int) -> None:
    """End the bars of the tracks of a participant who leaves. There are no events for them."""
    for track in bar.below:
        if track.publisher_sid and track.end is None:
            track.end = number


def _row(bar: Bar, lanes: dict[str | None, int], start: datetime) -> list[Any]:
    row: list[Any] = [
        bar.level,
        bar.kind,
        bar.label,
        lanes.get(bar.room, -1),
        bar.start,
        -1 if bar.end is None else bar.end,
        int(bar.is_bad),
        bar.toggles,
    ]
    return row if bar.since is None else [*row, _offset(bar.since, start)]


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
