"""Signaling: the room protocol that Twilio's SDK for browsers speaks, for one fake.

It has no socket, no thread and no clock. Frames go into a `Connection`, operations go to the
fake by `Backend`, and `outputs` is what the owner of the sockets has to send.

An event alone sends nothing to a client. After each step, and after each change in the fake,
`refresh` compares what each client may know with what was sent to it, and sends the difference.
So the cause of a change makes no difference.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from ..errors import VideoSdkError
from .client import Client
from .connection import Connection, Output
from .negotiation import Pair
from .seam import NewTrack


if TYPE_CHECKING:
    from collections.abc import Callable

    from .seam import Backend, Broadcast, Person, Track, View


__all__ = ["Signaling"]

VERSION: Final = 2
SESSION_TIMEOUT: Final = 2_000_000
"""How many real seconds a client tries to return: very many, as only virtual time counts."""
COMPLETED: Final = 53118
NOT_FOUND: Final = 53204
MALFORMED: Final = 53004
TESTED_VERSIONS: Final = ("2.32.0", "2.36.0")
"""The versions of twilio-video with which our tests run."""


class Signaling:
    """All clients of one fake that are in browsers."""

    def __init__(self, backend: Backend) -> None:
        self.outputs: list[Output] = []
        self._backend = backend
        self._account = backend.account
        self._clients: dict[str, Client] = {}
        """The clients of the account, by the SID of the participant."""
        self._pairs: dict[str, Pair] = {}
        self._numbers = count(1)

    def connection(self, *, has_script: bool) -> Connection:
        """Return the connection for a new socket. *has_script*: the page has our script."""
        return Connection(self, has_script=has_script)

    def take_outputs(self) -> list[Output]:
        """Return what the owner of the sockets has to do, in order, and forget it."""
        outputs, self.outputs = self.outputs, []
        return outputs

    def refresh(self) -> None:
        """Send each client what it does not know yet."""
        self._follow_reset()
        later = []
        for broadcast in self._backend.take_broadcasts():
            for client in self._clients.values():
                if client.sid not in broadcast.receivers:
                    continue
                if broadcast.track in client.played:
                    self._pass_on(client, broadcast)  # Before the track ends, if it has ended.
                else:
                    later.append((client, broadcast))  # After the track begins.
        for client in tuple(self._clients.values()):
            if client.sid in self._clients:  # A frame to another client may end this one.
                self._refresh(client)
        for client, broadcast in later:
            if client.sid in self._clients:
                self._pass_on(client, broadcast)

    # What connections report.

    def is_kept_out(self, session: str | None) -> bool:
        """Return whether the test interrupts the network of the client of *session*."""
        self._follow_reset()
        client = self._client(session)
        if client is None:
            return False
        view = self._backend.view(client.sid)
        return view.is_cut and not view.has_left

    def wait(self, connection: Connection, session: str | None) -> None:
        """Remember *connection*, until the network of the client of *session* is restored."""
        client = self._client(session)
        if client is not None:
            client.waiting = connection
            _adopt(connection, client, self._backend.view(client.sid))

    def take(self, connection: Connection, body: dict[str, Any]) -> None:
        """Handle a message of a client."""
        self._follow_reset()
        step = _STEPS.get(body["type"])
        if step is not None:
            step(self, connection, body)

    def refuse(self, connection: Connection, body: Any, place: str) -> None:
        """Refuse a message that is malformed at *place*.

        Inferred: if a client joins or returns with a message that is malformed, for example with
        a number as the name of the room, it is refused with 53004.
        """
        kind = str(body.get("type")) if isinstance(body, dict) else ""
        named = f"the message {kind!r} of a page" if kind in _STEPS else "a message of a page"
        reason = f"{named} is malformed at {place}" if place else f"{named} is malformed"
        self._backend.hint(reason)
        if kind not in {"connect", "sync"}:
            connection.complain(reason)
            return
        if connection.state != "open":
            connection.open()
        _refuse(connection, VideoSdkError(MALFORMED, "Client sent an invalid signaling message"))

    def take_media(self, connection: Connection, frame: dict[str, Any]) -> None:
        """Handle a message of the script in a page: data that was sent over a data track."""
        self._follow_reset()
        client = self._client_of(connection)
        sid = client.sids.get(frame.get("track") or "") if client else None
        data = _decoded(frame)
        if client is None or sid is None or data is None or frame["channel"] != "data":
            return
        with suppress(VideoSdkError):  # It left a moment ago.
            self._backend.hear(client.sid, sid, data)
        self.refresh()

    def lose(self, connection: Connection) -> None:
        """Handle the loss of a socket. The client has left, or has lost the network."""
        self._follow_reset()
        client = self._client_of(connection)
        if client is None:
            return
        if client.waiting is connection:
            client.waiting = None
        if client.connection is connection:
            client.connection = None
            self._backend.lose(client.sid)
            self.refresh()

    # The messages.

    def _ice(self, connection: Connection, _body: dict[str, Any]) -> None:
        # On one machine, no servers are needed to find each other.
        connection.send({"type": "iced", "version": 1, "ice_servers": []})

    def _connect(self, connection: Connection, body: dict[str, Any]) -> None:
        if connection.session is not None:
            return
        state = body.get("participant") or {}
        tracks = state.get("tracks") or []
        rules = (body.get("subscribe") or {}).get("rules") or [{"type": "include"}]
        try:
            sid, results = self._backend.join(
                body.get("token") or "",
                body.get("name") or None,
                [_new_track(track) for track in tracks],
                automatic_subscription=rules[0]["type"] == "include",
            )
        except VideoSdkError as refusal:
            _refuse(connection, refusal)
            return
        self._note_version(body.get("publisher") or {})
        client = Client(self._backend.new_session(), sid, connection, body)
        client.revision_seen = state.get("revision", 0)
        for track, result in zip(tracks, results, strict=True):
            _note_result(client, track["id"], result)
        self._clients[sid] = client
        view = self._backend.view(sid)
        _adopt(connection, client, view)
        for offered in body.get("peer_connections") or []:
            # It was made before it was known for whom. Each pair has a peer connection of its own.
            close = {"type": "close", "revision": 2}
            client.peer_connections.append({"id": offered["id"], "description": close})
        self._pair(client, view)
        connection.send(
            {
                "type": "connected",
                "version": VERSION,
                "session": client.session,
                "sid": view.room_sid,
                "name": view.room_name,
                "participant": {"sid": sid, "identity": view.me.identity},
                "options": {
                    "session_timeout": SESSION_TIMEOUT,
                    "media_region": view.media_region,
                    "signaling_region": "us1",
                    "audio_processors": [],
                },
                **({"media_signaling": client.channels} if client.has_script else {}),
                **client.news(view, self._id_of),
            }
        )
        self.refresh()

    def _note_version(self, publisher: dict[str, Any]) -> None:
        version = publisher.get("sdk_version")
        if version is not None and version not in TESTED_VERSIONS:
            tested = " and ".join(TESTED_VERSIONS)
            self._backend.hint(f"twilio-video {version} is not tested with the fake: {tested} are")

    def _update(self, connection: Connection, body: dict[str, Any]) -> None:
        client = self._client_of(connection)
        if client is None:
            return
        with suppress(VideoSdkError):  # They have left a moment ago.
            self._take_state(client, body)
        for state in body.get("peer_connections") or []:
            self._relay(client, state)
        self.refresh()

    def _sync(self, connection: Connection, body: dict[str, Any]) -> None:
        client = self._client(body.get("session"))
        if client is None or connection.session not in {None, client.session}:
            _refuse(connection, VideoSdkError(NOT_FOUND, "Participant not found"))
            return
        try:
            # "Signaling reconnection failed due to expired AccessToken!", with 20104.
            # -- Reconnection States and Events
            # Inferred: a participant whose page cannot return, because the access token has
            # expired, stays ``reconnecting`` until the server gives up.
            self._backend.check_token(body.get("token") or "")
        except VideoSdkError as refusal:
            _refuse(connection, refusal)
            return
        if client.connection is not None and client.connection is not connection:
            client.connection.abort()
        client.waiting, client.connection = None, connection
        client.has_script = connection.has_script
        client.forget()
        with suppress(VideoSdkError):  # They have left a moment ago.
            self._backend.come_back(client.sid)
            self._take_state(client, body)
        view = self._backend.view(client.sid)
        _adopt(connection, client, view)
        if view.has_left:
            self.refresh()
            return
        kept = self._keep_pairs(client, body.get("peer_connections") or [])
        self._pair(client, view)
        news = client.news(view, self._id_of)
        # Those who are not listed in these two parts leave, and are closed.
        news.setdefault("participants", [])
        news["peer_connections"] = kept + news.get("peer_connections", [])
        connection.send(
            {
                "type": "synced",
                "version": VERSION,
                "participant": {"sid": client.sid, "identity": view.me.identity},
                **({"media_signaling": client.channels} if client.has_script else {}),
                **news,
            }
        )
        self.refresh()

    def _disconnect(self, connection: Connection, _body: dict[str, Any]) -> None:
        client = self._client_of(connection)
        if client is not None:
            self._forget(client)
            self._backend.leave(client.sid)
            self.refresh()

    # Used by several messages.

    def _follow_reset(self) -> None:
        """End all clients if the account was reset. SIDs of the new account may be the same."""
        if self._account is self._backend.account:
            return
        self._account = self._backend.account
        self._backend.take_broadcasts()
        clients, self._clients = tuple(self._clients.values()), {}
        self._pairs.clear()
        for client in clients:
            _tell_end(client, VideoSdkError(COMPLETED, "Room completed"))

    def _refresh(self, client: Client) -> None:
        view = self._backend.view(client.sid)
        if view.has_left:
            self._forget(client)
            _tell_end(client, view.error)
            return
        connection, waiting = client.connection, client.waiting
        if view.me.state != "connected" and connection is not None:
            client.connection = None
            connection.abort()
        elif connection is not None:
            news = client.news(view, self._id_of)
            if news:
                connection.send({"type": "update", "version": VERSION, **news})
            for frame in client.media_news(view):
                connection.send_media(frame)
        elif waiting is not None and not view.is_cut:
            client.waiting = None
            waiting.welcome()

    def _pass_on(self, client: Client, broadcast: Broadcast) -> None:
        """Send a message or a transcription to the script in the page of *client*."""
        connection = client.connection
        if connection is None:
            return
        if broadcast.transcription is not None:
            message = {
                "type": "extension_transcriptions",
                "participant": broadcast.participant,
                "track": broadcast.track,
                "transcription": broadcast.data,
                **broadcast.transcription,
            }
            connection.send_media({"channel": message["type"], "message": message})
        elif broadcast.participant not in self._clients:
            # What a client in a browser sends goes from browser to browser.
            connection.send_media(
                {"channel": "data", "track": broadcast.track, **_encoded(broadcast.data)}
            )

    def _forget(self, client: Client) -> None:
        del self._clients[client.sid]
        for pair in self._pairs_of(client):
            self._close(pair, client)

    def _take_state(self, client: Client, body: dict[str, Any]) -> None:
        """Publish, unpublish and mute tracks, until *client* has the tracks in *body*.

        Raises:
            VideoSdkError: a timer, which has run in the meantime, has ended the participant.

        """
        state = body.get("participant") or {}
        revision = state.get("revision", 0)
        view = self._backend.view(client.sid)
        if revision <= client.revision_seen or view.me.state != "connected":
            return
        tracks = {track["id"]: track for track in state.get("tracks") or []}
        known = {track.sid: track for track in view.me.tracks}
        for track_id in [gone for gone in client.refused if gone not in tracks]:
            del client.refused[track_id]
        for track_id in [gone for gone in client.sids if gone not in tracks]:
            self._backend.unpublish(client.sids.pop(track_id))
        for track_id, track in tracks.items():
            sid = client.sids.get(track_id)
            if sid in known:
                self._change(known[sid], _new_track(track))
            elif track_id not in client.refused:
                try:
                    result: str | VideoSdkError
                    result = self._backend.publish(client.sid, _new_track(track))
                except VideoSdkError as refusal:
                    result = refusal
                _note_result(client, track_id, result)
        client.revision_seen = revision

    def _change(self, known: Track, wanted: NewTrack) -> None:
        """Change a track of a client as the client wants it."""
        if known.enabled is not wanted.enabled:
            self._backend.enable(known.sid, enabled=wanted.enabled)
        if known.priority != wanted.priority:
            self._backend.prioritize(known.sid, wanted.priority)

    def _id_of(self, client: Client, person: Person, track: Track) -> str | None:
        """Return the ID of *track* in the descriptions that *client* gets, or `None`.

        Problem: the SDK does not replace the media of a track that it is subscribed to. When two
        clients get a new peer connection, the SDK would keep the media of the closed one.

        Solution: nobody is subscribed to tracks of a client before the first answer was relayed.
        """
        publisher = self._clients.get(person.sid)
        if publisher is not None:
            is_settled = any(
                pair.is_settled and publisher.sid in pair.ends for pair in self._pairs_of(client)
            )
            ids = {sid: track_id for track_id, sid in publisher.sids.items()}
            return ids.get(track.sid) if is_settled else None
        return track.sid if client.has_script and not person.is_in_browser else None

    def _client_of(self, connection: Connection) -> Client | None:
        return self._client(connection.session)

    def _client(self, session: str | None) -> Client | None:
        """Return the client of *session*, or `None` if there is none."""
        clients = self._clients.values()
        return next((client for client in clients if client.session == session), None)

    # Peer connections.

    def _pairs_of(self, client: Client) -> list[Pair]:
        return [pair for pair in self._pairs.values() if client.sid in pair.ends]

    def _pair(self, client: Client, view: View) -> None:
        """Give *client* a peer connection with each other client, unless it has one."""
        paired = {pair.other(client.sid) for pair in self._pairs_of(client)}
        for person in view.others:
            other = self._clients.get(person.sid)
            if other is None or other.sid in paired or not other.is_reachable:
                continue
            pair = Pair(f"PC{next(self._numbers)}", other.sid, client.sid)
            self._pairs[pair.id] = pair
            wish = {"type": "create-offer", "revision": 1}
            other.peer_connections.append({"id": pair.id, "description": wish})

    def _relay(self, client: Client, state: dict[str, Any]) -> None:
        pair = self._pairs.get(state["id"])
        if pair is None or client.sid not in pair.ends:
            return
        other = self._clients[pair.other(client.sid)]
        heard = pair.relay(client.sid, state, is_reachable=other.is_reachable)
        if heard:
            other.peer_connections.append(heard)

    def _keep_pairs(self, client: Client, states: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the pairs of *client* that are kept after a lost socket, and close the others.

        A frame that was sent just before the loss may not have arrived, and neither side knows.
        So a pair is kept only if both ends provably know the same.
        """
        by_id = {state["id"]: state for state in states}
        kept = []
        for pair in self._pairs_of(client):
            state = by_id.get(pair.id)
            if state is not None and pair.is_in_step(client.sid, state.get("description")):
                kept.append(pair.repeated(client.sid))
            else:
                self._close(pair, client)
        return kept

    def _close(self, pair: Pair, client: Client) -> None:
        del self._pairs[pair.id]
        other = self._clients.get(pair.other(client.sid))
        if other is not None:
            other.peer_connections.append(pair.closed())


