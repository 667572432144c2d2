"""A later test cannot use a connection that was opened in a test with ``block=False``."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import http.server
import socket
import ssl
import sys
import threading
import urllib.request
import warnings

import aiohttp
import httpx
import pytest
import requests
import urllib3

from pytest_twilio_video._interceptors.guard import Guard
from pytest_twilio_video.errors import BlockedRequestError


HOST = "video.twilio.com"
HERE = "127.9.9.9"  # An address of this machine that nobody else uses.

pytestmark = [
    pytest.mark.skipif(sys.platform == "darwin", reason="only 127.0.0.1 is local there"),
    pytest.mark.slow,
]


@pytest.fixture(autouse=True)
def _connections_that_were_shut_down():
    """Let the garbage collector find them here: Python 3.10 warns of TLS without a proper end."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.received.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    x509 = pytest.importorskip("cryptography.x509")
    from datetime import datetime, timedelta, timezone

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("certificate") / "one.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["http", "https"])
def server(request, monkeypatch):
    """A server on this machine that replaces Twilio Video. The test's own look-up finds it."""
    try:
        server = http.server.ThreadingHTTPServer((HERE, 0), Handler)
    except OSError:
        pytest.skip(f"this machine has no {HERE}")
    server.daemon_threads = True
    server.received = []
    server.client_context = None
    if request.param == "https":
        path = str(request.getfixturevalue("certificate"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.client_context = ssl.create_default_context(cafile=path)
        server.certificate = path
    server.port = server.server_address[1]
    server.url = f"{request.param}://{HOST}:{server.port}/v1/Rooms"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    look_up = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host in (HOST, HOST.encode()):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HERE, server.port))]
        return look_up(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def guard(server):
    with Guard() as guard:
        guard.test = "test_it.py::test_allowed"
        yield guard


@contextlib.contextmanager
def requests_session(server):
    with requests.Session() as session:
        session.trust_env = False  # or its bundle of certificates would win
        if server.client_context:
            session.verify = server.certificate
        yield lambda: session.get(server.url, timeout=5).text


@contextlib.contextmanager
def httpx_client(server):
    with httpx.Client(verify=server.client_context or True) as client:
        yield lambda: client.get(server.url).text


@contextlib.contextmanager
def httpx_async_client(server):
    loop = asyncio.new_event_loop()
    client = httpx.AsyncClient(verify=server.client_context or True)
    yield lambda: loop.run_until_complete(client.get(server.url)).text
    loop.run_until_complete(client.aclose())
    loop.close()


@contextlib.contextmanager
def aiohttp_session(server):
    loop = asyncio.new_event_loop()

    async def make():
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=server.client_context or True, resolver=aiohttp.ThreadedResolver()
            )
        )

    session = loop.run_until_complete(make())

    async def send():
        async with session.get(server.url) as response:
            return await response.text()

    def get():
        return loop.run_until_complete(send())

    yield get
    loop.run_until_complete(session.close())
    loop.close()


@contextlib.contextmanager
def urllib3_pool(server):
    with urllib3.PoolManager(ssl_context=server.client_context) as pool:

        def get():
            return pool.request("GET", server.url).data.decode()

        yield get


@contextlib.contextmanager
def http_client(server):
    if server.client_context:
        connection = http.client.HTTPSConnection(HOST, server.port, context=server.client_context)
    else:
        connection = http.client.HTTPConnection(HOST, server.port)

    def get():
        try:
            connection.request("GET", "/v1/Rooms")
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            connection.close()  # as is its caller's duty
            raise

    with contextlib.closing(connection):
        yield get


CLIENTS = [
    requests_session,
    httpx_client,
    httpx_async_client,
    aiohttp_session,
    urllib3_pool,
    http_client,
]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_kept_connection_is_closed_when_requests_are_blocked_again(guard, server, client):
    guard.blocking = False
    with client(server) as get:
        assert [get(), get()] == ["ok", "ok"]

        guard.blocking = True
        # In some clients the first request fails because the connection is closed. The next
        # request opens another connection.
        with pytest.raises((BlockedRequestError, OSError, aiohttp.ClientError)):
            get()
        with pytest.raises(BlockedRequestError):
            get()

    assert server.received == ["/v1/Rooms"] * 2


@pytest.mark.parametrize("client", CLIENTS)
def test_a_kept_connection_stays_open_while_requests_are_allowed(guard, server, client):
    guard.blocking = False
    with client(server) as get:
        get()
        with Guard(blocking=None, of_fake=True):
            assert get() == "ok"
        assert get() == "ok"


def test_connections_of_other_hosts_stay_open(guard, server):
    guard.blocking = False
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.create_connection(other.getsockname()) as ours,
    ):
        theirs, _ = other.accept()
        guard.blocking = True
        with theirs:
            ours.sendall(b"hello")
            assert theirs.recv(5) == b"hello"


def test_a_fake_that_allows_requests_closes_what_was_opened_in_it(guard, server):
    with requests_session(server) as get:
        with Guard(blocking=False, of_fake=True):
            assert get() == "ok"
        with pytest.raises(BlockedRequestError):
            get()

    assert len(server.received) == 1


def test_tls_over_a_connection_of_unknown_origin_is_checked_on_sending(guard, server):
    """
    For example, through a proxy, and with asyncio. In this case TLS has no socket to shut down.
    """
    guard.blocking = False
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=HOST)
    guard.blocking = True

    with pytest.raises(BlockedRequestError):
        tls.write(b"GET /v1/Rooms HTTP/1.1")

    assert outgoing.read() == b""


def test_urllib_opens_a_connection_for_each_request(guard, server):
    guard.blocking = False
    with urllib.request.urlopen(server.url, context=server.client_context) as response:  # noqa: S310
        assert response.read() == b"ok"

    guard.blocking = True
    with pytest.raises(BlockedRequestError):
        urllib.request.urlopen(server.url, context=server.client_context)  # noqa: S310
