"""When the server starts and stops, and which fake it serves."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import sys
import threading
import time

from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from plain_http import asked

from pytest_twilio_video import (
    FakeTwilioVideo,
    FakeTwilioVideoServer,
    InvalidArgumentError,
    TwilioVideoError,
)
from pytest_twilio_video._server.server import listen, serve


OPEN = Path("/proc/self/fd")


def descriptors():
    return len(list(OPEN.iterdir()))


@pytest.mark.skipif(not OPEN.is_dir(), reason="descriptors cannot be counted")
def test_200_starts_and_stops_leave_no_thread_and_no_open_file(fake):
    with FakeTwilioVideoServer(fake):
        pass
    threads, open_before = set(threading.enumerate()), descriptors()

    for _ in range(200):
        with FakeTwilioVideoServer(fake) as server:
            assert asked(server.url, "GET", "/_fake").status == 200

    assert set(threading.enumerate()) <= threads  # Others may end meanwhile.
    assert descriptors() <= open_before


def test_the_server_stops_at_once_whatever_clients_are_doing(fake):
    fake.fail(error="timeout")
    with FakeTwilioVideoServer(fake) as server:
        url = urlsplit(server.url)
        beginnings = [
            b"",
            b"GET /v1/Ro",
            b"POST /v1/Rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na",
            b"GET /_fake/stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /v1/Rooms HTTP/1.1\r\nHost: x\r\n\r\n",
            b"CONNECT video.twilio.com:443 HTTP/1.1\r\n\r\n",
        ]
        connections = [socket.create_connection((url.hostname, url.port)) for _ in beginnings]
        for connection, beginning in zip(connections, beginnings, strict=True):
            connection.sendall(beginning)
        time.sleep(0.2)

    for connection in connections:
        with suppress(ConnectionResetError):
            while connection.recv(65536):
                pass
        connection.close()


@pytest.fixture
def slow_name(monkeypatch):
    """A name that is looked up until the end of the test."""
    real, asked_for, is_over, found = socket.getaddrinfo, threading.Event(), threading.Event(), []

    def getaddrinfo(host, *arguments, **options):
        if host == "slow.example":
            asked_for.set()
            is_over.wait(30)
            found.append(host)
            raise socket.gaierror
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    before = set(threading.enumerate())
    yield asked_for, found
    is_over.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()


def test_the_server_stops_while_a_name_is_looked_up_for_a_tunnel(fake, slow_name):
    asked_for, found = slow_name
    with FakeTwilioVideoServer(fake) as server:
        url = urlsplit(server.url)
        connection = socket.create_connection((url.hostname, url.port))
        connection.sendall(b"CONNECT slow.example:443 HTTP/1.1\r\n\r\n")
        assert asked_for.wait(10)
    connection.close()

    assert found == []


def test_the_server_stops_while_a_name_is_looked_up_for_a_callback(fake, slow_name):
    asked_for, found = slow_name
    fake.callbacks.deliver_to("network")
    with FakeTwilioVideoServer(fake) as server:
        asked(server.url, "POST", "/v1/Rooms", StatusCallback="http://slow.example/hook")
        assert asked_for.wait(10)

    assert found == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full backlog refuses")
def test_the_server_stops_while_it_connects_for_a_callback(fake):
    fake.callbacks.deliver_to("network")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as application, ExitStack() as waiting:
        address = application.getsockname()
        for _ in range(3):  # From then on, the system lets others wait.
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(address)
        with FakeTwilioVideoServer(fake) as server:
            url = f"http://127.0.0.1:{address[1]}/hook"
            asked(server.url, "POST", "/v1/Rooms", StatusCallback=url)
            time.sleep(0.1)

        assert "Reset" in fake.callbacks[0].problem


def test_a_listener_answers_503_while_no_test_uses_it(fake):
    with listen(FakeTwilioVideo()) as listener:
        assert asked(listener.url, "GET", "/v1/Rooms").status == 503
        with serve(fake, listener) as server:
            assert server.url == listener.url
            assert asked(listener.url, "GET", "/v1/Rooms").status == 200
        answer = asked(listener.url, "GET", "/v1/Rooms")
    assert (answer.status, answer.json["code"]) == (503, 20503)
    assert "twilio_video_server" in answer.json["error"]


def test_a_late_request_never_reaches_the_next_fake():
    """
    The connections were made during the first test, and one of them was not even accepted.
    """
    first, second = FakeTwilioVideo(), FakeTwilioVideo()
    request = b"GET /v1/Rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Basic QUMxOng=\r\n\r\n"
    with listen(first) as listener:
        url = urlsplit(listener.url)
        with serve(first, listener):
            early = [socket.create_connection((url.hostname, url.port)) for _ in range(20)]
        between = [socket.create_connection((url.hostname, url.port)) for _ in range(20)]
        with serve(second, listener):
            for connection in early + between:
                with suppress(OSError):
                    connection.sendall(request)
                    assert connection.recv(100) == b""
                connection.close()
            time.sleep(0.05)
            assert second.calls == []


@pytest.mark.twilio_video(block=False)  # It is asked in this process.
@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_late_tls_connection_reaches_neither_the_old_fake_nor_the_next(is_accepted):
    """
    Its handshake ends after the first test, or it is not even accepted during that test.
    """
    first, second = FakeTwilioVideo(), FakeTwilioVideo()
    request = b"GET /v1/Rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Basic QUMxOng=\r\n\r\n"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with listen(first) as listener:
        context.load_verify_locations(listener.ca_file)
        with serve(first, listener):
            port = int(listener.resolver_args[0].rpartition(":")[2])
            early = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(20)]
            if is_accepted:
                time.sleep(0.1)
        with serve(second, listener):
            for connection in early:
                with (
                    suppress(OSError),
                    context.wrap_socket(connection, server_hostname="video.twilio.com") as secure,
                ):
                    secure.sendall(request)
                    assert secure.recv(100) == b""
                connection.close()
            time.sleep(0.05)
            assert (first.calls, second.calls) == ([], [])


def test_a_fake_is_still_served_after_its_reset(fake, server, ask):
    fake.rooms.create()
    fake.reset()

    assert ask("GET", "/_fake").json["rooms"] == 0
    assert ask("POST", "/v1/Rooms").status == 201


@pytest.mark.parametrize("library", ["freezegun", "time_machine"])
def test_frozen_time_does_not_stop_the_server(fake, server, ask, library):
    module = pytest.importorskip(library)
    freeze = getattr(module, "freeze_time", None) or module.travel
    moment = datetime(2030, 1, 1, tzinfo=timezone.utc)

    with freeze(moment, **({"tick": False} if library == "time_machine" else {})):
        assert ask("GET", "/_fake").json["now"].startswith("2030-01-01")
        assert ask("POST", "/v1/Rooms").json["date_created"] == "2030-01-01T00:00:00Z"


def test_virtual_sleep_does_not_affect_the_server():
    with FakeTwilioVideo(sleep="virtual") as fake, FakeTwilioVideoServer(fake) as server:
        before = fake.clock.now
        for _ in range(5):
            assert asked(server.url, "GET", "/_fake").status == 200

        assert fake.clock.now == before


def test_a_test_sees_no_log_records_of_the_server(fake, caplog, monkeypatch):
    """
    The loggers of uvicorn, which the application may use as well, stay as they are.
    """
    logger = logging.getLogger("uvicorn.access")
    monkeypatch.setattr(logger, "propagate", True)
    caplog.set_level(logging.DEBUG)
    with FakeTwilioVideoServer(fake) as server:
        asked(server.url, "POST", "/v1/Rooms")
        asked(server.url, "GET", "/_fake")

    assert [each for each in caplog.records if each.name != "asyncio"] == []
    assert logger.propagate


def test_a_fake_has_one_server_at_a_time(fake, server):
    with (
        pytest.raises(TwilioVideoError, match="already has a server"),
        FakeTwilioVideoServer(fake),
    ):
        pass
    with pytest.raises(TwilioVideoError, match="already has a server"), server:
        pass
    assert asked(server.url, "GET", "/_fake").status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port stays in use meanwhile")
def test_a_forked_process_keeps_neither_connections_nor_the_port_open(fake):
    """
    A forked process has all sockets of its parent, too.
    """
    with ExitStack() as forked:
        with FakeTwilioVideoServer(fake) as server:
            url = urlsplit(server.url)
            connection = forked.enter_context(
                socket.create_connection((url.hostname, url.port), timeout=10)
            )
            connection.sendall(b"GET /_fake/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(65536)
            listener = server._listener
            accepted = [each.get_extra_info("socket") for each in listener._ways.open]
            for each in (listener._socket, *accepted):
                forked.enter_context(socket.socket(fileno=os.dup(each.fileno())))

        with suppress(ConnectionResetError):
            while connection.recv(65536):
                pass
        with FakeTwilioVideoServer(fake, port=url.port) as server:
            assert asked(server.url, "GET", "/_fake").status == 200


def test_a_port_in_use_is_an_error(fake):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(TwilioVideoError, match=f"cannot listen at 127.0.0.1, port {port}"),
            FakeTwilioVideoServer(fake, port=port),
        ):
            pass


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("127.0.0.1", "abc"), "port is 'abc', but must be a whole number, from 0 to 65535"),
        (("127.0.0.1", None), "port is None, but"),
        (("127.0.0.1", True), "port is True, but"),
        (("127.0.0.1", -1), "port is -1, but"),
        (("127.0.0.1", 65536), "port is 65536, but"),
        ((4080,), "host is 4080, but must be text"),
        ((None,), "host is None, but"),
    ],
)
def test_an_address_of_a_wrong_type_is_an_error(fake, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        FakeTwilioVideoServer(fake, *arguments)


def test_only_a_fake_has_a_server():
    with pytest.raises(InvalidArgumentError, match="takes a FakeTwilioVideo, not 'x'"):
        FakeTwilioVideoServer("x")


def test_a_listener_that_cannot_start_leaves_no_socket_open(fake, monkeypatch):
    from pytest_twilio_video._server import listener

    class BrokenError(Exception):
        pass

    def fail(*_, **__):
        raise BrokenError

    bound, real = [], listener._bound
    monkeypatch.setattr(listener, "_bound", lambda *at: bound.append(real(*at)) or bound[0])
    monkeypatch.setattr(listener, "environment", fail)
    with pytest.raises(BrokenError):
        listen(fake)

    assert bound[0].fileno() == -1


def test_an_ipv6_address_stands_in_brackets():
    try:
        listener = listen(FakeTwilioVideo(), "::1")
    except TwilioVideoError:
        pytest.skip("this machine has no IPv6")
    with listener:
        assert listener.url.startswith("http://[::1]:")
        assert "MAP *.twilio.com [::1]:" in listener.resolver_args[0]


USE = """
import json
import pathlib
import urllib.request

