"""What an application gets from its server, and what it may return.

Each framework reads a different part of it, so all parts are compared.
"""

from __future__ import annotations

import sys

from io import BytesIO
from wsgiref.validate import validator

import anyio
import pytest


URL = "https://app.example:8443/caf%C3%A9/a%2Fb?ta%C3%A7a=1&x=%20"
BODY = b"StatusCallbackEvent=room-created&RoomName=DailyStandup"


@pytest.fixture(name="call_wsgi")
def _call_wsgi(callbacks, queue):
    """Deliver one callback to a WSGI application, and return what it got."""

    def call(**callback):
        calls = []

        def app(environ, start_response):
            calls.append(dict(environ, body=environ["wsgi.input"].read()))
            start_response("204 No Content", [])
            return []

        callbacks.deliver_to(app)
        queue(**callback)
        callbacks.flush()
        (environ,) = calls
        return environ

    return call


@pytest.fixture(name="call_asgi")
def _call_asgi(callbacks, queue):
    """Deliver one callback to an ASGI application, and return its scope and its messages."""

    def call(**callback):
        calls = []

        async def app(scope, receive, send):
            first = await receive()
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})
            calls.append((scope, [first, await receive(), await receive()]))

        callbacks.deliver_to(app)
        queue(**callback)
        callbacks.flush()
        return calls[0]

    return call


def signed(environ, callback):
    """Remove the values that differ between callbacks from *environ*, and check them."""
    assert environ.pop("HTTP_X_TWILIO_SIGNATURE") == callback.headers["X-Twilio-Signature"]
    token = callback.headers["I-Twilio-Idempotency-Token"]
    assert environ.pop("HTTP_I_TWILIO_IDEMPOTENCY_TOKEN") == token


def test_a_wsgi_environ_has_everything_that_pep_3333_requires(callbacks, call_wsgi):
    environ = call_wsgi(url=URL)

    signed(environ, callbacks[0])
    assert isinstance(environ.pop("wsgi.input"), BytesIO)
    assert environ.pop("wsgi.errors") is sys.stderr
    assert environ == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/caf\xc3\xa9/a/b",
        "QUERY_STRING": "ta%C3%A7a=1&x=%20",
        "REQUEST_URI": "/caf%C3%A9/a%2Fb?ta%C3%A7a=1&x=%20",
        "CONTENT_TYPE": callbacks[0].headers["Content-Type"],
        "CONTENT_LENGTH": str(len(BODY)),
        "SERVER_NAME": "app.example",
        "SERVER_PORT": "8443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": "app.example:8443",
        "HTTP_USER_AGENT": "TwilioProxy/1.1",
        "HTTP_ACCEPT": "*/*",
        "HTTP_CONNECTION": "close",
        "HTTP_X_HOME_REGION": "us1",
        "body": BODY,
    }


@pytest.mark.parametrize("path", ["/", "//hooks", "/a//b?x=//y"])
def test_slashes_in_a_path_are_kept(call_wsgi, call_asgi, path):
    """
    The signature is for the URL with all of its slashes.
    """
    environ = call_wsgi(url=f"http://app.example{path}")
    scope, _ = call_asgi(url=f"http://app.example{path}")

    assert environ["REQUEST_URI"] == path
    assert environ["PATH_INFO"] == scope["path"] == path.partition("?")[0]


