"""The payloads of status callbacks: one table of events, subscribers and parameters."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from .._resources.composition_hooks import CompositionHook, HookFailure
from .._resources.compositions import PROCESSING, Composition
from .._resources.participants import Participant
from .._resources.recordings import Recording
from .._resources.rooms import Room


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account, Event
    from .._engine.records import Record

    Part = Callable[[Account, Any], dict[str, str]]


CallbackEvent: TypeAlias = Literal[
    "room-created",
    "room-ended",
    "participant-connected",
    "participant-disconnected",
    "track-added",
    "track-removed",
    "track-enabled",
    "track-disabled",
    "recording-started",
    "recording-completed",
    "recording-failed",
    "composition-enqueued",
    "composition-hook-failed",
    "composition-started",
    "composition-progress",
    "composition-available",
    "composition-failed",
]
"""The keys of `CALLBACKS`, for type checkers and editors. A test compares the two."""


class Subscriber(Protocol):
    """A resource that may have a StatusCallback."""

    @property
    def account_sid(self) -> str:
        """The account whose auth token signs the callback."""

    @property
    def status_callback(self) -> str | None:
        """The URL that callbacks are sent to; `None` if it was not set."""

    @property
    def status_callback_method(self) -> str:
        """``POST`` or ``GET``."""


class Payload(NamedTuple):
    """The contents of an event's callback, and the resource whose StatusCallback gets it."""

    subscriber: Callable[[Account, Any], Subscriber]
    """Finds the resource with the StatusCallback, given the record that the event is about."""
    parts: tuple[Part, ...]
    is_numbered: bool = False
    """Whether it has a SequenceNumber. In real payloads, only callbacks of rooms have one."""
    timespec: str = "milliseconds"
    """The precision of the timestamp. In a real payload, a recording's timestamp is finer."""

    def params(self, account: Account, record: Record) -> dict[str, str]:
        """Return the parameters of *record* from all parts, in order."""
        return {name: text for part in self.parts for name, text in part(account, record).items()}


def _timestamp(at: datetime, timespec: str) -> str:
    """Return *at* as callbacks show it: with a fraction, unlike REST documents."""
    plain = at.astimezone(timezone.utc).replace(tzinfo=None)
    return plain.isoformat(timespec=timespec) + "Z"


def _room_of(account: Account, record: Record) -> Room:
    return record if isinstance(record, Room) else account.table(Room)[record.room_sid]  # type: ignore[attr-defined]


def _participant_of(account: Account, record: Record) -> Participant:
    if isinstance(record, Participant):
        return record
    return account.table(Participant)[record.participant_sid]  # type: ignore[attr-defined]


def _room(account: Account, record: Record) -> dict[str, str]:
    room = _room_of(account, record)
    return {
        "RoomStatus": room.status.value,
        "RoomType": room.type.value,
        "RoomSid": room.sid,
        # Inferred: a room without a name has its SID as its name here as well.
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
    return _file(recording, f"/v1/Recordings/{recording.sid}/Media")


def _file(record: Recording | Composition, uri: str) -> dict[str, str]:
    params = {"MediaUri": uri, "Duration": str(record.duration), "Size": str(record.size)}
    if record.media_external_location:
        params["MediaExternalLocation"] = record.media_external_location
    return params


def _failed_operation(_account: Account, record: Any) -> dict[str, str]:
    return {"FailedOperation": record.failed_operation}


def _itself(_account: Account, composition: Composition) -> Subscriber:
    return composition


def _hook_of(account: Account, record: Any) -> CompositionHook:
    return account.table(CompositionHook)[record.hook_sid]


def _composition(_account: Account, composition: Composition) -> dict[str, str]:
    return {
        "RoomSid": composition.room_sid,
        "CompositionSid": composition.sid,
        "CompositionUri": f"/v1/Compositions/{composition.sid}",
    }


def _hook(account: Account, record: Any) -> dict[str, str]:
    hook = _hook_of(account, record)
    return {
        "HookSid": hook.sid,
        "HookUri": f"/v1/CompositionHooks/{hook.sid}",
        "HookFriendlyName": hook.friendly_name,
    }


def _progress(_account: Account, composition: Composition) -> dict[str, str]:
    remaining = PROCESSING * (100 - composition.percentage_done) / 100
    return {
        "PercentageDone": str(composition.percentage_done),
        "SecondsRemaining": str(int(remaining.total_seconds())),
    }


def _composed(_account: Account, composition: Composition) -> dict[str, str]:
    return _file(composition, f"/v1/Compositions/{composition.sid}/Media")


def _failure_room(_account: Account, failure: HookFailure) -> dict[str, str]:
    return {"RoomSid": failure.room_sid}


def _error_message(_account: Account, record: Any) -> dict[str, str]:
    return {"ErrorMessage": record.error_message}


def _in_room(*parts: Part) -> Payload:
    return Payload(_room_of, (_room, *parts), is_numbered=True)


def _of_recording(*parts: Part) -> Payload:
    return Payload(_room_of, (_recording, *parts), timespec="microseconds")


def _of_composition(*parts: Part) -> Payload:
    return Payload(_itself, (_composition, *parts))


# The parameters are in the order of real payloads, or Inferred if no real payload is known.
CALLBACKS: Final = {
    "room-created": _in_room(),
    "room-ended": _in_room(_room_duration),
    "participant-connected": _in_room(_participant),
    "participant-disconnected": _in_room(_participant, _participant_duration),
    "track-added": _in_room(_participant, _track),
    "track-removed": _in_room(_participant, _track),
    "track-enabled": _in_room(_participant, _track),
    "track-disabled": _in_room(_participant, _track),
    "recording-started": _of_recording(),
    "recording-completed": _of_recording(_recorded),
    "recording-failed": _of_recording(_failed_operation),
    "composition-enqueued": _of_composition(_hook),
    "composition-hook-failed": Payload(
        _hook_of, (_failure_room, _hook, _failed_operation, _error_message)
    ),
    "composition-started": _of_composition(),
    "composition-progress": _of_composition(_progress),
    "composition-available": _of_composition(_composed),
    "composition-failed": _of_composition(_failed_operation, _error_message),
}


class StatusCallbacks:
    """Queues the callback of each event of an account, if the application subscribed to it.

    *queue* is called with the parts of a callback as keyword arguments.
    """

    def __init__(self, account: Account, queue: Callable[..., object]) -> None:
        self._account = account
        self._queue = queue
        self._sequence_numbers: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Queue the callback of *event*, if it has one and its URL is set."""
        payload = CALLBACKS.get(event.name)
        if payload is None:
            return
        numbered = self._number(event) if payload.is_numbered else {}
        subscriber = payload.subscriber(self._account, event.record)
        if subscriber.status_callback is None:
            return
        common = {
            "StatusCallbackEvent": event.name,
            "Timestamp": _timestamp(event.at, payload.timespec),
            "AccountSid": subscriber.account_sid,
        }
        self._queue(
            event=event.name,
            params=payload.params(self._account, event.record) | numbered | common,
            url=subscriber.status_callback,
            method=subscriber.status_callback_method,
            at=event.at,
            room_sid=event.room_sid,
            account_sid=subscriber.account_sid,
        )

    def _number(self, event: Event) -> dict[str, str]:
        """Count the events of the room, with or without a StatusCallback.

        Twilio says that the number is internal, and does not show the order.
        """
        sid = event.room_sid or ""
        self._sequence_numbers[sid] = self._sequence_numbers.get(sid, -1) + 1
        return {"SequenceNumber": str(self._sequence_numbers[sid])}
