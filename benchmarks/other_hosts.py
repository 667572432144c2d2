"""Requests to other hosts: the time that the fake adds to requests that it does not answer."""

from __future__ import annotations

import ssl
import subprocess
import sys

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

import httpx
import requests

from requests.adapters import HTTPAdapter
from table import Row
from timing import compare


# The original functions of all places where a client can be hooked, saved before we are imported.
_PLACES = (requests.Session, HTTPAdapter, httpx.Client, httpx.AsyncClient, ssl.SSLContext)
_UNTOUCHED = {place: dict(vars(place)) for place in _PLACES}

# In its own process, so that its time is not counted as ours.
_SERVER = dedent(
    """\
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
    """
)


def rows() -> Iterator[Row]:
    """Measure each client against a server that answers at once."""
    from pytest_twilio_video import FakeTwilioVideo
    from pytest_twilio_video._interceptors.guard import Guard

    with _server() as url, requests.Session() as session, httpx.Client() as client:
        get: Callable[[], object]
        for name, get in (
            ("requests", lambda: session.get(url, timeout=5)),
            ("httpx", lambda: client.get(url)),
        ):

            @contextmanager
            def loaded(get: Any = get) -> Iterator[Any]:
                with Guard(), FakeTwilioVideo():
                    yield get

            @contextmanager
            def untouched(get: Any = get) -> Iterator[Any]:
                with _unhooked():
                    yield get

            compared = compare(loaded, untouched, rounds=21, calls=60)
            yield Row(
                f"any other host, plugin loaded and fixture active, `{name}`",
                "without the plugin",
                1.05,
                "x",
                compared.ratio,
                compared.note,
            )


@contextmanager
def _unhooked() -> Iterator[None]:
    """Remove our hooks while the baseline is measured."""
    hooked = {
        (place, name): vars(place)[name]
        for place, untouched in _UNTOUCHED.items()
        for name in untouched
        if vars(place)[name] is not untouched[name]
    }
    for place, name in hooked:
        setattr(place, name, _UNTOUCHED[place][name])
    try:
        yield
    finally:
        for (place, name), hook in hooked.items():
            setattr(place, name, hook)


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