def test_a_get_has_neither_a_body_nor_its_length(call_wsgi):
    environ = call_wsgi(url="http://app.example", method="GET")

    assert (environ["REQUEST_METHOD"], environ["body"]) == ("GET", b"")
    assert environ["CONTENT_LENGTH"] == ""
    assert environ["QUERY_STRING"] == BODY.decode()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://app.example/h", ("app.example", "80", "http")),
        ("https://app.example/h", ("app.example", "443", "https")),
        ("http://app.example:5000/h", ("app.example", "5000", "http")),
        ("http://[::1]:5000/h", ("::1", "5000", "http")),
    ],
)
def test_the_server_name_and_port_come_from_the_url(call_wsgi, call_asgi, url, server):
    environ = call_wsgi(url=url)
    scope, _ = call_asgi(url=url)

    names = ("SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
    assert tuple(environ[name] for name in names) == server
    assert scope["server"] == (server[0], int(server[1]))
    assert scope["scheme"] == server[2]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_validator_of_the_standard_library_accepts_the_environ(callbacks, queue, method):
    def app(environ, start_response):
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", 0)))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"fine"]

    checked = validator(app)

    def server(environ, start_response):
        # PEP 3333 demands a plain dictionary, and the validator no empty length.
        if not environ["CONTENT_LENGTH"]:
            del environ["CONTENT_LENGTH"]
        return checked(environ, start_response)

    callbacks.deliver_to(server)
    callback = queue(url=URL, method=method)
    callbacks.flush()

    assert callback.response.text == "fine"


def test_an_asgi_scope_has_everything_that_the_specification_requires(callbacks, call_asgi):
    scope, messages = call_asgi(url=URL)

    headers = {name.decode(): text.decode() for name, text in scope.pop("headers")}
    assert headers == {name.lower(): text for name, text in callbacks[0].request.headers.items()}
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/café/a/b",
        "raw_path": b"/caf%C3%A9/a%2Fb",
        "query_string": b"ta%C3%A7a=1&x=%20",
        "root_path": "",
        "server": ("app.example", 8443),
        "client": ("127.0.0.1", 0),
        "state": {},
    }
    assert messages == [
        {"type": "http.request", "body": BODY, "more_body": False},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]


# What an application may give back.


def test_a_wsgi_application_may_write_or_replace_its_response_and_is_closed(callbacks, queue):
    closed = []

    class Chunks(list):
        def close(self):
            closed.append(self)

    def app(_environ, start_response):
        start_response("200 OK", [("X-First", "1")])
        write = start_response("201 Created", [("X-Second", "a"), ("x-second", "b")], ())
        write(b"one ")
        return Chunks([b"two ", b"three"])

    callbacks.deliver_to(app)
    callback = queue()
    callbacks.flush()

    assert (callback.response.status_code, callback.response.text) == (201, "one two three")
    assert callback.response.headers == {"x-second": "b"}
    assert len(closed) == 1


def _wsgi(status, body):
    def app(_environ, start_response):
        start_response(f"{status} Whatever", [("X-Letters", "\xfc")])
        return [body]

    return app


def _asgi(status, body):
    async def app(_scope, _receive, send):
        headers = [(b"X-Letters", b"\xfc")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:2], "more_body": True})
        await send({"type": "http.response.body", "body": body[2:]})

    return app


@pytest.mark.parametrize("make", [_wsgi, _asgi])
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_response_may_have_any_bytes(callbacks, queue, make, *, is_async):
    callbacks.deliver_to(make(200, b"caf\xe9 \xff"))
    callback = queue()

    if is_async:
        anyio.run(callbacks.aflush)
    else:
        callbacks.flush()

    assert callback.response.text == "caf\ufffd \ufffd"
    assert callback.response.headers == {"x-letters": "\xfc"}
    assert callback.response.ok


@pytest.mark.parametrize(
    ("error", "twilios_code"),
    [
        (ConnectionAbortedError, 11200),
        (ConnectionResetError, 11200),
        (BrokenPipeError, 11200),
        (TimeoutError, 11200),
        (ConnectionError, 11205),
        (ConnectionRefusedError, 11205),
    ],
)
def test_a_function_can_simulate_a_failed_connection(callbacks, queue, error, twilios_code):
    def fail(_callback):
        raise error

    callbacks.deliver_to(fail)
    callback = queue()
    callbacks.flush()

    # Only a connection that never was is tried again by default.
    assert callback.attempts == (2 if twilios_code == 11205 else 1)
    assert f"error {twilios_code}" in callback.problem


@pytest.mark.parametrize("status", [200, 204, 299, 300, 404, 500, 599])
def test_a_function_may_return_any_final_status(callbacks, queue, status):
    callbacks.deliver_to(lambda _callback: (status, "text"))
    callback = queue()
    callbacks.flush()

    assert (callback.response.status_code, callback.response.text) == (status, "text")
    assert callback.response.ok is (status < 300)
