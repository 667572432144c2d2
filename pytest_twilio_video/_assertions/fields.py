"""Field names: what can be asserted or arranged, for editors to complete and mypy to check.

The values of assertions are typed as `object`, because a matcher (`unittest.mock.ANY`,
dirty-equals, a regular expression) may stand for any of them. A test compares the names with
those of the records, the callbacks and the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict


if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = [
    "CALLBACK_PARAMS",
    "CallbackParams",
    "CompositionFields",
    "NewRoom",
    "RecordingFields",
    "RoomFields",
]


class NewRoom(TypedDict, total=False):
    """The parameters of ``rooms.create()``."""

    unique_name: str | None
    type: str
    enable_turn: bool
    status_callback: str | None
    status_callback_method: str
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
    """The fields of a room."""

    sid: object
    date_created: object
    status: object
    date_updated: object
    account_sid: object
    enable_turn: object
    unique_name: object
    status_callback: object
    status_callback_method: object
    end_time: object
    duration: object
    type: object
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
    """The fields of a recording."""

    sid: object
    date_created: object
    room_sid: object
    account_sid: object
    status: object
    source_sid: object
    size: object
    type: object
    duration: object
    container_format: object
    codec: object
    grouping_sids: object
    track_name: object
    offset: object
    media_external_location: object
    status_callback: object
    status_callback_method: object


class CompositionFields(TypedDict, total=False):
    """The fields of a composition."""

    sid: object
    date_created: object
    account_sid: object
    status: object
    date_completed: object
    date_deleted: object
    room_sid: object
    audio_sources: object
    audio_sources_excluded: object
    video_layout: object
    resolution: object
    trim: object
    format: object
    bitrate: object
    size: object
    duration: object
    media_external_location: object
    status_callback: object
    status_callback_method: object


class _AnyCallback(TypedDict, total=False):
    status_callback_event: object
    timestamp: object
    account_sid: object


class _InRoom(_AnyCallback, total=False):
    room_status: object
    room_type: object
    room_sid: object
    room_name: object
    sequence_number: object


class _RoomEnded(_InRoom, total=False):
    room_duration: object


class _OfParticipant(_InRoom, total=False):
    participant_sid: object
    participant_identity: object
    participant_status: object


class _ParticipantDisconnected(_OfParticipant, total=False):
    participant_duration: object


class _OfTrack(_OfParticipant, total=False):
    track_sid: object
    track_kind: object
    track_name: object


class _OfRecording(_AnyCallback, total=False):
    room_sid: object
    room_name: object
    room_type: object
    participant_sid: object
    participant_identity: object
    recording_sid: object
    source_sid: object
    recording_uri: object
    track_name: object
    type: object
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
    """The parameters of all callbacks. `CALLBACK_PARAMS` has those of each event."""


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
