"""Applications that receive callbacks, and a simulation that sends some to one of them."""

from __future__ import annotations

import random
import threading
import uuid

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import parse_qsl

import anyio
import django
import fastapi
import flask
import pytest

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils.functional import empty
from django.views.decorators.csrf import csrf_exempt
from starlette.testclient import TestClient
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from pytest_twilio_video._webhooks.callbacks import Callbacks
from pytest_twilio_video._webhooks.queue import CallbackQueue


TOKEN = "12345"


@dataclass
class Inbox:
    """The callbacks that an application has received, and how it responds."""

    arrivals: list[dict] = field(default_factory=list)
    react: object = lambda _params: 204

    def take(self, url, params, headers):
        """Check the signature with Twilio's own library, for the URL that the framework shows."""
        headers = {name.lower(): text for name, text in dict(headers).items()}
        # By GET, all that is signed is in the URL already.
        signed = {} if "content-length" not in headers else params
        assert RequestValidator(TOKEN).validate(url, signed, headers["x-twilio-signature"])
        self.arrivals.append({"url": url, "params": dict(params), "headers": headers})
        return self.react(dict(params))


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def flask_app(inbox):
    app = flask.Flask("hooks")

    @app.route("/", defaults={"where": ""}, methods=["GET", "POST"])
    @app.route("/<path:where>", methods=["GET", "POST"])
    def hook(where):
        request = flask.request
        params = request.form or request.args
        return "", inbox.take(request.url, params, request.headers)

    return app


@pytest.fixture
def fastapi_app(inbox):
    app = fastapi.FastAPI()

    @app.api_route("/{where:path}", methods=["GET", "POST"])
    async def hook(request: fastapi.Request):
        # Not `request.form()`: that would need python-multipart.
        body = (await request.body()).decode()
        params = dict(parse_qsl(body or request.url.query, keep_blank_values=True))
        status = inbox.take(str(request.url), params, request.headers)
        return fastapi.Response(status_code=status)

    return app


@pytest.fixture
def django_urls(inbox):
    @csrf_exempt
    def hook(request, where):
        params = (request.POST or request.GET).dict()
        headers = {name: text for name, text in request.headers.items() if text}
        return HttpResponse(status=inbox.take(request.build_absolute_uri(), params, headers))

    def protected(request):
        raise AssertionError

    urls = (
        path("protected", protected),
        path("<path:where>", hook),
        path("", hook, {"where": ""}),
    )
    # For this test only: where Django is configured, pytest-django expects to
    # be in charge of the process, and that of another test may not be ours.
    before, settings._wrapped = settings._wrapped, empty
    settings.configure(
        SECRET_KEY="not one",
        ROOT_URLCONF=urls,
        ALLOWED_HOSTS=["app.example"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
    )
    django.setup(set_prefix=False)
    yield urls
    settings._wrapped = before


@pytest.fixture
def live_server(flask_app):
    server = make_server("127.0.0.1", 0, flask_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def callback_queue():
    draw = random.Random(0)  # noqa: S311 -- nothing is to be kept secret
    callback_queue = CallbackQueue(
        token=lambda _account_sid: TOKEN,
        new_id=lambda: str(uuid.UUID(int=draw.getrandbits(128), version=4)),
    )
    yield callback_queue
    callback_queue.close()


@pytest.fixture
def callbacks(callback_queue):
    return Callbacks(callback_queue)


@pytest.fixture
def queue(callback_queue):
    """Queue a callback."""

    def queue(event="room-created", url="https://app.example/hooks", method="POST", **params):
        return callback_queue.put(
            event=event,
            params={"StatusCallbackEvent": event, "RoomName": "DailyStandup", **params},
            url=url,
            method=method,
            at=datetime(2025, 10, 27, tzinfo=timezone.utc),
            room_sid="RM" + "0" * 32,
            account_sid="AC" + "0" * 32,
        )

    return queue


@pytest.fixture
def at_the_end():
    with ExitStack() as stack:
        yield stack


def _function(inbox):
    def hook(callback):
        url, headers = callback.request.url, callback.headers
        return inbox.take(url, callback.params, headers)

    return hook


def _coroutine_function(inbox):
    async def hook(callback):
        await anyio.lowlevel.checkpoint()
        url, headers = callback.request.url, callback.headers
        return inbox.take(url, callback.params, headers)

    return hook


TARGETS = {
    "flask": lambda get: get("flask_app"),
    "flask's client": lambda get: get("flask_app").test_client(),
    "fastapi": lambda get: get("fastapi_app"),
    "starlette's client": lambda get: TestClient(get("fastapi_app")),
    "starlette's client, entered": lambda get: get("at_the_end").enter_context(
        TestClient(get("fastapi_app"))
    ),
    "django, wsgi": lambda get: get("django_urls") and get_wsgi_application(),
    "django, asgi": lambda get: get("django_urls") and get_asgi_application(),
    "django's client": lambda get: get("django_urls") and Client(),
    "django's async client": lambda get: get("django_urls") and AsyncClient(),
    "function": lambda get: _function(get("inbox")),
    "coroutine function": lambda get: _coroutine_function(get("inbox")),
    "network": lambda get: get("live_server") and "network",
}


@dataclass
class Simulation:
    """A target that receives callbacks, and a way of delivering callbacks to it."""

    target: object
    url: str
    mode: str
    callbacks: Callbacks
    callback_queue: CallbackQueue

    def flush(self):
        self._run(self.callbacks.flush, self.callbacks.aflush)

    def redeliver(self, callback):
        self._run(self.callbacks.redeliver, self.callbacks.aredeliver, callback)

    def _run(self, plain, on_a_loop, *args):
        if self.mode == "sync":
            plain(*args)
        else:
            anyio.run(on_a_loop, *args, backend=self.mode)


@pytest.fixture
def make_target(request):
    """Return a function that creates the target with a name."""
    return lambda name: TARGETS[name](request.getfixturevalue)


@pytest.fixture(params=TARGETS)
def target(request, make_target):
    return make_target(request.param)


@pytest.fixture(params=["sync", "asyncio", "trio"])
def simulation(request, target, callbacks, callback_queue):
    server = request.getfixturevalue("live_server") if target == "network" else None
    url = server or "https://app.example"
    return Simulation(target, url, request.param, callbacks, callback_queue)
