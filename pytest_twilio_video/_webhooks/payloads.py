"""The payloads of status callbacks: one table of events, their subscribers and parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from .._engine.account import record_of
from .._resources.composition_hooks import CompositionHook
from .._resources.compositions import PROCESSING, Composition
from .._resources.participants import Participant, ParticipantStatus
from .._resources.recordings import Recording
from .._resources.rooms import Room


if TYPE_CHECKING:
    from .._engine.account import Account, Event


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
"""The keys of `CALLBACKS`, for type checkers and editors. A test compares them with the table."""


class Subscriber(Protocol):
    """A resource that may have a StatusCallback."""

    @property
    def account_sid(self) -> str:
        """The account whose auth token signs the callback."""

    @property
    def status_callback(self) -> str | None:
        """The URL that callbacks are sent to, or `None` if the application set none."""

    @property
    def status_callback_method(self) -> str:
        """``POST`` or ``GET``."""


class Payload(NamedTuple):
    """The payload of an event's callback, and the resource whose StatusCallback receives it."""

    names: tuple[str, ...]
    """The names of the parameters, in the order in which they are sent."""
    subscriber: Callable[[Account, Any], Subscriber]
    """Returns the resource with the StatusCallback. Its argument is the record of the event."""
    is_precise: bool = False
    """Whether the timestamp has microseconds. Only recordings have such timestamps."""

    @property
    def is_numbered(self) -> bool:
        """Whether the payload has a SequenceNumber. Only callbacks of rooms have one."""
        return "SequenceNumber" in self.names


def _timestamp(at: datetime, *, is_precise: bool) -> str:
    """Return *at* as callbacks write it: with a fraction of the second, unlike REST documents.

    A precise one has microseconds, but not a last group of 000: ``.206015Z`` and ``.106Z`` were
    observed.

    Inferred: the timestamp of a recording at a whole second ends in ``.000``, as in other
    callbacks.
    """
    plain = at.astimezone(timezone.utc).replace(tzinfo=None)
    has_microseconds = is_precise and plain.microsecond % 1000
    return plain.isoformat(timespec="microseconds" if has_microseconds else "milliseconds") + "Z"


def _room_of(account: Account, record: Any) -> Room:
    return record if isinstance(record, Room) else account.table(Room)[record.room_sid]


def _participant_of(account: Account, record: Any) -> Participant:
    if isinstance(record, Participant):
        return record
    if isinstance(record, Recording):
        return account.table(Participant)[record.grouping_sids["participant_sid"]]
    return account.table(Participant)[record.participant_sid]


def _itself(_account: Account, composition: Composition) -> Subscriber:
    return composition


def _hook_of(account: Account, record: Any) -> CompositionHook:
    return account.table(CompositionHook)[record.hook_sid]


def _participant_status(account: Account, record: Any) -> str:
    # The page on status callbacks lists only "connected" and "disconnected". So a participant who
    # has lost the network is "connected" in callbacks.
    is_gone = _participant_of(account, record).end_time is not None
    status = ParticipantStatus.DISCONNECTED if is_gone else ParticipantStatus.CONNECTED
    return status.value


def _seconds_remaining(_account: Account, composition: Composition) -> str:
    remaining = PROCESSING * (100 - composition.percentage_done) / 100
    return str(int(remaining.total_seconds()))


# How each parameter is computed from the record of the event. `None` omits the parameter.
PARAMETERS: Final[dict[str, Callable[[Account, Any], str | None]]] = {
    "RoomStatus": lambda account, record: _room_of(account, record).status.value,
    "RoomType": lambda account, record: _room_of(account, record).type.value,
    "RoomSid": lambda _, record: record.sid if isinstance(record, Room) else record.room_sid,
    # The SID of a room without a name, as payloads of 2023 show.
    "RoomName": lambda account, record: _room_of(account, record).unique_name,
    "RoomDuration": lambda _, room: str(room.duration),
    "ParticipantSid": lambda account, record: _participant_of(account, record).sid,
    "ParticipantIdentity": lambda account, record: _participant_of(account, record).identity,
    "ParticipantStatus": _participant_status,
    "ParticipantDuration": lambda _, participant: str(participant.duration),
    "TrackSid": lambda _, track: track.sid,
    "TrackKind": lambda _, track: track.kind.value,
    "TrackName": lambda _, record: (
        record.track_name if isinstance(record, Recording) else record.name
    ),
    "RecordingSid": lambda _, recording: recording.sid,
    "SourceSid": lambda _, recording: recording.source_sid,
    "RecordingUri": lambda _, recording: f"/v1/Recordings/{recording.sid}",
    "Type": lambda _, recording: recording.type.value,
    "Container": lambda _, recording: recording.container_format,
    "Codec": lambda _, recording: recording.codec,
    "OffsetFromTwilioVideoEpoch": lambda _, recording: str(recording.offset),
    "CompositionSid": lambda _, composition: composition.sid,
    "CompositionUri": lambda _, composition: f"/v1/Compositions/{composition.sid}",
    "PercentageDone": lambda _, composition: str(composition.percentage_done),
    "SecondsRemaining": _seconds_remaining,
    "HookSid": lambda _, record: record.hook_sid,
    "HookUri": lambda _, record: f"/v1/CompositionHooks/{record.hook_sid}",
    "HookFriendlyName": lambda account, record: _hook_of(account, record).friendly_name,
    "MediaUri": lambda _, record: (
        f"/v1/{'Recordings' if isinstance(record, Recording) else 'Compositions'}"
        f"/{record.sid}/Media"
    ),
    "Duration": lambda _, record: str(record.duration),
    "Size": lambda _, record: str(record.size),
    "MediaExternalLocation": lambda _, record: record.media_external_location,
    "FailedOperation": lambda _, record: record.failed_operation,
    "ErrorMessage": lambda _, record: record.error_message,
}


