"""Deeds: what a test does itself, as an SDK would or behind the scenes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .._resources import (
    access_tokens,
    compositions,
    participants,
    published_tracks,
    recordings,
    rooms,
    sample_data,
)
from .words import name_of


if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import partial


__all__ = ["deed_in_words"]


def deed_in_words(deed: partial[Any]) -> str:
    """Return what was done; *deed* is an operation with its arguments, the account first."""
    _, *args = deed.args
    tell = _DEEDS.get(deed.func)
    if tell is not None:
        return tell(*args, **deed.keywords)
    # Things by their names, and nothing else: other arguments may be secret, or large.
    things = [name_of(each) for each in args if hasattr(each, "sid")]
    return " ".join([getattr(deed.func, "__name__", "does something").replace("_", " "), *things])


def _joins(_credentials: object, _token: str, room: str | None, **_: object) -> str:
    # Who joins is told by the event that follows; who does not is nobody we know.
    return f"joins {room or 'a room'} with a token"


def _publishes(_room: object, who: Any, kind: Any, name: str | None) -> str:
    return f"{name_of(who)} publishes {kind.value}" + (f" {name!r}" if name else "")


def _sets_media(record: Any, content: bytes) -> str:
    return f"sets the media of {name_of(record)} to {len(content)} bytes"


def _lets_fail(record: Any, *_: object) -> str:
    return f"lets {name_of(record)} fail"


_DEEDS: Final[dict[Callable[..., Any], Callable[..., str]]] = {
    access_tokens.join_with_token: _joins,
    compositions.fail: _lets_fail,
    compositions.set_media: _sets_media,
    participants.connect: lambda room, who, **_: f"{who or repr(who)} joins {name_of(room)}",
    participants.disconnect: lambda who: f"{name_of(who)} leaves",
    participants.drop_network: lambda who: f"{name_of(who)} loses the network",
    participants.resume: lambda who: f"{name_of(who)} is back on the network",
    sample_data.replay: lambda _: "gives the account a past",
    published_tracks.enable: lambda _, track, enabled: (
        f"{'unmutes' if enabled else 'mutes'} {track.kind.value}"
    ),
    published_tracks.publish: _publishes,
    published_tracks.unpublish: lambda _, track: f"unpublishes {track.kind.value}",
    recordings.fail: _lets_fail,
    recordings.set_media: _sets_media,
    rooms.create: lambda params, **_: f"creates the room {params.unique_name or 'without a name'}",
    rooms.end: lambda room: f"completes {name_of(room)}",
}
