"""Field names: the keywords of assertions, which editors complete and type checkers check.

Most values are typed as `object`, because a matcher (`unittest.mock.ANY`, dirty-equals, a regular
expression) may replace any of them. The values of an enumeration are typed as its texts, so that
a type checker rejects an unknown text. A test compares the names with the names in the records,
the callbacks and the calls, and the texts with the texts of the enumerations.
"""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, TypedDict

from .._resources.compositions import CompositionStatus, Format
from .._resources.participants import ParticipantStatus
from .._resources.published_tracks import TrackKind
from .._resources.recordings import RecordingStatus
from .._resources.rooms import RoomStatus, RoomType


if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = [
    "CALLBACK_PARAMS",
    "AnyTrackKind",
    "CallbackParams",
    "CompositionFields",
    "Method",
    "NewRoom",
    "RecordingFields",
    "RoomFields",
]


class Matcher(Protocol):
    """A matcher of dirty-equals. For `unittest.mock.ANY` no type is needed: it has any type."""

    def equals(self, other: Any, /) -> bool:
        """Return whether *other* matches."""


Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
CallbackMethod: TypeAlias = Literal["GET", "POST"]
AnyRoomType: TypeAlias = RoomType | Literal["group", "go", "peer-to-peer", "group-small"]
AnyTrackKind: TypeAlias = TrackKind | Literal["audio", "video", "data"]

WantedRoomStatus: TypeAlias = (
    RoomStatus | Literal["in-progress", "completed", "failed"] | re.Pattern[str] | Matcher
)
WantedRoomType: TypeAlias = AnyRoomType | re.Pattern[str] | Matcher
WantedParticipantStatus: TypeAlias = (
    ParticipantStatus | Literal["connected", "disconnected"] | re.Pattern[str] | Matcher
)
"""The statuses of participants in callbacks, which never have ``reconnecting``."""
WantedTrackKind: TypeAlias = AnyTrackKind | re.Pattern[str] | Matcher
WantedRecordingStatus: TypeAlias = (
    RecordingStatus
    | Literal["processing", "completed", "deleted", "failed"]
    | re.Pattern[str]
    | Matcher
)
WantedCompositionStatus: TypeAlias = (
    CompositionStatus
    | Literal["enqueued", "processing", "completed", "deleted", "failed"]
    | re.Pattern[str]
    | Matcher
)
WantedRecordedKind: TypeAlias = TrackKind | Literal["audio", "video"] | re.Pattern[str] | Matcher
WantedFormat: TypeAlias = Format | Literal["mp4", "webm"] | re.Pattern[str] | Matcher
WantedMethod: TypeAlias = CallbackMethod | re.Pattern[str] | Matcher


class NewRoom(TypedDict, total=False):
    """The keyword arguments of ``rooms.create()``."""

    unique_name: str | None
    type: AnyRoomType
    enable_turn: bool
    status_callback: str | None
    status_callback_method: CallbackMethod
    max_participants: int | None
    record_participants_on_connect: bool
    recording_rules: Any
    transcribe_participants_on_connect: bool
    transcriptions_configuration: Any
    video_codecs: Sequence[str] | None
    media_region: str
    audio_only: bool
    max_participant_duration: int
    empty_room_timeout: int
    unused_room_timeout: int
    large_room: bool


class RoomFields(TypedDict, total=False):
    """The fields of a room that an assertion can name."""

    sid: object
    date_created: object
    status: WantedRoomStatus
    date_updated: object
    account_sid: object
    enable_turn: object
    unique_name: object
    status_callback: object
    status_callback_method: WantedMethod
    end_time: object
    duration: object
    type: WantedRoomType
    max_participants: object
    max_participant_duration: object
    max_concurrent_published_tracks: object
    record_participants_on_connect: object
    video_codecs: object
    media_region: object
    audio_only: object
    empty_room_timeout: object
    unused_room_timeout: object
    large_room: object


