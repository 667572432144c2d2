"""Recordings: the recorded media of tracks. The `recorder` starts and completes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Matching, sid_pattern
from .._engine.records import (
    Record,
    Selection,
    StrEnum,
    created_between,
    internal,
    project,
    struct,
)
from .._engine.refusals import NOT_COMPLETE, NOT_FOUND, Refusal
from . import media
from .media import Download, FetchMedia, Media, offer, sample
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .rooms import Room


class RecordingStatus(StrEnum):
    """The status of a recording."""

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
    """Bytes of the media; 0 until the recording is complete."""
    type: TrackKind
    duration: int = 0
    """Seconds, rounded to the nearest, and at least 1; 0 until the recording is complete."""
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
    """A recording, in the form that Twilio shows below its room."""

    __slots__ = ()


_SID: Final = Matching(sid_pattern("[a-zA-Z]{2}"), "a SID")


@struct(kw_only=True)
class ListRoomRecordings:
    """Which recordings of a room to list; by default, all that are not deleted."""

    status: RecordingStatus | None = None
    source_sid: Annotated[str | None, _SID] = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


@struct(kw_only=True)
class ListRecordings(ListRoomRecordings):
    """Which recordings of the account to list."""

    grouping_sid: Annotated[list[str] | None, _SID] = None
    media_type: TrackKind | None = None


# Inferred: deleting a recording in process is refused with 20009, "cannot delete this resource
# before it is complete". A failed recording can be deleted.
LIFECYCLE: Final = Lifecycle(
    Step(RecordingStatus.PROCESSING, RecordingStatus.COMPLETED, "recording-completed"),
    Step(RecordingStatus.PROCESSING, RecordingStatus.FAILED, "recording-failed"),
    Step(RecordingStatus.COMPLETED, RecordingStatus.DELETED),
    Step(RecordingStatus.FAILED, RecordingStatus.DELETED),
    otherwise=NOT_COMPLETE,
)

OPERATIONS: Final = ("RecordingStart", "RecordingComplete", "RecordingUpload")
"""The operations that can fail, as callbacks name them."""


def find(account: Account, sid: str) -> Recording:
    """Return a recording. Twilio still shows a deleted one for 30 days."""
    return media.remembered(account, account.get(Recording, sid))


def find_in_room(account: Account, room: Room, sid: str) -> Recording:
    """Return a recording of *room*."""
    recording = find(account, sid)
    if recording.room_sid != room.sid:
        raise Refusal(NOT_FOUND)
    return recording


def fetch_in_room(_account: Account, _room: Room, recording: Recording) -> RoomRecording:
    """Return *recording* in the form that Twilio shows below its room."""
    return project(RoomRecording, recording)


def list_all(account: Account, params: ListRecordings) -> Selection[Recording]:
    """Return the recordings of the account that match *params*."""
    groups = params.grouping_sid or []
    selection = _listed(account, params, **_room_of(account, *groups, params.source_sid))
    if params.media_type is not None:
        selection = selection.where(lambda recording: recording.type is params.media_type)
    # A recording must belong to all the given groups: a snippet of Twilio's lists the recordings
    # of one participant by a room and a participant.
    return selection.where(lambda recording: set(groups) <= set(recording.grouping_sids.values()))


def list_in_room(
    account: Account, room: Room, params: ListRoomRecordings
) -> Selection[RoomRecording]:
    """Return the recordings of *room* that match *params*."""
    selection = _listed(account, params, room_sid=room.sid)
    return selection.map(lambda recording: project(RoomRecording, recording))


def delete(account: Account, recording: Recording) -> None:
    """Delete the media of *recording*. Twilio still shows it for 30 days."""
    media.delete(account, LIFECYCLE, recording)


def fail(account: Account, recording: Recording, operation: str) -> Recording:
    """Make *recording* fail in *operation*, one of `OPERATIONS`."""
    return LIFECYCLE.move(account, recording, RecordingStatus.FAILED, failed_operation=operation)


def fetch_media(account: Account, recording: Recording, params: FetchMedia) -> Download:
    """Return the download of the media of *recording*, which exist once it is complete."""
    return offer(stored(account, recording.sid), params)


def stored(account: Account, key: str) -> Media | None:
    """Return the media stored under *key*, the SID of a completed recording."""
    recording = account.get(Recording, key)
    if recording is None or recording.status is not RecordingStatus.COMPLETED:
        return None
    content = media_of(recording)
    if not content or recording.media_external_location:
        return None  # not complete, failed or deleted; or stored in the customer's own bucket
    kind = f"{recording.type.value}/x-matroska"
    return Media("recording", recording.sid, content, kind, file_name(recording))


def file_name(recording: Recording) -> str:
    """Return the name of the file of *recording*."""
    return f"{recording.sid}.{recording.container_format}"


def media_of(recording: Recording) -> bytes:
    """Return the media that a test has set for *recording*, or the sample."""
    if recording.media is not None:
        return recording.media
    return sample(f"{recording.codec}.{recording.container_format}")


def set_media(account: Account, recording: Recording, media: bytes) -> Recording:
    """Set the media that a download of *recording* returns; empty *media* cannot be downloaded."""
    is_complete = recording.status is RecordingStatus.COMPLETED
    size = {"size": len(media)} if is_complete else {}
    return account.change(recording, media=media, **size)


def _listed(account: Account, params: ListRoomRecordings, **equal: object) -> Selection[Recording]:
    if params.status is not None:
        equal["status"] = params.status
    if params.source_sid is not None:
        equal["source_sid"] = params.source_sid
    selection = account.select(Recording, **equal).where(media.listed(account, params.status))
    return created_between(selection, params.date_created_after, params.date_created_before)


def _room_of(account: Account, *sids: str | None) -> dict[str, object]:
    """Return the room that contains the resources of these *sids*: only rooms have an index."""
    for sid in filter(None, sids):
        if account.get(Room, sid):
            return {"room_sid": sid}
        found = account.get(Participant, sid) or account.get(PublishedTrack, sid)
        if found:
            return {"room_sid": found.room_sid}
    return {}
