"""The recorder: it starts and completes recordings, as the recording rules demand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Final

from .._engine.account import Account
from .._engine.parameters import Json, RefusedWith
from .._engine.records import struct
from .._engine.refusals import (
    INVALID_RECORDING_RULES,
    RECORDING_NOT_SUPPORTED,
    ROOM_COMPLETED,
    Refusal,
)
from . import recordings, rules
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .recordings import Recording, RecordingStatus
from .rooms import WITHOUT_MEDIA_SERVER, Room
from .storage_settings import RecordingSettings, location


@struct(kw_only=True, slots=True)
class RecordingRules:
    """The recording rules of a room. Filters that are not set are not shown."""

    room_sid: str
    rules: list[dict[str, Any]]
    date_created: datetime
    date_updated: datetime


@struct(kw_only=True)
class UpdateRecordingRules:
    """The parameters of an update: the new rules, which replace all current rules."""

    rules: Annotated[Any, Json(), RefusedWith(INVALID_RECORDING_RULES)] = None


# From this moment on, in three rooms of 2020, 2023 and 2024, the offsets count to the arrival of
# the first participant.
EPOCH: Final = datetime(2015, 9, 20, 12, 0, 0, tzinfo=timezone.utc)


def start(account: Account, track: PublishedTrack) -> None:
    """Start recording *track* if the rules of its room include the track.

    Inferred: a track that is muted all the time is recorded, too. Twilio may leave it out.
    """
    room = account.table(Room)[track.room_sid]
    if _is_included(account, room, track) and not _current_recording(account, track):
        recording = account.add(Recording, **_new_fields(account, room, track))
        account.announce("recording-started", recording)


def finish(account: Account, track: PublishedTrack) -> None:
    """Complete the recording of *track*, if there is one."""
    recording = _current_recording(account, track)
    if recording is not None:
        _complete(account, recording)


def finish_of_participant(account: Account, participant: Participant) -> None:
    """Complete the recordings of *participant*, who has left."""
    for recording in account.select(
        Recording, room_sid=participant.room_sid, status=RecordingStatus.PROCESSING
    ):
        if recording.grouping_sids["participant_sid"] == participant.sid:
            _complete(account, recording)


def finish_of_room(account: Account, room: Room) -> None:
    """Complete the recordings of *room*, which has ended.

    Observed in 2024: the recordings of the last participant of an ad-hoc room are completed after
    the end of the room.
    """
    for recording in account.select(
        Recording, room_sid=room.sid, status=RecordingStatus.PROCESSING
    ):
        _complete(account, recording)


def _complete(account: Account, recording: Recording) -> None:
    """Complete *recording* and its media immediately.

    This is a simplification. Twilio was seen to take up to two seconds, and some more time until
    the media can be downloaded.
    """
    file_name = recordings.file_name(recording)
    recordings.LIFECYCLE.move(
        account,
        recording,
        RecordingStatus.COMPLETED,
        duration=_duration(account, recording),
        size=len(recordings.media_of(recording)),
        media_external_location=location(account, RecordingSettings, file_name),
    )


def fetch_rules(_account: Account, room: Room) -> RecordingRules:
    """Return the rules of *room*.

    Inferred: a room that was never given recording rules shows one rule, which excludes all
    tracks.
    """
    return RecordingRules(
        room_sid=room.sid,
        rules=[rule.document(nulls=False) for rule in room.recording_rules],
        date_created=room.date_created,
        date_updated=room.recording_rules_updated,
    )


def update_rules(account: Account, room: Room, params: UpdateRecordingRules) -> RecordingRules:
    """Replace the rules of *room*, and start and complete recordings by the new rules."""
    if room.end_time is not None:
        raise Refusal(ROOM_COMPLETED)
    if room.type in WITHOUT_MEDIA_SERVER:
        raise Refusal(RECORDING_NOT_SUPPORTED)
    changed = account.change(
        room,
        recording_rules=rules.for_recording(params.rules),
        recording_rules_updated=account.clock.now,
        # Inferred: new recording rules do not change the ``date_updated`` of the room.
        date_updated=room.date_updated,
    )
    _apply_rules(account, changed)
    account.signal("recording-rules-changed", account.now(changed))
    return fetch_rules(account, changed)


def is_recorded(room: Room) -> bool:
    """Return whether client SDKs show *room* as being recorded.

    Inferred: client SDKs show a room as being recorded if its rules include some tracks, even if
    there are no such tracks.
    """
    is_included = False
    for rule in room.recording_rules:
        if rule.type == "include":
            is_included = True
        elif rule.all:
            is_included = False
    return is_included


def _apply_rules(account: Account, room: Room) -> None:
    """Start and complete recordings in *room*, by its new rules.

    If a track was excluded and is included again, it gets a new recording.
    """
    for track in account.select(PublishedTrack, room_sid=room.sid, is_published=True):
        if _is_included(account, room, track):
            start(account, track)
        else:
            finish(account, track)


def _is_included(account: Account, room: Room, track: PublishedTrack) -> bool:
    publisher = account.table(Participant)[track.participant_sid]
    return track.kind is not TrackKind.DATA and rules.chosen(
        room.recording_rules,
        (publisher.sid, publisher.identity),
        (track.sid, track.name),
        track.kind,
    )


def _current_recording(account: Account, track: PublishedTrack) -> Recording | None:
    return account.select(
        Recording,
        room_sid=track.room_sid,
        source_sid=track.sid,
        status=RecordingStatus.PROCESSING,
    ).first()


def _new_fields(account: Account, room: Room, track: PublishedTrack) -> dict[str, Any]:
    """Return the fields of a new recording of *track*."""
    return {
        "room_sid": room.sid,
        "account_sid": room.account_sid,
        "status": RecordingStatus.PROCESSING,
        "source_sid": track.sid,
        "type": track.kind,
        "container_format": "mka" if track.kind is TrackKind.AUDIO else "mkv",
        "codec": _codec(room, track),
        "grouping_sids": {"room_sid": room.sid, "participant_sid": track.participant_sid},
        "track_name": track.name,
        "offset": _offset(account, room),
        # Recordings have no status callback of their own. They use that of the room.
        "status_callback": room.status_callback,
        "status_callback_method": room.status_callback_method,
    }


def _offset(account: Account, room: Room) -> int:
    """Return the milliseconds from the epoch to the join of the first participant of *room*."""
    first = account.select(Participant, room_sid=room.sid).first()
    arrival = room.date_created if first is None else first.start_time
    return round((arrival - EPOCH) / timedelta(milliseconds=1))


def _codec(room: Room, track: PublishedTrack) -> str:
    if track.kind is TrackKind.AUDIO:
        return "opus"
    # Inferred: a video recording has the codec VP8 if the room allows it, since clients prefer it.
    return "h264" if room.video_codecs == ("H264",) else "vp8"


def _duration(account: Account, recording: Recording) -> int:
    seconds = (account.clock.now - recording.date_created).total_seconds()
    return max(1, int(seconds + 0.5))
