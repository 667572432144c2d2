"""The guard blocks requests that would leave this machine for Twilio Video, and no others."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request

import aiohttp
import httpx
import pytest
import requests
import responses
import respx
import tenacity
import trio
import urllib3

from pytest_twilio_video._interceptors import Interceptor
from pytest_twilio_video._interceptors.guard import Guard
from pytest_twilio_video.errors import BlockedRequestError


HOST = "video.twilio.com"
URL = f"https://{HOST}/v1/Rooms"


@pytest.fixture
def guard():
    with Guard() as guard:
        guard.test = "tests/test_standups.py::test_one"
        yield guard


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The bytes that are sent. Only connections to this machine are allowed."""
    sent = []
    connect = socket.socket.connect

    def only_here(sock, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            sent.append(address)
            raise OSError("no network in tests")  # noqa: EM101
        return connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)
    return sent


class Server:
    """A server on this machine for one connection, which it answers with *answers*."""

    def __init__(self, *answers):
        self.received = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(10)  # If no client connects, the test fails.
        self.address = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve)

    def _serve(self):
        connection, _ = self._socket.accept()
        connection.settimeout(0.5)  # Some clients leave a blocked connection open.
        with connection, contextlib.suppress(socket.timeout):
            for answer in (*self._answers, b""):
                self.received.append(connection.recv(10_000))
                connection.sendall(answer)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exc_info):
        self._thread.join()
        self._socket.close()


def by_aiohttp():
    async def send():
        async with aiohttp.ClientSession() as session:
            await session.get(URL)

    asyncio.run(send())


async def _by_httpx_async():
    async with httpx.AsyncClient() as client:
        await client.get(URL)


CLIENTS = {
    "requests": lambda: requests.get(URL, timeout=5),
    "requests, retries": lambda: _retrying().get(URL),
    "httpx": lambda: httpx.get(URL),
    "httpx, asyncio": lambda: asyncio.run(_by_httpx_async()),
    "httpx, trio": lambda: trio.run(_by_httpx_async),
    "aiohttp": by_aiohttp,
    "urllib3": lambda: urllib3.PoolManager().request("GET", URL),
    "urllib": lambda: urllib.request.urlopen(URL),
    "http.client": lambda: http.client.HTTPSConnection(HOST).request("GET", "/"),
    "a socket": lambda: socket.create_connection((HOST, 443)),
    "a look-up of bytes": lambda: socket.getaddrinfo(host=HOST.encode(), port=443),
    "gethostbyname": lambda: socket.gethostbyname(HOST),
    "gethostbyname of a bytearray": lambda: socket.gethostbyname(bytearray(HOST.encode())),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex(HOST),
    "plain HTTP": lambda: requests.get(URL.replace("https", "http"), timeout=5),
    "a media host": lambda: socket.getaddrinfo(
        "com-twilio-us1-video-recording.s3.amazonaws.com", 443
    ),
    "gethostbyaddr": lambda: socket.gethostbyaddr(HOST),
    "a connection to a name": lambda: _connect((HOST, 80)),
    "upper case": lambda: socket.getaddrinfo(HOST.upper(), 443),
    "a dot at the end": lambda: socket.getaddrinfo(f"{HOST}.", 443),
    "a soft hyphen": lambda: socket.getaddrinfo("vi\xaddeo.twilio.com", 443),
    "full-width letters": lambda: socket.getaddrinfo("ｖｉｄｅｏ.twilio.com", 443),  # noqa: RUF001
    "another kind of dot": lambda: socket.gethostbyname("video。twilio。com"),
    "user info": lambda: httpx.get("https://AC1:token@video.twilio.com/"),
    "another region": lambda: socket.getaddrinfo("video.dublin.ie1.twilio.com", 443),
}


def _connect(address):
    with socket.socket() as sock:
        sock.connect(address)


def _retrying():
    session = requests.Session()
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=5))
    return session


