"""Handlers that raise, with ``raise_exceptions=False``: what Twilio sees."""

from __future__ import annotations

from contextlib import nullcontext

import anyio
import fastapi
import pytest

from fastapi import BackgroundTasks
from flask import Flask

from pytest_twilio_video import MovedTimeError


RETRIED = "#rc=2&rp=5xx"


@pytest.fixture
def failing_once(inbox, target):
    """A handler that raises at the first callback."""
    if target == "network":
        pytest.skip("what a handler raises stays in its server")

    def react(_params):
        if len(inbox.arrivals) == 1:
            raise RuntimeError
        return 204

    inbox.react = react


@pytest.mark.usefixtures("failing_once")
def test_an_exception_is_a_500_that_can_be_retried(simulation, queue):
    simulation.callbacks.deliver_to(simulation.target, raise_exceptions=False)
    callback = queue(url=f"{simulation.url}/hooks{RETRIED}")

    simulation.flush()

    assert callback.attempts == 2
    assert callback.response.status_code == 204
    assert callback.error is None
    assert simulation.callbacks.failed == []


@pytest.mark.usefixtures("failing_once")
def test_without_a_retry_the_response_and_the_exception_are_recorded(simulation, queue):
    simulation.callbacks.deliver_to(simulation.target, raise_exceptions=False)
    callback = queue(url=f"{simulation.url}/hooks")

    simulation.flush()

    assert callback.attempts == 1
    assert callback.response.status_code == 500
    assert isinstance(callback.error, RuntimeError)
    assert "RuntimeError" in callback.problem
    assert simulation.callbacks.failed == [callback]


@pytest.mark.parametrize("raise_exceptions", [True, False])
def test_an_exception_without_a_repr_is_raised_or_recorded(callbacks, queue, *, raise_exceptions):
    class UnprintableError(Exception):
        def __repr__(self):
            raise RuntimeError

    def hook(_callback):
        raise UnprintableError

    callbacks.deliver_to(hook, raise_exceptions=raise_exceptions)
    callback = queue()

    with pytest.raises(UnprintableError) if raise_exceptions else nullcontext():
        callbacks.flush()

    assert isinstance(callback.error, UnprintableError)
    assert callback.problem == (
        "the handler raised UnprintableError (its repr raises an exception, too)"
    )


def test_the_error_page_of_the_application_is_the_response(callbacks, queue):
    app = Flask("hooks")

    @app.errorhandler(500)
    def sorry(_error):
        return "we are sorry", 500

    @app.post("/hooks")
    def hook():
        raise ZeroDivisionError

    callbacks.deliver_to(app, raise_exceptions=False)
    callback = queue()

    callbacks.flush()

    assert callback.response.text == "we are sorry"
    assert isinstance(callback.error, ZeroDivisionError)


@pytest.mark.parametrize("messages", [[], [{"type": "http.response.start", "status": 200}]])
def test_an_unfinished_response_does_not_count(callbacks, queue, messages):
    """
    Inferred: a server would close the connection in the middle of it. A 500 stands for that too.
    """

    async def app(_scope, _receive, send):
        for message in messages:
            await send(message)
        raise ZeroDivisionError

    callbacks.deliver_to(app, raise_exceptions=False)
    callback = queue()

    callbacks.flush()

    assert callback.response.status_code == 500
    assert isinstance(callback.error, ZeroDivisionError)


@pytest.mark.parametrize("more", [[], [{"type": "http.response.body", "more_body": True}]])
@pytest.mark.parametrize("raise_exceptions", [True, False])
def test_a_response_does_not_count_if_the_application_returns_before_its_end(
    callbacks, queue, *, more, raise_exceptions
):
    async def app(_scope, _receive, send):
        for message in [{"type": "http.response.start", "status": 200}, *more]:
            await send(message)

    callbacks.deliver_to(app, raise_exceptions=raise_exceptions)
    callback = queue(url=f"https://app.example/hooks{'' if raise_exceptions else RETRIED}")

    if raise_exceptions:
        with pytest.raises(RuntimeError, match=r"app at .* returned before its response"):
            callbacks.flush()
    else:
        callbacks.flush()
        assert callback.attempts == 3
        assert callback.response.status_code == 500
    assert "returned before its response was complete" in callback.problem


@pytest.fixture
def app_failing_after_its_answer():
    app = fastapi.FastAPI()

    @app.post("/hooks", status_code=202)
    def hook(tasks: BackgroundTasks):
        tasks.add_task(lambda: 1 / 0)

    return app


def test_a_failure_after_the_response_does_not_change_the_result_for_twilio(
    callbacks, queue, app_failing_after_its_answer
):
    callbacks.deliver_to(app_failing_after_its_answer, raise_exceptions=False)
    callback = queue(url=f"https://app.example/hooks{RETRIED}")

    callbacks.flush()

    assert callback.attempts == 1
    assert callback.response.status_code == 202
    assert isinstance(callback.error, ZeroDivisionError)


def test_a_failure_after_the_response_fails_the_test(
    callbacks, queue, app_failing_after_its_answer
):
    callbacks.deliver_to(app_failing_after_its_answer)
    queue()

    with pytest.raises(ZeroDivisionError):
        callbacks.flush()


@pytest.mark.parametrize("name", ["flask", "fastapi", "django's client", "function"])
def test_a_mistake_of_the_test_is_always_raised(callbacks, queue, inbox, make_target, name):
    def react(_params):
        raise MovedTimeError

    inbox.react = react
    callbacks.deliver_to(make_target(name), raise_exceptions=False)
    queue()

    with pytest.raises(MovedTimeError):
        callbacks.flush()


@pytest.mark.parametrize(
    ("error", "fragment", "attempts"),
    [
        (ConnectionRefusedError, "", 2),
        (ConnectionError, "#rc=3", 3),
        (ConnectionError, "#rp=rt", 1),
        (ConnectionAbortedError, "", 1),
        (ConnectionResetError, "", 1),
        (ConnectionResetError, "#rp=rt&rt=100", 2),
        (BrokenPipeError, "#rp=rt&rt=100", 2),
        (TimeoutError, "", 1),
        (TimeoutError, "#rp=rt&rt=100", 2),
    ],
)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_function_may_simulate_a_connection_that_fails(
    callbacks, queue, *, error, fragment, attempts, is_async
):
    def hook(_callback):
        raise error

    async def ahook(_callback):
        await anyio.lowlevel.checkpoint()
        raise error

    callbacks.deliver_to(ahook if is_async else hook)
    callback = queue(url=f"https://app.example/hooks{fragment}")

    (anyio.run if is_async else lambda flush: flush())(
        callbacks.aflush if is_async else callbacks.flush
    )

    assert callback.attempts == attempts
    assert callback.response is None
    assert type(callback.error) is error
    assert callbacks.failed == [callback]


def test_a_connection_error_inside_an_application_is_an_exception_of_the_handler(callbacks, queue):
    app = Flask("hooks")

    @app.post("/hooks")
    def hook():
        raise ConnectionRefusedError("the database")  # noqa: EM101

    callbacks.deliver_to(app)
    callback = queue()

    with pytest.raises(ConnectionRefusedError, match="database"):
        callbacks.flush()
    assert callback.attempts == 1
