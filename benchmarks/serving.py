"""Creating and listing rooms over HTTP, compared with a prepared answer of pytest-httpserver.

Both servers run in threads of this process, so their time is counted. The client is the same.
What a test pays for the fixture is real time, because it waits for the server's thread.
"""

from __future__ import annotations

import logging
import statistics
import time

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import requests

from pytest_httpserver import HTTPServer
from table import Row
from timing import compare

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer
from pytest_twilio_video._fake.serving import Serving
from pytest_twilio_video._server.console import View
from pytest_twilio_video._server.listener import Listener
from pytest_twilio_video._server.server import listen, serve


logging.getLogger("werkzeug").setLevel(logging.ERROR)  # It has a line for each request.
NUMBERS = count()
ROOMS = 20
WATCHED = 1000
AUTH = "AC" + "1" * 32, "2" * 32

Request = Callable[[requests.Session, str], requests.Response]


def rows() -> Iterator[Row]:
    """Measure both requests, and what the fixture costs."""
    beside = "`pytest-httpserver`, canned"
    yield _row("create a room over HTTP", beside, _create)
    yield _row(f"a page of {ROOMS} rooms over HTTP", beside, _list)
    with listen(FakeTwilioVideo()) as listener:
        yield _fixture("twilio_video_server in a further test", listener, 2.0)
    yield _fixture("a server with an address of its own", None, None)
    yield _news()


def _create(session: requests.Session, url: str) -> requests.Response:
    return session.post(f"{url}/v1/Rooms", data={"UniqueName": f"room-{next(NUMBERS)}"})


def _list(session: requests.Session, url: str) -> requests.Response:
    return session.get(f"{url}/v1/Rooms?PageSize={ROOMS}")


def _row(what: str, beside: str, request: Request) -> Row:
    with _session() as session:
        with _served() as url:
            answer = request(session, url)
        assert answer.ok

        @contextmanager
        def ours() -> Iterator[Callable[[], object]]:
            with _served() as url:
                yield lambda: request(session, url)

        @contextmanager
        def canned() -> Iterator[Callable[[], object]]:
            with HTTPServer() as server:
                server.expect_request("/v1/Rooms").respond_with_data(
                    answer.content, answer.status_code, content_type="application/json"
                )
                yield lambda: request(session, server.url_for(""))
                assert server.log

        comparison = compare(ours, canned)
    return Row(what, beside, 1.0, "x", comparison.ratio, comparison.note)


def _fixture(what: str, listener: Listener | None, target: float | None) -> Row:
    fake, took = FakeTwilioVideo(), []
    for _ in range(200):
        server = FakeTwilioVideoServer(fake) if listener is None else serve(fake, listener)
        begun = time.perf_counter()
        with server:
            pass
        took.append((time.perf_counter() - begun) * 1000)
    low, median, high = statistics.quantiles(took, n=4)
    return Row(what, "nothing", target, "ms", median, f"middle half {low:.2f} to {high:.2f}")


def _news() -> Row:
    """Measure what a console that shows many rooms costs the test at each change."""
    fake, took = FakeTwilioVideo(seed="benchmark"), []
    for number in range(WATCHED):
        fake.rooms.create(unique_name=f"room-{number}").connect("alice", tracks=("audio",))
    view = View(Serving(fake), lambda callback: {"id": str(id(callback))})
    view.news()
    for number in range(100):
        fake.rooms[number].connect("bob")
        begun = time.process_time()
        view.news()
        took.append((time.process_time() - begun) * 1000)
    low, median, high = statistics.quantiles(took, n=4)
    note = f"middle half {low:.2f} to {high:.2f}"
    return Row(
        f"a change told to a console of {WATCHED} rooms", "nothing", 20.0, "ms", median, note
    )


@contextmanager
def _session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = AUTH
        session.trust_env = False
        yield session


@contextmanager
def _served() -> Iterator[str]:
    fake = FakeTwilioVideo(seed="benchmark")
    for _ in range(ROOMS):
        fake.rooms.create()
    with FakeTwilioVideoServer(fake) as server:
        yield server.url