@pytest.mark.parametrize("client", CLIENTS)
def test_a_request_is_blocked_once_and_before_the_host_is_looked_up(guard, sent, client):
    with pytest.raises(BlockedRequestError):
        CLIENTS[client]()

    assert len(guard.blocked) == 1
    assert sent == []


@pytest.mark.parametrize("client", CLIENTS)
def test_the_message_names_the_host(guard, client):
    with pytest.raises(BlockedRequestError, match=r"A request to (video|com-)\S+\.com was"):
        CLIENTS[client]()


def test_the_message_shows_no_password(guard):
    with pytest.raises(BlockedRequestError) as raised:
        requests.get(URL.replace("https://", "https://AC123:secret@"))

    assert HOST in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_request_is_blocked_whatever_variables_the_caller_has(guard):
    """
    NumPy arrays and data frames have no truth value, and comparing them does not return a bool.
    """

    class Array:
        def __bool__(self):
            raise ValueError

        __eq__ = __str__ = __bool__
        __hash__ = None

    def ask(url, request, req):
        return requests.get(URL)

    with pytest.raises(BlockedRequestError):
        ask(Array(), Array(), Array())
    with contextlib.suppress(Exception):
        ask(Array(), Array(), Array())

    assert len(guard.blocked) == 2


def test_the_message_names_the_test_and_both_solutions(guard):
    with pytest.raises(BlockedRequestError) as raised:
        requests.get(URL)

    message = str(raised.value)
    assert "tests/test_standups.py::test_one" in message
    assert "Add the twilio_video fixture" in message
    assert "@pytest.mark.twilio_video(block=False)" in message
    assert "twilio_video_block = false" in message


def test_the_message_lists_the_intercepted_clients_if_a_fake_is_active(guard, service):
    with Interceptor(service), pytest.raises(BlockedRequestError, match="did not see the request"):
        urllib.request.urlopen(URL)

    assert "requests" in str(guard.blocked[0])


@pytest.mark.parametrize(
    ("fixture", "named"),
    [("not set up yet", "The twilio_video fixture is active"), ("", "The fake is active")],
    ids=["with the fixture", "without"],
)
def test_the_message_names_the_fixture_only_if_the_test_has_it(guard, service, fixture, named):
    guard.fixture = fixture
    with Interceptor(service), pytest.raises(BlockedRequestError, match=named):
        urllib.request.urlopen(URL)


def test_the_message_recommends_adapters_to_a_client_that_does_not_use_them(guard, service):
    class Past(requests.adapters.HTTPAdapter):
        def send(self, request, **_kwargs):
            return self.poolmanager.request("GET", request.url)

    session = requests.Session()
    session.mount("https://", Past())

    words = "used through their sessions, adapters or transports"
    with Interceptor(service), pytest.raises(BlockedRequestError, match=words):
        session.get(URL)


def test_the_message_names_the_thread_if_it_is_not_the_main_thread(guard):
    def ask():
        with contextlib.suppress(BlockedRequestError):
            requests.get(URL)

    thread = threading.Thread(target=ask, name="late")
    thread.start()
    thread.join()

    (error,) = guard.blocked
    assert "from the thread 'late', which an earlier test may have started" in str(error)


def test_requests_blocked_outside_of_tests_are_recorded_separately(guard):
    guard.test = ""

    with pytest.raises(BlockedRequestError, match="outside of any test"):
        requests.get(URL)

    assert guard.blocked == []
    assert len(guard.outside_tests) == 1


