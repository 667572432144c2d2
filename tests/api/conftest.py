"""Requests without a client: what an interceptor would hand over."""

from __future__ import annotations

import base64
import json

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import Request


HOME = "https://video.twilio.com"


class Answer(NamedTuple):
    """What came back."""

    status: int
    json: Any
    headers: dict[str, str]


Ask = Callable[..., Answer]


@pytest.fixture
def fake() -> FakeTwilioVideo:
    """A fake that is asked directly; nothing is caught."""
    return FakeTwilioVideo(seed="a test", start="2026-01-01T09:00:00Z")


@pytest.fixture
def ask(fake: FakeTwilioVideo) -> Ask:
    """Ask the API: ``ask("POST", "/v1/Rooms", UniqueName="standup")``."""

    def ask(method: str, path: str, body: bytes | None = None, **fields: Any) -> Answer:
        headers = {"authorization": basic(fake.account_sid, fake.auth_token)}
        form = urlencode(fields, doseq=True)
        url = path if path.startswith("http") else HOME + path
        if method == "GET" and form:
            url += f"{'&' if '?' in url else '?'}{form}"
        elif method != "GET":
            headers["content-type"] = "application/x-www-form-urlencoded"
            body = form.encode() if body is None else body
        response = fake.handle(Request(method, url, headers, body or b"", "a test"))
        document = json.loads(response.body) if response.body else None
        return Answer(response.status, document, dict(response.headers))

    return ask


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
