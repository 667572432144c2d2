"""Twilio's REST API through the server."""

from __future__ import annotations

import json
import os
import socket
import threading
import time

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from plain_http import asked

from pytest_twilio_video import FakeTwilioVideoServer


def test_urls_in_responses_have_the_host_that_the_client_called(server, ask):
    port = urlsplit(server.url).port
    room = ask("POST", "/v1/Rooms", UniqueName="x", headers={"Host": f"fake.test:{port}"}).json
    page = ask("GET", "/v1/Rooms?PageSize=1", headers={"Host": f"fake.test:{port}"}).json

    base = f"http://fake.test:{port}/v1/Rooms"
    assert room["url"] == f"{base}/{room['sid']}"
    assert room["links"]["participants"] == f"{base}/{room['sid']}/Participants"
    assert page["meta"]["first_page_url"].startswith(base)
    assert page["rooms"][0]["url"] == room["url"]


def test_texts_of_the_application_are_not_changed(ask):
    """
    A callback URL at Twilio's host is a text of the application, not a URL of the server.
    """
    callback, name = "https://video.twilio.com/mine", '"url": "https://video.twilio.com'

    room = ask("POST", "/v1/Rooms", StatusCallback=callback, UniqueName=name).json

    assert (room["status_callback"], room["unique_name"]) == (callback, name)


def test_a_strange_host_does_not_break_the_json(ask):
    room = ask("POST", "/v1/Rooms", headers={"Host": 'x"\\1'}).json

    assert room["url"].startswith('http://x"\\1/v1/Rooms/')


def test_a_page_has_the_url_of_the_next_page(fake, server, ask):
    for _ in range(3):
        fake.rooms.create()

    following = ask("GET", "/v1/Rooms?PageSize=2").json["meta"]["next_page_url"]

    assert following.startswith(server.url)
    assert len(ask("GET", following.removeprefix(server.url)).json["rooms"]) == 1


@pytest.fixture
def recording(fake):
    room = fake.rooms.create(record_participants_on_connect=True)
    alice = room.connect("alice")
    alice.publish("audio")
    alice.disconnect()
    fake.clock.advance(minutes=1)
    return room.recordings[0]


def test_media_are_downloaded_by_clients_that_send_their_credentials_along(
    fake, server, recording
):
    session = requests.Session()
    session.trust_env = False
    answer = session.get(
        f"{server.url}/v1/Recordings/{recording.sid}/Media",
        auth=(fake.account_sid, fake.auth_token),
        allow_redirects=False,
    )
    location = answer.headers["Location"]

    assert answer.json()["redirect_to"] == location
    assert location.startswith(server.url)
    assert (
        session.get(location, auth=(fake.account_sid, fake.auth_token)).content == recording.media
    )


def test_head_is_answered_like_get_without_a_body(ask, recording):
    path = f"/v1/Recordings/{recording.sid}"
    head, get = ask("HEAD", path), ask("GET", path)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_the_response_to_an_unknown_path_is_the_same_as_in_the_process(ask):
    answer = ask("GET", "/v1/Nothing")

    assert (answer.status, answer.json["code"]) == (404, 20404)
    assert ask("GET", "/favicon.ico").status == 404


def test_calls_name_the_server_as_their_client(fake, ask):
    ask("POST", "/v1/Rooms", UniqueName="x")

    assert [(call.method, call.client) for call in fake.calls] == [("POST", "server")]
    assert fake.calls[0].params == {"UniqueName": "x"}


@pytest.mark.parametrize("error", ["connect", "reset"])
def test_a_connection_that_fails_is_closed_without_a_response(fake, ask, error):
    fake.fail(error=error)

    with pytest.raises((ConnectionError, OSError)):
        ask("GET", "/v1/Rooms")
    assert ask("GET", "/v1/Rooms").status == 200


def test_with_an_injected_timeout_the_connection_stays_open_until_the_client_gives_up(
    fake, server
):
    fake.fail(error="timeout")
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=0.3)
    connection.request("GET", "/v1/Rooms")

    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert fake.calls[0].status is None


