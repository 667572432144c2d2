"""Fixtures with a server, and with functions that send requests to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from plain_http import Answer, asked

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer


if find_spec("uvicorn") is None or find_spec("trustme") is None:  # The extra is not installed.
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def fake() -> FakeTwilioVideo:
    """A fake that is not entered, so that requests of this process are not intercepted."""
    return FakeTwilioVideo(seed="a test", start="2026-01-01T09:00:00Z")


@pytest.fixture
def server(fake: FakeTwilioVideo) -> Iterator[FakeTwilioVideoServer]:
    with FakeTwilioVideoServer(fake) as server:
        yield server


@pytest.fixture
def ask(server: FakeTwilioVideoServer) -> Callable[..., Answer]:
    """Send a request: ``ask("POST", "/v1/Rooms", UniqueName="x")`` or ``ask(…, json={…})``."""

    def ask(
        method: str,
        path: str,
        json: Any = None,
        headers: dict[str, str] | None = None,
        **form: Any,
    ) -> Answer:
        return asked(server.url, method, path, json, headers, **form)

    return ask
