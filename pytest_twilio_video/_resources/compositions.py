"""Compositions: a composition is one file with the recordings of a room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Json, Matching, OneOf, Required, Url, sid_pattern
from .._engine.records import (
    Record,
    Selection,
    StrEnum,
    created_between,
    field_names,
    internal,
    struct,
)
from .._engine.refusals import INVALID_PARAMETER, NOT_COMPLETE, Refusal
from . import media, storage_settings, video_layouts
from .media import Download, FetchMedia, Media, offer, sample
from .published_tracks import TrackKind
from .recordings import Recording, RecordingStatus
from .rooms import Room
from .storage_settings import CompositionSettings, RecordingSettings, location


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Format(StrEnum):
    """The file format of a composition."""

    MP4 = "mp4"
    WEBM = "webm"


class CompositionStatus(StrEnum):
    """The status of a composition."""

    ENQUEUED = "enqueued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    DELETED = "deleted"
    FAILED = "failed"


@struct(kw_only=True, slots=True)
class Composition(Record):
    """A composition at one moment."""

    sid_prefix: ClassVar[str] = "CJ"
    indexed: ClassVar[tuple[str, ...]] = ("room_sid", "status")

    account_sid: str
    status: CompositionStatus
    date_completed: datetime | None = None
    date_deleted: datetime | None = None
    room_sid: str
    audio_sources: tuple[str, ...]
    audio_sources_excluded: tuple[str, ...]
    video_layout: dict[str, Any]
    resolution: str
    trim: bool
    format: Format
    bitrate: int = 0
    """The bits per second. It is 0 until the composition is completed."""
    size: int = 0
    """The size of the media in bytes. It is 0 until the composition is completed."""
    duration: int = 0
    """The duration in seconds. It is 0 until the composition is completed."""
    media_external_location: str | None = None
    status_callback: str | None
    status_callback_method: str
    hook_sid: str | None = internal(default=None)
    percentage_done: int = internal(default=0)
    media: bytes | None = internal(default=None)
    failed_operation: str | None = internal(default=None)
    error_message: str | None = internal(default=None)


_ROOM_SID: Final = Matching(sid_pattern(Room.sid_prefix), "the SID of a room, RM…")


@struct(kw_only=True)
class Recipe:
    """The sources and the form of a composition. A layout or audio sources are required."""

    video_layout: Annotated[Any, Json()] = None
    audio_sources: list[str] | None = None
    audio_sources_excluded: list[str] | None = None
    resolution: Annotated[str, video_layouts.Canvas()] = "640x480"
    # Only older versions of the OpenAPI description have the default.
    format: Format = Format.WEBM
    # Inferred: an invalid callback URL or method of a composition is refused with 20001, since
    # 53110 and 53111 are for rooms only.
    status_callback: Annotated[str | None, Url()] = None
    status_callback_method: Annotated[str, OneOf(("GET", "POST"))] = "POST"
    trim: bool = True


@struct(kw_only=True)
class CreateComposition(Recipe):
    """The parameters of a new composition."""

    room_sid: Annotated[str, Required(), _ROOM_SID] = ""


@struct(kw_only=True)
class ListCompositions:
    """The filters of a list of compositions. By default, deleted compositions are left out."""

    status: CompositionStatus | None = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None
    room_sid: Annotated[str | None, _ROOM_SID] = None


# A failed composition cannot be deleted: Compositions page, "Known limitations".
# Inferred: deleting a failed composition is refused with 20009, "cannot delete this resource
# before it is complete".
LIFECYCLE: Final = Lifecycle(
    Step(CompositionStatus.ENQUEUED, CompositionStatus.PROCESSING, "composition-started"),
    Step(CompositionStatus.PROCESSING, CompositionStatus.COMPLETED, "composition-available"),
    Step(CompositionStatus.ENQUEUED, CompositionStatus.FAILED, "composition-failed"),
    Step(CompositionStatus.PROCESSING, CompositionStatus.FAILED, "composition-failed"),
    Step(CompositionStatus.COMPLETED, CompositionStatus.DELETED),
    otherwise=NOT_COMPLETE,
)

# Inferred: a composition is enqueued for 5 seconds and in process for one minute, whatever its
# length. Twilio guarantees no time: a few minutes are usual, and half the length of the room is
# the longest time that was seen.
WAITING: Final = timedelta(seconds=5)
PROCESSING: Final = timedelta(minutes=1)
PROGRESS: Final = 10
"""After how many percent progress is reported: "approximately every 10%"."""

_SAMPLES: Final = {Format.MP4: "h264_aac.mp4", Format.WEBM: "vp8_opus.webm"}


def create(account: Account, params: CreateComposition) -> Composition:
    """Create a composition of a room. It starts when the room has ended.

    Inferred: a composition of a room that does not exist is refused as an invalid parameter
    (20001).
    """
    room = account.get(Room, params.room_sid)
    if room is None:
        raise Refusal(
            INVALID_PARAMETER, f"Invalid parameter RoomSid: there is no room {params.room_sid}"
        )
    composition = enqueue(account, room, prepared(params))
    if room.end_time is not None:
        _schedule_start(account, composition)
    return composition


def enqueue(
    account: Account, room: Room, recipe: dict[str, Any], **internal_fields: Any
) -> Composition:
    """Create a composition of *room* by this *recipe*. It starts when the room has ended."""
    return account.add(
        Composition,
        room_sid=room.sid,
        status=CompositionStatus.ENQUEUED,
        **recipe,
        **internal_fields,
    )


def start_enqueued(account: Account, room: Room) -> None:
    """Start the compositions of *room*, which has just ended."""
    enqueued = CompositionStatus.ENQUEUED
    for composition in account.select(Composition, room_sid=room.sid, status=enqueued):
        _schedule_start(account, composition)


def find(account: Account, sid: str) -> Composition:
    """Return a composition. For 30 days, it is found even if it was deleted."""
    return media.remembered(account, account.get(Composition, sid))


def list_all(account: Account, params: ListCompositions) -> Selection[Composition]:
    """Return the compositions that match *params*."""
    filters = {"status": params.status, "room_sid": params.room_sid}
    equal = {name: value for name, value in filters.items() if value is not None}
    selection = account.select(Composition, **equal).where(media.listed(account, params.status))
    return created_between(selection, params.date_created_after, params.date_created_before)


def delete(account: Account, composition: Composition) -> None:
    """Delete the media of *composition*. The composition itself is still found for 30 days."""
    media.delete(account, LIFECYCLE, composition)


def fetch_media(account: Account, composition: Composition, params: FetchMedia) -> Download:
    """Return the download of the media of *composition*, which must be completed."""
    return offer(stored(account, _key(composition)), params)


def stored(account: Account, key: str) -> Media | None:
    """Return the media with this *key*, or `None` if no completed composition has them."""
    composition = account.get(Composition, key.rpartition("/")[2].partition(".")[0])
    if composition is None or _key(composition) != key:
        return None
    content = media_of(composition)
    has_media = composition.status is CompositionStatus.COMPLETED and content
    if not has_media or composition.media_external_location:
        return None
    kind = f"video/{composition.format.value}"
    return Media("composition", key, content, kind, _file_name(composition))


def media_of(composition: Composition) -> bytes:
    """Return the media that a test has set for *composition*, or a sample."""
    if composition.media is not None:
        return composition.media
    return sample(_SAMPLES[composition.format])


def set_media(account: Account, composition: Composition, media: bytes) -> Composition:
    """Set the media of *composition*, which a download returns."""
    changed = account.change(composition, media=media)
    if changed.status is not CompositionStatus.COMPLETED:
        return changed
    return account.change(changed, **_measures(changed, changed.duration))


def fail(account: Account, composition: Composition, operation: str, message: str) -> Composition:
    """Make *composition* fail in *operation*. The callback has *message* as the reason.

    Inferred: the callback of a failed composition names the failed operation in the same way as
    the callback of a failed recording.
    """
    account.cancel_timer("composition", composition.sid)
    return LIFECYCLE.move(
        account,
        composition,
        CompositionStatus.FAILED,
        failed_operation=operation,
        error_message=message,
    )


def prepared(params: Recipe) -> dict[str, Any]:
    """Return the fields in *params*, with all default values.

    Raises:
        Refusal: the layout is invalid, or there is neither a layout nor an audio source (20001).

    """
    layout = video_layouts.read(params.video_layout, params.resolution)
    if not layout and not params.audio_sources:
        message = "Invalid parameters: either VideoLayout or AudioSources must be given"
        raise Refusal(INVALID_PARAMETER, message)
    values = {name: getattr(params, name) for name in field_names(Recipe)}
    return values | {
        "video_layout": layout,
        "audio_sources": tuple(params.audio_sources or ()),
        "audio_sources_excluded": tuple(params.audio_sources_excluded or ()),
    }


def usable(account: Account, room_sid: str) -> list[Recording]:
    """Return the recordings of a room that can be composed.

    These are complete, not deleted, stored by Twilio and not encrypted.
    Inferred: whether recordings are encrypted, and so cannot be composed, depends on the settings
    at the time of the composition.
    """
    if storage_settings.fetch(account, kind=RecordingSettings).encryption_enabled:
        return []
    completed = account.select(Recording, room_sid=room_sid, status=RecordingStatus.COMPLETED)
    return [recording for recording in completed if recording.media_external_location is None]


def chosen(account: Account, composition: Composition) -> list[Recording]:
    """Return the recordings that *composition* includes, without those that it excludes."""
    return [
        recording
        for recording in usable(account, composition.room_sid)
        if any(
            _is_among(sources, recording) and not _is_among(excluded, recording)
            for sources, excluded in _named(composition, recording.type)
        )
    ]


def duration(account: Account, composition: Composition, recordings: list[Recording]) -> int:
    """Return the duration of *composition* in seconds.

    It starts with the first of *recordings*. If *composition* is trimmed, times without any
    recording are left out. Otherwise it lasts until the end of the room.
    """
    spans = sorted((recording.date_created, _end(recording)) for recording in recordings)
    if not composition.trim:
        room = account.table(Room)[composition.room_sid]
        end = max(room.end_time or account.clock.now, *(end for _, end in spans))
        spans = [(spans[0][0], end)]
    filled, reached = timedelta(0), spans[0][0]
    for start, end in spans:
        filled += max(timedelta(0), end - max(start, reached))
        reached = max(reached, end)
    return int(filled.total_seconds())


def matches(pattern: str, name: str, *, ignore_case: bool = False) -> bool:
    """Return whether *name* matches *pattern*, in which ``*`` stands for any text.

    Twilio's page allows it at the beginning or the end of a track's name.
    Inferred: a ``*`` in the middle of a track's name means the same as at its end.
    """
    if ignore_case:
        pattern, name = pattern.casefold(), name.casefold()
    start, *parts = pattern.split("*")
    if not parts:
        return name == pattern
    *middle, end = parts
    if not name.startswith(start) or not name[len(start) :].endswith(end):
        return False
    # Not a regular expression, which may try all ways to divide a name among the asterisks. The
    # first place of each part is enough: it leaves the most for the parts after it.
    position, last = len(start), len(name) - len(end)
    for part in middle:
        found = name.find(part, position, last)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _schedule_start(account: Account, composition: Composition) -> None:
    what = f"beginning of the composition {composition.sid}"
    account.set_timer("composition", composition, WAITING, _start, what)


def _start(account: Account, composition: Composition) -> None:
    started = LIFECYCLE.move(account, composition, CompositionStatus.PROCESSING)
    if chosen(account, started):
        _schedule_progress(account, started)
    else:
        message = "There are no recordings to compose: none is left, or none has these names"
        fail(account, started, "CompositionStart", message)


def _schedule_progress(account: Account, composition: Composition) -> None:
    step = PROCESSING * PROGRESS / 100
    what = f"progress of the composition {composition.sid}"
    account.set_timer("composition", composition, step, _advance, what)


def _advance(account: Account, composition: Composition) -> None:
    done = composition.percentage_done + PROGRESS
    composition = account.change(composition, percentage_done=done)
    if done >= 100:  # noqa: PLR2004 -- percent
        _complete(account, composition)
    else:
        account.announce("composition-progress", composition)
        _schedule_progress(account, composition)


def _complete(account: Account, composition: Composition) -> None:
    recordings = chosen(account, composition)
    if not recordings:
        message = "The recordings were deleted while they were composed"
        fail(account, composition, "CompositionComplete", message)
        return
    seconds = duration(account, composition, recordings)
    LIFECYCLE.move(
        account,
        composition,
        CompositionStatus.COMPLETED,
        date_completed=account.clock.now,
        media_external_location=location(account, CompositionSettings, _file_name(composition)),
        **_measures(composition, seconds),
    )


def _measures(composition: Composition, duration: int) -> dict[str, int]:
    size = len(media_of(composition))
    return {"size": size, "duration": duration, "bitrate": size * 8 // max(duration, 1)}


def _key(composition: Composition) -> str:
    return f"{composition.account_sid}/{_file_name(composition)}"


def _file_name(composition: Composition) -> str:
    return f"{composition.sid}.{composition.format.value}"


def _named(
    composition: Composition, kind: TrackKind
) -> Iterator[tuple[Iterable[str], Iterable[str]]]:
    """Yield the included and the excluded sources of this *kind*, once for each region."""
    if kind is TrackKind.AUDIO:
        yield composition.audio_sources, composition.audio_sources_excluded
        return
    for region in composition.video_layout.values():
        yield region["video_sources"], region["video_sources_excluded"]


def _is_among(sources: Iterable[str], recording: Recording) -> bool:
    sids = {recording.sid, recording.source_sid, recording.grouping_sids["participant_sid"]}
    return any(source in sids or matches(source, recording.track_name) for source in sources)


def _end(recording: Recording) -> datetime:
    return recording.date_created + timedelta(seconds=recording.duration)
