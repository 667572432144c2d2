"""A client that behaves as Twilio's SDK does, with descriptions that only name tracks.

It follows `lib/twilioconnection.js`, `lib/signaling/v2/room.js` and
`lib/signaling/v2/peerconnection.js` of twilio-video 2.36.0, with a network whose messages arrive
when the test says so.
"""

from __future__ import annotations

import json

from collections import deque
from typing import Any


class PeerConnection:
    """One end of a peer connection. The SDP of its descriptions is the list of its tracks."""

    def __init__(self, client: Client, pc_id: str) -> None:
        self.client = client
        self.id = pc_id
        self.state = "stable"
        self.revision = self.stable_revision = 0
        self.needs_answer = False
        self.must_offer = False
        self.queued: dict[str, Any] | None = None
        self.offered: list[str] = []
        self.told: list[str] | None = None
        """The tracks that the other end knows of."""
        self.heard: list[str] = []
        """The tracks of the other end."""
        self.last: dict[str, Any] | None = None

    def offer(self) -> None:
        """Offer what the client sends now, or do so later."""
        if self.state != "stable":
            self.must_offer = True
            return
        self.must_offer = False
        self.revision += 1
        self.state, self.needs_answer = "have-local-offer", True
        self.offered = list(self.client.tracks)
        self.describe("offer", self.offered)

    def describe(self, kind: str, sdp: list[str]) -> None:
        self.last = {"type": kind, "revision": self.revision, "sdp": sdp}
        self.client.update(peer_connections=[{"id": self.id, "description": self.last}])

    def take(self, description: dict[str, Any]) -> None:
        kind, revision = description["type"], description["revision"]
        if kind == "close":
            self.state = "closed"
            self.client.closed.add(self.id)
            self.client.peers.pop(self.id, None)
        elif kind == "create-offer" and revision > self.stable_revision:
            if self.needs_answer:
                self.queued = description
            else:
                self.revision = revision
                self.offer()
        elif kind == "offer" and revision > self.stable_revision:
            if self.state == "have-local-offer":
                if self.stable_revision == 0:
                    self.queued = description
                    return
                self.must_offer = True  # It takes its own back, and repeats it.
            self.answer(description)
        elif kind == "answer" and revision == self.revision and self.state == "have-local-offer":
            self.settle(revision)
            self.told = self.offered
            queued, self.queued = self.queued, None
            if queued:
                self.take(queued)
            if self.must_offer:
                self.offer()

    def answer(self, description: dict[str, Any]) -> None:
        self.revision = description["revision"]
        self.heard = description["sdp"]
        self.client.bind()
        self.settle(self.revision)
        self.describe("answer", [])
        # Its own tracks are transceivers of their own, which an answer cannot add.
        if self.must_offer or self.told != self.client.tracks:
            self.offer()

    def settle(self, revision: int) -> None:
        self.stable_revision = revision
        self.state, self.needs_answer = "stable", False


