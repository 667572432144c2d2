"""Callbacks: which event is told to whom, and in which words. All that goes out, in one table."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .._resources.participants import Participant
from .._resources.rooms import Room


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account
    from .._engine.events import Event
    from .._engine.records import Record
    from .delivery import Callbacks

    Part = Callable[[Account, Any], dict[str, str]]


def moment(at: datetime) -> str:
    """Return *at* as callbacks have it: with milliseconds, unlike REST documents."""
    plain = at.astimezone(timezone.utc).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds") + "Z"


def _room(account: Account, record: Record) -> dict[str, str]:
    room = _room_of(account, record)
    return {
        "RoomStatus": room.status.value,
        "RoomType": room.type.value,
        "RoomSid": room.sid,
        # Inferred: a room without a name goes by its SID here as well.
        "RoomName": room.unique_name,
    }


def _room_duration(_account: Account, room: Room) -> dict[str, str]:
    return {"RoomDuration": str(room.duration)}


def _participant(account: Account, record: Record) -> dict[str, str]:
    participant = _participant_of(account, record)
    return {
        "ParticipantSid": participant.sid,
        "ParticipantIdentity": participant.identity,
        "ParticipantStatus": participant.status.value,
    }


def _participant_duration(_account: Account, participant: Participant) -> dict[str, str]:
    return {"ParticipantDuration": str(participant.duration)}


def _track(_account: Account, track: Any) -> dict[str, str]:
    return {"TrackSid": track.sid, "TrackKind": track.kind.value}


# The order of the parameters is that of real payloads; those of tracks are Inferred from them.
CALLBACKS: Final[dict[str, tuple[Part, ...]]] = {
    "room-created": (_room,),
    "room-ended": (_room, _room_duration),
    "participant-connected": (_room, _participant),
    "participant-disconnected": (_room, _participant, _participant_duration),
    "track-added": (_room, _participant, _track),
    "track-removed": (_room, _participant, _track),
    "track-enabled": (_room, _participant, _track),
    "track-disabled": (_room, _participant, _track),
}


class StatusCallbacks:
    """Listens to an account, and queues what its rooms want to be told."""

    def __init__(self, account: Account, callbacks: Callbacks) -> None:
        self._account = account
        self._callbacks = callbacks
        self._sent: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Queue the callback of *event*, if it has one and somebody wants it."""
        parts = CALLBACKS.get(event.name)
        if parts is None:
            return
        room = _room_of(self._account, event.record)
        # Counted whether or not somebody listens. Twilio calls the number internal, and no order.
        number = self._sent[room.sid] = self._sent.get(room.sid, -1) + 1
        if room.status_callback is None:
            return
        params: dict[str, str] = {}
        for part in parts:
            params |= part(self._account, event.record)
        params |= {
            "SequenceNumber": str(number),
            "StatusCallbackEvent": event.name,
            "Timestamp": moment(event.at),
            "AccountSid": room.account_sid,
        }
        self._callbacks.queue(
            event=event.name,
            params=params,
            url=room.status_callback,
            method=room.status_callback_method,
            at=event.at,
            room_sid=room.sid,
            account_sid=room.account_sid,
        )


def _room_of(account: Account, record: Record) -> Room:
    return record if isinstance(record, Room) else account.table(Room)[record.room_sid]  # type: ignore[attr-defined]


def _participant_of(account: Account, record: Record) -> Participant:
    if isinstance(record, Participant):
        return record
    return account.table(Participant)[record.participant_sid]  # type: ignore[attr-defined]