ADDRESS = pathlib.Path("address")

def test_one(twilio_video, twilio_video_server, twilio_video_listener):
    twilio_video.rooms.create()
    assert rooms(twilio_video_server.url) == 1
    assert twilio_video_listener.url == twilio_video_server.url
    assert twilio_video_listener.environment == twilio_video_server.environment
    assert twilio_video_listener.ca_file == twilio_video_server.ca_file
    ADDRESS.write_text(twilio_video_server.url)

def test_two(twilio_video_server):
    assert twilio_video_server.url == ADDRESS.read_text()
    assert rooms(twilio_video_server.url) == 0

def test_three(twilio_video_listener, twilio_video):
    import pytest
    with pytest.raises(OSError, match="503"):
        rooms(twilio_video_listener.url)

def rooms(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url + "/_fake") as answer:
        return json.load(answer)["rooms"]
"""


def test_the_fixture_has_one_address_for_the_whole_run(pytester):
    pytester.makepyfile(USE)
    before = set(threading.enumerate())

    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=3)
    assert set(threading.enumerate()) <= before


@pytest.mark.process
def test_each_worker_of_xdist_has_its_own_address(pytester, monkeypatch):
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # Each takes its time.
    pytester.makepyfile(
        """
        import pathlib
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_it(twilio_video_server, number, worker_id):
            pathlib.Path(f"url-{worker_id}").write_text(twilio_video_server.url)
        """
    )

    plugins = ("-p", "xdist", "-p", "pytest_twilio_video.plugin")
    pytester.runpytest_subprocess("-n2", *plugins).assert_outcomes(passed=2)
    urls = [file.read_text() for file in pytester.path.glob("url-*")]
    assert len(urls) == len(set(urls)) == 2


def test_a_keep_alive_connection_ends_with_its_test(fake):
    with listen(fake) as listener:
        connection = HTTPConnection(urlsplit(listener.url).netloc, timeout=10)
        with serve(fake, listener):
            connection.request("GET", "/_fake")
            connection.getresponse().read()
            kept = connection.sock
        with suppress(ConnectionResetError):
            assert kept.recv(10) == b""
        connection.close()