def _in_room(names: str) -> Payload:
    return Payload(tuple(names.split()), _room_of)


def _of_recording(names: str) -> Payload:
    return Payload(tuple(names.split()), _room_of, is_precise=True)


def _of_composition(names: str) -> Payload:
    return Payload(tuple(names.split()), _itself)


def _of_hook(names: str) -> Payload:
    return Payload(tuple(names.split()), _hook_of)


_TRACK: Final = _in_room(
    "RoomStatus RoomSid RoomName ParticipantStatus ParticipantIdentity StatusCallbackEvent "
    "Timestamp AccountSid TrackKind RoomType TrackSid SequenceNumber TrackName ParticipantSid"
)

# The parameters are in the order of payloads that were captured in 2023 and 2024, and for
# composition-available in 2020.
# Inferred: the parameters of events that nobody has captured are in the order of the most similar
# event.
CALLBACKS: Final = {
    "room-created": _in_room(
        "RoomStatus RoomType RoomSid RoomName SequenceNumber StatusCallbackEvent Timestamp "
        "AccountSid"
    ),
    "room-ended": _in_room(
        "RoomStatus RoomType RoomSid RoomName RoomDuration SequenceNumber StatusCallbackEvent "
        "Timestamp AccountSid"
    ),
    "participant-connected": _in_room(
        "RoomStatus RoomType RoomSid RoomName ParticipantStatus ParticipantIdentity "
        "SequenceNumber StatusCallbackEvent Timestamp ParticipantSid AccountSid"
    ),
    "participant-disconnected": _in_room(
        "RoomStatus RoomType RoomSid RoomName ParticipantDuration ParticipantStatus "
        "ParticipantIdentity SequenceNumber StatusCallbackEvent Timestamp ParticipantSid "
        "AccountSid"
    ),
    "track-added": _TRACK,
    "track-removed": _TRACK,
    "track-enabled": _TRACK,
    "track-disabled": _TRACK,
    "recording-started": _of_recording(
        "RoomSid RoomName SourceSid ParticipantIdentity RecordingSid StatusCallbackEvent "
        "Timestamp AccountSid RecordingUri Codec Container Type RoomType "
        "OffsetFromTwilioVideoEpoch TrackName ParticipantSid"
    ),
    "recording-completed": _of_recording(
        "MediaUri RoomSid RoomName SourceSid Size MediaExternalLocation ParticipantIdentity "
        "RecordingSid Duration StatusCallbackEvent Timestamp AccountSid RecordingUri Codec "
        "Container Type RoomType OffsetFromTwilioVideoEpoch TrackName ParticipantSid"
    ),
    "recording-failed": _of_recording(
        "RoomSid RoomName SourceSid FailedOperation ParticipantIdentity RecordingSid "
        "StatusCallbackEvent Timestamp AccountSid RecordingUri Codec Container Type RoomType "
        "OffsetFromTwilioVideoEpoch TrackName ParticipantSid"
    ),
    "composition-enqueued": _of_composition(
        "RoomSid HookSid HookUri HookFriendlyName CompositionSid StatusCallbackEvent Timestamp "
        "AccountSid CompositionUri"
    ),
    "composition-hook-failed": _of_hook(
        "RoomSid HookSid HookUri HookFriendlyName FailedOperation ErrorMessage "
        "StatusCallbackEvent Timestamp AccountSid"
    ),
    "composition-started": _of_composition(
        "RoomSid CompositionSid StatusCallbackEvent Timestamp AccountSid CompositionUri"
    ),
    "composition-progress": _of_composition(
        "RoomSid PercentageDone SecondsRemaining CompositionSid StatusCallbackEvent Timestamp "
        "AccountSid CompositionUri"
    ),
    "composition-available": _of_composition(
        "MediaUri RoomSid Size MediaExternalLocation CompositionSid Duration "
        "StatusCallbackEvent Timestamp AccountSid CompositionUri"
    ),
    "composition-failed": _of_composition(
        "RoomSid FailedOperation ErrorMessage CompositionSid StatusCallbackEvent Timestamp "
        "AccountSid CompositionUri"
    ),
}


class StatusCallbacks:
    """Queues the callback of each event of an account, if a StatusCallback is set for it.

    *queue* is called with the parts of the callback as keyword arguments.
    """

    def __init__(self, account: Account, queue: Callable[..., object]) -> None:
        self._account = account
        self._queue = queue
        self._sequence_numbers: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Queue the callback of *event*, if there is one and a StatusCallback is set for it."""
        payload = CALLBACKS.get(event.name)
        if payload is None:
            return
        number = self._number(event) if payload.is_numbered else ""
        record = record_of(event)
        subscriber = payload.subscriber(self._account, record)
        if subscriber.status_callback is None:
            return
        common = {
            "SequenceNumber": number,
            "StatusCallbackEvent": event.name,
            "Timestamp": _timestamp(event.at, is_precise=payload.is_precise),
            "AccountSid": subscriber.account_sid,
        }
        params = {}
        for name in payload.names:
            text = common.get(name) or PARAMETERS[name](self._account, record)
            if text is not None:
                params[name] = text
        self._queue(
            event=event.name,
            params=params,
            url=subscriber.status_callback,
            method=subscriber.status_callback_method,
            at=event.at,
            room_sid=event.room_sid,
            account_sid=subscriber.account_sid,
        )

    def _number(self, event: Event) -> str:
        """Return the next SequenceNumber of the room. Events without a StatusCallback count too.

        Twilio says that the number is internal and does not show the order of events.
        """
        sid = event.room_sid or ""
        self._sequence_numbers[sid] = self._sequence_numbers.get(sid, -1) + 1
        return str(self._sequence_numbers[sid])
