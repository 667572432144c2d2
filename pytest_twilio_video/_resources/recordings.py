"""Recordings: what is kept of a track, from its publication to its end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Annotated, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Matching
from .._engine.records import Record, Selection, created_between, seen_as
from .._engine.refusals import Refusal
from .._engine.structs import hidden, struct
from . import rules
from .media import KEPT, Download, FetchMedia, Media, offer, sample
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .rooms import Room
from .storage_settings import RecordingSettings, location


class RecordingStatus(str, Enum):
    """How far a recording is."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    DELETED = "deleted"
    FAILED = "failed"

    __str__ = str.__str__


@struct(kw_only=True, slots=True)
class Recording(Record):
    """A recording, as it is at one moment."""

    sid_prefix: ClassVar[str] = "RT"
    indexed: ClassVar[tuple[str, ...]] = ("room_sid", "status")

    room_sid: str
    account_sid: str
    status: RecordingStatus
    source_sid: str
    size: int = 0
    """Bytes of the media; 0 until there are any."""
    type: TrackKind
    duration: int = 0
    """Seconds, rounded to the nearest, and at least 1; 0 until it is over."""
    container_format: str
    codec: str
    grouping_sids: dict[str, str]
    track_name: str
    offset: int
    """Milliseconds since a moment that is the same for all recordings."""
    media_external_location: str | None = None
    status_callback: str | None
    status_callback_method: str
    media: bytes | None = hidden(default=None)
    failed_operation: str | None = hidden(default=None)
    date_deleted: datetime | None = hidden(default=None)


class RoomRecording(Recording):
    """A recording, as it is seen below its room."""

    __slots__ = ()


_SID: Final = Matching("[a-zA-Z]{2}[0-9a-fA-F]{32}", "a SID")


@struct(kw_only=True)
class ListRoomRecordings:
    """Which recordings of a room are wanted: all but those deleted, by themselves."""

    status: RecordingStatus | None = None
    source_sid: Annotated[str | None, _SID] = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


@struct(kw_only=True)
class ListRecordings(ListRoomRecordings):
    """Which recordings of the account are wanted."""

    grouping_sid: Annotated[list[str] | None, _SID] = None
    media_type: TrackKind | None = None


# Inferred: 20009, "cannot delete this resource before it is complete", is what a recording in
# process meets, and one that failed can be deleted.
LIFECYCLE: Final = Lifecycle(
    Step(RecordingStatus.PROCESSING, RecordingStatus.COMPLETED, "recording-completed"),
    Step(RecordingStatus.PROCESSING, RecordingStatus.FAILED, "recording-failed"),
    Step(RecordingStatus.COMPLETED, RecordingStatus.DELETED),
    Step(RecordingStatus.FAILED, RecordingStatus.DELETED),
    otherwise=20009,
)

OPERATIONS: Final = ("RecordingStart", "RecordingComplete", "RecordingUpload")
"""What can fail, in the words of the callback."""

# A recording of 2020-08-20T01:42:02Z had the offset 155137307765, from which this follows.
EPOCH: Final = datetime(2015, 9, 20, 12, 0, 15, tzinfo=timezone.utc)

# Container, codec and sample by what is recorded.
_FORMS: Final = {
    "opus": ("mka", "opus.mka"),
    "vp8": ("mkv", "vp8.mkv"),
    "h264": ("mkv", "h264.mkv"),
}


def begin(account: Account, track: PublishedTrack) -> None:
    """Record *track* from now on, if the rules of its room choose it.

    Inferred: a track that is muted all the time is recorded as well; Twilio may leave it out.
    """
    room = account.table(Room)[track.room_sid]
    if not _is_chosen(account, room, track) or _running(account, track):
        return
    codec = _codec(room, track)
    recording = account.add(
        Recording,
        room_sid=room.sid,
        account_sid=room.account_sid,
        status=RecordingStatus.PROCESSING,
        source_sid=track.sid,
        type=track.kind,
        container_format=_FORMS[codec][0],
        codec=codec,
        grouping_sids={"room_sid": room.sid, "participant_sid": track.participant_sid},
        track_name=track.name or track.sid,
        offset=round((account.clock.now - EPOCH) / timedelta(milliseconds=1)),
        # There is no callback of its own: the room's is told.
        status_callback=room.status_callback,
        status_callback_method=room.status_callback_method,
    )
    account.announce("recording-started", recording)


