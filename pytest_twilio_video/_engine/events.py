"""Events: what happened, when, and how the thing was at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .records import shown


if TYPE_CHECKING:
    from datetime import datetime

    from .records import Record


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
        return {name: getattr(self.record, name) for name in shown(type(self.record))}

    def __repr__(self) -> str:
        return f"<Event {self.name} {self.record.sid} at {self.at:%Y-%m-%d %H:%M:%S}>"
