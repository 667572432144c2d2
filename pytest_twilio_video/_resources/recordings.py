"""Recordings: what is kept of a track, until it is deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Matching
from .._engine.records import (
    Record,
    Selection,
    StrEnum,
    created_between,
    internal,
    project,
    struct,
)
from .._engine.refusals import Refusal
from . import media
from .media import Download, FetchMedia, Media, offer, sample
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .rooms import Room


class RecordingStatus(StrEnum):
    """How far a recording is."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    DELETED = "deleted"
    FAILED = "failed"


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
    media: bytes | None = internal(default=None)
    failed_operation: str | None = internal(default=None)
    date_deleted: datetime | None = internal(default=None)


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


def fail(account: Account, recording: Recording, operation: str) -> Recording:
    """Let *recording* come to nothing, in *operation* (``"RecordingComplete"``, …)."""
    return LIFECYCLE.move(account, recording, RecordingStatus.FAILED, failed_operation=operation)


def find(account: Account, sid: str) -> Recording:
    """Return a recording; one that was deleted is remembered for 30 days."""
    return media.find(account, Recording, sid)


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
    return project(RoomRecording, recording)


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
    return selection.map(lambda each: project(RoomRecording, each))


def delete(account: Account, recording: Recording) -> None:
    """Take the media away. What is known of the recording stays for 30 days."""
    media.delete(account, LIFECYCLE, recording)


def fetch_media(account: Account, recording: Recording, params: FetchMedia) -> Download:
    """Promise the media of *recording*, which are there once it is complete."""
    return offer(stored(account, recording.sid), params)


def stored(account: Account, key: str) -> Media | None:
    """Return the media that lie under that *key*: those of a completed recording of that SID."""
    recording = account.get(Recording, key)
    if recording is None or recording.status is not RecordingStatus.COMPLETED:
        return None
    content = media_of(recording)
    if not content or recording.media_external_location:
        return None  # there are none, or they are the customer's own bucket's to serve
    kind = f"{recording.type.value}/x-matroska"
    return Media("recording", recording.sid, content, kind, file_name(recording))


def file_name(recording: Recording) -> str:
    """Return what the file of *recording* is called."""
    return f"{recording.sid}.{recording.container_format}"


def media_of(recording: Recording) -> bytes:
    """Return the bytes that a test gave *recording*, or those of the sample."""
    if recording.media is not None:
        return recording.media
    return sample(f"{recording.codec}.{recording.container_format}")


def set_media(account: Account, recording: Recording, media: bytes) -> Recording:
    """Let *media* be what a download of *recording* returns; nothing means that there are none."""
    is_over = recording.status is RecordingStatus.COMPLETED
    size = {"size": len(media)} if is_over else {}
    return account.change(recording, media=media, **size)


def _listed(account: Account, params: ListRoomRecordings, **equal: object) -> Selection[Recording]:
    if params.status is not None:
        equal["status"] = params.status
    if params.source_sid is not None:
        equal["source_sid"] = params.source_sid
    selection = media.listed(account, account.select(Recording, **equal), params.status)
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
