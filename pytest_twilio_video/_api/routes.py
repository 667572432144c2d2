"""Routes: all operations of Twilio Video's REST API, in one table."""

from __future__ import annotations

from functools import cache, cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from .._engine.records import struct
from .._engine.refusals import METHOD_NOT_ALLOWED, NOT_FOUND, Refusal
from .._resources import (
    composition_hooks,
    compositions,
    participants,
    published_tracks,
    recorder,
    recordings,
    rooms,
    storage_settings,
    subscribed_tracks,
    transcriptions,
)
from .._resources.media import FetchMedia
from .representation import ResourceAddress


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._engine.account import Account
    from .._engine.records import Record

    Names = tuple[tuple[str, str], ...]


__all__ = ["ADDRESSES", "FINDERS", "ROUTES", "Route", "find"]


@struct()
class Route:
    """One operation: its method, path and parameters, and the form of its response."""

    method: str
    path: str
    operation: Callable[..., Any] | None = None
    """The function. It takes the account and the resources in the path.

    If it is `None`, the response shows the last resource in the path.
    """
    takes: type | None = None
    """The struct of the parameters, the last argument of the operation. `None` without any."""
    fill: Callable[[Account, Mapping[str, Any]], dict[str, Any]] | None = None
    """Adds the account's own defaults to the values of the parameters."""
    status: int = 200
    lists: str | None = None
    """The name of the array in the response, if the operation returns a list."""
    largest_page: int = 1000

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The parts of the path between the slashes."""
        return tuple(self.path.split("/"))

    def match(self, parts: tuple[str, ...]) -> Names | None:
        """Return the names in braces with their values. If *parts* do not match, return `None`."""
        named = []
        for mine, theirs in zip(self.parts, parts, strict=True):
            if mine.startswith("{"):
                named.append((mine[1:-1], theirs))
            elif mine != theirs:
                return None
        return tuple(named) if all(value for _, value in named) else None


# How to find what a name in braces stands for. A finder takes the account, the records that the
# names before it stand for, and the part of the path.
FINDERS: Final[dict[str, Callable[..., Record]]] = {
    "room": rooms.find,
    "room_sid": rooms.find_by_sid,
    "participant": participants.find,
    "track": published_tracks.find,
    "transcription": transcriptions.find,
    "subscribed_track": subscribed_tracks.find,
    "recording": recordings.find,
    "room_recording": recordings.find_in_room,
    "composition": compositions.find,
    "hook": composition_hooks.find,
}

_ROOM: Final = "/v1/Rooms/{room}"
_PARTICIPANT: Final = _ROOM + "/Participants/{participant}"
_TRANSCRIPTION: Final = _ROOM + "/Transcriptions/{transcription}"
_COMPOSITION: Final = "/v1/Compositions/{composition}"
_HOOK: Final = "/v1/CompositionHooks/{hook}"
_RECORDING: Final = "/v1/Recordings/{recording}"
# Here the room is found by its SID only; other paths below a room take its name as well.
_ROOM_RECORDING: Final = "/v1/Rooms/{room_sid}/Recordings/{room_recording}"


def _below_room(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Return *operation*, which takes no room, with an additional argument for a room."""
    return lambda account, _room, *rest: operation(account, *rest)


def _settings(path: str, kind: type[storage_settings.RecordingSettings]) -> tuple[Route, Route]:
    create = partial(storage_settings.create, kind=kind)
    return (
        Route("GET", path, partial(storage_settings.fetch, kind=kind)),
        # Twilio calls it a creation, but it answers 200.
        Route("POST", path, create, storage_settings.CreateSettings),
    )


