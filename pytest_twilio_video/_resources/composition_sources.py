"""Composition sources: which recordings of a room go into a composition, and how long it gets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._engine.account import Account
from .published_tracks import TrackKind
from .recordings import Recording, RecordingStatus
from .rooms import Room
from .storage_settings import RecordingSettings, fetch
from .wildcards import matches


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .compositions import Composition


__all__ = ["chosen", "duration", "usable"]


def usable(account: Account, room_sid: str) -> list[Recording]:
    """Return the recordings of a room that anything can be composed of.

    Those that were deleted or failed cannot, nor can those that Twilio does not
    have in the clear. Inferred: whether they are encrypted is for the settings
    to say as they are now.
    """
    if fetch(account, kind=RecordingSettings).encryption_enabled:
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
