"""The recorder: which tracks are recorded, from when, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Final

from .._engine.account import Account
from .._engine.parameters import Json, RefusedWith
from .._engine.records import struct
from .._engine.refusals import Refusal
from . import recordings, rules
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .recordings import Recording, RecordingStatus
from .rooms import WITHOUT_MEDIA_SERVER, Room
from .storage_settings import RecordingSettings, location


__all__ = ["begin", "finish", "follow_rules"]


# A recording of 2020-08-20T01:42:02Z had the offset 155137307765, from which this follows.
EPOCH: Final = datetime(2015, 9, 20, 12, 0, 15, tzinfo=timezone.utc)


def begin(account: Account, track: PublishedTrack) -> None:
    """Record *track* from now on, if the rules of its room choose it.

    Inferred: a track that is muted all the time is recorded as well; Twilio may leave it out.
    """
    room = account.table(Room)[track.room_sid]
    if _is_chosen(account, room, track) and not _running(account, track):
        recording = account.add(Recording, **_fields(account, room, track))
        account.announce("recording-started", recording)


def finish(account: Account, track: PublishedTrack) -> None:
    """Complete the recording of *track*, if there is one.

    Inferred: at once. Twilio takes some seconds more until the media can be fetched.
    """
    recording = _running(account, track)
    if recording is not None:
        file_name = recordings.file_name(recording)
        recordings.LIFECYCLE.move(
            account,
            recording,
            RecordingStatus.COMPLETED,
            duration=_duration(account, recording),
            size=len(recordings.media_of(recording)),
            media_external_location=location(account, RecordingSettings, file_name),
        )


def follow_rules(account: Account, room: Room) -> None:
    """Begin and complete recordings in *room*, as its rules have become.

    What was excluded and is included again gets a new recording.
    """
    for track in account.select(PublishedTrack, room_sid=room.sid, is_published=True):
        if _is_chosen(account, room, track):
            begin(account, track)
        else:
            finish(account, track)


def _is_chosen(account: Account, room: Room, track: PublishedTrack) -> bool:
    publisher = account.table(Participant)[track.participant_sid]
    return track.kind is not TrackKind.DATA and rules.chosen(
        room.recording_rules,
        (publisher.sid, publisher.identity),
        (track.sid, track.name),
        track.kind,
    )


def _running(account: Account, track: PublishedTrack) -> Recording | None:
    return account.select(
        Recording,
        room_sid=track.room_sid,
        source_sid=track.sid,
        status=RecordingStatus.PROCESSING,
    ).first()


def _fields(account: Account, room: Room, track: PublishedTrack) -> dict[str, Any]:
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
        "offset": round((account.clock.now - EPOCH) / timedelta(milliseconds=1)),
        # There is no callback of its own: the room's is told.
        "status_callback": room.status_callback,
        "status_callback_method": room.status_callback_method,
    }


def _codec(room: Room, track: PublishedTrack) -> str:
    if track.kind is TrackKind.AUDIO:
        return "opus"
    # Inferred: clients prefer VP8 where the room takes it.
    return "h264" if room.video_codecs == ("H264",) else "vp8"


def _duration(account: Account, recording: Recording) -> int:
    seconds = (account.clock.now - recording.date_created).total_seconds()
    return max(1, int(seconds + 0.5))


# Recording rules: what is recorded in a room, for as long as they hold.


@struct(kw_only=True, slots=True)
class RecordingRules:
    """The recording rules of a room, as Twilio shows them: without filters that are not set."""

    room_sid: str
    rules: list[dict[str, Any]]
    date_created: datetime
    date_updated: datetime


@struct(kw_only=True)
class UpdateRecordingRules:
    """The rules that are to hold from now on, instead of those before."""

    rules: Annotated[Any, Json(), RefusedWith(53120)] = None


def fetch_rules(_account: Account, room: Room) -> RecordingRules:
    """Return the rules of *room*.

    Inferred: one that was never given any shows that everything is excluded.
    """
    return RecordingRules(
        room_sid=room.sid,
        rules=[rule.document(nulls=False) for rule in room.recording_rules],
        date_created=room.date_created,
        date_updated=room.recording_rules_updated,
    )


def update_rules(account: Account, room: Room, params: UpdateRecordingRules) -> RecordingRules:
    """Let other rules hold in *room*, and recordings begin and end accordingly, at once."""
    if room.end_time is not None:
        raise Refusal(53118)
    if room.type in WITHOUT_MEDIA_SERVER:
        raise Refusal(53122)
    changed = account.change(
        room,
        recording_rules=rules.for_recording(params.rules),
        recording_rules_updated=account.clock.now,
        date_updated=room.date_updated,  # Inferred: they are no part of the room that shows it
    )
    follow_rules(account, changed)
    return fetch_rules(account, changed)
