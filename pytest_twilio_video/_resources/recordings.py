"""Recordings: the recorded media of tracks. The module `recorder` starts and completes them."""

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
    """A recording at one moment."""

    sid_prefix: ClassVar[str] = "RT"
    indexed: ClassVar[tuple[str, ...]] = ("room_sid", "status")

    room_sid: str
    account_sid: str
    status: RecordingStatus
    source_sid: str
    size: int = 0
    """The size of the media in bytes. It is 0 until the recording is completed."""
    type: TrackKind
    duration: int = 0
    """The duration in rounded seconds, at least 1. It is 0 until the recording is completed."""
    container_format: str
    codec: str
    grouping_sids: dict[str, str]
    track_name: str
    offset: int
    """Milliseconds from 2015-09-20T12:00:00Z to the arrival of the room's first participant."""
    media_external_location: str | None = None
    status_callback: str | None
    status_callback_method: str
    media: bytes | None = internal(default=None)
    failed_operation: str | None = internal(default=None)
    date_deleted: datetime | None = internal(default=None)


class RoomRecording(Recording):
    """A recording in the form that responses below its room have."""

    __slots__ = ()


_SID: Final = Matching(sid_pattern("[a-zA-Z]{2}"), "a SID")


@struct(kw_only=True)
class ListRoomRecordings:
    """The filters of a list of a room's recordings. By default, deleted ones are left out."""

    status: RecordingStatus | None = None
    source_sid: Annotated[str | None, _SID] = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


@struct(kw_only=True)
class ListRecordings(ListRoomRecordings):
    """The filters of a list of the account's recordings."""

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
"""The names of the operations that can fail, as in callbacks."""


def find(account: Account, sid: str) -> Recording:
    """Return a recording. For 30 days, it is found even if it was deleted."""
    return media.remembered(account, account.get(Recording, sid))


def find_in_room(account: Account, room: Room, sid: str) -> Recording:
    """Return a recording of *room*."""
    recording = find(account, sid)
    if recording.room_sid != room.sid:
        raise Refusal(NOT_FOUND)
    return recording


def fetch_in_room(_account: Account, _room: Room, recording: Recording) -> RoomRecording:
    """Return *recording* in the form that responses below its room have."""
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
    """Delete the media of *recording*. The recording itself is still found for 30 days."""
    media.delete(account, LIFECYCLE, recording)


def fail(account: Account, recording: Recording, operation: str) -> Recording:
    """Make *recording* fail in *operation*, one of `OPERATIONS`."""
    return LIFECYCLE.move(account, recording, RecordingStatus.FAILED, failed_operation=operation)


def fetch_media(account: Account, recording: Recording, params: FetchMedia) -> Download:
    """Return the download of the media of *recording*, which must be completed."""
    return offer(stored(account, recording.sid), params)


def stored(account: Account, key: str) -> Media | None:
    """Return the media with this *key*, or `None` if no completed recording has this SID."""
    recording = account.get(Recording, key)
    if recording is None or recording.status is not RecordingStatus.COMPLETED:
        return None
    content = media_of(recording)
    if not content or recording.media_external_location:
        return None  # The media are empty, or stored in the customer's own bucket.
    kind = f"{recording.type.value}/x-matroska"
    return Media("recording", recording.sid, content, kind, file_name(recording))


def file_name(recording: Recording) -> str:
    """Return the name of the media file of *recording*."""
    return f"{recording.sid}.{recording.container_format}"


def media_of(recording: Recording) -> bytes:
    """Return the media that a test has set for *recording*, or a sample."""
    if recording.media is not None:
        return recording.media
    return sample(f"{recording.codec}.{recording.container_format}")


def set_media(account: Account, recording: Recording, media: bytes) -> Recording:
    """Set the media of *recording*. If they are empty, they cannot be downloaded."""
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
    """Return a condition for the room of the resources with these *sids*, which has an index."""
    for sid in filter(None, sids):
        if account.get(Room, sid):
            return {"room_sid": sid}
        found = account.get(Participant, sid) or account.get(PublishedTrack, sid)
        if found:
            return {"room_sid": found.room_sid}
    return {}
