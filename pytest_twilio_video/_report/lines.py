"""Lines: each entry of the journal as one readable line."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from .._engine.account import record_of
from .._engine.texts import without_password
from .._http import READS
from .._resources import rooms
from .._resources.compositions import Composition
from .._resources.recordings import Recording
from ..errors import UndeliverableCallbackError
from .formatting import cut, describe_record, format_duration, name_of


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .._engine.account import Account, Event
    from .._engine.journal import Entry, Kind
    from .._simulation import Simulation
    from .._webhooks.callback import Callback


__all__ = [
    "Line",
    "about_rooms",
    "describe_call",
    "describe_callback",
    "describe_response",
    "entries_with_lines",
    "lines",
    "numbered_lines",
    "with_lines",
]


class Line(NamedTuple):
    """A line about one thing that happened: the time, who acted, what happened, the outcome."""

    at: datetime
    kind: Kind
    who: str
    """The client library, if the line is about a call. Otherwise ``test``, ``timer``, …"""
    what: str
    outcome: str = ""
    more: str = ""
    """Details that are shown if they fit into the line."""
    is_bad: bool = False
    room_sid: str | None = None
    note: str = ""
    """If it went wrong, why it did and what to do. The note is never cut."""


def lines(simulation: Simulation) -> list[Line]:
    """Return a line for each thing that happened in *simulation*, in order."""
    return [line for _, line in entries_with_lines(simulation)]


def entries_with_lines(simulation: Simulation, first: int = 0) -> list[tuple[Entry, Line]]:
    """Return the entries of the journal that have a line, from *first* on, with their lines."""
    return with_lines(simulation, simulation.journal.entries[first:])


def with_lines(simulation: Simulation, entries: Iterable[Entry]) -> list[tuple[Entry, Line]]:
    """Return those of *entries* that have a line, with their lines."""
    pairs = []
    for entry in entries:
        line = _line(simulation.account, entry)
        if line is not None:
            pairs.append((entry, line))
    return pairs


def numbered_lines(simulation: Simulation, after: int) -> Iterator[tuple[int, Line]]:
    """Return the lines of the entries after the entry *after*, each with the entry's number.

    Stop before a delivery that has not ended, because its outcome is not known.
    """
    for number, entry in enumerate(simulation.journal.entries[after:], after + 1):
        if entry.kind == "callback" and entry.outcome is None:
            return
        line = _line(simulation.account, entry)
        if line is not None:
            yield number, line


def _line(account: Account, entry: Entry) -> Line | None:
    line = _LINE_FOR[entry.kind](account, entry)
    if line is None:
        return None
    what, outcome, more, note = map(
        without_password, (line.what, line.outcome, line.more, line.note)
    )
    return line._replace(what=what, outcome=outcome, more=more, note=note)


def about_rooms(account: Account, entries: Iterable[Entry]) -> list[str]:
    """Return the SIDs of the rooms that *entries* may have changed, in their order.

    A recording or a composition is a part of its room.
    """
    sids: dict[str | None, None] = {}
    for entry in entries:
        if entry.kind == "event":
            sids[entry.subject.room_sid] = None
        elif entry.kind == "action":
            sids[_room_sid_of(entry.subject[1])] = None
        elif entry.kind == "call" and entry.subject.method not in READS:
            sids[_room_sid_of_media(account, entry.subject.path)] = None
    return [sid for sid in sids if sid is not None]


def describe_call(call: Any) -> str:
    """Return the method, the path and the parameters of *call*."""
    parts = [f"{call.method} {call.path}"]
    if call.params:
        parts.append(" ".join(f"{name}={_param(value)}" for name, value in call.params.items()))
    if call.unread:
        parts.append(f"(the {call.unread} body is ignored: Twilio takes only forms)")
    return "  ".join(parts)


def describe_response(call: Any) -> str:
    """Return the status of the response to *call*, with Twilio's error code if there is one."""
    if call.status is None:
        return "no response"
    return f"{call.status} (code {call.code})" if call.code else str(call.status)


def describe_callback(callback: Callback) -> str:
    """Return the name of the event of *callback*, with its track, participant and room."""
    params = callback.params
    subject = [params[name] for name in ("TrackKind", "ParticipantIdentity") if name in params]
    places = [" of ".join(subject), params.get("RoomName", "")]
    about = " in ".join(place for place in places if place)
    return f"{callback.event}  {about}".rstrip()


def _call(account: Account, entry: Entry) -> Line:
    call = entry.subject
    if not hasattr(call, "params"):  # the request itself, which is still being answered
        what = f"{call.method} {call.path}"
        return Line(entry.at, "call", call.client, what, "being answered")
    room = _room_in(account, call.path)
    what, _, params = describe_call(call).partition("  ")
    if room and room.sid in call.path:
        what += f" ({name_of(room)})"
    outcome = describe_response(call)
    if entry.outcome:
        outcome += f", injected: {entry.outcome}"
    return Line(
        entry.at,
        "call",
        call.client,
        what,
        outcome,
        params,
        is_bad=call.status is None or call.status >= 400,  # noqa: PLR2004
        room_sid=room.sid if room else None,
        note=entry.note,
    )


