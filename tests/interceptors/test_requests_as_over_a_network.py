"""A session of requests, and the service, get the same data with the fake as over a network.

Each test runs twice: with a small server on this machine, through the connections of urllib3, and
with an interceptor, whose `Pool` replaces these connections. Both must have the same results.
So the tests are about connections: bodies, streams, timeouts, failures and retries.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import socket
import struct
import threading

from http import client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests
import urllib3

from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth

from pytest_twilio_video import _hosts as hosts
from pytest_twilio_video._http import NetworkFailure, Request, Response
from pytest_twilio_video._interceptors import Interceptor


HERE, THERE = "127.0.0.1", "video.twilio.com"
ROOMS = "/v1/Rooms"
A_WHILE = 0.05
"""How many seconds a client waits for a server that does not respond."""


class Service:
    """A service that gives its answers in turn, and then repeats the last one."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request):
        url = urlsplit(request.url)
        headers = {name: said for name, said in request.headers.items() if name != "host"}
        self.asked.append((request.method, url.path, url.query, headers, request.body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            raise NetworkFailure(answer)
        return answer


def answer(status, body=b"", **headers):
    """Return a response with its length, like every HTTP/1.1 server."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if status != client.NO_CONTENT:
        headers["Content-Length"] = str(len(body))
    return Response(status, headers, body)


ROOM = answer(200, json.dumps({"unique_name": "Café"}).encode(), Content_Type="application/json")
LINES = answer(200, b"one\ntwo\nthree\n", Content_Type="text/plain; charset=ascii")
ZIPPED = answer(200, gzip.compress(b"frames" * 99, mtime=0), Content_Encoding="gzip")


class Connection(BaseHTTPRequestHandler):
    """The server's side of a connection: passes requests to the service and sends its answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self):
        headers = {name.lower(): said for name, said in self.headers.items()}
        try:
            self.say(self.server.service(Request(self.command, self.path, headers, self.body())))
        except NetworkFailure as failure:
            self.close_connection = True
            self.server.over.wait() if failure.kind == "timeout" else self.reset()

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = serve  # noqa: N815

    def say(self, answer):
        self.send_response_only(answer.status, client.responses.get(answer.status, ""))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := self.rfile.readline():
            chunks.append(self.rfile.read(int(size, 16)))
            self.rfile.readline()
            if not chunks[-1]:
                return b"".join(chunks)
        raise NetworkFailure("reset", "the client has broken off")  # noqa: EM101

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()


class Server(ThreadingHTTPServer):
    """A server that answers with its *service* until it is *over*."""

    def __init__(self):
        super().__init__((HERE, 0), Connection)
        self.over = threading.Event()

    def handle_error(self, *_where):
        """Ignore clients that disconnect."""


@pytest.fixture(name="server", scope="module")
def _server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _plain_http_is_served(monkeypatch):
    """Compare with a server without TLS, because these tests are not about the scheme."""
    monkeypatch.setattr(hosts, "is_https", lambda _url: True)


@pytest.fixture(name="alike")
def _alike(server):
    """Run each test with the server and with the interceptor, and compare the results."""
    return lambda act, *answers: compare(server, HTTPAdapter, act, *answers)


def compare(server, make_adapter, act, *answers):
    """Return what the client saw, which must be the same in both cases."""
    server.service = there = Service(answers or [ROOM])
    here = Service(answers or [ROOM])
    port = server.server_port
    expected = observed(act, make_adapter, f"http://{HERE}:{port}{ROOMS}")
    with Interceptor(here):
        seen = observed(act, make_adapter, f"http://{THERE}:{port}{ROOMS}")
    assert seen == neutral(expected)
    assert here.asked == neutral(there.asked)
    return seen


def observed(act, make_adapter, url):
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", make_adapter())
        try:
            seen = act(session, url)
        except Exception as error:  # noqa: BLE001 -- which one, is what is compared.
            seen = error
        cookies = [(each.name, each.value, each.path, each.expires) for each in session.cookies]
        return described(seen), cookies


def described(seen):
    """Return the parts of *seen* that can be compared."""
    if isinstance(seen, requests.Response):
        return answered(seen)
    if isinstance(seen, requests.PreparedRequest):
        return seen.method, seen.url, dict(seen.headers), seen.body
    if isinstance(seen, BaseException):
        return raised(seen)
    return [described(each) for each in seen] if isinstance(seen, list) else seen


def answered(response):
    return {
        "status": (response.status_code, response.reason, response.ok),
        "headers": list(response.headers.items()),
        "url": response.url,
        "encoding": (response.encoding, response.apparent_encoding),
        "body": (response.content, response.text),
        "cookies": response.cookies.get_dict(),
        "links": response.links,
        "request": described(response.request),
        "history": [(each.status_code, each.url, each.text) for each in response.history],
        "redirect": (response.is_redirect, response.is_permanent_redirect),
        "next": described(response.next),
        "raw": (response.raw.status, response.raw.reason, response.raw.version),
        "retries": [each.status for each in response.raw.retries.history],
        "connection": isinstance(response.connection, HTTPAdapter),
        "took time": response.elapsed.total_seconds() > 0,
    }


def raised(error):
    """Return the classes of *error*, its message, and its arguments."""
    asked = described(getattr(error, "request", None))
    given = described(getattr(error, "response", None))
    reasons = []
    reason = error
    while isinstance(reason, BaseException):
        reasons.append(type(reason))
        inside = [each for each in reason.args if isinstance(each, BaseException)]
        reason = getattr(reason, "reason", None) or (inside or [None])[0]
    return reasons, str(error), asked, given


def neutral(seen):
    """Return the result of one case, with its names replaced by those of the other case."""
    if isinstance(seen, str):
        return seen.replace(HERE, THERE)
    if isinstance(seen, dict):
        return {name: neutral(each) for name, each in seen.items()}
    return type(seen)(map(neutral, seen)) if isinstance(seen, (list, tuple)) else seen


# Answers.


@pytest.mark.parametrize(
    "given",
    [
        ROOM,
        LINES,
        ZIPPED,
        answer(201, b"{}", Location="https://video.twilio.com/v1/Rooms/RM1"),
        answer(204),
        answer(200, "Größe".encode("latin-1"), Content_Type="text/html"),
        answer(200, b"x", Link='<https://video.twilio.com/v1/Rooms?Page=1>; rel="next"'),
        answer(200, b"x", Set_Cookie="session=1; Path=/v1; Max-Age=0", X_Empty=""),
        answer(404, b'{"code": 20404}', Content_Type="application/problem+json"),
        answer(418),
        answer(500, b"\xff\xfe"),
        answer(599, b"a status that has no words"),
    ],
    ids=lambda given: f"{given.status} {given.body[:9]}",
)
def test_a_response_is_the_same_as_over_a_network(alike, given):
    alike(lambda session, url: session.get(url), given)


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
def test_every_method_gets_the_same_response_as_over_a_network(alike, method):
    alike(lambda session, url: session.request(method.lower(), url), ROOM)


def test_a_response_can_be_pickled(alike):
    def act(session, url):
        response = session.get(url, hooks={"response": []})
        kept = pickle.loads(pickle.dumps(response))  # noqa: S301 -- our own
        return [kept.status_code, kept.headers, kept.text, kept.url, kept.reason, kept.encoding]

    alike(act)


def test_a_session_keeps_and_sends_cookies(alike):
    alike(
        lambda session, url: [session.get(url), session.get(url)],
        answer(200, Set_Cookie="session=1; Path=/; HttpOnly"),
        answer(200, Set_Cookie="session=2; Path=/v1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"),
    )


# Streams.


READINGS = {
    "raw": lambda response: [response.raw.read(4), response.raw.read(), response.raw.read()],
    "raw, decoded": lambda response: response.raw.read(decode_content=True),
    "raw, as a file": lambda response: response.raw.readline(),
    "raw, in lines": lambda response: list(response.raw),
    "raw, in pieces": lambda response: list(response.raw.stream(5)),
    "raw, drained": lambda response: [response.raw.drain_conn(), response.raw.read()],
    "raw, released": lambda response: response.raw.release_conn(),
    "raw, where it is": lambda response: [response.raw.read(4), response.raw.tell()],
    "raw, how much is left": lambda response: [
        response.raw.read(4),
        response.raw.length_remaining,
    ],
    "raw, to another file": lambda response: io.BytesIO(response.raw.read()).read(),
    "pieces": lambda response: list(response.iter_content(4)),
    "pieces as they come": lambda response: list(response.iter_content(None)),
    "pieces of text": lambda response: list(response.iter_content(4, decode_unicode=True)),
    "lines": lambda response: list(response.iter_lines()),
    "lines of text": lambda response: list(response.iter_lines(decode_unicode=True)),
    "all": lambda response: [response.content, list(response.iter_content(4))],
    "all, after a piece": lambda response: [next(response.iter_content(4)), response.content],
    "all, after all pieces": lambda response: [list(response.iter_content(4)), response.content],
    "no piece at all": lambda response: list(response.iter_content("4")),
    "after it was closed": lambda response: [response.close(), response.content],
    "whether it is closed": lambda response: [
        response.raw.read(1),
        response.raw.closed,
        response.raw.read(),
        response.raw.closed,
        response.close(),
        response.raw.closed,
    ],
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_stream_is_read_as_over_a_network(alike, reading):
    def act(session, url):
        with session.get(url, stream=True) as response:
            return READINGS[reading](response)

    for given in (LINES, ZIPPED, answer(200)):
        alike(act, given)


class Cached(io.BytesIO):
    """The wrapper that CacheControl uses: it copies what is read, and stores it at the end."""

    def __init__(self, fp):
        self.fp, self.kept = fp, None

    def read(self, amount=None):
        data = self.fp.read(amount)
        self.write(data)
        if getattr(self.fp, "fp", self.fp) is None or self.fp.closed:
            self.kept = self.getvalue()
        return data


def test_a_wrapper_of_the_stream_sees_the_end_of_the_body(alike):
    def act(session, url):
        with session.get(url, stream=True) as response:
            cached = response.raw._fp = Cached(response.raw._fp)
            return [response.raw.read(3), cached.kept, response.raw.read(), cached.kept]

    for given in (LINES, ZIPPED, answer(200)):
        alike(act, given)


def test_a_response_without_a_body_has_an_empty_stream(alike):
    alike(lambda session, url: session.head(url, stream=True).raw.read(), LINES)


# Redirects.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_redirect_is_followed_as_over_a_network(alike, status, method):
    moved = answer(status, b"elsewhere", Location="Rooms?Status=completed", Set_Cookie="a=b")

    alike(lambda session, url: session.request(method, url, data=b"a body"), moved, ROOM)


# Bodies.


BODIES = {
    "nothing": dict,
    "a form": lambda: {"data": {"UniqueName": "Café", "Rules": ["a", "b"]}},
    "text": lambda: {"data": "Cafe"},  # Other characters depend on the version of requests.
    "bytes": lambda: {"data": b"\x00\xff"},
    "a bytearray": lambda: {"data": bytearray(b"\x00\xff")},
    "no bytes": lambda: {"data": b""},
    "JSON": lambda: {"json": {"UniqueName": "Café"}},
    "a generator": lambda: {"data": (each for each in (b"a", b"", b"bc"))},
    "a generator of text": lambda: {"data": (each for each in ("a", "bc"))},
    "a file": lambda: {"data": io.BytesIO(b"frames")},
    "an empty file": lambda: {"data": io.BytesIO()},
    "a file of text": lambda: {"data": io.StringIO("text")},
    "the rest of a file": lambda: {"data": seeked(io.BytesIO(b"frames"), 2)},
    "pairs and a query": lambda: {"data": [("A", "1"), ("A", "2")], "params": {"Page Size": "ä"}},
    "a length of one's own": lambda: {"data": b"frames", "headers": {"Content-Length": "6"}},
    "headers in bytes": lambda: {"headers": {b"X-Own": b"bytes"}},
}


def seeked(file, at):
    file.seek(at)
    return file


@pytest.mark.parametrize("body", BODIES)
def test_a_body_arrives_as_it_was_sent(alike, body):
    alike(lambda session, url: session.post(url, **BODIES[body]()).json())


def test_files_arrive_in_parts(alike, monkeypatch):
    monkeypatch.setattr("urllib3.filepost.choose_boundary", lambda: "boundary")
    files = {"media": ("media.mkv", b"frames", "video/x-matroska")}

    alike(lambda session, url: session.post(url, data={"a": "b"}, files=files))


def test_a_file_is_read_to_its_end(alike):
    def act(session, url):
        file = io.BytesIO(b"frames")
        session.post(url, data=file)
        return [file.tell(), file.closed]

    alike(act)


def test_a_body_that_raises_does_not_arrive(alike):
    def body():
        yield b"a"
        raise LookupError

    alike(lambda session, url: session.post(url, data=body()))


# Prepared requests, hooks, authentication.


def test_hooks_get_the_same_arguments_as_over_a_network(alike):
    def act(session, url):
        told = []

        def hook(response, **settings):
            told.append(
                [response.text, sorted(settings.items(), key=str), response.elapsed is None]
            )

        session.hooks["response"].append(hook)
        session.get(url, hooks={"response": hook}, timeout=3)
        return told

    alike(act)


def test_digest_authentication_uses_the_same_connection(alike, monkeypatch):
    monkeypatch.setattr("requests.auth.os.urandom", lambda size: b"x" * size)
    monkeypatch.setattr("requests.auth.time.ctime", lambda: "now")
    challenge = 'Digest realm="video", nonce="n", qop="auth", algorithm="MD5"'

    alike(
        lambda session, url: session.get(url, auth=HTTPDigestAuth("AC", "token")),
        answer(401, b"who?", WWW_Authenticate=challenge),
        ROOM,
    )


# Settings.


@pytest.mark.parametrize(
    "timeout",
    [
        *(None, 3, 2.5, (1, 2), (None, 2), (1, None), (None, None), urllib3.Timeout(total=3)),
        *(0, -1, 0.0, (0, 1), (1, 0), True, "3", "soon", (1, 2, 3), (), [1, 2], object),
    ],
    ids=str,
)
def test_a_timeout_is_accepted_or_refused_as_over_a_network(alike, timeout):
    alike(lambda session, url: session.get(url, timeout=timeout))


@pytest.mark.parametrize(
    "settings",
    [
        {"verify": False},
        {"verify": "/no/such/bundle"},
        {"cert": None, "proxies": {}},
        {"proxies": {"https": "http://proxy.example:3128"}},
        {"proxies": None, "stream": None},
    ],
    ids=str,
)
def test_irrelevant_settings_change_nothing(alike, settings):
    alike(lambda session, url: session.get(url, **settings))


def test_a_response_through_a_proxy_is_the_same_as_over_a_network(alike, server):
    def act(session, url):
        response = session.get(url, proxies={"http": f"http://{HERE}:{server.server_port}"})
        return [response.status_code, response.text, response.url]

    alike(act)


def test_a_session_that_was_closed_can_be_used_again(alike):
    def act(session, url):
        first = session.get(url)
        session.close()
        first.connection.close()
        return [first, session.get(url)]

    alike(act)


# Network failures.


def test_a_late_response_raises_the_same_exception_as_over_a_network(alike):
    alike(lambda session, url: session.get(url, timeout=A_WHILE), "timeout")
    alike(lambda session, url: session.post(url, b"a body", timeout=(1, A_WHILE)), "timeout")


def test_a_broken_connection_raises_the_same_exception_as_over_a_network(alike):
    alike(lambda session, url: session.get(url), "reset")
    alike(lambda session, url: session.post(url, data=b"a body"), "reset")


@pytest.mark.parametrize("kind", ["timeout", "reset"])
def test_the_request_after_a_network_failure_has_the_same_result_as_over_a_network(alike, kind):
    def act(session, url):
        try:
            return session.get(url, timeout=1 if kind == "reset" else A_WHILE)
        except requests.RequestException as error:
            return [error, session.get(url)]

    alike(act, kind, ROOM)


def test_a_refused_connection_raises_the_same_exception_as_over_a_network():
    """
    Only the end of the message differs: the fake's says that the test injected it.
    """
    with socket.socket() as unheard:
        unheard.bind((HERE, 0))
        port = unheard.getsockname()[1]

        def act(session, url):
            return session.get(f"{url}:{port}{ROOMS}")

        expected, _ = observed(act, HTTPAdapter, f"http://{HERE}")
        with Interceptor(Service(["connect"])):
            seen, _ = observed(act, HTTPAdapter, f"http://{THERE}")

    def but_for_the_words(seen):
        reasons, words, asked, given = neutral(seen)
        return reasons, words.partition("(Caused by")[0], asked, given

    assert but_for_the_words(seen) == but_for_the_words(expected)


# Retry policies.


POLICIES = {
    "0": 0,
    "2": 2,
    "never, and say so": urllib3.Retry(0),
    "never, and raise what it was": False,
    "never, but look at answers": urllib3.Retry(0, status_forcelist=[503]),
    "only when a connection breaks": urllib3.Retry(None, read=2, connect=0, status=0),
    "only when there is no answer": urllib3.Retry(total=None, read=1, connect=None),
    "only when there is an answer": urllib3.Retry(2, read=0, status_forcelist=[503]),
    "and return the last": urllib3.Retry(1, status_forcelist=[503], raise_on_status=False),
    "whatever the method": urllib3.Retry(2, status_forcelist=[503], allowed_methods=None),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_retry_policy_repeats_the_same_requests_as_over_a_network(server, policy, method):
    def make_adapter():
        return HTTPAdapter(max_retries=POLICIES[policy])

    def act(session, url):
        return session.request(method, url)

    no = answer(503)
    for answers in (["reset", ROOM], ["reset"], [no, ROOM], [no], ["reset", no, ROOM]):
        compare(server, make_adapter, act, *answers)
