"""What follows from what: the one table in which resources meet that do not know each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import composition_hooks, compositions, recorder, rooms, transcriptions


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account


REACTIONS: Final[dict[str, tuple[Callable[[Account, Any], object], ...]]] = {
    "room-created": (rooms.start_timeouts, transcriptions.begin_with_room),
    # Everybody has left by then, so what was recorded is complete.
    "room-ended": (rooms.cancel_timeouts, composition_hooks.run_for, compositions.begin_those_of),
    "participant-connected": (rooms.cancel_empty_timeout, transcriptions.follow),
    "participant-disconnected": (transcriptions.follow, rooms.start_empty_timeout),
    "track-added": (recorder.begin,),
    "track-removed": (recorder.finish,),
}