def test_concurrent_clients_create_each_room_once(fake, server):
    """
    TWILIO_VIDEO_REQUESTS=1000 sets how many requests each connection sends. The default is low.
    """
    each = int(os.environ.get("TWILIO_VIDEO_REQUESTS", "40"))

    def create(number):
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        names = [f"room-{number}-{count}" for count in range(each)]
        for name in names:
            connection.request(
                "POST",
                "/v1/Rooms",
                f"UniqueName={name}",
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Authorization": requests.auth._basic_auth_str(fake.account_sid, "x"),
                },
            )
            answer = connection.getresponse()
            assert answer.status == 201
            answer.read()
        connection.close()
        return names

    with ThreadPoolExecutor(32) as pool:
        names = [name for made in pool.map(create, range(32)) for name in made]

    assert sorted(room.unique_name for room in fake.rooms) == sorted(names)
    assert len(fake.calls) == 32 * each


def test_at_least_128_connections_are_served_at_once(server):
    address = urlsplit(server.url).netloc
    connections = [HTTPConnection(address, timeout=30) for _ in range(128)]
    for connection in connections:
        connection.connect()
    for connection in connections:
        connection.request("GET", "/_fake")

    assert {connection.getresponse().status for connection in connections} == {200}
    for connection in connections:
        connection.close()


def raw(server, data, *, is_over=False):
    """Send bytes, and return all bytes that arrive until the connection is closed."""
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(data)
        if is_over:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x00\x01\x02\r\n\r\n", b"400"),
        (b"GET / HTTP/x\r\n\r\n", b"400"),
        (b"GET /v1 HTTP/1.1\r\nA b: c\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000, b"400"),
        (b"CONNECT :443 HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT video.twilio.com:0x1 HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT x HTTP/1.1\r\nX: " + b"x" * 100_000, b"431"),
        (
            b"POST /v1/Rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n"
            + b"x" * 5_000_000,
            b"413",
        ),
    ],
    ids=range(8),
)
def test_a_malformed_request_is_refused_and_its_connection_closed(server, ask, data, status):
    try:
        answer = raw(server, data)
    except ConnectionError:  # It was closed while the rest was being sent.
        answer = b"HTTP/1.1 " + status
    assert answer.split(b" ", 2)[1] == status
    assert ask("GET", "/v1/Rooms").status == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HT", b"408"),
        (b"POST /v1/Rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab", b"408"),
        (b"GE", b""),
        (b"CONNECT video.tw", b""),
        (b"GET /signaling HTTP/1.1\r\nHost: x\r\n", b""),
    ],
)
def test_a_request_that_stops_in_the_middle_is_closed(fake, monkeypatch, data, status):
    for module in ("connection", "front", "request_body"):
        monkeypatch.setattr(f"pytest_twilio_video._server.{module}.SLOWEST", 0.2)
    with FakeTwilioVideoServer(fake) as server:
        assert status in raw(server, data)


@pytest.mark.parametrize("target", [b"/v1/Rooms", b"http"])
@pytest.mark.parametrize("length", [31, 32, 35])
def test_a_request_with_a_long_method_is_answered(server, length, target):
    request = b"A" * length + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert raw(server, request).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("path", [b"/_fake/reset", b"/v1/Rooms"])
def test_a_client_that_has_finished_sending_gets_its_response(server, path):
    """
    `nc -N` finishes like this. The connection ends with the response.
    """
    request = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"

    assert raw(server, request + b"a", is_over=True).startswith(b"HTTP/1.1 4")
    assert raw(server, request, is_over=True) == b""


def test_a_connection_that_is_half_closed_does_not_stay_open(fake, monkeypatch):
    """
    A client that gives up looks like one that has finished sending.
    """
    monkeypatch.setattr("pytest_twilio_video._server.connection.SLOWEST", 0.2)
    fake.fail(error="timeout")
    with FakeTwilioVideoServer(fake) as server:
        assert raw(server, b"GET /v1/Rooms HTTP/1.1\r\nHost: x\r\n\r\n", is_over=True) == b""


def test_too_many_connections_are_refused(fake, monkeypatch):
    import pytest_twilio_video._server.listener as module

    monkeypatch.setattr(module, "MOST_CONNECTIONS", 3)
    with FakeTwilioVideoServer(fake) as server:
        url = urlsplit(server.url)
        connections = [socket.create_connection((url.hostname, url.port)) for _ in range(3)]
        for connection in connections:
            connection.sendall(b"GET /_fake HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")

        assert raw(server, b"").startswith(b"HTTP/1.1 503")
        for connection in connections:
            connection.close()


