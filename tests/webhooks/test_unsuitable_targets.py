"""Objects that cannot take callbacks are refused at once. The error says what works instead."""

from __future__ import annotations

import functools
import sys
import types

from unittest.mock import Mock

import aiohttp.test_utils
import aiohttp.web
import anyio
import flask
import httpx
import pytest
import requests

from pytest_twilio_video import InvalidArgumentError, UndeliverableCallbackError


def create_app(config=None):
    return flask.Flask(config or "app")


def make_test_app(config):
    return flask.Flask(config)


class Webhooks:
    def __call__(self, callback):
        raise NotImplementedError


TARGETS = {
    "a factory": (create_app, "returns the application, call it, and deliver to what it returns"),
    "a factory with an argument": (make_test_app, "deliver to what it returns"),
    "a factory without arguments": (lambda: flask.Flask("x"), "deliver to what it returns"),
    "aiohttp": (aiohttp.web.Application, 'aiohttp supports neither WSGI nor ASGI.*"network"'),
    "aiohttp's server": (
        lambda: aiohttp.test_utils.TestServer(aiohttp.web.Application()),
        'aiohttp supports neither.*deliver_to("network")',
    ),
    "a blueprint": (
        lambda: flask.Blueprint("hooks", __name__),
        "the application that the blueprint is registered with",
    ),
    "httpx": (httpx.Client, "Deliver to the application itself"),
    "requests": (requests.Session, "Deliver to the application itself"),
    "a class": (lambda: Webhooks, "It is a class"),
    "a module": (lambda: sys.modules[__name__], "It is a module"),
    "a URL": (lambda: "http://localhost:8080", 'deliver_to("network")'),
    "a number": (lambda: 3, "callbacks cannot be delivered to 3."),
    "nothing": (lambda: None, "callbacks cannot be delivered to None."),
}


@pytest.mark.parametrize(("make", "said"), TARGETS.values(), ids=TARGETS)
def test_an_object_that_cannot_take_callbacks_is_refused_at_once(callbacks, queue, make, said):
    is_factory = said.endswith("deliver to what it returns")
    target = make if is_factory else make()
    with pytest.raises(UndeliverableCallbackError) as refused:
        callbacks.deliver_to(target)

    for each in said.split(".*"):
        assert each in str(refused.value)
    assert "a WSGI or ASGI application" in str(refused.value)
    assert queue().problem.startswith("no target yet")


def test_an_application_of_tornado_is_refused_although_it_can_be_called(callbacks, monkeypatch):
    class Application:
        def __call__(self, request):
            raise NotImplementedError

    module = types.ModuleType("tornado.web")
    module.Application = Application
    monkeypatch.setitem(sys.modules, "tornado.web", module)

    with pytest.raises(UndeliverableCallbackError, match="An application of Tornado supports"):
        callbacks.deliver_to(Application())


@pytest.mark.parametrize(
    "target",
    [
        Mock(return_value=204),
        [].append,
        functools.partial(lambda _seen, _callback: 204, []),
        lambda *_args: 204,
        lambda _callback, *, _log=(): 204,
    ],
    ids=["mock", "append", "partial", "any arguments", "keyword"],
)
def test_an_object_that_only_resembles_a_factory_takes_callbacks(callbacks, queue, target):
    callbacks.deliver_to(target)
    callback = queue()

    callbacks.flush()

    assert callback.response.ok


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda _event, _params: 204, "called as a WSGI application.* returned 204, .*iterable;"),
        (
            lambda _event, _params, _at: 204,
            "called as an ASGI application.* returned 204, .*await",
        ),
    ],
    ids=["two", "three"],
)
def test_the_error_about_a_function_with_too_many_arguments_says_to_take_one(
    callbacks, queue, function, said
):
    """It cannot be told from an application before it is called."""
    callbacks.deliver_to(function)
    queue()

    with pytest.raises(UndeliverableCallbackError, match=said) as raised:
        callbacks.flush()

    assert str(raised.value).endswith("let it take one argument: f(callback) -> status")


def test_the_error_about_a_function_that_returns_a_coroutine_says_to_pass_a_coroutine_function(
    callbacks, queue
):
    async def handle(_callback):
        raise NotImplementedError

    callbacks.deliver_to(lambda callback: handle(callback))  # noqa: PLW0108 -- it is the mistake
    queue()

    with pytest.raises(UndeliverableCallbackError, match="Deliver to the coroutine function"):
        callbacks.flush()


def test_raise_exceptions_is_true_or_false(callbacks):
    with pytest.raises(InvalidArgumentError, match="raise_exceptions is 'no', but must be True"):
        callbacks.deliver_to(lambda _callback: None, raise_exceptions="no")


def test_an_application_of_aiohttp_gets_callbacks_over_the_network(callbacks, queue):
    arrived = []

    async def hook(request):
        arrived.append((await request.post())["RoomName"])
        return aiohttp.web.Response(status=204)

    app = aiohttp.web.Application()
    app.router.add_post("/hooks", hook)

    async def test():
        async with aiohttp.test_utils.TestServer(app) as server:
            callbacks.deliver_to("network")
            queue(url=str(server.make_url("/hooks")))
            await callbacks.aflush()

    anyio.run(test)

    assert arrived == ["DailyStandup"]
