"""The test clients of Quart, Litestar, Falcon and WebTest: each stands for its application."""

from __future__ import annotations

import anyio
import pytest


def quart_client(inbox):
    quart = pytest.importorskip("quart")
    app = quart.Quart("hooks")

    @app.post("/hooks")
    async def hook():
        form = await quart.request.form
        return "", inbox.take(quart.request.url, form, quart.request.headers)

    return app.test_client()


def litestar_client(inbox, *, name="TestClient"):
    litestar = pytest.importorskip("litestar")
    testing = pytest.importorskip("litestar.testing")

    @litestar.post("/hooks")
    async def hook(request: litestar.Request) -> litestar.Response:
        form = await request.form()
        status = inbox.take(str(request.url), dict(form), request.headers)
        return litestar.Response(None, status_code=status)

    # Otherwise Litestar reads the annotations of a module, in which it is not.
    hook.fn.__annotations__ = {"request": litestar.Request, "return": litestar.Response}
    return getattr(testing, name)(litestar.Litestar([hook]))


def litestar_async_client(inbox):
    return litestar_client(inbox, name="AsyncTestClient")


def falcon_client(inbox):
    falcon = pytest.importorskip("falcon")
    testing = pytest.importorskip("falcon.testing")

    class Hook:
        def on_post(self, request, response):
            form = request.get_media()
            response.status = inbox.take(request.url, form, request.headers)

    app = falcon.App()
    app.add_route("/hooks", Hook())
    return testing.TestClient(app)


def falcon_asgi_client(inbox):
    asgi = pytest.importorskip("falcon.asgi")
    testing = pytest.importorskip("falcon.testing")

    class Hook:
        async def on_post(self, request, response):
            form = await request.get_media()
            response.status = inbox.take(request.url, form, request.headers)

    app = asgi.App()
    app.add_route("/hooks", Hook())
    return testing.TestClient(app)


def falcon_conductor(inbox):
    testing = pytest.importorskip("falcon.testing")
    return testing.ASGIConductor(falcon_asgi_client(inbox).app)


def webtest_app(inbox):
    webtest, flask = pytest.importorskip("webtest"), pytest.importorskip("flask")
    app = flask.Flask("hooks", static_folder=None)

    @app.post("/hooks")
    def hook():
        return "", inbox.take(flask.request.url, flask.request.form, flask.request.headers)

    return webtest.TestApp(app)


CLIENTS = [
    quart_client,
    litestar_client,
    litestar_async_client,
    falcon_client,
    falcon_asgi_client,
    falcon_conductor,
    webtest_app,
]


@pytest.fixture(params=CLIENTS, ids=lambda make: make.__name__)
def client(request, inbox):
    return request.param(inbox)


@pytest.mark.parametrize("backend", ["plain", "asyncio"])
def test_a_callback_arrives_signed(callbacks, queue, inbox, client, backend):
    callbacks.deliver_to(client)
    callback = queue()

    callbacks.flush() if backend == "plain" else anyio.run(callbacks.aflush, backend=backend)

    assert callback.response.status_code == 204
    assert inbox.arrivals[0]["params"]["RoomName"] == "DailyStandup"


@pytest.mark.usefixtures("inbox")
def test_the_problem_of_a_wrong_path_names_the_routes(callbacks, queue, client):
    callbacks.deliver_to(client)
    callback = queue(url="https://app.example/hook")

    callbacks.flush()

    assert callback.problem == (
        "the application has no POST https://app.example/hook. The nearest routes are: POST /hooks"
    )


@pytest.mark.parametrize("make", [quart_client, webtest_app])
def test_an_exception_of_a_handler_fails_the_test(callbacks, queue, inbox, make):
    """Litestar and Falcon do not report the exception, so there is only a status 500."""

    def react(_params):
        msg = "in the handler"
        raise ZeroDivisionError(msg)

    inbox.react = react
    callbacks.deliver_to(make(inbox))
    queue()

    with pytest.raises(ZeroDivisionError, match="in the handler"):
        callbacks.flush()
