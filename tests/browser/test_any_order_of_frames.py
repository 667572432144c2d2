"""Clients that behave as the SDK does always meet, whatever arrives when, and with broken sockets.

`simulated_sdk` has the SDK's rules for glare, revisions and resumption.
"""

from __future__ import annotations

import json
import random

import pytest

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from meeting import Meeting

from pytest_twilio_video import FakeTwilioVideo


KINDS = ("audio", "video", "data")


def check(meeting, clients):
    """Check that all *clients* know the same, and have the media that they are subscribed to."""
    by_identity = {}
    for client in clients:
        assert client.state == "connected"
        (person,) = [
            each for each in meeting.fake.rooms["standup"].participants if each.sid == client.sid
        ]
        assert person.status == "connected"
        by_identity[person.identity] = client
        names = sorted(track.name for track in person.published_tracks)
        assert names == sorted(client.tracks)
    for identity, client in by_identity.items():
        others = {name: each for name, each in by_identity.items() if name != identity}
        assert client.present.keys() == others.keys()
        for name, other in others.items():
            told = {each["name"]: each["enabled"] for each in client.present[name]["tracks"]}
            assert told == {each: other.enabled[each] for each in other.tracks}
        wanted = sorted(track for other in others.values() for track in other.tracks)
        assert sorted(client.subscribed.values()) == wanted
        shared = {
            pc_id: other
            for pc_id in client.peers
            for other in others.values()
            if pc_id in other.peers
        }
        assert len(client.peers) == len(others) == len(shared)
        for pc_id, other in shared.items():
            assert client.peers[pc_id].state == "stable"
            assert set(other.tracks) <= set(client.peers[pc_id].heard)
        assert client.bound.keys() == client.subscribed.keys()
        assert set(client.bound.values()) <= client.peers.keys()


def act(choice, client, names):
    """Let *client* do something that a page may do at any time."""
    if choice == "publish" and len(client.tracks) < 4:
        client.publish(f"{KINDS[len(names) % 3]}-{client.token[-6:]}-{names.pop()}")
    elif choice == "unpublish" and client.tracks:
        client.unpublish(client.tracks[0])
    elif choice == "mute" and client.tracks:
        client.enable(client.tracks[-1], enabled=not client.enabled[client.tracks[-1]])
    elif choice == "cut" and client.connection is not None and client.session:
        client.cut()


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("cuts", [0, 3])
def test_three_clients_meet_in_any_order(meeting, room, seed, cuts):
    chance = random.Random(f"{seed} {cuts}")  # noqa: S311 -- it repeats
    names = list(range(100))
    clients = [meeting.client(name) for name in ("alice", "bob", "carol")]
    for client in clients:
        for _ in range(chance.randrange(3)):
            track = f"{chance.choice(KINDS)}-{client.token[-6:]}-{names.pop()}"
            client.tracks.append(track)
            client.enabled[track] = True
        client.open()
    acts = ["publish", "unpublish", "mute"] * 3 + ["cut"] * cuts
    for _ in range(200):
        moves = meeting.network.moves()
        busy = [each for each in clients if each.state in {"connected", "syncing"}]
        if busy and chance.random() < 0.1 and acts:
            act(acts.pop(chance.randrange(len(acts))), chance.choice(busy), names)
        elif moves:
            chance.choice(moves)()
        for client in clients:
            if client.connection is None and chance.random() < 0.2:
                client.open()

    meeting.network.settle(chance.choice)
    meeting.signaling.refresh()
    meeting.network.settle(chance.choice)

    check(meeting, clients)


