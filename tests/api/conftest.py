"""Requests without a client, as an interceptor would pass them on."""

from __future__ import annotations

import base64
import json
import os

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import Request, Response


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
"""The user property of a test that tells what it has observed."""


@pytest.fixture
def fake() -> FakeTwilioVideo:
    """A fake that is called directly; no client is intercepted."""
    return FakeTwilioVideo(seed="a test", start="2026-01-01T09:00:00Z")


@pytest.fixture
def service(request: pytest.FixtureRequest, fake: FakeTwilioVideo) -> Service:
    """The service under test: the fake, or with ``--twilio-live`` Twilio itself."""
    if not request.config.getoption("twilio_live"):
        return Service(fake._handle, fake.account_sid, fake.auth_token)
    try:
        credentials = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    except KeyError as error:
        pytest.skip(f"{error} is not set")
    return Service(_on_the_wire, *credentials)


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
    """Observe a guess: what it is about, what is expected, and how to see what is so.

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


def _on_the_wire(request: Request) -> Response:
    """Send a request to the real service."""
    answer = requests.request(
        request.method, request.url, headers=request.headers, data=request.body, timeout=30
    )
    return Response(answer.status_code, dict(answer.headers), answer.content)


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
