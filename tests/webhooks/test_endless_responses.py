"""Responses without end: the delivery gives up, and the callback says why."""

from __future__ import annotations

import itertools
import socket
import threading
import time

from contextlib import contextmanager, suppress

import anyio
import flask
import pytest

from django.core.asgi import get_asgi_application
from django.http import StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._webhooks import response_limits


URL = "https://app.example/hooks"


class Stream:
    """A stream without end. It counts its chunks, and knows whether it was closed."""

    def __init__(self, pause=lambda: None, chunk=b"x" * 1024):
        self.chunks, self.is_closed = 0, False
        self._pause, self._chunk = pause, chunk

    def __iter__(self):
        try:
            while True:
                self.chunks += 1
                yield self._chunk
                self._pause()
        finally:
            self.is_closed = True

    async def aiter(self):
        for chunk in self:
            await anyio.lowlevel.checkpoint()
            yield chunk


def wsgi(stream):
    def app(_environ, start_response):
        start_response("200 OK", [])
        return iter(stream)

    return app


def wsgi_by_write(stream):
    def app(_environ, start_response):
        write = start_response("200 OK", [])
        for chunk in stream:
            write(chunk)

    return app


def of_flask(stream):
    app = flask.Flask("stream")
    app.post("/hooks")(lambda: flask.Response(iter(stream)))
    return app


def asgi(stream):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200})
        for chunk in stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    return app


def of_fastapi(stream):
    app = FastAPI()

    @app.post("/hooks")
    async def hook():
        return StreamingResponse(stream.aiter())

    return app


APPS = [wsgi, wsgi_by_write, of_flask, asgi, of_fastapi]


@pytest.mark.parametrize("make", APPS)
@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_a_response_of_more_than_1_mib_is_a_broken_connection(callbacks, queue, make, mode):
    stream = Stream()
    callbacks.deliver_to(make(stream))
    callback = queue()

    if mode == "sync":
        callbacks.flush()
    else:
        anyio.run(callbacks.aflush, backend=mode)

    assert stream.chunks <= 1024 + 1
    assert isinstance(callback.error, ConnectionAbortedError)
    assert callback.response is None
    assert f"the response from {URL} has more than 1048576 bytes" in callback.problem


def test_a_response_of_1_mib_is_complete(callbacks, queue):
    stream = Stream()
    callbacks.deliver_to(wsgi(itertools.islice(stream, 1024)))
    callback = queue()

    callbacks.flush()

    assert callback.response.text == "x" * 1024 * 1024


def test_the_stream_of_a_wsgi_application_is_closed(callbacks, queue):
    stream = Stream()
    callbacks.deliver_to(wsgi(stream))
    queue()

    callbacks.flush()

    assert stream.is_closed


def test_a_stream_of_django_ends(callbacks, queue, django_urls):
    stream = Stream()
    protected = django_urls[0]
    protected.callback = csrf_exempt(lambda _request: StreamingHttpResponse(stream.aiter()))
    callbacks.deliver_to(get_asgi_application())
    callback = queue(url="https://app.example/protected")

    callbacks.flush()

    assert isinstance(callback.error, ConnectionAbortedError)


@pytest.mark.parametrize("make", APPS)
def test_a_stream_may_sleep_as_long_as_twilio_waits(make):
    with FakeTwilioVideo(sleep="virtual") as twilio_video:
        stream = Stream(pause=lambda: time.sleep(1), chunk=b"x")
        twilio_video.callbacks.deliver_to(make(stream))

        twilio_video.rooms.create(status_callback=URL)

        (callback,) = twilio_video.callbacks
        assert stream.chunks == 17
        assert isinstance(callback.error, TimeoutError)
        assert f"no answer from {URL} within 15 s: the handler slept 16 s" in callback.problem


@pytest.mark.parametrize("make", APPS)
def test_a_stream_ends_after_30_real_seconds(callbacks, queue, make, monkeypatch):
    monkeypatch.setattr(response_limits, "LONGEST", 0.2)
    stream = Stream(pause=lambda: time.sleep(0.01), chunk=b"")
    callbacks.deliver_to(make(stream))
    callback = queue()

    callbacks.flush()

    assert stream.chunks > 1
    assert isinstance(callback.error, TimeoutError)
    assert f"no answer from {URL} within 0.2 s: the response did not end" in callback.problem


@pytest.mark.parametrize("name", ["flask", "fastapi", "function"])
def test_a_handler_may_wait_in_a_debugger(callbacks, queue, inbox, make_target, name, monkeypatch):
    monkeypatch.setattr(response_limits, "LONGEST", 0.05)
    inbox.react = lambda _params: time.sleep(0.1) or 204
    callbacks.deliver_to(make_target(name))
    callback = queue()

    callbacks.flush()

    assert callback.response.status_code == 204


def test_an_application_learns_that_nobody_reads_its_response(callbacks, queue):
    told = []

    async def app(_scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200})
        with suppress(OSError):
            while True:
                body = {"type": "http.response.body", "body": b"x" * 1024, "more_body": True}
                await send(body)
        told.append(await receive())

    callbacks.deliver_to(app)
    callback = queue()

    callbacks.flush()

    assert told == [{"type": "http.disconnect"}]
    assert isinstance(callback.error, ConnectionAbortedError)


@contextmanager
def trickling(head, piece):
    """Yield the URL of a server that answers with *head*, and with *piece* again and again."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(head)
                while not is_over.wait(0.01):
                    connection.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hooks"
        is_over.set()
        thread.join()


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 "],
    ids=["body", "header", "status"],
)
def test_a_live_server_must_end_its_response_in_time(callbacks, queue, head):
    callbacks.deliver_to("network")
    with trickling(head, b"x") as url:
        callback = queue(url=f"{url}#rt=200")
        before = time.monotonic()
        callbacks.flush()

        assert time.monotonic() - before < 2
    assert isinstance(callback.error, TimeoutError)
    assert f"no answer from {url}" in callback.problem


def test_a_live_server_that_does_not_answer_has_the_time_of_the_url(callbacks, queue):
    callbacks.deliver_to("network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hooks"
        callback = queue(url=f"{url}#rt=100")
        before = time.monotonic()
        callbacks.flush()

    assert time.monotonic() - before < 2
    assert isinstance(callback.error, TimeoutError)


def test_a_live_server_may_send_1_mib_at_most(callbacks, queue):
    callbacks.deliver_to("network")
    with trickling(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 200_000) as url:
        callback = queue(url=url)
        callbacks.flush()

    assert isinstance(callback.error, ConnectionAbortedError)