@pytest.mark.parametrize("seed", range(40))
def test_clients_meet_while_the_test_drops_and_restores_networks(meeting, room, seed):
    chance = random.Random(seed)  # noqa: S311
    clients = [meeting.client(name) for name in ("alice", "bob")]
    for number, client in enumerate(clients):
        client.tracks.append(f"video-{number}")
        client.enabled[f"video-{number}"] = True
        client.open()
    dropped = []
    for _ in range(120):
        moves = meeting.network.moves()
        present = [each for each in room.participants if each.end_time is None]
        if present and chance.random() < 0.05:
            dropped.append(chance.choice(present))
            dropped[-1].drop_network()
            meeting.signaling.refresh()
        elif dropped and chance.random() < 0.1:
            dropped.pop().resume()
            meeting.signaling.refresh()
        elif moves:
            chance.choice(moves)()
        for client in clients:
            if client.connection is None and chance.random() < 0.2:
                client.open()
    for participant in dropped:
        participant.resume()

    meeting.signaling.refresh()
    for _ in range(3):
        meeting.network.settle(chance.choice)
        meeting.signaling.refresh()

    check(meeting, clients)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_each_client_knows_whether_it_is_in(meeting, room, seed):  # noqa: C901, PLR0912 -- a list of what may happen
    chance = random.Random(seed)  # noqa: S311
    names = ("alice", "bob", "carol")
    clients = [meeting.client(name) for name in names]
    for client in clients:
        client.open(has_script=True)

    def anybody():
        present = [each for each in room.participants if each.end_time is None]
        return chance.choice(present) if present else room.connect("dave", tracks=("video",))

    acts = {
        "drop": lambda: anybody().drop_network(),
        "restore": lambda: anybody().resume(),
        "replace": lambda: room.connect(chance.choice(names)),
        "arrange": lambda: room.connect("dave", tracks=("audio", "data")),
        "speak": lambda: setattr(room, "dominant_speaker", anybody()),
        "wait": lambda: meeting.fake.clock.advance(seconds=chance.choice([1, 29, 31])),
        "cut": lambda: [
            each.cut() for each in clients if each.connection and chance.random() < 0.3
        ],
        "leave": lambda: [
            each.leave() for each in clients if each.state == "connected" and chance.random() < 0.3
        ],
    }
    for _ in range(150):
        moves = meeting.network.moves()
        if chance.random() < 0.08:
            acts[chance.choice(list(acts))]()
            if chance.random() < 0.7:
                meeting.signaling.refresh()
        elif moves:
            chance.choice(moves)()
        for client in clients:
            if client.connection is None and client.state == "syncing" and chance.random() < 0.3:
                client.open(has_script=True)
    for participant in room.participants:
        if participant.end_time is None:
            participant.resume()
    for _ in range(4):
        meeting.signaling.refresh()
        meeting.network.settle(chance.choice)
    meeting.fake.clock.advance(seconds=30)  # For those whose goodbye was lost.
    meeting.settle()

    inside = {each.sid for each in room.participants if each.end_time is None}
    known = [client for client in clients if client.state == "connected"]
    assert {client.sid for client in known} <= inside
    for client in clients:
        if client.sid and client.state == "disconnected":
            assert client.sid not in inside
    for client in known:
        assert {each["sid"] for each in client.present.values()} == inside - {client.sid}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TRACK = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b"]), "kind": st.sampled_from([*KINDS, "smell"])},
    optional={"name": JSON, "enabled": JSON, "priority": JSON},
)
BODY = st.fixed_dictionaries(
    {"type": st.sampled_from(["ice", "connect", "update", "sync", "disconnect", "x"])},
    optional={
        "token": JSON,
        "session": JSON,
        "name": JSON,
        "participant": JSON
        | st.fixed_dictionaries(
            {"revision": st.integers(0, 9), "tracks": JSON | st.lists(TRACK, max_size=3)}
        ),
        "peer_connections": JSON
        | st.lists(
            st.fixed_dictionaries(
                {"id": st.just("PC1") | JSON},
                optional={"description": JSON, "ice": JSON},
            ),
            max_size=2,
        ),
        "media_signaling": JSON,
        "subscribe": JSON,
    },
)
FRAME = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "msg", "msp", "heartbeat", "bye", "x"])},
    optional={"body": BODY | JSON, "channel": st.just("data") | JSON, "track": JSON, "text": JSON},
)


@given(frames=st.lists(FRAME, max_size=8), valid=st.booleans())
@hypothesis_settings(max_examples=100, deadline=None)
def test_any_sequence_of_frames_leaves_other_clients_intact(frames, valid):
    meeting = Meeting(FakeTwilioVideo(seed="a test"))
    room = meeting.fake.rooms.create(unique_name="standup")
    bob = meeting.join("bob", "video-1")
    mallory = meeting.join("mallory", "data-1") if valid else None
    connection = mallory.connection if mallory else meeting.signaling.connection(has_script=True)

    for frame in frames:
        connection.receive(json.dumps(frame))
    meeting.signaling.refresh()

    assert room.participants["bob"].status == "connected"
    assert bob.connection.state == "open"
