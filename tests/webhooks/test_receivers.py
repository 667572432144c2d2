"""Which targets are accepted, and what each kind of receiver does."""

from __future__ import annotations

import functools
import re
import socket
import sys
import threading

from contextlib import asynccontextmanager, contextmanager
from http.client import HTTPException
from unittest import mock

import anyio
import httpx
import pytest
import requests

from fastapi import FastAPI, Request
from flask import Flask
from starlette.testclient import TestClient

from pytest_twilio_video.errors import UndeliverableCallbackError


@pytest.mark.parametrize(
    "target",
    [
        None,
        42,
        "https://app.example",
        Flask,
        FastAPI,
        TestClient,
        httpx.Client(),
        requests.Session(),
        lambda: None,
        lambda a, b, c, d: None,  # noqa: ARG005 -- nothing takes four arguments
    ],
)
def test_a_target_that_cannot_receive_callbacks_is_refused_at_once(callbacks, target):
    with pytest.raises(UndeliverableCallbackError) as refused:
        callbacks.deliver_to(target)

    assert repr(target) in str(refused.value)
    for possible in ("WSGI", "ASGI", "test client", "f(callback) -> status", '"network"'):
        assert possible in str(refused.value)


def test_the_error_about_an_application_factory_says_to_call_it(callbacks):
    def create_app():
        return Flask("app")

    with pytest.raises(UndeliverableCallbackError, match="deliver to what it returns"):
        callbacks.deliver_to(create_app)


@pytest.mark.parametrize("name", ["flask", "flask's client", "django's client", "function"])
def test_delivery_without_an_event_loop_opens_no_socket(
    callbacks, queue, make_target, monkeypatch, name
):
    """
    An event loop needs a socket to wake up, which pytest-socket would not allow.
    """

    def refuse(*_args, **_kwargs):
        raise AssertionError

    callbacks.deliver_to(make_target(name))
    callback = queue()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", refuse)
        callbacks.flush()

    assert callback.response.status_code == 204


def test_a_middleware_around_an_application_is_a_target(callbacks, queue, flask_app, inbox):
    @functools.wraps(flask_app.wsgi_app)
    def middleware(*args):
        return flask_app.wsgi_app(*args)

    callbacks.deliver_to(middleware)
    queue()

    callbacks.flush()

    assert len(inbox.arrivals) == 1


def test_an_asgi_application_may_be_a_function(callbacks, queue):
    async def app(_scope, receive, send):
        message = await receive()
        assert b"RoomName=DailyStandup" in message["body"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"A", b"b")]})
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await send({"type": "http.response.body", "body": b"k"})

    callbacks.deliver_to(app)
    callback = queue()

    callbacks.flush()

    assert callback.response.text == "ok"
    assert callback.response.headers == {"a": "b"}


def test_a_mock_is_a_target_like_a_function(callbacks, queue):
    hook = mock.Mock(return_value=204)
    callbacks.deliver_to(hook)
    callback = queue()

    callbacks.flush()

    hook.assert_called_once_with(callback)


def test_an_object_with_an_async_call_is_a_target_like_a_coroutine_function(callbacks, queue):
    class Hook:
        async def __call__(self, _callback):
            await anyio.lowlevel.checkpoint()
            return 204

    callbacks.deliver_to(Hook())
    callback = queue()

    callbacks.flush()

    assert callback.response.status_code == 204


def test_wsgi_output_is_closed_and_may_be_written(callbacks, queue):
    class Output:
        closed = False

        def __iter__(self):
            return iter([b"b"])

        def close(self):
            self.closed = True

    output = Output()

    def app(_environ, start_response):
        start_response("200 OK", [])
        write = start_response("202 Accepted", [("X-Y", "z")], (None, None, None))
        write(b"a")
        return output

    callbacks.deliver_to(app)
    callback = queue()

    callbacks.flush()

    assert output.closed
    assert (callback.response.status_code, callback.response.text) == (202, "ab")
    assert callback.response.headers == {"x-y": "z"}


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_the_error_names_an_application_that_does_not_respond(callbacks, queue, kind):
    def mute_wsgi(_environ, _start_response):
        return []

    async def mute_asgi(_scope, _receive, _send):
        pass

    callbacks.deliver_to({"wsgi": mute_wsgi, "asgi": mute_asgi}[kind])
    queue()

    with pytest.raises(UndeliverableCallbackError, match=f"mute_{kind}.*without a response"):
        callbacks.flush()


