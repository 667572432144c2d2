"""Callbacks: which event is told to whom, and in which words. All that goes out, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .._resources.participants import Participant
from .._resources.recordings import Recording
from .._resources.rooms import Room


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account
    from .._engine.events import Event
    from .._engine.records import Record
    from .delivery import Callbacks

    Part = Callable[[Account, Any], dict[str, str]]


def moment(at: datetime, timespec: str = "milliseconds") -> str:
    """Return *at* as callbacks have it: with a fraction, unlike REST documents."""
    plain = at.astimezone(timezone.utc).replace(tzinfo=None)
    return plain.isoformat(timespec=timespec) + "Z"


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


def _recording(account: Account, recording: Recording) -> dict[str, str]:
    room = _room_of(account, recording)
    participant = account.table(Participant)[recording.grouping_sids["participant_sid"]]
    return {
        "RoomSid": room.sid,
        "RoomName": room.unique_name,
        "RoomType": room.type.value,
        "ParticipantSid": participant.sid,
        "ParticipantIdentity": participant.identity,
        "RecordingSid": recording.sid,
        "SourceSid": recording.source_sid,
        "RecordingUri": f"/v1/Recordings/{recording.sid}",
        "TrackName": recording.track_name,
        "Type": recording.type.value,
        "Container": recording.container_format,
        "Codec": recording.codec,
        "OffsetFromTwilioVideoEpoch": str(recording.offset),
    }


def _recorded(_account: Account, recording: Recording) -> dict[str, str]:
    said = {
        "MediaUri": f"/v1/Recordings/{recording.sid}/Media",
        "Duration": str(recording.duration),
        "Size": str(recording.size),
    }
    if recording.media_external_location:
        said["MediaExternalLocation"] = recording.media_external_location
    return said


def _failed_operation(_account: Account, record: Any) -> dict[str, str]:
    return {"FailedOperation": record.failed_operation}


# The order of the parameters is that of real payloads, where there are any, else Inferred.
CALLBACKS: Final[dict[str, tuple[Part, ...]]] = {
    "room-created": (_room,),
    "room-ended": (_room, _room_duration),
    "participant-connected": (_room, _participant),
    "participant-disconnected": (_room, _participant, _participant_duration),
    "track-added": (_room, _participant, _track),
    "track-removed": (_room, _participant, _track),
    "track-enabled": (_room, _participant, _track),
    "track-disabled": (_room, _participant, _track),
    "recording-started": (_recording,),
    "recording-completed": (_recording, _recorded),
    "recording-failed": (_recording, _failed_operation),
}


@dataclass(frozen=True)
class Family:
    """What the events of one kind of thing have in common.

    *addressee* finds the record whose ``status_callback`` is told. Numbered are
    only the events of rooms, and what happens to media has finer timestamps:
    both by real payloads.
    """

    addressee: Callable[[Account, Any], Any]
    timespec: str
    is_numbered: bool


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
        family = FAMILIES.get(type(event.record), ROOM)
        tail = self._number(event) if family.is_numbered else {}
        addressee = family.addressee(self._account, event.record)
        if addressee.status_callback is None:
            return
        params: dict[str, str] = {}
        for part in parts:
            params |= part(self._account, event.record)
        params |= tail | {
            "StatusCallbackEvent": event.name,
            "Timestamp": moment(event.at, family.timespec),
            "AccountSid": addressee.account_sid,
        }
        self._callbacks.queue(
            event=event.name,
            params=params,
            url=addressee.status_callback,
            method=addressee.status_callback_method,
            at=event.at,
            room_sid=event.room_sid,
            account_sid=addressee.account_sid,
        )

    def _number(self, event: Event) -> dict[str, str]:
        """Count the events of a room, whether or not somebody listens.

        Twilio calls the number internal, and no order.
        """
        sid = event.room_sid or ""
        self._sent[sid] = self._sent.get(sid, -1) + 1
        return {"SequenceNumber": str(self._sent[sid])}


def _room_of(account: Account, record: Record) -> Room:
    return record if isinstance(record, Room) else account.table(Room)[record.room_sid]  # type: ignore[attr-defined]


def _participant_of(account: Account, record: Record) -> Participant:
    if isinstance(record, Participant):
        return record
    return account.table(Participant)[record.participant_sid]  # type: ignore[attr-defined]


ROOM: Final = Family(_room_of, "milliseconds", is_numbered=True)
FAMILIES: Final[dict[type[Record], Family]] = {
    Recording: Family(_room_of, "microseconds", is_numbered=False),
}
