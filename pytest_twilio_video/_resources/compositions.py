"""Compositions: recordings of a room, made into one file."""

from __future__ import annotations

import re

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Json, Matching, OneOf, Required, Url
from .._engine.records import (
    Record,
    Selection,
    StrEnum,
    created_between,
    field_names,
    internal,
    struct,
)
from .._engine.refusals import Refusal
from . import media, storage_settings, video_layouts
from .media import Download, FetchMedia, Media, offer, sample
from .published_tracks import TrackKind
from .recordings import Recording, RecordingStatus
from .rooms import Room
from .storage_settings import CompositionSettings, RecordingSettings, location


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["chosen", "duration", "matches", "usable"]


# Wildcards: names in which ``*`` stands for any run of characters.


def matches(pattern: str, name: str, *, ignore_case: bool = False) -> bool:
    """Tell whether *name* is of the shape of *pattern*, in which only ``*`` is special.

    Twilio's page allows it at the beginning or the end of a track's name.
    Inferred: in the middle it means the same.
    """
    if ignore_case:
        pattern, name = pattern.casefold(), name.casefold()
    regex = ".*".join(re.escape(part) for part in re.split(r"\*+", pattern))
    return re.fullmatch(regex, name, re.DOTALL) is not None


# The recipe of a composition: what it is made of, and how.


class Format(StrEnum):
    """What kind of file a composition is."""

    MP4 = "mp4"
    WEBM = "webm"


@struct(kw_only=True)
class Recipe:
    """What a composition is made of, and how. There must be a layout, or sources of audio."""

    video_layout: Annotated[Any, Json()] = None
    audio_sources: list[str] | None = None
    audio_sources_excluded: list[str] | None = None
    resolution: Annotated[str, video_layouts.Canvas()] = "640x480"
    # The default stands in older versions of the OpenAPI description alone.
    format: Format = Format.WEBM
    # Inferred: what is wrong here is told by 20001, as 53110 and 53111 are the rooms' own.
    status_callback: Annotated[str | None, Url()] = None
    status_callback_method: Annotated[str, OneOf(("GET", "POST"))] = "POST"
    trim: bool = True


def prepared(params: Recipe) -> dict[str, Any]:
    """Return the fields that *params* make, defaults filled in.

    Raises:
        Refusal: the layout is none, or there is neither a layout nor a source (20001).

    """
    layout = video_layouts.read(params.video_layout, params.resolution)
    if not layout and not params.audio_sources:
        message = "Invalid parameters: either VideoLayout or AudioSources must be given"
        raise Refusal(20001, message)
    said = {name: getattr(params, name) for name in field_names(Recipe)}
    return said | {
        "video_layout": layout,
        "audio_sources": tuple(params.audio_sources or ()),
        "audio_sources_excluded": tuple(params.audio_sources_excluded or ()),
    }


class CompositionStatus(StrEnum):
    """How far a composition is."""

    ENQUEUED = "enqueued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    DELETED = "deleted"
    FAILED = "failed"


@struct(kw_only=True, slots=True)
class Composition(Record):
    """A composition, as it is at one moment."""

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
    """Bits per second."""
    size: int = 0
    """Bytes of the media; 0 until there are any."""
    duration: int = 0
    """Seconds; 0 until it is complete."""
    media_external_location: str | None = None
    status_callback: str | None
    status_callback_method: str
    hook_sid: str | None = internal(default=None)
    percentage_done: int = internal(default=0)
    media: bytes | None = internal(default=None)
    failed_operation: str | None = internal(default=None)
    error_message: str | None = internal(default=None)


_ROOM_SID: Final = Matching("RM[0-9a-fA-F]{32}", "the SID of a room, RM…")


@struct(kw_only=True)
class CreateComposition(Recipe):
    """What is to be composed, of the recordings of which room."""

    room_sid: Annotated[str, Required(), _ROOM_SID] = ""


@struct(kw_only=True)
class ListCompositions:
    """Which compositions are wanted: all but those deleted, where nothing else is said."""

    status: CompositionStatus | None = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None
    room_sid: Annotated[str | None, _ROOM_SID] = None