def _action(_account: Account, entry: Entry) -> Line:
    what, arguments = entry.subject
    return Line(
        entry.at,
        "action",
        entry.who,
        what,
        entry.outcome or "",
        is_bad=entry.outcome is not None,
        room_sid=_room_sid_of(arguments),
    )


def _timer(_account: Account, entry: Entry) -> Line:
    return Line(entry.at, "timer", "timer", entry.subject.what)


def _event(account: Account, entry: Entry) -> Line:
    event = entry.subject
    record = record_of(event)
    what = f"{event.name}  {describe_record(account, record)}"
    reason = getattr(record, "disconnect_error", None) or _reason_of_failure(event)
    if reason:
        what += f" ({reason})"
    return Line(entry.at, "event", "event", what, more=record.sid, room_sid=event.room_sid)


def _reason_of_failure(event: Event) -> str | None:
    if not event.name.endswith("failed"):
        return None
    record = record_of(event)
    return getattr(record, "error_message", None) or getattr(record, "failed_operation", None)


def _queued(_account: Account, entry: Entry) -> Line | None:
    """Return a line for a queued callback, if it was never delivered."""
    callback = entry.subject
    if callback.attempts:
        return None
    # That a callback is undelivered because there is no target is not a failure.
    is_bad = callback._is_stuck or callback._problem is not None  # noqa: SLF001 -- kept from users
    return _callback_line(entry, "undelivered", callback.problem, is_bad=is_bad)


def _delivery(_account: Account, entry: Entry) -> Line:
    delivered = entry.outcome
    if delivered is None:
        return _callback_line(entry, "being delivered", None, is_bad=False)
    if delivered.response is not None:
        outcome = str(delivered.response.status_code)
    elif delivered.error is None or isinstance(delivered.error, UndeliverableCallbackError):
        outcome = "undelivered"
    else:  # A handler has raised, and so has got it, or the connection failed.
        outcome = "no response"
    is_bad = delivered.problem is not None
    return _callback_line(entry, outcome, delivered.problem, is_bad=is_bad)


def _callback_line(entry: Entry, outcome: str, problem: str | None, *, is_bad: bool) -> Line:
    callback = entry.subject
    what = describe_callback(callback)
    if callback.at != entry.at:
        what += f", queued {format_duration(entry.at - callback.at)} earlier"
    more = f"{callback.method} {callback.url}"
    return Line(
        entry.at,
        "callback",
        "callback",
        what,
        outcome,
        more,
        is_bad=is_bad,
        room_sid=callback.room_sid,
        note=problem or "",
    )


def _jump(_account: Account, entry: Entry) -> Line:
    before, after = entry.subject
    what = f"+{format_duration(after - before)}, to {after:%H:%M:%S}"
    return Line(entry.at, "jump", "clock", what)


def _warning(_account: Account, entry: Entry) -> Line:
    what, note = type(entry.subject).__name__, str(entry.subject)
    return Line(entry.at, "warning", "warning", what, is_bad=True, note=note)


_LINE_FOR: Final[dict[Kind, Callable[[Account, Entry], Line | None]]] = {
    "call": _call,
    "action": _action,
    "timer": _timer,
    "event": _event,
    "queued": _queued,
    "callback": _delivery,
    "jump": _jump,
    "warning": _warning,
}


def _param(value: str | list[str]) -> str:
    return cut(without_password(value if isinstance(value, str) else ",".join(value)), 60)


def _room_sid_of(arguments: Iterable[Any]) -> str | None:
    for argument in arguments:
        sid: str | None = getattr(argument, "room_sid", None) or getattr(argument, "sid", None)
        if sid and sid.startswith("RM"):
            return sid
    return None


def _room_sid_of_media(account: Account, path: str) -> str | None:
    """Return the SID of the room of the recording or the composition in *path*."""
    match = re.search(r"/(?:Recordings|Compositions)/([^/.]+)", path)
    if match is None:
        return None
    sid = match[1]
    media = account.get(Recording, sid) or account.get(Composition, sid)
    return media.room_sid if media else None


def _room_in(account: Account, path: str) -> rooms.Room | None:
    """Return the room in *path*. If *path* has a name, return the latest room with this name."""
    match = re.match(r"/v1/Rooms/([^/]+)", path)
    if match is None:
        return None
    name_or_sid = unquote(match[1])
    named = list(account.select(rooms.Room, unique_name=name_or_sid))
    return account.get(rooms.Room, name_or_sid) or (named[-1] if named else None)