@pytest.mark.process
def test_a_reloaded_module_is_hooked_again():
    """
    It runs in its own process, because all tests share `socket` and `ssl`.
    """
    program = """if True:
        import importlib, socket
        from pytest_twilio_video._interceptors.guard import Guard
        from pytest_twilio_video.errors import BlockedRequestError

        with Guard():
            importlib.reload(socket)
            try:
                socket.getaddrinfo("video.twilio.com", 443)
            except BlockedRequestError:
                pass
            else:
                raise AssertionError
    """
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.process
@pytest.mark.parametrize("green", ["gevent", "eventlet.green"])
def test_replacements_of_sockets_and_tls_are_hooked(green, tmp_path):
    """
    Both gevent and eventlet replace them on request. The two modules here have the same structure.
    """
    package = tmp_path.joinpath(*green.split("."))
    package.mkdir(parents=True)
    for folder in (package, tmp_path / green.partition(".")[0]):
        folder.joinpath("__init__.py").touch()  # wins over an installed package of that name
    package.joinpath("socket.py").write_text("""if True:
        def getaddrinfo(host, port): return "found"
        gethostbyname = gethostbyname_ex = getaddrinfo
        def create_connection(address): return "connected"
    """)
    package.joinpath("ssl.py").write_text("""if True:
        class SSLContext:
            def wrap_socket(self, sock, **kw): return "wrapped"
            def wrap_bio(self, incoming, outgoing, **kw): return "wrapped"
    """)
    program = f"""if True:
        import socket, ssl, sys
        from pytest_twilio_video._interceptors.guard import Guard
        from pytest_twilio_video.errors import BlockedRequestError

        sys.path.insert(0, {str(tmp_path)!r})
        with Guard() as guard:
            from {green} import socket as green_socket, ssl as green_ssl
            for name in ("getaddrinfo", "create_connection"):
                setattr(socket, name, getattr(green_socket, name))
            ssl.SSLContext = green_ssl.SSLContext
            for act in (
                lambda: socket.getaddrinfo("{HOST}", 443),
                lambda: socket.create_connection(("{HOST}", 443)),
                lambda: ssl.SSLContext().wrap_socket(None, server_hostname="{HOST}"),
                lambda: ssl.SSLContext().wrap_bio(None, None, server_hostname="{HOST}"),
            ):
                try:
                    print(act())
                except BlockedRequestError:
                    pass
            assert len(guard.outside_tests) == 4
            assert socket.create_connection(("payments.example", 443)) == "connected"
    """
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_request_is_not_blocked_if_the_user_resolves_the_host_to_this_machine(
    guard, monkeypatch
):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with Server(answer) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", server.address)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)

        assert requests.get(f"http://{HOST}/v1/Rooms", timeout=5).status_code == 200


def test_a_blocked_request_is_remembered_if_the_application_swallows_the_exception(guard):
    def ask():  # as applications do
        with contextlib.suppress(Exception):
            requests.get(URL)

    ask()

    (error,) = guard.blocked
    assert isinstance(error, BlockedRequestError)
    assert guard.swallowed() == str(error)


def test_a_function_that_names_the_exception_expects_it(guard):
    with pytest.raises(BlockedRequestError):
        requests.get(URL)

    assert len(guard.blocked) == 1
    assert guard.swallowed() is None


def test_a_swallowed_exception_is_found_beside_an_expected_one(guard):
    def ask():
        with contextlib.suppress(Exception):
            socket.getaddrinfo("video.dublin.ie1.twilio.com", 443)

    with pytest.raises(BlockedRequestError):
        requests.get(URL)
    ask()

    assert "video.dublin.ie1.twilio.com" in guard.swallowed()


def test_the_exception_is_not_a_network_error(guard):
    """
    Otherwise code that retries after network errors, or expects them, would hide it.
    """

    @tenacity.retry(retry=tenacity.retry_if_exception_type((OSError, requests.RequestException)))
    def get():
        requests.get(URL)

    with pytest.raises(BlockedRequestError):
        get()

    assert len(guard.blocked) == 1


def test_a_tls_connection_to_a_known_address_is_blocked(guard):
    with Server() as server, socket.create_connection(server.address) as connection:
        context = ssl.create_default_context()
        with pytest.raises(BlockedRequestError):
            context.wrap_socket(connection, server_hostname=HOST)

    assert b"".join(server.received) == b""


