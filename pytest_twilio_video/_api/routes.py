"""Routes: all that can be asked of Twilio Video, in one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from .._engine.refusals import Refusal
from .._resources import participants, published_tracks, rooms
from .representation import Address


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.records import Record


__all__ = ["ADDRESSES", "FINDERS", "ROUTES", "Route", "find"]


@dataclass(frozen=True)
class Route:
    """One operation: where it is asked for, what it takes, and how it answers."""

    method: str
    path: str
    operation: Callable[..., Any]
    takes: type | None = None
    """The parameters; `None` where there are none."""
    status: int = 200
    lists: str | None = None
    """The name of the array in the answer, where the operation returns a list."""
    largest_page: int = 1000
    parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.path.split("/")))

    def names(self, parts: tuple[str, ...]) -> list[tuple[str, str]] | None:
        """Return what stands in *parts* for each name in the path; `None` where they differ."""
        named = []
        for mine, theirs in zip(self.parts, parts, strict=True):
            if mine.startswith("{"):
                named.append((mine[1:-1], theirs))
            elif mine != theirs:
                return None
        return named if all(value for _, value in named) else None


# What a name in a path stands for: each finder gets what was found before it, and the name.
FINDERS: Final[dict[str, Callable[..., Record]]] = {
    "room": rooms.find,
    "participant": participants.find,
    "track": published_tracks.find,
}

_ROOM: Final = "/v1/Rooms/{room}"
_PARTICIPANT: Final = _ROOM + "/Participants/{participant}"

ROUTES: Final = (
    Route("POST", "/v1/Rooms", rooms.create, rooms.CreateRoom, status=201),
    Route("GET", "/v1/Rooms", rooms.list_all, rooms.ListRooms, lists="rooms"),
    Route("GET", _ROOM, rooms.fetch),
    Route("POST", _ROOM, rooms.update, rooms.UpdateRoom, status=202),
    Route(
        "GET",
        _ROOM + "/Participants",
        participants.list_all,
        participants.ListParticipants,
        lists="participants",
    ),
    Route("GET", _PARTICIPANT, participants.fetch),
    Route("POST", _PARTICIPANT, participants.update, participants.UpdateParticipant, status=202),
    Route(
        "GET",
        _PARTICIPANT + "/PublishedTracks",
        published_tracks.list_all,
        lists="published_tracks",
    ),
    Route("GET", _PARTICIPANT + "/PublishedTracks/{track}", published_tracks.fetch),
)

ADDRESSES: Final = {
    rooms.Room: Address(
        "/v1/Rooms/{sid}", "Participants", "Recordings", "RecordingRules", "Transcriptions"
    ),
    participants.Participant: Address(
        "/v1/Rooms/{room_sid}/Participants/{sid}",
        "PublishedTracks",
        "SubscribedTracks",
        "SubscribeRules",
        "Anonymize",
    ),
    published_tracks.PublishedTrack: Address(
        "/v1/Rooms/{room_sid}/Participants/{participant_sid}/PublishedTracks/{sid}"
    ),
}


def find(method: str, path: str) -> tuple[Route, list[tuple[str, str]]]:
    """Return the route for *path*, and what stands in it for each name.

    A trailing slash makes no difference; upper and lower case do.

    Raises:
        Refusal: there is no such path (20404), or it does not take *method* (20004).

    """
    parts = tuple(unquote(part) for part in path.removesuffix("/").split("/"))
    candidates = [
        (route, names)
        for route in _routes_of_length(len(parts))
        if (names := route.names(parts)) is not None
    ]
    if not candidates:
        raise Refusal(20404)
    for route, names in candidates:
        if route.method == method:
            return route, names
    raise Refusal(20004)


@cache
def _routes_of_length(length: int) -> tuple[Route, ...]:
    return tuple(route for route in ROUTES if len(route.parts) == length)
