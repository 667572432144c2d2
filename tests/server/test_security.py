"""Pages elsewhere cannot drive the fake."""

from __future__ import annotations

import socket

from urllib.parse import urlsplit

import pytest

from plain_http import asked

from pytest_twilio_video._server.server import listen, serve


@pytest.mark.parametrize("path", ["/_fake", "/_fake/rooms", "/", "/_fake/stream?", "/_fake/none"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "[::1", "localhost.evil.example"]
)
def test_a_foreign_host_is_refused(ask, path, host):
    """
    DNS rebinding: a page elsewhere gives its own name the address of this machine.
    """
    answer = ask("GET", path, headers={"Host": host})

    assert answer.status == 403
    assert "--allow-host" in answer.json["error"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:9", "app.localhost", ""])
def test_this_machine_may_ask_under_any_of_its_names(ask, host):
    assert ask("GET", "/_fake", headers={"Host": host}).status == 200


def test_the_name_of_this_machine_is_its_own(ask):
    assert ask("GET", "/_fake", headers={"Host": socket.gethostname()}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3000", "null"])
def test_a_page_from_elsewhere_is_refused(fake, ask, origin):
    answer = ask("POST", "/_fake/rooms", json={}, headers={"Origin": origin})

    assert answer.status == 403
    assert origin in answer.json["error"]
    assert len(fake.rooms) == 0


def test_a_page_of_the_server_itself_may_control_it(server, ask):
    assert ask("POST", "/_fake/rooms", json={}, headers={"Origin": server.url}).status == 201


def test_twilios_api_answers_whatever_the_host(ask):
    headers = {"Host": "fake:4080", "Origin": "https://app.example"}

    assert ask("GET", "/v1/Rooms", headers=headers).status == 200


def test_a_name_can_be_allowed(fake):
    with (
        listen(fake, allow_hosts=("Fake-Twilio",)) as listener,
        serve(fake, listener) as server,
    ):
        port = urlsplit(server.url).port
        headers = {"Host": f"fake-twilio:{port}"}
        assert asked(server.url, "GET", "/_fake", None, headers).status == 200


def test_it_listens_on_loopback_alone(server):
    assert server.url.startswith("http://127.0.0.1:")


def test_a_page_cannot_frame_the_servers_pages(ask):
    for path in ("/", "/_fake/timeline?format=html"):
        policy = ask("GET", path).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy.split("; ")
