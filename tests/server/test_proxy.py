"""Clients in other processes, unmodified, through the proxy."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer
from pytest_twilio_video._server.server import listen


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch):
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET"):
        monkeypatch.delenv(f"TWILIO_{name}", raising=False)


def run(server, *command):
    """Run *command* as an application in another process, and return its output."""
    done = subprocess.run(
        command,
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CREATE = """
import os
auth = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
url = "https://video.twilio.com/v1/Rooms"
"""


@pytest.mark.process
@pytest.mark.parametrize(
    "call",
    [
        "import requests; print(requests.post(url, data={'UniqueName': 'x'}, auth=auth).text)",
        "import httpx; print(httpx.post(url, data={'UniqueName': 'x'}, auth=auth).text)",
        """
import json
from twilio.rest import Client
print(json.dumps({"url": Client(*auth).video.v1.rooms.create(unique_name="x").url}))
""",
    ],
    ids=["requests", "httpx", "twilio"],
)
def test_unmodified_python_clients_are_served_through_the_proxy(fake, server, call):
    room = json.loads(run(server, sys.executable, "-c", CREATE + call))

    assert room["url"] == f"https://video.twilio.com/v1/Rooms/{fake.rooms['x'].sid}"


@pytest.mark.process
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("host", ["video.twilio.com", "video.sydney.au1.twilio.com"])
def test_curl_is_served(fake, server, host):
    user = f"{fake.account_sid}:{fake.auth_token}"

    room = json.loads(run(server, "curl", "-sS", "-u", user, "-d", "", f"https://{host}/v1/Rooms"))

    assert room["url"].startswith("https://video.twilio.com/v1/Rooms/")
    assert len(fake.rooms) == 1


@pytest.mark.process
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_downloads_media_from_the_storage(fake, server):
    room = fake.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    room.complete()
    fake.clock.advance(minutes=1)
    url = f"https://video.twilio.com/v1/Recordings/{room.recordings[0].sid}/Media"
    user = f"{fake.account_sid}:{fake.auth_token}"

    assert run(
        server, "curl", "-sSL", "-u", user, "-o", os.devnull, "-w", "%{size_download}", url
    ) == str(len(room.recordings[0].media))


def connect(server, target):
    """Open a connection to *target* through the proxy."""
    url = urlsplit(server.url)
    connection = socket.create_connection((url.hostname, url.port), timeout=10)
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    return connection, answer


@pytest.mark.twilio_video(block=False)  # It is asked in this process.
@pytest.mark.parametrize("host", ["video.twilio.com", "VIDEO.ashburn.us1.twilio.com"])
def test_a_certificate_is_only_for_its_host(server, host):
    connection, answer = connect(server, f"{host}:443")
    context = ssl.create_default_context(cafile=server.ca_file)

    with context.wrap_socket(connection, server_hostname=host.lower()) as secure:
        names = secure.getpeercert()["subjectAltName"]

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert names == (("DNS", host.lower()),)


def test_the_ca_file_has_the_public_roots_and_other_users_can_read_it(server):
    import certifi

    bundle = Path(server.ca_file)
    text = bundle.read_text(encoding="utf-8")

    assert text.startswith(certifi.contents().rstrip())
    assert text.count("BEGIN CERT") > certifi.contents().count("BEGIN CERT")
    assert "PRIVATE" not in text
    assert bundle.stat().st_mode & 0o777 == 0o644
    assert bundle.parent.name.startswith("twilio-video-")


def test_the_ca_file_has_the_inherited_certificates_too(monkeypatch, tmp_path):
    """
    Other hosts may have certificates of a company's own authority.
    """
    from pytest_twilio_video._server.authority import Authority

    ca = trustme.CA()
    company = ca.cert_pem.bytes()
    (tmp_path / "company.pem").write_bytes(ca.private_key_pem.bytes() + company)
    for name in ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.setenv(name, str(tmp_path / "company.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    authority = Authority()
    bundle = authority.file.read_bytes()

    assert bundle.count(company.strip()) == 1
    assert b"PRIVATE" not in bundle
    assert bundle.endswith(authority.certificate)
    context = ssl.create_default_context(cafile=authority.file)
    assert len(context.get_ca_certs()) > 2


@pytest.fixture
def echo():
    """A foreign TLS server, which sends everything back when it has received everything."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listening.accept()
        with context.wrap_socket(connection, server_side=True) as secure:
            size = int.from_bytes(secure.recv(8), "big")
            got = b""
            while len(got) < size:
                got += secure.recv(65536)
            secure.sendall(got)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1], authority
    thread.join(10)
    listening.close()


def test_bytes_pass_through_the_tunnel_unchanged(server, echo):
    port, authority = echo
    data = os.urandom(1_000_000)
    connection, _ = connect(server, f"localhost:{port}")
    context = ssl.create_default_context()
    authority.configure_trust(context)

    with context.wrap_socket(connection, server_hostname="localhost") as secure:
        secure.sendall(len(data).to_bytes(8, "big") + data)
        got = b""
        while len(got) < len(data):
            got += secure.recv(65536)

    assert got == data


