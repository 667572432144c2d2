"""The account: everything that exists, everything that happened, and the time it is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .random_source import RandomSource
from .records import Record, RecordT, Selection, Table, field_names, public_fields, values_of
from .scheduler import Clock, Timer


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta

    Reaction = Callable[["Account", Any], object]


# Events: what happened, when, and how the thing was at that moment.


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the account."""

    name: str
    """Twilio's own name for it, e.g. ``"room-ended"``."""
    at: datetime
    """When, in virtual time; aware, in UTC."""
    record: Record
    """The room, participant, track, … that it happened to, as it was then."""

    @property
    def room_sid(self) -> str | None:
        """The SID of the room that it happened in."""
        in_room: str | None = getattr(self.record, "room_sid", None)
        return in_room or (self.record.sid if self.record.sid.startswith("RM") else None)

    @property
    def details(self) -> dict[str, Any]:
        """The REST fields of the thing, as they were then."""
        return {name: getattr(self.record, name) for name in public_fields(type(self.record))}

    def __repr__(self) -> str:
        return f"<Event {self.name} {self.record.sid} at {self.at:%Y-%m-%d %H:%M:%S}>"


class Account:
    """One Twilio account, as far as Video is concerned.

    *reactions* names, for each event, what follows from it; it is handed
    in, so that nothing here knows what a room is.
    """

    def __init__(
        self,
        sid: str,
        *,
        seed: str,
        start: datetime,
        reactions: Mapping[str, tuple[Reaction, ...]],
    ) -> None:
        self.sid = sid
        self.caller = sid
        """The account that is asking just now, and that what it makes will bear."""
        self.clock = Clock(start)
        self.random = RandomSource(seed)
        self.events: list[Event] = []
        self.listeners: list[Callable[[Event], object]] = []
        self.limits: dict[str, int] = {}
        """Quotas of the account, by name, where they are not Twilio's own."""
        self._consequences = reactions
        self._tables: dict[type[Record], Table[Any]] = {}
        self._timers: dict[tuple[str, str], Timer] = {}

    @contextmanager
    def operation(self, caller: str | None = None) -> Iterator[None]:
        """Let one thing be done, whole, at one moment, on behalf of *caller*.

        What has fallen due before is done before, and tells nobody yet: in the midst of the
        application's own call no callback is delivered.
        """
        clock = self.clock
        with clock.lock:
            for _ in clock.catch_up():
                pass
            is_outermost = clock.hold()
            before, self.caller = self.caller, caller or self.sid
            try:
                yield
            finally:
                self.caller = before
                if is_outermost:
                    clock.release()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened in it, and nothing is there."""
        return not self.events and not any(self._tables.values())

    def table(self, kind: type[RecordT]) -> Table[RecordT]:
        """Return the table of all records of *kind*."""
        table = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = Table(kind)
        return cast("Table[RecordT]", table)

    def add(self, kind: type[RecordT], /, **fields: Any) -> RecordT:
        """Make a record of *kind*; its SID, its moment and its account come by themselves."""
        names = field_names(kind)
        fields["sid"] = fields.get("sid") or self.random.sid(kind.sid_prefix)
        fields.setdefault("date_created", self.clock.now)
        if "account_sid" in names:
            fields.setdefault("account_sid", self.caller)
        record = kind(**fields)
        self.table(kind).upsert(record)
        return record

    def change(self, record: RecordT, /, **changes: Any) -> RecordT:
        """Let *record* be followed by one that differs in *changes*, and bears the date of it."""
        kind = type(record)
        names = field_names(kind)
        if "date_updated" in names:
            changes.setdefault("date_updated", self.clock.now)
        changed = kind(**(values_of(record, names) | changes))
        self.table(kind).upsert(changed)
        return changed

    def remove(self, record: Record) -> None:
        """Forget *record*."""
        self.table(type(record)).remove(record.sid)

    def clear(self) -> None:
        """Forget everything that is there, what happened, and what would have."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._tables.clear()
        self.events.clear()

    def get(self, kind: type[RecordT], sid: str) -> RecordT | None:
        """Return the record of *kind* and *sid* as it is now, if there is one."""
        return self.table(kind).get(sid)

    def now(self, record: RecordT) -> RecordT:
        """Return *record* as it is now."""
        return self.table(type(record)).get(record.sid) or record

    def select(self, kind: type[RecordT], /, **equal: object) -> Selection[RecordT]:
        """Return the records of *kind* whose fields have these values."""
        return self.table(kind).select(**equal)

    def announce(self, name: str, record: Record) -> None:
        """Say that the event *name* happened to *record*, and let its reactions follow."""
        event = Event(name, self.clock.now, record)
        self.events.append(event)
        for listener in self.listeners:
            listener(event)
        for reaction in self._consequences.get(name, ()):
            reaction(self, self.now(record))

    def set_timer(
        self,
        purpose: str,
        record: RecordT,
        delay: timedelta,
        action: Callable[[Account, RecordT], object],
        what: str,
    ) -> None:
        """Let *action* happen to *record*, as it is then, after *delay*.

        It takes the place of what was set for that *purpose* before. *what* says it in words.
        """
        kind, sid = type(record), record.sid
        self.cancel_timer(purpose, sid)
        timer = self.clock.call_later(delay, lambda: action(self, self.table(kind)[sid]), what)
        self._timers[purpose, sid] = timer

    def cancel_timer(self, purpose: str, sid: str) -> None:
        """Forget what was set for that *purpose* and *sid*, if anything was."""
        timer = self._timers.pop((purpose, sid), None)
        if timer is not None:
            timer.cancel()
