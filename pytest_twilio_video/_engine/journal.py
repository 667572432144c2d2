"""The journal: what was done to the account and what came of it, in one order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime


__all__ = ["Entry", "Journal", "Kind"]

Kind = Literal["call", "action", "timer", "event", "queued", "callback", "jump"]


class Entry:
    """One thing that happened.

    It holds the thing itself and no words: most tests pass, and nobody reads
    what happened in them. *subject* is, by its kind, a call (while it is being
    answered: the request), an action of the test (its description and its
    arguments), a timer, an event, a callback, or the two moments of a jump;
    *outcome* is what became of it, if anything.
    """

    __slots__ = ("at", "kind", "outcome", "subject")

    def __init__(self, at: datetime, kind: Kind, subject: Any) -> None:
        self.at = at
        self.kind: Kind = kind
        self.subject = subject
        self.outcome: Any = None

    def __repr__(self) -> str:
        return f"<Entry {self.at:%H:%M:%S} {self.kind} {self.subject!r}>"


class Journal:
    """The entries, the oldest first.

    What causes something is noted before it: a call before its events. Its
    outcome is put in when it is known.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.entries: list[Entry] = []
        self._is_closed = False

    def note(self, kind: Kind, subject: Any) -> Entry:
        """Write down that *subject* happens now. Safe from any thread."""
        entry = Entry(self._now(), kind, subject)
        if not self._is_closed:
            self.entries.append(entry)
        return entry

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Write nothing down meanwhile: a made-up past would hide what the test is about."""
        self._is_closed = True
        try:
            yield
        finally:
            self._is_closed = False