def test_a_tls_connection_of_asyncio_to_a_known_address_is_blocked(guard):
    async def open_connection(connection):
        await asyncio.open_connection(sock=connection, ssl=True, server_hostname=HOST)

    # We close it ourselves: asyncio does not close its own connection if TLS cannot begin.
    with (
        Server() as server,
        socket.create_connection(server.address) as connection,
        pytest.raises(BlockedRequestError),
    ):
        asyncio.run(open_connection(connection))

    assert b"".join(server.received) == b""


@pytest.mark.parametrize("client", ["requests", "httpx", "urllib3"])
def test_a_proxy_learns_only_the_name_of_the_host(guard, client):
    with Server(b"HTTP/1.1 200 Connection established\r\n\r\n") as server:
        proxy = f"http://127.0.0.1:{server.address[1]}"
        send = {
            "requests": lambda: requests.get(URL, proxies={"https": proxy}, auth=("AC", "secret")),
            "httpx": lambda: httpx.get(URL, proxy=proxy, auth=("AC", "secret")),
            "urllib3": lambda: urllib3.ProxyManager(proxy).request("GET", URL),
        }
        with pytest.raises(BlockedRequestError):
            send[client]()

    asked = b"".join(server.received)
    assert asked.startswith(b"CONNECT video.twilio.com:443 ")
    assert asked.endswith(b"\r\n\r\n")
    assert b"uthorization" not in asked


def test_requests_to_an_active_fake_are_not_blocked(guard, interceptor):
    assert requests.get(URL).status_code == 201
    assert httpx.get(URL).status_code == 201
    assert guard.blocked == []


def test_a_mock_of_the_user_still_answers(guard):
    with responses.RequestsMock() as mock:
        mock.get(URL, body="own")
        assert requests.get(URL).text == "own"
    with respx.mock as router:
        router.get(URL).respond(text="own")
        assert httpx.get(URL).text == "own"

    assert guard.blocked == []


def test_a_request_that_a_mock_passes_through_is_blocked(guard):
    with responses.RequestsMock() as mock:
        mock.add_passthru("https://")
        with pytest.raises(BlockedRequestError):
            requests.get(URL)


@pytest.mark.process
def test_a_request_is_blocked_under_python_bb():
    """
    Such a Python raises an error where bytes are compared with text or numbers.
    """
    program = f"""if True:
        import socket
        from pytest_twilio_video._interceptors.guard import BlockedRequestError, Guard

        with Guard():
            for port in 443, "https", b"https", 80, b"80", "http", b"http":
                try:
                    socket.getaddrinfo("{HOST}", port)
                except BlockedRequestError:
                    continue
                raise AssertionError(port)
    """
    subprocess.run([sys.executable, "-bb", "-c", program], check=True, timeout=60)


def test_names_of_other_hosts_are_resolved(guard):
    assert socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo(None, 80)
    assert guard.blocked == []


def test_requests_are_allowed_if_blocking_is_off(guard):
    guard.blocking = False

    context = ssl.create_default_context()
    assert context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=HOST)
    assert guard.blocked == []


def test_a_nested_guard_has_its_own_blocked_requests(guard):
    with Guard() as inner:
        inner.test = "test_it.py::test_it"
        with pytest.raises(BlockedRequestError):
            requests.get(URL)

    assert len(inner.blocked) == 1
    assert guard.blocked == []


@pytest.mark.process
def test_the_guard_imports_no_network_modules():
    """
    The guard imports no library, event loop or socket module, not even ssl.
    """
    program = """if True:
        import sys
        before = set(sys.modules)
        from pytest_twilio_video._interceptors.guard import Guard

        with Guard():
            added = set(sys.modules) - before
        assert not added & {"ssl", "socket", "asyncio", "requests", "httpx"}, added
    """
    subprocess.run([sys.executable, "-c", program], check=True)
