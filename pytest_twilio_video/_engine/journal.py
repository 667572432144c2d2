"""The journal: a list of everything that happened to the account."""

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

    *kind* says what *subject* is: a call (the request, while it is being answered), an action of
    the test or of a page, a timer, an event, a callback, the two times of a move of the clock, or
    a warning.
    The entry has the object itself, not a description, because most journals are never read.
    *outcome* is the result, if there is one. *note* explains the outcome. *who* did an action:
    ``test`` or ``page``.
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
    """The entries, the oldest first. *on_first* is called when the first entry was added.

    A cause comes before its effects. For example, a call comes before its events. The outcome of
    an entry is set when it is known.
    """

    def __init__(self, clock: Scheduler, on_first: Callable[[], object]) -> None:
        self._clock = clock
        self._on_first = on_first
        self.entries: list[Entry] = []
        self.on_change: Callable[[], object] | None = None
        """Called in any thread when an entry was added, or when a delivery has ended."""
        self._is_closed = False

    def note(self, kind: Kind, subject: Any) -> Entry:
        """Add an entry for *subject*, which happens now. Any thread may call this."""
        entry = Entry(self._clock.now, kind, subject)
        if not self._is_closed:
            self.entries.append(entry)
            if len(self.entries) == 1:
                self._on_first()
            self.changed()
        return entry

    def changed(self) -> None:
        """Call `on_change`, if it is set."""
        if self.on_change is not None:
            self.on_change()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Add no entries during the block. The entries of a made-up past would hide the others."""
        self._is_closed = True
        try:
            yield
        finally:
            self._is_closed = False
