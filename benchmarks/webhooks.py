"""The time of a callback into a WSGI application, compared with Flask's own test client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, request
from table import Row
from timing import compare

from pytest_twilio_video import FakeTwilioVideo


def rows() -> Iterator[Row]:
    """Deliver the same callback many times; it is signed again each time."""
    app = Flask(__name__)
    received: list[dict[str, str]] = []

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        received.append(request.form.to_dict())
        return "", 204

    with FakeTwilioVideo() as fake:
        fake.callbacks.deliver_to(app)
        fake.rooms.create(unique_name="DailyStandup", status_callback="http://localhost/hook")
        (callback,) = fake.callbacks

        @contextmanager
        def delivered() -> Iterator[Callable[[], object]]:
            yield lambda: fake.callbacks.redeliver(callback)

        @contextmanager
        def posted() -> Iterator[Callable[[], object]]:
            client = app.test_client()
            headers = {
                name: text
                for name, text in callback.headers.items()
                if name not in {"Host", "Content-Type", "Content-Length"}
            }
            yield lambda: client.post("/hook", data=callback.params, headers=headers)

        compared = compare(delivered, posted, calls=100)
    assert all(form == callback.params for form in received)
    yield Row(
        "a callback into a WSGI app",
        "Flask's test client posting the same form",
        1.05,
        "x",
        compared.ratio,
        compared.note,
    )
