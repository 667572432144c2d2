"""What follows from what: the one table in which resources meet that do not know each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import recordings, rooms


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account


CONSEQUENCES: Final[dict[str, tuple[Callable[[Account, Any], object], ...]]] = {
    "participant-connected": (rooms.stay_open,),
    "participant-disconnected": (rooms.close_when_empty,),
    "track-added": (recordings.begin,),
    "track-removed": (recordings.finish,),
}
