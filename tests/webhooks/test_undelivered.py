"""Callbacks that do not arrive: each says why, and how to deliver it."""

from __future__ import annotations

import asyncio

import anyio
import flask
import pytest

from django.core.asgi import get_asgi_application
from django.test import Client

from pytest_twilio_video import UndeliverableCallbackError


def test_the_problem_of_a_callback_without_a_target_names_deliver_to(queue):
    assert queue().problem == "no target yet: callbacks.deliver_to(app)"


def test_the_problem_of_a_callback_that_no_target_takes_names_its_url_and_the_targets(
    callbacks, queue
):
    callbacks.deliver_to(lambda _callback: None, "https://other.example")

    assert queue().problem == (
        "no target takes the room-created callback to https://app.example/hooks. The targets take "
        "only URLs below 'https://other.example'. Add a target: callbacks.deliver_to(app)"
    )


def test_the_problem_of_a_held_callback_names_release(callbacks, queue):
    callbacks.deliver_to(lambda _callback: None)
    callbacks.hold()

    assert queue().problem == "held: callbacks.release() delivers it"


def test_the_problem_of_a_queued_callback_names_flush(callbacks, queue):
    callbacks.deliver_to(lambda _callback: None)

    assert queue().problem == (
        "queued: callbacks.flush() or a move of the clock delivers it (in an async test: await "
        "callbacks.aflush())"
    )


def test_the_problem_of_a_callback_that_must_be_awaited_names_aflush(
    callbacks, queue, fastapi_app
):
    callbacks.deliver_to(fastapi_app)

    async def test():
        first, second = queue(), queue()
        assert first.problem == second.problem
        return second

    anyio.run(test)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_problem_is_kept_when_the_fake_is_exited(
    callbacks, callback_queue, queue, fastapi_app, backend
):
    callbacks.deliver_to(fastapi_app)

    async def test():
        callback = queue()
        assert callback.problem == (
            "in a task, the target must be awaited: await callbacks.aflush() or clock.aadvance()"
        )
        callback_queue.close()
        return callback

    callback = anyio.run(test, backend=backend)

    assert callback.problem.startswith("in a task, the target must be awaited")


def test_the_problem_changes_when_the_reason_changes(callbacks, queue):
    callback = queue()
    assert callback.problem.startswith("no target yet")

    callbacks.deliver_to(lambda _callback: None)
    callbacks.hold()
    assert callback.problem.startswith("held")

    callbacks.release()
    assert callback.problem is None


def test_the_problem_of_a_forgotten_callback_names_clear(callbacks, queue):
    callback = queue()

    callbacks.clear()

    assert list(callbacks) == callbacks.pending == []
    assert callback.problem == "callbacks.clear() has forgotten this callback"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_sync_flush_is_refused_if_the_target_must_be_awaited(
    callbacks, queue, fastapi_app, inbox, backend
):
    callbacks.deliver_to(fastapi_app)

    async def test():
        callbacks.flush()  # Nothing is queued yet.
        queue()
        with pytest.raises(UndeliverableCallbackError) as refused:
            callbacks.flush()
        assert str(refused.value) == (
            "flush() delivered nothing: the test runs in a task, so the target of the "
            "room-created callback must be awaited. Use `await callbacks.aflush()`"
        )
        with callbacks.hold():
            callbacks.flush()
        await callbacks.aflush()

    anyio.run(test, backend=backend)

    assert len(inbox.arrivals) == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_sync_release_is_refused_if_the_target_must_be_awaited(
    callbacks, queue, fastapi_app, inbox, backend
):
    callbacks.deliver_to(fastapi_app)

    async def test():
        callbacks.hold()
        callbacks.release()  # Nothing is queued yet.
        callbacks.hold()
        queue()
        with pytest.raises(UndeliverableCallbackError, match=r"await callbacks\.arelease\(\)"):
            callbacks.release()
        assert inbox.arrivals == []
        await callbacks.arelease()

    anyio.run(test, backend=backend)

    assert len(inbox.arrivals) == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_after_a_hold_in_an_async_test_the_held_callbacks_can_be_awaited(
    callbacks, queue, fastapi_app, inbox, backend
):
    """
    The end of the block raises no error, because it can never await anything.
    """
    callbacks.deliver_to(fastapi_app)

    async def test():
        with callbacks.hold():
            queue()
            await callbacks.aflush()
        assert inbox.arrivals == []
        await callbacks.aflush()

    anyio.run(test, backend=backend)

    assert len(inbox.arrivals) == 1


def _beside_a_loop(function):
    """Run *function* as pytest-playwright runs a plain test.

    The fixtures of pytest-playwright leave a loop running in the thread, and run the test inside
    a callback of this loop. So a loop is running, and there is no current task.
    """
    loop = asyncio.new_event_loop()
    outcome = []

    def call():
        try:
            outcome.append((function(), None))
        except BaseException as error:  # noqa: BLE001 -- raised again below
            outcome.append((None, error))
        loop.stop()

    loop.call_soon(call)
    loop.run_forever()
    loop.close()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


def test_callbacks_arrive_although_a_foreign_loop_runs_in_the_thread(
    callbacks, queue, target, inbox, request
):
    url = "https://app.example"
    if target == "network":
        url = request.getfixturevalue("live_server")
    callbacks.deliver_to(target)
    callback = queue(url=f"{url}/hooks")

    def test():
        callbacks.flush()
        callbacks.redeliver(callback)
        assert asyncio.get_running_loop()  # It was only hidden from the application.

    _beside_a_loop(test)

    assert callback.response.status_code == 204
    assert len(inbox.arrivals) == 2


def test_coroutines_of_an_application_run_although_a_foreign_loop_runs_in_the_thread(
    callbacks, queue
):
    app = flask.Flask("async")

    @app.post("/hooks")
    async def hook():
        await asyncio.sleep(0)
        return "", 204

    callbacks.deliver_to(app)
    callback = queue()

    _beside_a_loop(callbacks.flush)

    assert callback.response.status_code == 204


@pytest.mark.parametrize("make", [get_asgi_application, Client], ids=["asgi", "client"])
def test_django_can_use_its_database_although_a_foreign_loop_runs_in_the_thread(
    callbacks, queue, inbox, make, django_urls
):
    def react(_params):
        from django.utils.asyncio import async_unsafe

        return async_unsafe("the database was used")(lambda: 204)()

    assert django_urls
    inbox.react = react
    callbacks.deliver_to(make())
    callback = queue()

    _beside_a_loop(callbacks.flush)

    assert callback.response.status_code == 204