ROUTES: Final = (
    Route(
        "POST",
        "/v1/Rooms",
        rooms.create,
        rooms.CreateRoom,
        fill=rooms.with_defaults,
        status=201,
    ),
    Route("GET", "/v1/Rooms", rooms.list_all, rooms.ListRooms, lists="rooms"),
    Route("GET", _ROOM),
    Route("POST", _ROOM, rooms.update, rooms.UpdateRoom, status=202),
    Route(
        "GET",
        _ROOM + "/Participants",
        participants.list_all,
        participants.ListParticipants,
        lists="participants",
    ),
    Route("GET", _PARTICIPANT),
    Route("POST", _PARTICIPANT, participants.update, participants.UpdateParticipant, status=202),
    Route(
        "GET",
        _PARTICIPANT + "/PublishedTracks",
        published_tracks.list_all,
        lists="published_tracks",
    ),
    Route("GET", _PARTICIPANT + "/PublishedTracks/{track}"),
    Route(
        "GET",
        _PARTICIPANT + "/SubscribedTracks",
        subscribed_tracks.list_all,
        lists="subscribed_tracks",
    ),
    Route("GET", _PARTICIPANT + "/SubscribedTracks/{subscribed_track}"),
    Route("GET", _PARTICIPANT + "/SubscribeRules", subscribed_tracks.fetch_rules),
    Route(
        "POST",
        _PARTICIPANT + "/SubscribeRules",
        subscribed_tracks.update_rules,
        subscribed_tracks.UpdateSubscribeRules,
    ),
    Route("POST", _PARTICIPANT + "/Anonymize", participants.anonymize),
    Route("GET", _ROOM + "/RecordingRules", recorder.fetch_rules),
    Route(
        "POST",
        _ROOM + "/RecordingRules",
        recorder.update_rules,
        recorder.UpdateRecordingRules,
    ),
    Route(
        "POST",
        _ROOM + "/Transcriptions",
        transcriptions.create,
        transcriptions.CreateTranscription,
        status=202,
    ),
    Route("GET", _ROOM + "/Transcriptions", transcriptions.list_all, lists="transcriptions"),
    Route("GET", _TRANSCRIPTION),
    Route(
        "POST",
        _TRANSCRIPTION,
        transcriptions.update,
        transcriptions.UpdateTranscription,
        status=202,
    ),
    Route(
        "GET",
        "/v1/Rooms/{room_sid}/Recordings",
        recordings.list_in_room,
        recordings.ListRoomRecordings,
        lists="recordings",
    ),
    Route("GET", _ROOM_RECORDING, recordings.fetch_in_room),
    Route("DELETE", _ROOM_RECORDING, _below_room(recordings.delete), status=204),
    Route(
        "GET",
        _ROOM_RECORDING + "/Media",
        _below_room(recordings.fetch_media),
        FetchMedia,
        status=302,
    ),
    Route(
        "GET",
        "/v1/Recordings",
        recordings.list_all,
        recordings.ListRecordings,
        lists="recordings",
        largest_page=100,
    ),
    Route("GET", _RECORDING),
    Route("DELETE", _RECORDING, recordings.delete, status=204),
    Route("GET", _RECORDING + "/Media", recordings.fetch_media, FetchMedia, status=302),
    Route(
        "POST",
        "/v1/Compositions",
        compositions.create,
        compositions.CreateComposition,
        status=201,
    ),
    Route(
        "GET",
        "/v1/Compositions",
        compositions.list_all,
        compositions.ListCompositions,
        lists="compositions",
        largest_page=100,
    ),
    Route("GET", _COMPOSITION),
    Route("DELETE", _COMPOSITION, compositions.delete, status=204),
    Route("GET", _COMPOSITION + "/Media", compositions.fetch_media, FetchMedia, status=302),
    Route(
        "POST",
        "/v1/CompositionHooks",
        composition_hooks.create,
        composition_hooks.CreateCompositionHook,
        status=201,
    ),
    Route(
        "GET",
        "/v1/CompositionHooks",
        composition_hooks.list_all,
        composition_hooks.ListCompositionHooks,
        lists="composition_hooks",
    ),
    Route("GET", _HOOK),
    Route("POST", _HOOK, composition_hooks.update, composition_hooks.UpdateCompositionHook),
    Route("DELETE", _HOOK, composition_hooks.delete, status=204),
    *_settings("/v1/RecordingSettings/Default", storage_settings.RecordingSettings),
    *_settings("/v1/CompositionSettings/Default", storage_settings.CompositionSettings),
)

ADDRESSES: Final = {
    rooms.Room: ResourceAddress(
        "/v1/Rooms/{sid}", "Participants", "Recordings", "RecordingRules", "Transcriptions"
    ),
    participants.Participant: ResourceAddress(
        "/v1/Rooms/{room_sid}/Participants/{sid}",
        "PublishedTracks",
        "SubscribedTracks",
        "SubscribeRules",
        "Anonymize",
    ),
    participants.AnonymizedParticipant: ResourceAddress(
        "/v1/Rooms/{room_sid}/Participants/{sid}/Anonymize"
    ),
    published_tracks.PublishedTrack: ResourceAddress(
        "/v1/Rooms/{room_sid}/Participants/{participant_sid}/PublishedTracks/{sid}"
    ),
    subscribed_tracks.SubscribedTrack: ResourceAddress(
        "/v1/Rooms/{room_sid}/Participants/{participant_sid}/SubscribedTracks/{sid}"
    ),
    storage_settings.RecordingSettings: ResourceAddress("/v1/RecordingSettings/Default"),
    storage_settings.CompositionSettings: ResourceAddress("/v1/CompositionSettings/Default"),
    compositions.Composition: ResourceAddress("/v1/Compositions/{sid}", "Media"),
    composition_hooks.CompositionHook: ResourceAddress("/v1/CompositionHooks/{sid}"),
    transcriptions.Transcription: ResourceAddress("/v1/Rooms/{room_sid}/Transcriptions/{ttid}"),
    recordings.Recording: ResourceAddress("/v1/Recordings/{sid}", "Media", without=("room_sid",)),
    recordings.RoomRecording: ResourceAddress(
        "/v1/Rooms/{room_sid}/Recordings/{sid}",
        "Media",
        without=("status_callback", "status_callback_method"),
    ),
}


def routed(method: str) -> str:
    """Return the method of the route that answers *method*.

    Inferred: ``HEAD`` is answered like ``GET``, without a body.
    """
    return "GET" if method == "HEAD" else method


@lru_cache(maxsize=1024)  # A suite repeats few paths; this saves a tenth of each call's time.
def find(method: str, path: str) -> tuple[Route, Names]:
    """Return the route for *path*, and the part of the path for each name in braces.

    A slash at the end is ignored. Upper and lower case matter.

    Raises:
        Refusal: no route has this path (20404), or none has this *method* (20004).

    """
    parts = tuple(unquote(part) for part in path.removesuffix("/").split("/"))
    candidates = [
        (route, names)
        for route in _routes_of_length(len(parts))
        if (names := route.match(parts)) is not None
    ]
    if not candidates:
        raise Refusal(NOT_FOUND)
    for route, names in candidates:
        if route.method == routed(method):
            return route, names
    raise Refusal(METHOD_NOT_ALLOWED)


@cache
def _routes_of_length(length: int) -> tuple[Route, ...]:
    return tuple(route for route in ROUTES if len(route.parts) == length)