@pytest.mark.parametrize("raise_exceptions", [True, False])
@pytest.mark.parametrize(
    ("status", "headers", "body", "named"),
    [
        ("OK", [], b"", "the status 'OK'"),
        (200, [], b"", "the status 200"),
        ("999 Odd", [], b"", "the status '999 Odd'"),
        (None, [], b"", "the status None"),
        ("200 OK", [("a",)], b"", r"the list of headers \[\('a',\)\]"),
        ("200 OK", [("a", 1)], b"", r"the list of headers \[\('a', 1\)\]"),
        ("200 OK", None, b"", "the list of headers None"),
        ("200 OK", [], "text", "the chunk 't', not with bytes"),
        ("200 OK", [], ["text"], "the chunk 'text'"),
    ],
)
def test_the_error_about_a_wrong_response_names_the_wsgi_application(
    callbacks, queue, *, status, headers, body, named, raise_exceptions
):
    def application(_environ, start_response):
        start_response(status, headers)
        return [body] if isinstance(body, bytes) else body

    callbacks.deliver_to(application, raise_exceptions=raise_exceptions)
    queue()

    with pytest.raises(UndeliverableCallbackError, match=f"WSGI .*application at .*{named}"):
        callbacks.flush()


@pytest.mark.parametrize("raise_exceptions", [True, False])
@pytest.mark.parametrize(
    ("start", "body", "named"),
    [
        ({"status": "200"}, b"", "the status '200'"),
        ({"status": 99}, b"", "the status 99"),
        ({}, b"", "the status None"),
        ({"status": 200, "headers": [("a", "b")]}, b"", r"the list of headers \[\('a', 'b'\)\]"),
        ({"status": 200, "headers": [(b"a", 1)]}, b"", r"the list of headers \[\(b'a', 1\)\]"),
        ({"status": 200, "headers": [b"a"]}, b"", r"the list of headers \[b'a'\]"),
        ({"status": 200}, "text", "the body 'text', not with bytes"),
        ({"status": 200}, None, "the body None"),
    ],
)
def test_the_error_about_a_wrong_response_names_the_asgi_application(
    callbacks, queue, *, start, body, named, raise_exceptions
):
    async def application(_scope, _receive, send):
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": body})

    callbacks.deliver_to(application, raise_exceptions=raise_exceptions)
    queue()

    with pytest.raises(UndeliverableCallbackError, match=f"ASGI .*application at .*{named}"):
        callbacks.flush()


def test_the_client_disconnects_only_when_the_response_is_complete(callbacks, queue):
    order = []

    async def app(_scope, receive, send):
        await receive()

        async def listen():
            order.append((await receive())["type"])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await anyio.sleep(0.01)
            await send({"type": "http.response.start", "status": 200})
            await anyio.sleep(0.01)
            order.append("answered")
            await send({"type": "http.response.body"})

    callbacks.deliver_to(app)
    queue()

    callbacks.flush()

    assert order == ["answered", "http.disconnect"]


@pytest.fixture
def app_with_lifespan():
    """An application whose handler needs what its lifespan sets up, on the same loop."""

    @asynccontextmanager
    async def lifespan(app):
        async with anyio.create_task_group() as tasks:
            app.state.tasks = tasks
            yield {"pool": tasks}

    app = FastAPI(lifespan=lifespan)

    @app.post("/hooks")
    async def hook(request: Request):
        done = anyio.Event()

        async def work():
            done.set()

        request.state.pool.start_soon(work)
        await done.wait()

    return app