class Client:
    """A page."""

    def __init__(self, signaling: Any, token: str, room: str = "standup") -> None:
        self.signaling = signaling
        self.token, self.room = token, room
        self.connection: Any = None
        self.session: str | None = None
        self.sid: str | None = None
        self.state = "connecting"
        self.error: int | None = None
        self.revision = 0
        self.tracks: list[str] = []
        self.enabled: dict[str, bool] = {}
        self.published: dict[str, Any] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.subscribed: dict[str, str] = {}
        self.bound: dict[str, str] = {}
        """The peer connection that each subscribed track came by. It is not replaced."""
        self.seen_revisions: dict[str, int] = {}
        self.peers: dict[str, PeerConnection] = {}
        self.closed: set[str] = set()
        self.upward: deque[str] = deque()
        self.downward: deque[str] = deque()
        self.media: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []

    # The network.

    def open(self, *, has_script: bool = False) -> None:
        """Open a socket, and say hello."""
        self.upward.clear()
        self.downward.clear()
        self.connection = self.signaling.connection(has_script=has_script)
        body: dict[str, Any] = {"type": "ice", "version": 1, "token": self.token}
        if self.session:
            body = {
                "type": "sync",
                "session": self.session,
                "token": self.token,
                "participant": self.participant,
                "peer_connections": [
                    {"id": each.id, "description": each.last} for each in self.peers.values()
                ],
            }
        self.frame({"type": "hello", "id": "1", "timeout": 5000, "version": 2, "body": body})

    def cut(self) -> None:
        """Lose the socket, with all that is under way."""
        self.upward.clear()
        self.downward.clear()
        connection, self.connection = self.connection, None
        if self.state == "connected":
            self.state = "syncing"
        connection.lost()

    def send_one(self) -> None:
        """Let the next frame arrive at the server."""
        self.connection.receive(self.upward.popleft())

    def receive_one(self) -> None:
        """Let the next frame arrive here; `None` cut the socket."""
        text = self.downward.popleft()
        if text is None:
            self.cut()
        else:
            self.take(json.loads(text))

    # What the page does.

    def publish(self, track: str) -> None:
        self.tracks.append(track)
        self.enabled[track] = True
        self.changed()

    def unpublish(self, track: str) -> None:
        self.tracks.remove(track)
        self.changed()

    def enable(self, track: str, *, enabled: bool) -> None:
        self.enabled[track] = enabled
        self.revision += 1
        self.update()

    def changed(self) -> None:
        self.revision += 1
        self.update()
        for peer in tuple(self.peers.values()):
            peer.offer()

    def leave(self) -> None:
        self.message({"type": "disconnect", "session": self.session})
        self.frame({"type": "bye"})
        self.state = "disconnected"

    # What the SDK does.

    @property
    def participant(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "tracks": [
                {
                    "id": each,
                    "kind": each.partition("-")[0],
                    "name": each,
                    "enabled": self.enabled[each],
                    "priority": "standard",
                }
                for each in self.tracks
            ],
        }

    def update(self, **parts: Any) -> None:
        body = {"type": "update", "session": self.session, "participant": self.participant}
        if self.state == "connected":
            self.message(body | parts)
        elif self.state == "syncing":
            # The SDK reduces them to one; the state that counts is the last.
            self.kept = [
                each
                for each in self.kept
                if each["id"] not in {new["id"] for new in parts.get("peer_connections", [])}
            ] + parts.get("peer_connections", [])

    def message(self, body: dict[str, Any]) -> None:
        self.frame({"type": "msg", "body": body})

    def frame(self, frame: dict[str, Any]) -> None:
        if self.connection is not None:
            self.upward.append(json.dumps(frame))

    def take(self, frame: dict[str, Any]) -> None:
        assert frame["type"] in {"welcome", "busy", "msg", "msp", "bad"}, frame
        if frame["type"] == "msp":
            self.media.append(frame)
        if frame["type"] != "msg" or self.state == "disconnected":
            return
        body = frame["body"]
        if body["type"] == "iced":
            self.message(
                {
                    "type": "connect",
                    "name": self.room,
                    "token": self.token,
                    "participant": self.participant,
                    "peer_connections": [
                        {
                            "id": f"own-{self.token[-8:]}",
                            "description": {"type": "offer", "revision": 1},
                        }
                    ],
                    "media_signaling": {"active_speaker": {}},
                    "subscribe": {"revision": 1, "rules": [{"type": "include", "all": True}]},
                }
            )
        elif body["type"] in {"error", "disconnected"}:
            self.state = "disconnected"
            self.error = body.get("code") or (53118 if body.get("status") else None)
        elif body["type"] == "connected":
            self.session, self.sid = body["session"], body["participant"]["sid"]
            self.state = "connected"
            self.merge(body)
        elif body["type"] == "synced" and self.state == "syncing":
            self.merge(body)
            self.state = "connected"
            kept, self.kept = self.kept, []
            self.update(peer_connections=kept)
        elif body["type"] == "update" and self.state == "connected":
            self.merge(body)

    def merge(self, body: dict[str, Any]) -> None:
        for person in body.get("participants", []):
            known = self.people.get(person["sid"])
            if known is None or person["revision"] > known["revision"]:
                self.people[person["sid"]] = person
        if body["type"] == "synced":
            listed = {person["sid"] for person in body["participants"]}
            for sid in self.people.keys() - listed:
                self.people[sid] = {**self.people[sid], "state": "disconnected", "tracks": []}
        if self.is_new("subscribed", body):
            self.subscribed = {each["sid"]: each["id"] for each in body["subscribed"]["tracks"]}
        if self.is_new("published", body):
            self.published |= {each["id"]: each for each in body["published"]["tracks"]}
        self.bind()
        if "peer_connections" in body:
            self.take_states(body["peer_connections"], is_complete=body["type"] == "synced")

    def is_new(self, name: str, body: dict[str, Any]) -> bool:
        """Return whether *body* has a part of this *name* that is newer than the last."""
        if name not in body or body[name]["revision"] <= self.seen_revisions.get(name, 0):
            return False
        self.seen_revisions[name] = body[name]["revision"]
        return True

    def take_states(self, states: list[dict[str, Any]], *, is_complete: bool) -> None:
        """Take the states of peer connections. If it *is_complete*, all others are closed."""
        if is_complete:
            for pc_id in self.peers.keys() - {each["id"] for each in states}:
                self.peers[pc_id].take({"type": "close", "revision": 0})
        for each in states:
            if each["id"] in self.closed:
                continue
            peer = self.peers.setdefault(each["id"], PeerConnection(self, each["id"]))
            if "description" in each:
                peer.take(each["description"])

    def bind(self) -> None:
        """Take the media of tracks that were subscribed to and have arrived."""
        self.bound = {sid: pc for sid, pc in self.bound.items() if sid in self.subscribed}
        for sid, track_id in self.subscribed.items():
            for peer in self.peers.values():
                if sid not in self.bound and track_id in peer.heard:
                    self.bound[sid] = peer.id

    @property
    def present(self) -> dict[str, dict[str, Any]]:
        """Those in the room, by identity."""
        return {
            each["identity"]: each
            for each in self.people.values()
            if each["state"] != "disconnected"
        }


class Network:
    """The sockets of some clients: what arrives when is for the test to say."""

    def __init__(self, signaling: Any, clients: list[Client]) -> None:
        self.signaling = signaling
        self.clients = clients

    def carry(self) -> None:
        """Put what the server sends on its way."""
        for connection, text in self.signaling.take_outputs():
            for client in self.clients:
                if client.connection is connection:
                    client.downward.append(text)

    def moves(self) -> list[Any]:
        """Return what can happen next."""
        self.carry()
        moves = []
        for client in self.clients:
            if client.upward and client.connection is not None:
                moves.append(client.send_one)
            if client.downward:
                moves.append(client.receive_one)
        return moves

    def settle(self, choose: Any = lambda moves: moves[0]) -> None:
        """Let everything arrive, in the order that *choose* chooses."""
        for _ in range(10_000):
            moves = self.moves()
            for client in self.clients:
                if not moves and client.connection is None and client.state == "syncing":
                    client.open()
                    moves = self.moves()
            if not moves:
                return
            choose(moves)()
        msg = "they never agree"
        raise AssertionError(msg)
