"""A browser, and the console of a server in it."""

from __future__ import annotations

import os
import shutil

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer


if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if find_spec("uvicorn") is None or find_spec("trustme") is None:  # The extra is not installed.
    collect_ignore_glob = ["test_*.py"]

START = "2026-01-31T09:00:00Z"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a screen: only while a module's tests run, as it has an event loop."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if chromium is None:
        pytest.skip("there is no Chromium: CHROMIUM names one")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def fake() -> FakeTwilioVideo:
    """A fake that is not entered: nothing is caught in this process."""
    return FakeTwilioVideo(seed="a test", start=START)


@pytest.fixture
def server(fake: FakeTwilioVideo) -> Iterator[FakeTwilioVideoServer]:
    with FakeTwilioVideoServer(fake) as server:
        yield server


@pytest.fixture
def show(browser: Browser, server: FakeTwilioVideoServer) -> Iterator[Callable[..., Page]]:
    """Open the console, ``show(viewport={…})``; nothing may go wrong on the page."""
    contexts, problems = [], []

    def show(url: str = server.url, **options: object) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        # That a request was refused is no news: the page shows it.
        page.on(
            "console",
            lambda said: (
                problems.append(said.text)
                if said.type == "error" and "Failed to load resource" not in said.text
                else None
            ),
        )
        page.goto(url)
        page.locator("#connection.live").wait_for()
        return page

    yield show
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(show: Callable[..., Page]) -> Page:
    return show()


class Receiver(ThreadingHTTPServer):
    """An application that answers 200, or what `statuses` says for an event."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Webhook)
        self.statuses: dict[str, int] = {}
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class Webhook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(self.server.statuses.get(form["StatusCallbackEvent"][0], 200))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
