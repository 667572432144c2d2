"""Fixtures that send requests without a client, in the same way as an interceptor."""

from __future__ import annotations

import base64
import json
import os

from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import NetworkFailure, Request, Response


HOME = "https://video.twilio.com"


class Answer(NamedTuple):
    """A response."""

    status: int
    json: Any
    headers: dict[str, str]


class Service(NamedTuple):
    """The service under test, and the credentials for it."""

    handle: Callable[[Request], Response]
    account_sid: str
    auth_token: str


Ask = Callable[..., Answer]
Guess = Callable[[str, Any, Callable[[], Any]], None]
GUESS = "guess about Twilio"
"""The user property of a test with what the test has observed."""


@pytest.fixture
def fake() -> FakeTwilioVideo:
    """A fake that is called directly, without an interceptor."""
    return FakeTwilioVideo(seed="a test", start="2026-01-01T09:00:00Z")


@pytest.fixture(scope="session")
def listener() -> Iterator[Any]:
    """A listener for all tests that send requests over HTTP."""
    pytest.importorskip("uvicorn", reason="the extra `server` is not installed")
    from pytest_twilio_video._server.server import listen

    with listen(FakeTwilioVideo()) as listener:
        yield listener


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test twice with the fake, or once with the service."""
    if "service" in metafunc.fixturenames:
        is_live = metafunc.config.getoption("twilio_live")
        ways = ["live"] if is_live else ["in process", "over HTTP"]
        metafunc.parametrize("service", ways, indirect=True)


@pytest.fixture
def service(request: pytest.FixtureRequest, fake: FakeTwilioVideo) -> Iterator[Service]:
    """The service under test: the fake, the fake through its server, or Twilio itself.

    Twilio itself is used with ``--twilio-live``.
    """
    if not request.config.getoption("twilio_live"):
        if request.param == "in process":
            yield Service(fake._handle, fake.account_sid, fake.auth_token)
            return
        if request.node.get_closest_marker("in_process"):
            pytest.skip("it shows what only the test's own process sees")
        from pytest_twilio_video._server.server import serve

        with serve(fake, request.getfixturevalue("listener")) as server:
            yield Service(partial(_over_http, server.url), fake.account_sid, fake.auth_token)
        return
    try:
        credentials = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    except KeyError as error:
        pytest.skip(f"{error} is not set")
    yield Service(_on_the_wire, *credentials)


@pytest.fixture
def ask(service: Service) -> Iterator[Ask]:
    """Send a request: ``ask("POST", "/v1/Rooms", UniqueName="standup")``."""
    opened: list[str] = []

    def ask(method: str, path: str, body: bytes | None = None, **fields: Any) -> Answer:
        headers = {"authorization": basic(service.account_sid, service.auth_token)}
        form = urlencode(fields, doseq=True)
        url = path if path.startswith("http") else HOME + path
        if method == "GET" and form:
            url += f"{'&' if '?' in url else '?'}{form}"
        elif method != "GET":
            headers["content-type"] = "application/x-www-form-urlencoded"
            body = form.encode() if body is None else body
        response = service.handle(Request(method, url, headers, body or b"", "a test"))
        document = json.loads(response.body) if response.body else None
        if (method, path.rstrip("/"), response.status) == ("POST", "/v1/Rooms", 201):
            opened.append(document["sid"])
        return Answer(response.status, document, dict(response.headers))

    yield ask
    if service.handle is _on_the_wire:  # where rooms remain after the test, and keep their names
        for sid in opened:
            ask("POST", f"/v1/Rooms/{sid}", Status="completed")


@pytest.fixture
def guess(request: pytest.FixtureRequest) -> Guess:
    """Return a function that checks a guess: its subject, the expected result, how to observe it.

    The table at the end of a run with ``--twilio-live`` has a row for each.
    """

    def guess(what: str, expected: Any, see: Callable[[], Any]) -> None:
        try:
            seen = see()
        except Exception as error:  # noqa: BLE001 -- an answer of another form is an observation
            seen = f"{type(error).__name__}: {error}"
        row = (what, str(expected), str(seen))
        request.node.user_properties.append((GUESS, row))
        assert seen == expected

    return guess


def _over_http(address: str, request: Request) -> Response:
    """Send a request to the server of the fake, with a host of Twilio Video, as a proxy does."""
    url = urlsplit(request.url)
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        target = url._replace(scheme="", netloc="").geturl()
        headers = {"host": url.netloc, **request.headers}
        connection.request(request.method, target, request.body, headers)
        answer = connection.getresponse()
        titles = {name.title().replace("Etag", "ETag"): text for name, text in answer.getheaders()}
        return Response(answer.status, titles, answer.read())
    except (RemoteDisconnected, ConnectionResetError):
        raise NetworkFailure(kind="reset") from None
    finally:
        connection.close()


def _on_the_wire(request: Request) -> Response:
    """Send a request to the real service."""
    answer = requests.request(
        request.method, request.url, headers=request.headers, data=request.body, timeout=30
    )
    return Response(answer.status_code, dict(answer.headers), answer.content)


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
