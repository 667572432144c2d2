"""Handlers that never return: the test is interrupted, and nothing waits for them."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time

from contextlib import nullcontext, suppress

import anyio
import pytest

from fastapi import FastAPI
from starlette.testclient import TestClient

from pytest_twilio_video import UnfinishedHandlerWarning
from pytest_twilio_video._webhooks import loops


pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="there are no timers that interrupt the main thread"
)


class Interrupted(BaseException):
    """Interrupts the main thread of a test, like pytest-timeout or Ctrl-C."""


@pytest.fixture
def interrupted():
    """Interrupt the test soon."""

    def interrupt(_signal, _frame):
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _nobody_waits():
    before = time.monotonic()
    yield
    assert time.monotonic() - before < 10


class Hanging:
    """An ASGI application that answers only from its second request on."""

    def __init__(self):
        self.requests = 0
        self.cancelled = threading.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.requests += 1
        if self.requests == 1:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})


def test_an_application_that_hangs_is_canceled(callbacks, callback_queue, queue, interrupted):
    app = Hanging()
    callbacks.deliver_to(app)
    first, second = queue(), queue()

    with pytest.raises(Interrupted):
        callbacks.flush()
    assert app.cancelled.wait(5)

    callbacks.flush()
    assert (first.response, second.response.status_code) == (None, 204)
    callback_queue.close()


def test_an_entered_client_can_be_left_although_its_application_hung(
    callbacks, queue, interrupted
):
    app = Hanging()
    with TestClient(app) as client:
        callbacks.deliver_to(client)
        first, second = queue(), queue()
        with pytest.raises(Interrupted):
            callbacks.flush()
        assert app.cancelled.wait(5)
        callbacks.flush()

    assert (first.response, second.response.status_code) == (None, 204)


def test_a_view_of_django_that_hangs_is_canceled(callbacks, queue, django_urls, interrupted):
    from django.core.asgi import get_asgi_application

    cancelled = threading.Event()

    async def hang(*_args):
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    application = get_asgi_application()
    application.get_response_async = hang
    callbacks.deliver_to(application)
    queue()

    with pytest.raises(Interrupted):
        callbacks.flush()

    assert cancelled.wait(5)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_task_can_be_canceled_while_an_entered_client_hangs(callbacks, queue, backend):
    app = Hanging()

    async def test(client):
        callbacks.deliver_to(client)
        callback = queue()
        with anyio.move_on_after(0.2) as scope:
            await callbacks.aflush()
        assert scope.cancelled_caught
        assert callback.response is None

    with TestClient(app) as client:
        anyio.run(test, client, backend=backend)
        assert app.cancelled.wait(5)


@pytest.mark.parametrize("kind", ["ignores its cancellation", "blocks the loop"])
def test_a_handler_that_cannot_be_canceled_is_left_with_a_warning(
    callbacks, callback_queue, queue, interrupted, monkeypatch, kind
):
    monkeypatch.setattr(loops, "PATIENCE", 0.2)
    released = threading.Event()

    async def hook(_callback):
        if kind == "blocks the loop":
            released.wait()
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)

    callbacks.deliver_to(hook)
    queue()
    with pytest.raises(Interrupted):
        callbacks.flush()
    thread = callback_queue._loop._thread

    with pytest.warns(UnfinishedHandlerWarning, match="does not end: <function .*hook at "):
        callback_queue.close()
    assert thread.daemon
    released.set()
    thread.join(5)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, pytest.fail.Exception])
@pytest.mark.parametrize("entered", [False, True])
def test_a_handler_may_raise_an_exception_that_ends_a_loop_and_later_callbacks_arrive(
    callbacks, queue, error, entered
):
    app, will_raise = FastAPI(), [error]

    @app.post("/hooks")
    async def hook():
        if will_raise:
            raise will_raise.pop()

    with TestClient(app) if entered else nullcontext(app) as target:
        callbacks.deliver_to(target)
        queue()
        with pytest.raises(error):
            callbacks.flush()
        later = queue()
        callbacks.flush()

    assert later.response.status_code == 200


def test_a_task_of_a_handler_may_raise_an_exception_that_ends_a_loop(callbacks, queue):
    """
    In asyncio, `SystemExit` ends the loop, even if the task is awaited.
    """

    async def leave():
        raise SystemExit(3)

    async def hook(callback):
        if callback.event == "room-ended":
            await asyncio.create_task(leave())
        return 204

    callbacks.deliver_to(hook)
    queue("room-ended")
    with pytest.raises(SystemExit):
        callbacks.flush()
    later = queue()
    callbacks.flush()

    assert later.response.status_code == 204


def test_tasks_that_a_handler_leaves_behind_end_with_the_loop(callbacks, callback_queue, queue):
    ended = threading.Event()

    async def background():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks = []

    async def hook(_callback):
        tasks.append(asyncio.create_task(background()))
        await asyncio.sleep(0)

    callbacks.deliver_to(hook)
    queue()
    callbacks.flush()
    assert not ended.is_set()

    callback_queue.close()
    assert ended.wait(5)