class RecordingFields(TypedDict, total=False):
    """The fields of a recording that an assertion can name."""

    sid: object
    date_created: object
    room_sid: object
    account_sid: object
    status: WantedRecordingStatus
    source_sid: object
    size: object
    type: WantedTrackKind
    duration: object
    container_format: object
    codec: object
    grouping_sids: object
    track_name: object
    offset: object
    media_external_location: object
    status_callback: object
    status_callback_method: WantedMethod


class CompositionFields(TypedDict, total=False):
    """The fields of a composition that an assertion can name."""

    sid: object
    date_created: object
    account_sid: object
    status: WantedCompositionStatus
    date_completed: object
    date_deleted: object
    room_sid: object
    audio_sources: object
    audio_sources_excluded: object
    video_layout: object
    resolution: object
    trim: object
    format: WantedFormat
    bitrate: object
    size: object
    duration: object
    media_external_location: object
    status_callback: object
    status_callback_method: WantedMethod


class _AnyCallback(TypedDict, total=False):
    status_callback_event: object
    timestamp: object
    account_sid: object


class _InRoom(_AnyCallback, total=False):
    room_status: WantedRoomStatus
    room_type: WantedRoomType
    room_sid: object
    room_name: object
    sequence_number: object


class _RoomEnded(_InRoom, total=False):
    room_duration: object


class _OfParticipant(_InRoom, total=False):
    participant_sid: object
    participant_identity: object
    participant_status: WantedParticipantStatus


class _ParticipantDisconnected(_OfParticipant, total=False):
    participant_duration: object


class _OfTrack(_OfParticipant, total=False):
    track_sid: object
    track_kind: WantedTrackKind
    track_name: object


class _OfRecording(_AnyCallback, total=False):
    room_sid: object
    room_name: object
    room_type: WantedRoomType
    participant_sid: object
    participant_identity: object
    recording_sid: object
    source_sid: object
    recording_uri: object
    track_name: object
    type: WantedRecordedKind
    container: object
    codec: object
    offset_from_twilio_video_epoch: object


class _File(TypedDict, total=False):
    media_uri: object
    duration: object
    size: object
    media_external_location: object


class _RecordingCompleted(_OfRecording, _File, total=False):
    pass


class _RecordingFailed(_OfRecording, total=False):
    failed_operation: object


class _OfComposition(_AnyCallback, total=False):
    room_sid: object
    composition_sid: object
    composition_uri: object


class _OfHook(TypedDict, total=False):
    hook_sid: object
    hook_uri: object
    hook_friendly_name: object


class _CompositionEnqueued(_OfComposition, _OfHook, total=False):
    pass


class _CompositionProgress(_OfComposition, total=False):
    percentage_done: object
    seconds_remaining: object


class _CompositionAvailable(_OfComposition, _File, total=False):
    pass


class _CompositionFailed(_OfComposition, total=False):
    failed_operation: object
    error_message: object


class _HookFailed(_AnyCallback, _OfHook, total=False):
    room_sid: object
    failed_operation: object
    error_message: object


class CallbackParams(
    _RoomEnded,
    _ParticipantDisconnected,
    _OfTrack,
    _RecordingCompleted,
    _CompositionEnqueued,
    _CompositionProgress,
    _CompositionFailed,
    total=False,
):
    """The parameters of all callbacks. `CALLBACK_PARAMS` has the parameters of each event."""


# The table in `_webhooks/payloads.py` has the same names, but computes them: type checkers and
# editors read only classes like those above. A test compares the two.
CALLBACK_PARAMS: Final[dict[str, type]] = {
    "room-created": _InRoom,
    "room-ended": _RoomEnded,
    "participant-connected": _OfParticipant,
    "participant-disconnected": _ParticipantDisconnected,
    "track-added": _OfTrack,
    "track-removed": _OfTrack,
    "track-enabled": _OfTrack,
    "track-disabled": _OfTrack,
    "recording-started": _OfRecording,
    "recording-completed": _RecordingCompleted,
    "recording-failed": _RecordingFailed,
    "composition-enqueued": _CompositionEnqueued,
    "composition-hook-failed": _HookFailed,
    "composition-started": _OfComposition,
    "composition-progress": _CompositionProgress,
    "composition-available": _CompositionAvailable,
    "composition-failed": _CompositionFailed,
}