def finish(account: Account, track: PublishedTrack) -> None:
    """Complete the recording of *track*, if there is one.

    Inferred: at once. Twilio takes some seconds more until the media can be fetched.
    """
    recording = _running(account, track)
    if recording is not None:
        LIFECYCLE.move(
            account,
            recording,
            RecordingStatus.COMPLETED,
            duration=_duration(account, recording),
            size=len(media_of(recording)),
            media_external_location=location(account, RecordingSettings, _file_name(recording)),
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


def fail(account: Account, recording: Recording, operation: str) -> Recording:
    """Let *recording* come to nothing, in *operation* (``"RecordingComplete"``, …)."""
    return LIFECYCLE.move(account, recording, RecordingStatus.FAILED, failed_operation=operation)


def find(account: Account, sid: str) -> Recording:
    """Return a recording; one that was deleted is remembered for 30 days."""
    recording = account.get(Recording, sid)
    if recording is None or _is_forgotten(account, recording):
        raise Refusal(20404)
    return recording


def find_in_room(account: Account, room: Room, sid: str) -> Recording:
    """Return a recording of *room*."""
    recording = find(account, sid)
    if recording.room_sid != room.sid:
        raise Refusal(20404)
    return recording


def fetch(_account: Account, recording: Recording) -> Recording:
    """Return *recording*, in whatever status."""
    return recording


def fetch_in_room(_account: Account, _room: Room, recording: Recording) -> RoomRecording:
    """Return *recording* as it is seen below its room."""
    return seen_as(RoomRecording, recording)


def list_all(account: Account, params: ListRecordings) -> Selection[Recording]:
    """Return the recordings of the account that *params* ask for."""
    groups = params.grouping_sid or []
    selection = _listed(account, params, **_room_of(account, *groups, params.source_sid))
    if params.media_type is not None:
        selection = selection.where(lambda each: each.type is params.media_type)
    # Inferred: a recording must belong to all the groups that are named.
    return selection.where(lambda each: set(groups) <= set(each.grouping_sids.values()))


def list_in_room(
    account: Account, room: Room, params: ListRoomRecordings
) -> Selection[RoomRecording]:
    """Return the recordings of *room* that *params* ask for."""
    selection = _listed(account, params, room_sid=room.sid)
    return selection.shown_by(lambda each: seen_as(RoomRecording, each))


def delete(account: Account, recording: Recording) -> None:
    """Take the media away. What is known of the recording stays for 30 days.

    Inferred: to delete what is deleted changes nothing.
    """
    if recording.status is not RecordingStatus.DELETED:
        LIFECYCLE.move(
            account,
            recording,
            RecordingStatus.DELETED,
            date_deleted=account.clock.now,
            media=None,
        )


def fetch_media(account: Account, recording: Recording, params: FetchMedia) -> Download:
    """Promise the media of *recording*, which are there once it is complete."""
    media = stored(account, recording.sid)
    if media is None:
        raise Refusal(20404)
    return offer(media, params)


def stored(account: Account, key: str) -> Media | None:
    """Return the media that lie under that *key*: those of a completed recording of that SID."""
    recording = account.get(Recording, key)
    if recording is None or recording.status is not RecordingStatus.COMPLETED:
        return None
    content = media_of(recording)
    if not content or recording.media_external_location:
        return None  # there are none, or they are the customer's own bucket's to serve
    kind = f"{recording.type.value}/x-matroska"
    return Media("recording", recording.sid, content, kind, _file_name(recording))


def media_of(recording: Recording) -> bytes:
    """Return the bytes that a test gave *recording*, or those of the sample."""
    if recording.media is not None:
        return recording.media
    return sample(_FORMS[recording.codec][1])


def set_media(account: Account, recording: Recording, media: bytes) -> Recording:
    """Let *media* be what a download of *recording* returns; nothing means that there are none."""
    is_over = recording.status is RecordingStatus.COMPLETED
    size = {"size": len(media)} if is_over else {}
    return account.change(recording, media=media, **size)


def _is_chosen(account: Account, room: Room, track: PublishedTrack) -> bool:
    publisher = account.table(Participant)[track.participant_sid]
    return track.kind is not TrackKind.DATA and rules.chosen(
        room.recording_rules,
        (publisher.sid, publisher.identity),
        (track.sid, track.name),
        track.kind,
    )


def _codec(room: Room, track: PublishedTrack) -> str:
    if track.kind is TrackKind.AUDIO:
        return "opus"
    # Inferred: clients prefer VP8 where the room takes it.
    return "h264" if room.video_codecs == ("H264",) else "vp8"


def _running(account: Account, track: PublishedTrack) -> Recording | None:
    return account.select(
        Recording,
        room_sid=track.room_sid,
        source_sid=track.sid,
        status=RecordingStatus.PROCESSING,
    ).first()


def _file_name(recording: Recording) -> str:
    return f"{recording.sid}.{recording.container_format}"


def _duration(account: Account, recording: Recording) -> int:
    seconds = (account.clock.now - recording.date_created).total_seconds()
    return max(1, int(seconds + 0.5))


def _listed(account: Account, params: ListRoomRecordings, **equal: object) -> Selection[Recording]:
    if params.status is not None:
        equal["status"] = params.status
    if params.source_sid is not None:
        equal["source_sid"] = params.source_sid
    selection = account.select(Recording, **equal)
    if params.status is None:
        selection = selection.where(lambda each: each.status is not RecordingStatus.DELETED)
    else:
        selection = selection.where(lambda each: not _is_forgotten(account, each))
    return created_between(selection, params.date_created_after, params.date_created_before)


def _room_of(account: Account, *sids: str | None) -> dict[str, object]:
    """Return the room that one of *sids* is of, or is in: rooms have an index, the others none."""
    for sid in filter(None, sids):
        if account.get(Room, sid):
            return {"room_sid": sid}
        found = account.get(Participant, sid) or account.get(PublishedTrack, sid)
        if found:
            return {"room_sid": found.room_sid}
    return {}


def _is_forgotten(account: Account, recording: Recording) -> bool:
    return recording.date_deleted is not None and (
        account.clock.now >= recording.date_deleted + KEPT
    )