def test_one_side_of_a_tunnel_can_still_send_after_the_other_has_finished(server):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        here, _ = connect(server, f"127.0.0.1:{listening.getsockname()[1]}")
        there, _ = listening.accept()
        with here, there:
            here.sendall(b"all of it")
            here.shutdown(socket.SHUT_WR)
            got = b""
            while part := there.recv(100):
                got += part
            there.sendall(b"and the answer")
            assert got == b"all of it"
            assert here.recv(100) == b"and the answer"
            there.close()
            assert here.recv(100) == b""


@pytest.mark.parametrize(
    "host",
    [
        "global.vss.twilio.com",
        "DE1.vss.twilio.com.",
        "global.vss.stage.twilio.com",
        "sdkgw.us1.twilio.com",
    ],
)
def test_there_is_no_tunnel_to_the_hosts_of_the_sdk_for_browsers(fake, server, host):
    """A page that was not attached, in a browser with this proxy, would reach the real Twilio."""
    connection, answer = connect(server, f"{host}:443")

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"twilio_video_server.attach()" in connection.recv(1000)
    connection.close()
    assert "was asked for by proxy" in str(fake.timeline)


def test_the_other_side_of_a_tunnel_may_send_first_and_close(server):
    """
    Servers for mail and for databases greet their clients.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet():
            for _ in range(8):
                connection, _ = listening.accept()
                connection.sendall(b"220 hello\r\n")
                connection.close()

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        request = f"CONNECT 127.0.0.1:{listening.getsockname()[1]} HTTP/1.1\r\n\r\n".encode()
        got = {asked_raw(server, request) for _ in range(8)}
        thread.join()

    assert got == {b"HTTP/1.1 200 Connection established\r\n\r\n220 hello\r\n"}


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example", "a\0b"])
def test_a_tunnel_to_a_host_that_cannot_be_looked_up_is_refused(server, host):
    got = asked_raw(server, f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())

    assert got.startswith(b"HTTP/1.1 502 ")


def test_a_tunnel_that_fails_for_any_other_reason_is_closed(server, monkeypatch):
    """
    Otherwise its connection would count as open until the server stops.
    """
    from pytest_twilio_video._server import listener

    async def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(listener._Loop, "getaddrinfo", fail)

    assert asked_raw(server, b"CONNECT other.example:443 HTTP/1.1\r\n\r\n") == b""


@pytest.mark.parametrize("host", ["video.ab--c.twilio.com", "video.-.twilio.com"])
def test_a_host_for_which_no_certificate_is_possible_is_refused(server, host):
    got = asked_raw(server, f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())

    assert got.startswith(b"HTTP/1.1 400 ")


def test_a_host_for_which_no_certificate_is_possible_is_refused_over_tls(server):
    port = int(server.resolver_args[0].rpartition(":")[2])
    context = ssl.create_default_context(cafile=server.ca_file)

    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(connection, server_hostname="a_b.twilio.com")


def test_a_tunnel_to_an_unreachable_host_is_refused(server):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    connection, answer = connect(server, f"127.0.0.1:{port}")
    connection.close()
    assert answer.startswith(b"HTTP/1.1 502 ")


class Other(BaseHTTPRequestHandler):
    """A foreign HTTP server without TLS."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        document = {"path": self.path, "body": body.decode(), "headers": list(self.headers)}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def other():
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_plain_http_requests_to_other_hosts_are_forwarded(server, other):
    got = asked_raw(
        server,
        f"POST {other}/a?b=c HTTP/1.1\r\nHost: {urlsplit(other).netloc}\r\n"
        f"Proxy-Authorization: x\r\nContent-Length: 5\r\n\r\nhello".encode(),
    )

    document = json.loads(got.partition(b"\r\n\r\n")[2])
    assert (document["path"], document["body"]) == ("/a?b=c", "hello")
    assert "Proxy-Authorization" not in document["headers"]


def asked_raw(server, request):
    """Send *request* as it stands, and return what comes until the connection ends."""
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(request)
        got = b""
        while part := connection.recv(65536):
            got += part
    return got


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("//a/b", "//a/b"),
        ("/a?", "/a?"),
        ("/a;p?x=%20", "/a;p?x=%20"),
        ("?q=1", "/?q=1"),
        ("", "/"),
    ],
)
def test_a_forwarded_request_has_the_path_of_the_client_and_the_host_of_its_url(
    server, target, path
):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        url = urlsplit(server.url)
        with socket.create_connection((url.hostname, url.port), timeout=10) as here:
            request = f"GET HTTP://me:x@127.0.0.1:{port}{target} HTTP/1.1\r\nHost: other\r\n\r\n"
            here.sendall(request.encode())
            there, _ = listening.accept()
            with there:
                got = there.recv(65536).decode()

    assert got.splitlines()[0] == f"GET {path} HTTP/1.1"
    assert [line for line in got.splitlines() if line.lower().startswith("host:")] == [
        f"Host: 127.0.0.1:{port}"
    ]