_STEPS: Final[dict[str, Callable[[Signaling, Connection, dict[str, Any]], None]]] = {
    "ice": Signaling._ice,  # noqa: SLF001 -- the table of its own steps
    "connect": Signaling._connect,  # noqa: SLF001
    "update": Signaling._update,  # noqa: SLF001
    "sync": Signaling._sync,  # noqa: SLF001
    "disconnect": Signaling._disconnect,  # noqa: SLF001
}


def _new_track(track: dict[str, Any]) -> NewTrack:
    return NewTrack(
        track["kind"],
        track.get("name"),
        track.get("enabled") is not False,
        track.get("priority") or "standard",
    )


def _note_result(client: Client, track_id: str, result: str | VideoSdkError) -> None:
    if isinstance(result, VideoSdkError):
        client.refused[track_id] = result
    else:
        client.sids[track_id] = result


def _adopt(connection: Connection, client: Client, view: View) -> None:
    """Note that *connection* is a socket of *client*."""
    connection.session, connection.identity = client.session, view.me.identity


def _tell_end(client: Client, error: VideoSdkError | None) -> None:
    """Tell *client* that it is disconnected, and why."""
    connection = client.connection or client.waiting
    if connection is None:
        return
    if connection.state == "waiting":
        connection.open()
    if error is None:
        connection.send({"type": "disconnected", "version": VERSION})
    elif error.code == COMPLETED:
        connection.send({"type": "disconnected", "version": VERSION, "status": "completed"})
    else:
        _refuse(connection, error)


def _refuse(connection: Connection, error: VideoSdkError) -> None:
    connection.send(
        {
            "type": "error",
            "version": VERSION,
            "code": error.code,
            "message": error.message,
            "participants": [],
        }
    )


def _encoded(data: str | bytes) -> dict[str, str]:
    return {"text": data} if isinstance(data, str) else {"base64": b64encode(data).decode()}


def _decoded(frame: dict[str, Any]) -> str | bytes | None:
    """Return the data in *frame*, or `None` if there is none."""
    text: str | None = frame.get("text")
    encoded: str | None = frame.get("base64")
    if encoded is None:
        return text
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        return None
