"""The account: its records, its events and its clock."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .observer import Observer
from .random_source import RandomSource
from .records import (
    Record,
    RecordT,
    Selection,
    Table,
    field_names,
    public_fields,
    values_of,
)
from .scheduler import Scheduler


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta

    from .timers import ScheduledCall

    Reaction = Callable[["Account", Any], object]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the account."""

    name: str
    """Twilio's own name for it, e.g. ``"room-ended"``."""
    at: datetime
    """When, in virtual time; aware, in UTC."""
    record: Record
    """The resource that it happened to (a room, a participant, …), as it was then."""

    @property
    def room_sid(self) -> str | None:
        """The SID of the room that it happened in."""
        in_room: str | None = getattr(self.record, "room_sid", None)
        return in_room or (self.record.sid if self.record.sid.startswith("RM") else None)

    @property
    def details(self) -> dict[str, Any]:
        """The REST fields of that resource, as they were then."""
        return values_of(self.record, public_fields(type(self.record)))

    def __repr__(self) -> str:
        return f"<Event {self.name} {self.record.sid} at {self.at:%Y-%m-%d %H:%M:%S}>"


def _no_fault() -> None:
    """Let a join proceed."""


class Account:
    """The Video part of one Twilio account.

    *reactions* lists the functions that are called after each event. It is passed in, so that
    this module does not depend on any resource. *observer* is notified of each event, timer and
    jump.
    """

    def __init__(
        self,
        sid: str,
        *,
        seed: str,
        start: datetime,
        reactions: Mapping[str, tuple[Reaction, ...]],
        observer: Observer | None = None,
    ) -> None:
        self.sid = sid
        self.caller = sid
        """The SID of the account that made the current request. New records get it."""
        self.clock = Scheduler(start, observer)
        self.random = RandomSource(seed)
        self.events: list[Event] = []
        self.limits: dict[str, int] = {}
        """The account's quotas, by name, unless they are Twilio's own."""
        self.before_join: Callable[[], object] = _no_fault
        """Called when somebody is about to join a room. It may raise a `Refusal`."""
        self.console: dict[str, Any] = {}
        """What the owner of the account has chosen in Twilio's Console, by name."""
        self._observer = observer or Observer()
        self._reactions = reactions
        self._tables: dict[type[Record], Table[Any]] = {}
        self._timers: dict[tuple[str, str], ScheduledCall] = {}

    @contextmanager
    def operation(self, caller: str | None = None) -> Iterator[None]:
        """Run one operation at one moment and under the lock, on behalf of the account *caller*.

        Overdue timers run first, but their callbacks are not delivered yet: no callback may be
        delivered inside the application's own API call.
        """
        clock = self.clock
        with clock.lock:
            is_outermost = clock.pin()
            before, self.caller = self.caller, caller or self.sid
            try:
                yield
            finally:
                self.caller = before
                if is_outermost:
                    clock.unpin()

    @property
    def is_empty(self) -> bool:
        """Whether the account has no records and nothing has happened in it."""
        return not self.events and not any(self._tables.values())

    def table(self, kind: type[RecordT]) -> Table[RecordT]:
        """Return the table of all records of *kind*."""
        table: Table[RecordT] | None = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = Table(kind)
        return table

    def add(self, kind: type[RecordT], /, **fields: Any) -> RecordT:
        """Create a record of *kind*, and fill in its SID, creation date and account."""
        names = field_names(kind)
        fields["sid"] = fields.get("sid") or self.random.sid(kind.sid_prefix)
        fields.setdefault("date_created", self.clock.now)
        if "account_sid" in names:
            fields.setdefault("account_sid", self.caller)
        record = kind(**fields)
        self.table(kind).upsert(record)
        return record

    def change(self, record: RecordT, /, **changes: Any) -> RecordT:
        """Replace *record* by one with these *changes* and a new `date_updated`; return it."""
        kind = type(record)
        names = field_names(kind)
        if "date_updated" in names:
            changes.setdefault("date_updated", self.clock.now)
        changed = kind(**(values_of(record, names) | changes))
        self.table(kind).upsert(changed)
        return changed

    def remove(self, record: Record) -> None:
        """Remove *record*."""
        self.table(type(record)).remove(record.sid)

    def clear(self) -> None:
        """Remove all records, events and timers."""
        for call in self._timers.values():
            call.cancel()
        self._timers.clear()
        self._tables.clear()
        self.events.clear()

    def get(self, kind: type[RecordT], sid: str) -> RecordT | None:
        """Return the current record of *kind* with that *sid*, or `None`."""
        return self.table(kind).get(sid)

    def now(self, record: RecordT) -> RecordT:
        """Return *record* as it is now."""
        return self.table(type(record)).get(record.sid) or record

    def select(self, kind: type[RecordT], /, **equal: object) -> Selection[RecordT]:
        """Return the records of *kind* whose fields have these values."""
        with self.clock.lock:  # Selecting may sort an index, which other threads add to.
            return self.table(kind).select(**equal)

    def announce(self, name: str, record: Record) -> None:
        """Announce that the event *name* happened to *record*, and run the reactions to it."""
        self.announce_together((name, record))

    def announce_together(self, *happened: tuple[str, Record]) -> None:
        """Announce events that one step causes, and run the reactions after the last of them."""
        for name, record in happened:
            event = Event(name, self.clock.now, record)
            self.events.append(event)
            self._observer.event_announced(event)
        for name, record in happened:
            for reaction in self._reactions.get(name, ()):
                reaction(self, self.now(record))

    def warn(self, warning: Warning) -> None:
        """Issue *warning* about an API call of the application."""
        self._observer.warning_issued(warning)

    def set_timer(
        self,
        purpose: str,
        record: RecordT,
        delay: timedelta,
        action: Callable[[Account, RecordT], object],
        what: str,
    ) -> None:
        """Call *action* with *record*, as it is then, after *delay*; *what* describes it.

        It replaces the timer that was set for the same *purpose* and record.
        """
        kind, sid = type(record), record.sid
        self.cancel_timer(purpose, sid)
        due = partial(self._act, action, kind, sid)
        self._timers[purpose, sid] = self.clock.call_later(delay, due, what)

    def _act(
        self, action: Callable[[Account, RecordT], object], kind: type[RecordT], sid: str
    ) -> None:
        action(self, self.table(kind)[sid])

    def cancel_timer(self, purpose: str, sid: str) -> None:
        """Cancel the timer that was set for that *purpose* and *sid*, if there is one."""
        call = self._timers.pop((purpose, sid), None)
        if call is not None:
            call.cancel()
