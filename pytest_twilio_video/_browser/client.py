"""Clients: what was sent to each client in a browser, and what has changed since then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..errors import VideoSdkError
    from .connection import Connection
    from .seam import Person, Track, View


__all__ = ["Client"]


class Client:
    """A participant in a browser, from joining to leaving.

    A client ignores a part of a message if the revision of the part is not larger than the last
    one. So there is one counter, which only grows.
    """

    def __init__(
        self, session: str, sid: str, connection: Connection, wanted: dict[str, Any]
    ) -> None:
        self.session = session
        """What the client says when it returns on another socket."""
        self.sid = sid
        self.connection: Connection | None = connection
        """The client's socket, or `None` while it has none."""
        self.waiting: Connection | None = None
        """The socket that the client has opened while the test interrupts its network."""
        self.has_script = connection.has_script
        self.channels = {
            name: {"transport": {"type": "data-channel", "label": name}}
            for name in wanted.get("media_signaling") or {}
        }
        """The channels for media signaling that the client wants. Only the script serves them."""
        self.revision_seen = -1
        """The revision of the last state that the client has sent."""
        self.sids: dict[str, str] = {}
        """The SIDs of the client's tracks, by the IDs that the client uses."""
        self.refused: dict[str, VideoSdkError] = {}
        """The client's tracks that could not be published, and the errors."""
        self.peer_connections: list[dict[str, Any]] = []
        """The states of peer connections that are still to be sent to the client."""
        self._revision = 0
        self._sent: dict[str, Any] = {}
        self._people: dict[str, Any] = {}
        self.played: frozenset[str] = frozenset()
        """The SIDs of the tracks that the script in the page was told to send."""

    @property
    def is_reachable(self) -> bool:
        """Whether messages can be sent to the client now."""
        return self.connection is not None

    def forget(self) -> None:
        """Forget what was sent, so that everything is sent again.

        The script remembers its tracks.
        """
        self._sent.clear()
        self._people.clear()
        self.peer_connections.clear()

    def news(
        self, view: View, id_of: Callable[[Client, Person, Track], str | None]
    ) -> dict[str, Any]:
        """Return what has not been sent yet. *id_of* returns the ID of a track in the media."""
        self._revision += 1
        news: dict[str, Any] = {}
        people = self._changed_people(view)
        if people:
            news["participants"] = people
        subscribed = [
            {"sid": track.sid, "id": track_id}
            for person in view.others
            for track in person.tracks
            if track.sid in view.subscribed
            and (track_id := id_of(self, person, track)) is not None
        ]
        published = [
            {"id": track_id, "state": "ready", "sid": sid} for track_id, sid in self.sids.items()
        ] + [
            {
                "id": track_id,
                "state": "failed",
                "error": {"code": error.code, "message": error.message},
            }
            for track_id, error in self.refused.items()
        ]
        for name, part in (
            ("subscribed", {"tracks": subscribed}),
            ("published", {"tracks": published}),
            ("recording", {"enabled": view.is_recording, "is_recording": view.is_recording}),
        ):
            if self._sent.get(name) != part:
                self._sent[name] = part
                news[name] = {**part, "revision": self._revision}
        if self.peer_connections:
            news["peer_connections"], self.peer_connections = self.peer_connections, []
        return news

    def media_news(self, view: View) -> list[dict[str, Any]]:
        """Return what has not been sent to the script in the client's page yet."""
        if not self.has_script:
            return []
        frames = dict(_media(view))
        news = [
            {"channel": channel, **frame}
            for channel, frame in frames.items()
            if self._sent.get(channel) != frame
        ]
        self._sent |= frames
        self.played = frozenset(track["id"] for track in frames["tracks"]["tracks"])
        return news

    def _changed_people(self, view: View) -> list[dict[str, Any]]:
        changed = []
        present = {person.sid: _described(person) for person in view.others}
        gone = {
            sid: {**state, "state": "disconnected", "tracks": []}
            for sid, state in self._people.items()
            if sid not in present
        }
        for sid, person in {**gone, **present}.items():
            if self._people.get(sid) != person:
                changed.append({**person, "revision": self._revision})
        self._people = present
        return changed


def _described(person: Person) -> dict[str, Any]:
    return {
        "sid": person.sid,
        "identity": person.identity,
        "state": person.state,
        "tracks": [
            {
                "sid": track.sid,
                "kind": track.kind,
                "name": track.name,
                "enabled": track.enabled,
                "priority": track.priority,
            }
            for track in person.tracks
        ],
    }


def _media(view: View) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each channel, and the message for it that Twilio's servers would send the SDK."""
    subscribed = [
        (person, track)
        for person in view.others
        for track in person.tracks
        if track.sid in view.subscribed
    ]
    arranged = [
        {
            "id": track.sid,
            "kind": track.kind,
            "enabled": track.enabled,
            "identity": person.identity,
        }
        for person, track in subscribed
        if not person.is_in_browser
    ]
    yield "tracks", {"tracks": arranged}
    yield "active_speaker", _state("active_speaker", participant=view.dominant_speaker)
    levels = [
        {"sid": person.sid, "level": person.network_quality}
        for person in view.others
        if person.network_quality is not None
    ]
    mine = view.me.network_quality
    yield "network_quality", _state("network_quality", local=mine, remotes=levels)
    off = [track.sid for _, track in subscribed if track.is_switched_off]
    on = [track.sid for _, track in subscribed if not track.is_switched_off]
    yield "track_switch_off", _state("track_switch_off", off=off, on=on)


def _state(channel: str, **fields: Any) -> dict[str, Any]:
    return {"message": {"type": channel, **fields}, "is_state": True}