def test_any_asgi_server_can_run_the_application(fake):
    import asyncio

    import httpx

    before = set(threading.enumerate())

    async def create():
        transport = httpx.ASGITransport(FakeTwilioVideoServer(fake))
        async with httpx.AsyncClient(transport=transport, base_url="http://fake.test") as client:
            return await client.post("/v1/Rooms", auth=(fake.account_sid, "x"))

    answer = asyncio.run(create())

    assert answer.json()["url"].startswith("http://fake.test/v1/Rooms/RM")
    assert set(threading.enumerate()) <= before


@pytest.fixture
def hosted():
    """Host an application with uvicorn, as anyone may, and return its URL."""
    import uvicorn

    servers = []

    def host(application):
        config = uvicorn.Config(application, port=0, log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        servers.append((server, thread))
        thread.start()
        while not server.started:
            time.sleep(0.005)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield host
    for server, thread in servers:
        server.should_exit = server.force_exit = True
        thread.join()


def test_a_hosted_application_follows_the_fake(fake, hosted):
    """
    The stream goes on, as it does in the server of our own.
    """
    url = urlsplit(hosted(FakeTwilioVideoServer(fake)))
    connection = HTTPConnection(url.netloc, timeout=10)
    connection.request("GET", "/_fake/stream")
    stream = connection.getresponse()
    assert stream.readline().startswith(b": ")
    fake.rooms.create(unique_name="x")
    while b"creates the room x" not in stream.readline():
        pass
    connection.close()


def test_a_hosted_application_of_a_fake_that_has_a_server_cannot_start(fake, server):
    """
    A server that hosts it then ends, instead of running without following the fake.
    """
    import asyncio

    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    asyncio.run(FakeTwilioVideoServer(fake)({"type": "lifespan"}, receive, send))

    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "already has a server" in sent[0]["message"]


def test_an_application_may_be_mounted_below_a_path(fake, hosted):
    from starlette.applications import Starlette
    from starlette.routing import Mount

    base = hosted(Starlette(routes=[Mount("/twi lio", FakeTwilioVideoServer(fake))]))
    room = asked(base, "POST", "/twi%20lio/v1/Rooms", UniqueName="x").json

    assert room["url"] == f"{base}/twi%20lio/v1/Rooms/{room['sid']}"
    assert asked(base, "GET", room["url"].removeprefix(base)).json == room
    assert asked(base, "GET", "/twi%20lio/_fake/rooms/x").json["url"] == room["url"]


def test_every_link_leads_back_to_the_server():
    """
    The server finds the links by their names in the text.
    """
    from pytest_twilio_video._api.routes import ADDRESSES
    from pytest_twilio_video._server import urls

    names = {name for address in ADDRESSES.values() for name in address.links}
    document = json.dumps(dict.fromkeys([*names, "name"], "https://video.twilio.com/v1"))
    moved = json.loads(urls.leading_to("http://localhost:1", document.encode()))

    assert moved.pop("name") == "https://video.twilio.com/v1"
    assert set(moved.values()) == {"http://localhost:1/v1"}


def post(fake, path):
    """Return the scope of a POST with a form, in the way of HTTP/2: without Content-Length."""
    headers = {
        "Host": "localhost",
        "Authorization": requests.auth._basic_auth_str(fake.account_sid, "x"),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return {
        "type": "http",
        "http_version": "2",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


def test_a_body_without_a_length_is_read(fake):
    """
    In HTTP/2, a body needs no Content-Length.
    """
    import asyncio

    async def receive():
        return {"type": "http.request", "body": b"UniqueName=x", "more_body": False}

    async def send(_message):
        pass

    asyncio.run(FakeTwilioVideoServer(fake)(post(fake, "/v1/Rooms"), receive, send))

    assert [room.unique_name for room in fake.rooms] == ["x"]


@pytest.mark.parametrize(
    ("path", "part"), [("/v1/Rooms", b"UniqueName=stand"), ("/_fake/reset", b"")]
)
def test_a_request_that_breaks_off_has_no_effect(fake, path, part):
    """
    A part of a form is a form, too: it would create a room with half of its name.
    """
    import asyncio

    fake.rooms.create(unique_name="before")
    application, sent = FakeTwilioVideoServer(fake), []
    messages = [
        {"type": "http.request", "body": part, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(application(post(fake, path), receive, send))

    assert sent == []
    assert [room.unique_name for room in fake.rooms] == ["before"]
    assert fake.calls == []