@pytest.mark.parametrize("host", ["", "Host: localhost\r\n"])
def test_the_host_of_a_proxy_request_is_the_host_of_its_url(server, host):
    """
    RFC 9112, section 3.2.2. So Twilio answers, not the control API: there are no credentials.
    """
    request = f"GET http://video.twilio.com/_fake HTTP/1.0\r\n{host}\r\n".encode()

    assert asked_raw(server, request).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_request_with_the_whole_url_of_twilio_is_answered(fake, server, scheme):
    """
    Older versions of axios ask a proxy for https:// in this way, without CONNECT.
    """
    user = base64.b64encode(f"{fake.account_sid}:x".encode()).decode()
    got = asked_raw(
        server,
        f"GET {scheme}://video.twilio.com/v1/Rooms HTTP/1.1\r\nHost: video.twilio.com\r\n"
        f"Authorization: Basic {user}\r\n\r\n".encode(),
    )

    assert got.startswith(b"HTTP/1.1 200")
    assert b"https://video.twilio.com/v1/Rooms?" in got


def test_a_proxy_request_with_the_whole_url_of_another_https_host_is_passed_on(
    server, monkeypatch, tmp_path
):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("localhost", 0), Other) as served:
        served.socket = context.wrap_socket(served.socket, server_side=True)
        thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        got = asked_raw(
            server,
            f"POST https://localhost:{served.server_port}/a HTTP/1.1\r\n"
            f"Host: localhost\r\nContent-Length: 5\r\n\r\nhello".encode(),
        )
        served.shutdown()
        thread.join()

    document = json.loads(got.partition(b"\r\n\r\n")[2])
    assert (document["path"], document["body"]) == ("/a", "hello")


@pytest.mark.parametrize("url", ["http://[", "https://", "http://:80/x", "http://x:y/"])
def test_a_proxy_request_without_a_host_in_its_url_is_refused(server, url):
    got = asked_raw(server, f"GET {url} HTTP/1.1\r\n\r\n".encode())

    assert got.startswith(b"HTTP/1.1 400")
    assert got.endswith(b"the URL of the request has no valid host")


def _own_address():
    """Return an address of this machine that is not loopback, or `None`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # No packet is sent.
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


@pytest.mark.skipif(_own_address() is None, reason="this machine has no address beyond loopback")
@pytest.mark.parametrize(("allow_tunnel", "status"), [(False, b"403"), (True, b"200")])
def test_other_machines_may_use_the_tunnel_only_if_it_is_allowed(fake, allow_tunnel, status):
    with (
        socket.create_server((_own_address(), 0)) as listening,
        listen(fake, "0.0.0.0", allow_tunnel=allow_tunnel) as listener,  # noqa: S104 -- meant
    ):
        port = urlsplit(listener.url).port
        with socket.create_connection((_own_address(), port), timeout=10) as connection:
            target = f"{_own_address()}:{listening.getsockname()[1]}"
            connection.sendall(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
            assert connection.recv(100).split()[1] == status


def test_a_child_process_needs_only_the_environment(fake, server, monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "its own")
    monkeypatch.setenv("NO_PROXY", "intern.example")
    environment = server.environment

    ca = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    assert environment == {
        "TWILIO_ACCOUNT_SID": fake.account_sid,
        "TWILIO_AUTH_TOKEN": "its own",
        "TWILIO_API_KEY_SID": fake.api_key_sid,
        "TWILIO_API_KEY_SECRET": fake.api_key_secret,
        "HTTPS_PROXY": server.url,
        "https_proxy": server.url,
        "HTTP_PROXY": server.url,
        "NO_PROXY": "intern.example,localhost,127.0.0.1,::1",
        **dict.fromkeys(ca, server.ca_file),
    }


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "com",
        "twilio.com",
        ".twilio.com",
        "*.Twilio.com",
        "au1.twilio.com",
        "video.twilio.com:443",
        "https://video.twilio.com",
        "video.sydney.au1.twilio.com",
        "video.twilio.*",
        ".s3.amazonaws.com",
        "com-twilio-us1-video-recording.s3.amazonaws.com",
    ],
)
def test_an_inherited_variable_cannot_let_a_request_reach_twilio(server, monkeypatch, name, entry):
    """
    A child process may have real credentials.
    """
    monkeypatch.setenv(name, f"a.example, {entry} [::2],,10.0.0.0/8,web.example:80")

    kept = "a.example,[::2],10.0.0.0/8,web.example:80,localhost,127.0.0.1,::1"
    assert server.environment[name] == kept


def test_using_a_server_that_is_not_running_is_an_error():
    from pytest_twilio_video import TwilioVideoError

    with pytest.raises(TwilioVideoError, match="not running"):
        _ = FakeTwilioVideoServer(FakeTwilioVideo()).url
