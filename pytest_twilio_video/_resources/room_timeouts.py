"""Room timeouts: when rooms end by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from . import participants, rooms
from .rooms import Room, RoomStatus


if TYPE_CHECKING:
    from .._engine.account import Account


__all__ = ["begin", "begin_when_empty", "forget", "stay_open"]

LONGEST: Final = timedelta(hours=24)

_WORDS: Final = {
    "unused": "unused room timeout",
    "empty": "empty room timeout",
    "longest": "24-hour limit",
}


def begin(account: Account, room: Room) -> None:
    """Begin to wait for the first participant, and for the longest that a room may last."""
    if not room.is_ad_hoc:
        _set(account, room, "unused", timedelta(minutes=room.unused_room_timeout))
    _set(account, room, "longest", LONGEST)


def stay_open(account: Account, participant: participants.Participant) -> None:
    """Forget the timeouts of a room that somebody is in."""
    account.cancel_timer("unused", participant.room_sid)
    account.cancel_timer("empty", participant.room_sid)


def begin_when_empty(account: Account, participant: participants.Participant) -> None:
    """Close a room that everybody has left: after a while, or at once if it is ad-hoc."""
    room = account.get(Room, participant.room_sid)
    if room is None or room.status is not RoomStatus.IN_PROGRESS:
        return
    if participants.present(account, room):
        return
    if room.is_ad_hoc:
        rooms.end(account, room)
    else:
        _set(account, room, "empty", timedelta(minutes=room.empty_room_timeout))


def forget(account: Account, room: Room) -> None:
    """Forget the timeouts of a room that is over."""
    for purpose in _WORDS:
        account.cancel_timer(purpose, room.sid)


def _set(account: Account, room: Room, purpose: str, delay: timedelta) -> None:
    what = f"{_WORDS[purpose]} of {room.unique_name}"
    account.set_timer(purpose, room, delay, rooms.end, what)
