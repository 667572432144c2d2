"""Pages in a real Chromium, with Twilio's real SDK.

They run where the environment names both: ``tox run -e browser``. They run in a process of their
own, as Playwright's loop would disturb tests that have another.
"""

from __future__ import annotations

import os
import shutil

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer


HERE = Path(__file__).parent
URL = "http://localhost/"
"""Answered by Playwright. It is a secure context, so pages get a camera."""
WAIT = 15_000
"""Real milliseconds until something in a page counts as missing."""


@pytest.fixture(scope="session", params=["2.36.0", "2.32.0"])
def sdk(request) -> Path:
    """The bundle of the SDK."""
    folder = os.environ.get("TWILIO_VIDEO_JS")
    bundle = Path(folder or ".", request.param, "twilio-video.js")
    if folder is None or not bundle.exists():
        pytest.skip(f"TWILIO_VIDEO_JS has no {request.param}: tox run -e browser installs it")
    return bundle


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which(os.environ.get("CHROMIUM", ""))
    if path is None:
        pytest.skip("CHROMIUM names no browser")
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(chromium, playwright) -> Iterator[Any]:
    flags = ["--no-sandbox", *FakeTwilioVideoServer.chromium_args]
    browser = playwright.chromium.launch(executable_path=chromium, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def serve_page(sdk) -> Callable[..., str]:
    """Let a context get our page, with the SDK beside it; return its URL."""

    def serve_page(context: Any, url: str = URL) -> str:
        context.route(url, lambda route: route.fulfill(path=HERE / "page.html"))
        context.route(f"{url}twilio-video.js", lambda route: route.fulfill(path=sdk))
        return url

    return serve_page


@pytest.fixture
def context(browser, serve_page, twilio_video_server) -> Iterator[Any]:
    """A context that is attached to the fake. Requests to Twilio would be errors."""
    context = browser.new_context()
    serve_page(context)
    twilio_video_server.attach(context)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked.append(socket.url)))
    yield context
    context.close()
    assert [url for url in asked if "twilio.com" in url] == []


class Person:
    """Somebody in a page."""

    def __init__(self, page: Any, identity: str) -> None:
        self.page = page
        self.identity = identity
        self.joined: dict[str, Any] = {}

    def do(self, script: str, argument: Any = None) -> Any:
        """Return what *script* returns in the page."""
        return self.page.evaluate(script, argument)

    def wait(self, condition: str, argument: Any = None) -> None:
        """Wait until the function *condition* returns something true in the page.

        Playwright's own way does not wait for a function that is asynchronous.
        """
        script = f"([argument, wait]) => becomes({condition}, argument, wait)"
        if not self.do(script, [argument, WAIT]):
            pytest.fail(f"{condition} is not true with {argument!r}; seen: {self.seen}")

    def sees(self, *event: Any) -> None:
        """Wait until the page has seen *event*: its name, and the names of what it is about."""
        self.wait("sees", list(event))

    @property
    def seen(self) -> list[list[Any]]:
        return self.do("seen")

    def publish(self, kind: str, **options: Any) -> dict[str, Any]:
        return self.do("([kind, options]) => publish(kind, options)", [kind, options])

    def watch(self, identity: str) -> None:
        """Wait until a moving picture of *identity* is there."""
        self.wait("moves", identity)

    def loudness(self, identity: str) -> float:
        return self.do("(identity) => loudness(identity)", identity)

    def leave(self) -> None:
        self.do("() => { room.disconnect(); }")


@pytest.fixture
def token(twilio_video: FakeTwilioVideo) -> Callable[..., str]:
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VideoGrant

    def token(identity: str, room: str | None = None, **options: Any) -> str:
        made = AccessToken(
            twilio_video.account_sid,
            twilio_video.api_key_sid,
            options.pop("secret", twilio_video.api_key_secret),
            identity=identity,
            **options,
        )
        made.add_grant(VideoGrant(room=room))
        return made.to_jwt()

    return token


@pytest.fixture
def open_page(context) -> Callable[[str], Person]:
    """Open the page for somebody, who does not join yet."""

    def open_page(identity: str = "alice") -> Person:
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.goto(URL)
        return Person(page, identity)

    return open_page


@pytest.fixture
def join(open_page, token) -> Callable[..., Person]:
    """Let somebody join in a page of their own: ``join("alice", name="standup", audio=True)``.

    What came of it is in `Person.joined`.
    """

    def join(identity: str, person: Person | None = None, **options: Any) -> Person:
        person = person or open_page(identity)
        if options.get("audio") or options.get("video"):
            options["tracks"] = None
        options.setdefault("name", "standup")
        person.joined = person.do(
            "([token, { tracks = [], ...options }]) =>"
            " join(token, { ...options, tracks: tracks ?? undefined })",
            [token(identity), options],
        )
        return person

    return join


@pytest.fixture
def room(twilio_video):
    return twilio_video.rooms.create(unique_name="standup")


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Wait in real time until *condition* is true, while the page goes on."""

    def eventually(person: Person, condition: Callable[[], Any]) -> Any:
        for _ in range(WAIT // 20):
            if result := condition():
                return result
            person.page.wait_for_timeout(20)
        return pytest.fail(f"it did not happen; {person.identity} has seen {person.seen}")

    return eventually
