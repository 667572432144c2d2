"""The journal: everything that happened to the account, in one order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from .scheduler import Scheduler


__all__ = ["Entry", "Journal", "Kind"]

Kind = Literal["call", "action", "timer", "event", "queued", "callback", "jump", "warning"]


class Entry:
    """One thing that happened.

    It holds the object itself and not a description: most tests pass, and their journal is never
    read. Depending on its *kind*, *subject* is a call (the request while it is being answered),
    an action of the test or of a page, a timer, an event, a callback, the two moments of a jump,
    or a warning. *outcome* is its result, if it has one. *note* says why, if that is not obvious.
    *who* is the actor of an action: ``test`` or ``page``.
    """

    __slots__ = ("at", "kind", "note", "outcome", "subject", "who")

    def __init__(self, at: datetime, kind: Kind, subject: Any) -> None:
        self.at = at
        self.kind: Kind = kind
        self.subject = subject
        self.outcome: Any = None
        self.note = ""
        self.who = "test"

    def __repr__(self) -> str:
        return f"<Entry {self.at:%H:%M:%S} {self.kind} {self.subject!r}>"


class Journal:
    """The entries, the oldest first. *on_first* is called after the first was added.

    A cause comes before its effects: a call before its events. The outcome of an entry is filled
    in when it is known.
    """

    def __init__(self, clock: Scheduler, on_first: Callable[[], object]) -> None:
        self._clock = clock
        self._on_first = on_first
        self.entries: list[Entry] = []
        self.on_change: Callable[[], object] | None = None
        """Called, from any thread, when an entry was added or a delivery is over."""
        self._is_closed = False

    def note(self, kind: Kind, subject: Any) -> Entry:
        """Add an entry: *subject* happens now. Safe from any thread."""
        entry = Entry(self._clock.now, kind, subject)
        if not self._is_closed:
            self.entries.append(entry)
            if len(self.entries) == 1:
                self._on_first()
            self.changed()
        return entry

    def changed(self) -> None:
        """Report a change."""
        if self.on_change is not None:
            self.on_change()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Add no entries meanwhile. Entries of a made-up past would hide those of the test."""
        self._is_closed = True
        try:
            yield
        finally:
            self._is_closed = False