# One that failed cannot be deleted, by "Known limitations" of the Compositions page.
# Inferred: 20009, "cannot delete this resource before it is complete", is what it meets.
LIFECYCLE: Final = Lifecycle(
    Step(CompositionStatus.ENQUEUED, CompositionStatus.PROCESSING, "composition-started"),
    Step(CompositionStatus.PROCESSING, CompositionStatus.COMPLETED, "composition-available"),
    Step(CompositionStatus.ENQUEUED, CompositionStatus.FAILED, "composition-failed"),
    Step(CompositionStatus.PROCESSING, CompositionStatus.FAILED, "composition-failed"),
    Step(CompositionStatus.COMPLETED, CompositionStatus.DELETED),
    otherwise=20009,
)

# Inferred: both, and that they are the same for all. "No specific delivery time is guaranteed";
# some minutes are usual, and half the length of the room is the worst that was seen.
WAITING: Final = timedelta(seconds=5)
PROCESSING: Final = timedelta(minutes=1)
PROGRESS: Final = 10
"""Percent after which progress is told: "approximately every 10%"."""

_SAMPLES: Final = {Format.MP4: "h264_aac.mp4", Format.WEBM: "vp8_opus.webm"}


def create(account: Account, params: CreateComposition) -> Composition:
    """Enqueue a composition of a room, over or not.

    Inferred: a room that is not there is a bad parameter.
    """
    room = account.get(Room, params.room_sid)
    if room is None:
        raise Refusal(20001, f"Invalid parameter RoomSid: there is no room {params.room_sid}")
    composition = enqueue(account, room, prepared(params))
    if room.end_time is not None:
        _wait(account, composition)
    return composition


def enqueue(
    account: Account, room: Room, recipe: dict[str, Any], **internal_fields: Any
) -> Composition:
    """Add a composition of *room* that waits for the room's end."""
    return account.add(
        Composition,
        room_sid=room.sid,
        status=CompositionStatus.ENQUEUED,
        **recipe,
        **internal_fields,
    )


def begin_those_of(account: Account, room: Room) -> None:
    """Let the compositions begin that have waited for the end of *room*."""
    enqueued = CompositionStatus.ENQUEUED
    for composition in account.select(Composition, room_sid=room.sid, status=enqueued):
        _wait(account, composition)


def find(account: Account, sid: str) -> Composition:
    """Return a composition; one that was deleted is remembered for 30 days."""
    return media.find(account, Composition, sid)


def fetch(_account: Account, composition: Composition) -> Composition:
    """Return *composition*, in whatever status."""
    return composition


def list_all(account: Account, params: ListCompositions) -> Selection[Composition]:
    """Return the compositions that *params* ask for."""
    said = {"status": params.status, "room_sid": params.room_sid}
    equal = {name: value for name, value in said.items() if value is not None}
    selection = media.listed(account, account.select(Composition, **equal), params.status)
    return created_between(selection, params.date_created_after, params.date_created_before)


def delete(account: Account, composition: Composition) -> None:
    """Take the media away. What is known of the composition stays for 30 days."""
    media.delete(account, LIFECYCLE, composition)


def fail(account: Account, composition: Composition, operation: str, message: str) -> Composition:
    """Let *composition* come to nothing, and tell why in a *message*.

    Inferred: the names of operations, after those of recordings.
    """
    account.cancel_timer("composition", composition.sid)
    return LIFECYCLE.move(
        account,
        composition,
        CompositionStatus.FAILED,
        failed_operation=operation,
        error_message=message,
    )


def fetch_media(account: Account, composition: Composition, params: FetchMedia) -> Download:
    """Promise the media of *composition*, which are there once it is complete."""
    return offer(stored(account, _key(composition)), params)


def stored(account: Account, key: str) -> Media | None:
    """Return the media that lie under that *key*: those of a completed composition."""
    composition = account.get(Composition, key.rpartition("/")[2].partition(".")[0])
    if composition is None or _key(composition) != key:
        return None
    content = media_of(composition)
    is_there = composition.status is CompositionStatus.COMPLETED and content
    if not is_there or composition.media_external_location:
        return None
    kind = f"video/{composition.format.value}"
    return Media("composition", key, content, kind, _file_name(composition))


