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
    """Something that happened to a resource of the account."""

    name: str
    """Twilio's name for the event, for example ``"room-ended"``."""
    at: datetime
    """The virtual time of the event, as an aware `datetime` in UTC."""
    _record: Record
    """The resource of the event (a room, a participant, …), as it was at that time."""

    @property
    def room_sid(self) -> str | None:
        """The SID of the room in which the event happened, or `None` if it has no room."""
        in_room: str | None = getattr(self._record, "room_sid", None)
        return in_room or (self._record.sid if self._record.sid.startswith("RM") else None)

    @property
    def details(self) -> dict[str, Any]:
        """The REST fields of the resource, as they were at the time of the event."""
        return values_of(self._record, public_fields(type(self._record)))

    def __repr__(self) -> str:
        return f"<Event {self.name} {self._record.sid} at {self.at:%Y-%m-%d %H:%M:%S}>"


def record_of(event: Event) -> Any:
    """Return the record that *event* happened to, as it was then."""
    return event._record  # noqa: SLF001 -- the underscore keeps it out of users' completion


def _no_fault() -> None:
    """Let a join proceed."""


class Account:
    """The Video part of one Twilio account.

    *reactions* lists the functions that are called after each event. It is an argument, so that
    this module does not depend on any resource. *observer* is notified of each event, timer and
    move of the clock.
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
        """The SID of the account that makes the current request. New records have this SID."""
        self.clock = Scheduler(start, observer)
        self.random = RandomSource(seed)
        self.events: list[Event] = []
        self.limits: dict[str, int] = {}
        """The limits of the account that a test has set, by name."""
        self.before_join: Callable[[], object] = _no_fault
        """Called before a participant joins a room. It may raise a `Refusal`."""
        self.console: dict[str, Any] = {}
        """The settings of the account in Twilio's Console, by name."""
        self._observer = observer or Observer()
        self._reactions = reactions
        self._tables: dict[type[Record], Table[Any]] = {}
        self._timers: dict[tuple[str, str], ScheduledCall] = {}

    @contextmanager
    def operation(self, caller: str | None = None) -> Iterator[None]:
        """Hold the lock and stop time during one operation of the account *caller*.

        Overdue timers run before the operation. Their callbacks are delivered later, because no
        callback may be delivered inside the application's own API call.
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
        """Whether the account has no records and no events."""
        return not self.events and not any(self._tables.values())

    def table(self, kind: type[RecordT]) -> Table[RecordT]:
        """Return the table of all records of *kind*."""
        table: Table[RecordT] | None = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = Table(kind)
        return table

    def add(self, kind: type[RecordT], /, **fields: Any) -> RecordT:
        """Create a record of *kind* with these *fields*, an SID, the creation date and account."""
        names = field_names(kind)
        fields["sid"] = fields.get("sid") or self.random.sid(kind.sid_prefix)
        fields.setdefault("date_created", self.clock.now)
        if "account_sid" in names:
            fields.setdefault("account_sid", self.caller)
        record = kind(**fields)
        self.table(kind).upsert(record)
        return record

    def change(self, record: RecordT, /, **changes: Any) -> RecordT:
        """Replace *record* by one with these *changes* and a new `date_updated`. Return it."""
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
        """Return the current record of *kind* with this *sid*, or `None` if there is none."""
        return self.table(kind).get(sid)

    def now(self, record: RecordT) -> RecordT:
        """Return the current version of *record*."""
        return self.table(type(record)).get(record.sid) or record

    def select(self, kind: type[RecordT], /, **equal: object) -> Selection[RecordT]:
        """Return the records of *kind* whose fields have these values."""
        with self.clock.lock:  # Selecting may sort an index, which other threads add to.
            return self.table(kind).select(**equal)

    def announce(self, name: str, record: Record) -> None:
        """Announce that the event *name* happened to *record*, and run its reactions."""
        self.announce_together((name, record))

    def announce_together(self, *happened: tuple[str, Record]) -> None:
        """Announce several events, and run their reactions after the last event."""
        for name, record in happened:
            event = Event(name, self.clock.now, record)
            self.events.append(event)
            self._observer.event_announced(event)
        for name, record in happened:
            for reaction in self._reactions.get(name, ()):
                reaction(self, self.now(record))

    def signal(self, name: str, record: Record) -> None:
        """Report that *name* happened to *record*, which only clients in the room learn.

        Twilio sends no callback, no reaction runs, and `events` does not contain it.
        """
        self._observer.signaled(Event(name, self.clock.now, record))

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
        """Set a timer that calls *action* with the current version of *record* after *delay*.

        *what* describes the timer. It replaces a timer for the same *purpose* and record.
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
        """Cancel the timer for this *purpose* and *sid*, if there is one."""
        call = self._timers.pop((purpose, sid), None)
        if call is not None:
            call.cancel()