def test_an_entered_test_client_has_its_lifespan_state(callbacks, queue, app_with_lifespan):
    with TestClient(app_with_lifespan) as client:
        callbacks.deliver_to(client)
        callback = queue()
        callbacks.flush()

    assert callback.response.status_code == 200


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_handler_may_wait_for_the_loop_of_the_test(callbacks, callback_queue, queue, backend):
    async def test():
        asked, answered = anyio.Event(), anyio.Event()

        async def hook(_callback):
            asked.set()
            await answered.wait()
            return 204

        callbacks.deliver_to(hook)
        callback = queue()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(callbacks.aflush)
            await asked.wait()
            assert callback_queue.is_delivering
            callbacks.flush()  # At once: the other task delivers.
            assert callback.response is None
            answered.set()
        assert callback.response.status_code == 204

    anyio.run(test, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_handler_in_an_entered_client_may_wait_for_the_loop_of_the_test(
    callbacks, queue, fastapi_app, inbox, backend
):
    async def test():
        answered = threading.Event()

        def react(_params):
            assert answered.wait(5)
            return 204

        async def answer():
            answered.set()

        inbox.react = react
        with TestClient(fastapi_app) as client:
            callbacks.deliver_to(client)
            callback = queue()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(callbacks.aflush)
                await anyio.sleep(0.01)
                tasks.start_soon(answer)
        assert callback.response.status_code == 204

    anyio.run(test, backend=backend)


def test_one_loop_serves_all_callbacks_of_a_test(callbacks, callback_queue, queue):
    threads = []

    async def hook(_callback):
        threads.append(threading.current_thread())

    callbacks.deliver_to(hook)
    queue()
    queue()
    callbacks.flush()
    callback_queue.close()

    assert threads[0] is threads[1]
    assert not threads[0].is_alive()


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/hooks",
        "http://no-such-host.invalid/hooks",
        "https://127.0.0.1/hooks",
        "http://[2001:db8::1]/hooks",
    ],
)
def test_the_target_network_reaches_only_this_machine(callbacks, queue, url, monkeypatch):
    known = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if host.endswith(".invalid"):
            raise socket.gaierror
        return known(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    callbacks.deliver_to("network")
    queue(url=url)

    with pytest.raises(
        UndeliverableCallbackError, match=r"callbacks\.deliver_to\(app\)"
    ) as raised:
        callbacks.flush()

    assert url in str(raised.value)


def test_a_port_without_a_server_is_a_failed_connection(callbacks, queue):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    callbacks.deliver_to("network")
    callback = queue(url=f"http://localhost:{port}/hooks")

    callbacks.flush()

    assert isinstance(callback.error, ConnectionRefusedError)
    assert callback.attempts == 2
    assert re.search(r"no server listens at http://localhost:\d+/hooks.*11205", callback.problem)


@contextmanager
def answering(server, response):
    """Answer one request to the listening socket *server* with the bytes *response*.

    Yield a list, to which the request is added.
    """
    requests = []

    def serve():
        connection, _ = server.accept()
        with connection:
            requests.append(connection.recv(65536))
            connection.sendall(response)

    thread = threading.Thread(target=serve)
    thread.start()
    yield requests
    thread.join()


@pytest.mark.skipif(sys.platform == "darwin", reason="only 127.0.0.1 is local there")
def test_a_server_may_listen_at_the_second_address_of_localhost(callbacks, queue, monkeypatch):
    """
    In many places the first one is ``::1``, where a server at 127.0.0.1 does not listen.
    """
    first, second = "127.0.0.2", "127.0.0.1"

    def getaddrinfo(host, port, *_args, **_kwargs):
        addresses = (first, second) if host == "localhost" else (host,)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    with socket.socket() as server:
        server.settimeout(5)
        server.bind((second, 0))
        server.listen()
        callbacks.deliver_to("network")
        with answering(server, b"HTTP/1.1 204 No Content\r\n\r\n"):
            callback = queue(url=f"http://localhost:{server.getsockname()[1]}/hooks")
            callbacks.flush()

    assert callback.response.status_code == 204


@pytest.mark.parametrize("path", ["/", "//hooks", "/a//b?x=//y"])
def test_slashes_in_a_path_are_sent_as_they_are_signed(callbacks, queue, path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        callbacks.deliver_to("network")
        with answering(server, b"HTTP/1.1 204 No Content\r\n\r\n") as requests:
            queue(url=f"http://127.0.0.1:{server.getsockname()[1]}{path}")
            callbacks.flush()

    assert requests[0].startswith(f"POST {path} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("said", [b"", b"what?\r\n\r\n"])
def test_a_server_that_does_not_support_http_gives_no_response(callbacks, queue, said):
    with socket.create_server(("127.0.0.1", 0)) as server:
        callbacks.deliver_to("network")
        with answering(server, said):
            callback = queue(url=f"http://127.0.0.1:{server.getsockname()[1]}/hooks")
            callbacks.flush()

    assert isinstance(callback.error, HTTPException)
    assert "11200" in callback.problem


def test_a_server_that_hangs_does_not_hang_the_test(callbacks, queue, monkeypatch):
    monkeypatch.setattr("pytest_twilio_video._webhooks.response_limits.LONGEST", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        callbacks.deliver_to("network")
        callback = queue(url=f"http://127.0.0.1:{server.getsockname()[1]}/hooks")
        callbacks.flush()

    assert isinstance(callback.error, TimeoutError)


def test_an_exception_that_the_application_handles_is_not_raised(callbacks, queue):
    """
    The application contains another one, which fails and responds with an error page.
    """
    inner, outer = Flask("inner"), Flask("outer")

    @inner.post("/")
    def fail():
        raise ZeroDivisionError

    @outer.post("/hooks")
    def hook():
        return "", 200 + inner.test_client().post("/").status_code // 100

    callbacks.deliver_to(outer)
    callback = queue()

    callbacks.flush()

    assert callback.response.status_code == 205


def test_outside_of_a_delivery_flask_handles_exceptions_as_before(callbacks, queue, flask_app):
    callbacks.deliver_to(flask_app, raise_exceptions=False)
    queue()
    callbacks.flush()

    # The signature is missing.
    assert flask_app.test_client().post("/hooks").status_code == 500
