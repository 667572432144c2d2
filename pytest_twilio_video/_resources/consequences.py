"""What follows from what: the one table in which resources meet that do not know each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import composition_hooks, compositions, recorder, room_timeouts, transcriptions


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account


CONSEQUENCES: Final[dict[str, tuple[Callable[[Account, Any], object], ...]]] = {
    "room-created": (room_timeouts.begin, transcriptions.begin_with_room),
    # Everybody has left by then, so what was recorded is complete.
    "room-ended": (room_timeouts.forget, composition_hooks.run_for, compositions.begin_those_of),
    "participant-connected": (room_timeouts.stay_open, transcriptions.follow),
    "participant-disconnected": (transcriptions.follow, room_timeouts.begin_when_empty),
    "track-added": (recorder.begin,),
    "track-removed": (recorder.finish,),
}
