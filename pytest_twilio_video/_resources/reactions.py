"""Reactions: which operations of other resources follow an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import composition_hooks, compositions, recorder, rooms, transcriptions


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account


REACTIONS: Final[dict[str, tuple[Callable[[Account, Any], object], ...]]] = {
    "room-created": (rooms.start_timeouts, transcriptions.start_with_room),
    "room-ended": (
        rooms.cancel_timeouts,
        recorder.finish_of_room,
        composition_hooks.run_all,  # which needs complete recordings
        compositions.start_enqueued,
    ),
    "participant-connected": (rooms.cancel_empty_timeout, transcriptions.sync_with_participants),
    "participant-disconnected": (
        rooms.forget_dominant_speaker,
        transcriptions.sync_with_participants,
        rooms.start_empty_timeout,  # which ends an ad-hoc room, before the recordings complete
        recorder.finish_of_participant,
    ),
    "track-added": (recorder.start,),
    "track-removed": (recorder.finish,),
}
