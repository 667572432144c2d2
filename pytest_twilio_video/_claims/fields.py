"""What can be claimed, by name: for editors to complete, and for type checkers to know.

Values are objects, because a matcher (`unittest.mock.ANY`, dirty-equals, a
regular expression) may stand in for any of them. A test compares the names
with those of the records and of the callbacks.
"""

from __future__ import annotations

from typing import Final, TypedDict


__all__ = ["CALLBACK_PARAMS", "CallbackParams", "RoomFields"]


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


class CallbackParams(_RoomEnded, _ParticipantDisconnected, _OfTrack, total=False):
    """The parameters of all callbacks; which of them one has, is in `CALLBACK_PARAMS`."""


CALLBACK_PARAMS: Final[dict[str, type]] = {
    "room-created": _InRoom,
    "room-ended": _RoomEnded,
    "participant-connected": _OfParticipant,
    "participant-disconnected": _ParticipantDisconnected,
    "track-added": _OfTrack,
    "track-removed": _OfTrack,
    "track-enabled": _OfTrack,
    "track-disabled": _OfTrack,
}
