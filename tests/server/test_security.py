"""Pages of other sites cannot control the fake."""

from __future__ import annotations

import socket

from urllib.parse import urlsplit

import pytest

from plain_http import asked

from pytest_twilio_video._server.server import listen, serve


@pytest.mark.parametrize("path", ["/_fake", "/_fake/rooms", "/", "/_fake/stream?", "/_fake/none"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "[::1",
        "localhost.evil.example",
        "[fe80::1%" + "\u00e9" * 70 + "]",
    ],
)
def test_a_foreign_host_is_refused(ask, path, host):
    """
    In DNS rebinding, another site gives its own host name the address of this machine.
    """
    answer = ask("GET", path, headers={"Host": host})

    assert answer.status == 403
    assert "--allow-host" in answer.json["error"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:9", "app.localhost", ""])
def test_this_machine_may_use_any_of_its_names(ask, host):
    assert ask("GET", "/_fake", headers={"Host": host}).status == 200


def test_an_address_of_this_machine_in_its_network_is_allowed(ask):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # A datagram socket sends nothing when it connects.
        except OSError:
            pytest.skip("this machine is in no network")
        address = probe.getsockname()[0]

    assert ask("GET", "/_fake", headers={"Host": address}).status == 200
    assert ask("GET", "/_fake", headers={"Host": "192.0.2.1"}).status == 403


def test_the_host_name_of_this_machine_is_allowed(ask):
    assert ask("GET", "/_fake", headers={"Host": socket.gethostname()}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3000", "null"])
def test_requests_of_pages_of_other_sites_are_refused(fake, ask, origin):
    answer = ask("POST", "/_fake/rooms", json={}, headers={"Origin": origin})

    assert answer.status == 403
    assert origin in answer.json["error"]
    assert len(fake.rooms) == 0


def test_a_page_of_the_server_may_use_the_control_api(server, ask):
    assert ask("POST", "/_fake/rooms", json={}, headers={"Origin": server.url}).status == 201


def test_the_rest_api_answers_whatever_the_host_header_is(ask):
    headers = {"Host": "fake:4080", "Origin": "https://app.example"}

    assert ask("GET", "/v1/Rooms", headers=headers).status == 200


@pytest.mark.parametrize("text", ["first%0asecond", "first%0d%0asecond", "first%e2%80%a8second"])
def test_a_hint_of_a_page_is_one_line_of_the_timeline(fake, server, text):
    """
    Any page may connect to signaling, because the pages of an application have any origin.
    """
    url = urlsplit(server.url)
    request = (
        f"GET /signaling?hint={text} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: MDAwMDAwMDAwMDAwMDAwMA==\r\n\r\n"
    )
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(request.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")

    (hint,) = fake._hints
    assert "first" in hint
    assert len(hint.splitlines()) == 1
    assert len([line for line in str(fake.timeline).splitlines() if "second" in line]) == 1
    assert "first" in str(fake.timeline).splitlines()[-1]


def test_another_host_name_can_be_allowed(fake):
    with (
        listen(fake, allow_hosts=("Fake-Twilio",)) as listener,
        serve(fake, listener) as server,
    ):
        port = urlsplit(server.url).port
        headers = {"Host": f"fake-twilio:{port}"}
        assert asked(server.url, "GET", "/_fake", None, headers).status == 200


def test_the_server_only_listens_on_loopback(server):
    assert server.url.startswith("http://127.0.0.1:")


def test_other_pages_cannot_show_the_pages_of_the_server_in_a_frame(ask):
    for path in ("/", "/_fake/timeline?format=html"):
        policy = ask("GET", path).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy.split("; ")