def media_of(composition: Composition) -> bytes:
    """Return the bytes that a test gave *composition*, or those of the sample."""
    if composition.media is not None:
        return composition.media
    return sample(_SAMPLES[composition.format])


def set_media(account: Account, composition: Composition, media: bytes) -> Composition:
    """Let *media* be what a download of *composition* returns."""
    changed = account.change(composition, media=media)
    if changed.status is not CompositionStatus.COMPLETED:
        return changed
    return account.change(changed, **_measures(changed, changed.duration))


def _wait(account: Account, composition: Composition) -> None:
    what = f"beginning of the composition {composition.sid}"
    account.set_timer("composition", composition, WAITING, _start, what)


def _start(account: Account, composition: Composition) -> None:
    started = LIFECYCLE.move(account, composition, CompositionStatus.PROCESSING)
    if chosen(account, started):
        _work(account, started)
    else:
        message = "There are no recordings to compose: none is left, or none has these names"
        fail(account, started, "CompositionStart", message)


def _work(account: Account, composition: Composition) -> None:
    step = PROCESSING * PROGRESS / 100
    what = f"progress of the composition {composition.sid}"
    account.set_timer("composition", composition, step, _get_on, what)


def _get_on(account: Account, composition: Composition) -> None:
    done = composition.percentage_done + PROGRESS
    composition = account.change(composition, percentage_done=done)
    if done >= 100:  # noqa: PLR2004 -- percent
        _complete(account, composition)
    else:
        account.announce("composition-progress", composition)
        _work(account, composition)


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


# Composition sources: which recordings of a room go into a composition, and how long it gets.


def usable(account: Account, room_sid: str) -> list[Recording]:
    """Return the recordings of a room that anything can be composed of.

    Those that were deleted or failed cannot, nor can those that Twilio does not
    have in the clear. Inferred: whether they are encrypted is for the settings
    to say as they are now.
    """
    if storage_settings.fetch(account, kind=RecordingSettings).encryption_enabled:
        return []
    completed = account.select(Recording, room_sid=room_sid, status=RecordingStatus.COMPLETED)
    return [each for each in completed if each.media_external_location is None]


def chosen(account: Account, composition: Composition) -> list[Recording]:
    """Return the recordings that *composition* names, and does not exclude again."""
    return [
        recording
        for recording in usable(account, composition.room_sid)
        if any(
            _is_among(sources, recording) and not _is_among(excluded, recording)
            for sources, excluded in _named(composition, recording.type)
        )
    ]


def duration(account: Account, composition: Composition, recordings: list[Recording]) -> int:
    """Return how many seconds *recordings* fill.

    What is before the first of them is always cut away; the gaps in which
    nobody was recorded, up to the end of the room, only if *composition* is to
    be trimmed.
    """
    spans = sorted((each.date_created, _end(each)) for each in recordings)
    if not composition.trim:
        room = account.table(Room)[composition.room_sid]
        end = max(room.end_time or account.clock.now, *(end for _, end in spans))
        spans = [(spans[0][0], end)]
    filled, reached = timedelta(0), spans[0][0]
    for start, end in spans:
        filled += max(timedelta(0), end - max(start, reached))
        reached = max(reached, end)
    return int(filled.total_seconds())


def _named(
    composition: Composition, kind: TrackKind
) -> Iterator[tuple[Iterable[str], Iterable[str]]]:
    """Yield what includes and what excludes recordings of that *kind*: once for each region."""
    if kind is TrackKind.AUDIO:
        yield composition.audio_sources, composition.audio_sources_excluded
        return
    for region in composition.video_layout.values():
        yield region["video_sources"], region["video_sources_excluded"]


def _is_among(sources: Iterable[str], recording: Recording) -> bool:
    sids = {recording.sid, recording.source_sid, recording.grouping_sids["participant_sid"]}
    return any(each in sids or matches(each, recording.track_name) for each in sources)


def _end(recording: Recording) -> datetime:
    return recording.date_created + timedelta(seconds=recording.duration)
