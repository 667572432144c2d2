"""The timeline as server-sent events."""

from __future__ import annotations

import json

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def listen(server):
    connections = []

    def listen(after=None):
        """Return a function that returns the number and the data of the next event."""
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        connections.append(connection)
        connection.request(
            "GET", "/_fake/stream", headers={} if after is None else {"Last-Event-ID": after}
        )
        answer = connection.getresponse()
        assert answer.getheader("Content-Type").startswith("text/event-stream")

        def following():
            event = {}
            while True:
                line = answer.readline().decode().rstrip("\n")
                if not line and event:
                    return event
                name, _, value = line.partition(": ")
                if name:
                    event[name] = value

        return following

    yield listen
    for connection in connections:
        connection.close()


def test_the_stream_begins_with_the_whole_timeline_and_continues(fake, ask, listen):
    fake.rooms.create(unique_name="x")
    following = listen()
    first, second = following(), following()

    assert (first["id"], second["id"]) == ("1", "2")
    assert json.loads(first["data"]) == {
        "at": "2026-01-01T09:00:00Z",
        "kind": "action",
        "text": "test  creates the room x",
    }
    ask("POST", "/v1/Rooms", UniqueName="y")
    third = json.loads(following()["data"])
    assert (third["kind"], third["text"]) == ("call", "server  POST /v1/Rooms -> 201")
    fake.clock.advance(minutes=1)
    assert json.loads(following()["data"])["kind"] == "event"
    assert json.loads(following()["data"])["kind"] == "jump"


def test_the_stream_resumes_after_the_last_event(fake, listen):
    fake.rooms.create(unique_name="x")
    fake.rooms.create(unique_name="y")

    assert listen("2")()["id"] == "3"


def test_the_stream_shows_a_delivery_once_with_its_outcome(fake, listen):
    fake.callbacks.deliver_to(lambda _callback: 202)
    following = listen()
    fake.rooms.create(status_callback="https://app.example/hook")
    told = []
    while not told or not told[-1].endswith("-> 202"):  # Else it waits in vain, and fails.
        told.append(json.loads(following()["data"])["text"])

    assert told[-1] == f"callback  room-created  {fake.rooms[0].sid} -> 202"


def test_the_stream_shows_a_reset(fake, listen):
    fake.rooms.create()
    following = listen()
    following(), following()
    fake.reset()

    assert following() == {"event": "reset", "id": "0", "data": "{}"}
    fake.rooms.create()
    assert following()["id"] == "1"


def test_the_stream_begins_again_after_a_reset_during_which_nobody_listened(fake, listen):
    """
    A page connects again by itself, also when the next test has begun.
    """
    fake.rooms.create(unique_name="x")
    fake.rooms.create(unique_name="y")
    fake.reset()
    fake.rooms.create(unique_name="z")
    following = listen("4")

    assert following() == {"event": "reset", "id": "0", "data": "{}"}
    assert following()["id"] == "1"


def test_an_invalid_last_event_id_is_refused(ask):
    assert ask("GET", "/_fake/stream", headers={"Last-Event-ID": "x"}).status == 400
