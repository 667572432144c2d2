"""Lines: each entry of the journal in words, one line each."""

from __future__ import annotations

import re

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from .._resources import rooms
from .deeds import deed_in_words
from .words import cut, describe, name_of, span_in_words, without_password


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .._engine.account import Account, Event
    from .._engine.journal import Entry, Kind
    from .._simulation import Simulation
    from .._webhooks.callback import Callback


__all__ = ["Line", "answer_in_words", "call_in_words", "callback_in_words", "lines", "told"]


class Line(NamedTuple):
    """What happened at one moment: who did what, and what came of it."""

    at: datetime
    kind: Kind
    who: str
    """The client library of a call; else ``test``, ``timer``, ``event``, ``callback``, …"""
    what: str
    outcome: str = ""
    more: str = ""
    """What is said as well where there is room for it."""
    is_bad: bool = False
    room_sid: str | None = None


def lines(simulation: Simulation) -> list[Line]:
    """Return all that happened in *simulation*, in order."""
    return [line for _, line in told(simulation)]


def told(simulation: Simulation) -> list[tuple[Entry, Line]]:
    """Return the same, each with the entry that it tells of."""
    pairs = (
        (entry, _TELLERS[entry.kind](simulation.account, entry))
        for entry in simulation.journal.entries.copy()
    )
    return [(entry, line) for entry, line in pairs if line is not None]


def call_in_words(call: Any) -> str:
    """Return what *call* asked for, and the parameters it said."""
    said = (f"{name}={_said(value)}" for name, value in call.params.items())
    vain = f"(its body is {call.unread}, and not read: Twilio takes forms)" if call.unread else ""
    return "  ".join(filter(None, [f"{call.method} {call.path}", " ".join(said), vain]))


def answer_in_words(call: Any) -> str:
    """Return how *call* was answered."""
    if call.status is None:
        return "no answer"
    return f"{call.status} (code {call.code})" if call.code else str(call.status)


def callback_in_words(callback: Callback) -> str:
    """Return what *callback* tells, and of whom."""
    told = callback.params
    whom = " of ".join(told[name] for name in ("TrackKind", "ParticipantIdentity") if name in told)
    room = told.get("RoomName", "")
    return f"{callback.event}  {' in '.join(filter(None, [whom, room]))}".rstrip()


def _call(account: Account, entry: Entry) -> Line:
    call = entry.subject
    if not hasattr(call, "params"):  # the request itself, which is still being answered
        what = f"{call.method} {call.path}"
        return Line(entry.at, "call", call.client, what, "being answered")
    room = _room_in(account, call.path)
    what, _, said = call_in_words(call).partition("  ")
    if room and room.sid in call.path:
        what += f" ({name_of(room)})"
    return Line(
        entry.at,
        "call",
        call.client,
        what,
        answer_in_words(call) + (f", ordered: {entry.outcome}" if entry.outcome else ""),
        said,
        is_bad=call.status is None or call.status >= 400,  # noqa: PLR2004 -- as one says it
        room_sid=room.sid if room else None,
    )


def _act(_account: Account, entry: Entry) -> Line:
    return Line(
        entry.at,
        "act",
        "test",
        deed_in_words(entry.subject),
        entry.outcome or "",
        is_bad=entry.outcome is not None,
        room_sid=_room_of(*entry.subject.args[1:]),
    )


def _timer(_account: Account, entry: Entry) -> Line:
    return Line(entry.at, "timer", "timer", entry.subject.what)


def _event(account: Account, entry: Entry) -> Line:
    event = entry.subject
    error = getattr(event.record, "disconnect_error", None) or _failure(event)
    what = f"{event.name}  {describe(account, event.record)}" + (f" ({error})" if error else "")
    return Line(entry.at, "event", "event", what, more=event.record.sid, room_sid=event.room_sid)


def _failure(event: Event) -> str | None:
    """Return why something failed, where the event says that it did."""
    if not event.name.endswith("failed"):
        return None
    record = event.record
    return getattr(record, "error_message", None) or getattr(record, "failed_operation", None)


def _queued(_account: Account, entry: Entry) -> Line | None:
    """Tell of a callback that was never delivered; the others have entries of their own."""
    callback = entry.subject
    if callback.attempts:
        return None
    # Without a target nothing is delivered, and nothing is wrong about it.
    outcome = f"undelivered: {callback.problem}" if callback.problem else "undelivered"
    return _about(entry, outcome, is_bad=callback.problem is not None)


def _delivery(_account: Account, entry: Entry) -> Line:
    how = entry.outcome
    if how is None:  # it is going on at this moment
        return _about(entry, "being delivered", is_bad=False)
    status = str(how.response.status_code) if how.response else ""
    outcome = f"{status} ({how.problem})" if status and how.problem else status or how.problem
    return _about(entry, outcome, is_bad=how.problem is not None)


def _about(entry: Entry, outcome: str, *, is_bad: bool) -> Line:
    callback = entry.subject
    what = callback_in_words(callback)
    if callback.at != entry.at:
        what += f", of {span_in_words(entry.at - callback.at)} before"
    more = f"{callback.method} {without_password(callback.url)}"
    return Line(entry.at, "callback", "callback", what, outcome, more, is_bad, callback.room_sid)


def _jump(_account: Account, entry: Entry) -> Line:
    before, after = entry.subject
    length: timedelta = after - before
    return Line(entry.at, "jump", "clock", f"+{span_in_words(length)}, to {after:%H:%M:%S}")


_TELLERS: Final[dict[Kind, Callable[[Account, Entry], Line | None]]] = {
    "call": _call,
    "act": _act,
    "timer": _timer,
    "event": _event,
    "queued": _queued,
    "callback": _delivery,
    "jump": _jump,
}


def _said(value: Any) -> str:
    return cut(without_password(value if isinstance(value, str) else ",".join(value)), 60)


def _room_of(*things: Any) -> str | None:
    for each in things:
        sid: str | None = getattr(each, "room_sid", None) or getattr(each, "sid", None)
        if sid and sid.startswith("RM"):
            return sid
    return None


def _room_in(account: Account, path: str) -> rooms.Room | None:
    """Return the room that *path* names, as far as one can still tell."""
    match = re.match(r"/v1/Rooms/([^/]+)", path)
    if match is None:
        return None
    name = unquote(match[1])
    *_, latest = [None, *account.select(rooms.Room, unique_name=name)]
    return account.get(rooms.Room, name) or latest
