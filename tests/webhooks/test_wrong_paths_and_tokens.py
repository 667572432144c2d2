"""Small real applications whose webhook has a wrong path, a wrong token or a wrong URL."""

from __future__ import annotations

import os

import django
import fastapi
import flask
import pytest

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from django.utils.functional import empty
from django.views.decorators.csrf import csrf_exempt
from starlette.routing import Mount
from starlette.testclient import TestClient
from twilio.request_validator import RequestValidator
from werkzeug.middleware.proxy_fix import ProxyFix

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError


URL = "https://app.example/webhooks/video"
WRONG = "https://app.example/webhook/video"


def _not_found(**_names):
    return "", 404


def flask_app():
    app = flask.Flask("clinic", static_folder=None)
    app.add_url_rule("/webhooks/video", view_func=lambda: ("", 204), methods=["POST"])
    app.add_url_rule(
        "/webhooks/<shop>/voice", "voice", lambda **_shop: ("", 404), methods=["POST"]
    )
    app.add_url_rule("/imprint", "imprint", lambda: "", methods=["GET"])
    return app


def fastapi_app():
    app, webhooks = fastapi.FastAPI(openapi_url=None), fastapi.APIRouter(prefix="/webhooks")

    @webhooks.post("/video")
    async def video():
        return fastapi.Response(status_code=204)

    @webhooks.post("/{shop}/voice")
    async def voice(shop: str):
        del shop
        return fastapi.Response(status_code=404)

    app.include_router(webhooks)
    return app


def mounted_app():
    return fastapi.FastAPI(openapi_url=None, routes=[Mount("/webhooks", fastapi_inner())])


def fastapi_inner():
    app = fastapi.FastAPI(openapi_url=None)
    app.post("/video")(lambda: None)
    return app


@pytest.fixture
def django_app():
    @csrf_exempt
    def video(_request):
        return HttpResponse(status=204)

    urls = (path("webhooks/", include([path("video", video), path("<str:shop>/voice", video)])),)
    before, settings._wrapped = settings._wrapped, empty
    settings.configure(
        SECRET_KEY="not one",
        ROOT_URLCONF=urls,
        ALLOWED_HOSTS=["app.example"],
        LOGGING_CONFIG=None,
    )
    django.setup(set_prefix=False)
    yield
    settings._wrapped = before


APPS = {
    "flask": flask_app,
    "flask's client": lambda: flask_app().test_client(),
    "flask behind a middleware": lambda: ProxyFix(flask_app().wsgi_app),
    "fastapi": fastapi_app,
    "starlette's client": lambda: TestClient(fastapi_app()),
    "fastapi, mounted": mounted_app,
    "django, wsgi": get_wsgi_application,
    "django, asgi": get_asgi_application,
    "django's client": Client,
    "django's async client": AsyncClient,
}


def problem_of(fake, target, url, method="POST", **kwargs):
    fake.callbacks.deliver_to(target, **kwargs)
    fake.rooms.create(status_callback=url, status_callback_method=method)
    return fake.assert_callback("room-created").problem


@pytest.mark.usefixtures("django_app")
@pytest.mark.parametrize("make", APPS.values(), ids=APPS)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_problem_of_a_wrong_path_names_the_url_and_the_nearest_routes(
    twilio_video, make, method
):
    problem = problem_of(twilio_video, make(), WRONG, method)

    assert problem.startswith(f"the application has no {method} {WRONG}. The nearest routes are: ")
    assert "/webhooks/video" in problem.partition("nearest routes are: ")[2]
    assert "/imprint" not in problem


def test_the_problem_of_a_wrong_path_names_the_methods_of_the_routes_the_nearest_first(
    twilio_video,
):
    assert problem_of(twilio_video, flask_app(), WRONG) == (
        f"the application has no POST {WRONG}. The nearest routes are: POST /webhooks/video, "
        "POST /webhooks/<shop>/voice"
    )


def test_the_problem_names_no_routes_if_the_path_is_not_like_any(twilio_video):
    url = "https://app.example/x"

    assert problem_of(twilio_video, flask_app(), url) == (
        f"the application has no POST {url}. Check the StatusCallback"
    )


@pytest.mark.parametrize("make", [flask_app, fastapi_app], ids=["flask", "fastapi"])
def test_the_problem_names_a_method_that_the_route_does_not_take(twilio_video, make):
    problem = problem_of(twilio_video, make(), URL, "GET")

    assert problem.startswith(
        f"the application does not take GET {URL}. The nearest routes are: POST /webhooks"
    )


@pytest.mark.parametrize(
    ("make", "route"),
    [(flask_app, "/webhooks/<shop>/voice"), (fastapi_app, "/webhooks/{shop}/voice")],
    ids=["flask", "fastapi"],
)
def test_a_404_of_the_handler_itself_is_not_reported_as_a_wrong_path(twilio_video, make, route):
    url = "https://app.example/webhooks/north%20west/voice"

    assert problem_of(twilio_video, make(), url) == (
        f"the application answered 404 to POST {url}; it has the route POST {route}, so its "
        f"handler may have answered that"
    )


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/hooks/<shop>", "/hooks/north/west"),
        ("/hooks/<shop>", "/hooks/north%2Fwest"),
        ("/hooks/<int:number>", "/hooks/north"),
        ("/hooks/<uuid:shop>/video", "/hooks/north/video"),
    ],
)
def test_a_path_that_a_placeholder_does_not_stand_for_is_a_wrong_path(twilio_video, rule, path):
    app = flask.Flask("clinic", static_folder=None)
    app.add_url_rule(rule, view_func=lambda **_names: "", methods=["POST"])

    url = f"https://app.example{path}"

    assert problem_of(twilio_video, app, url) == (
        f"the application has no POST {url}. The nearest routes are: POST {rule}"
    )


def test_a_placeholder_may_stand_for_a_path(twilio_video):
    app = flask.Flask("clinic", static_folder=None)
    app.add_url_rule("/hooks/<path:shop>", view_func=_not_found, methods=["POST"])

    problem = problem_of(twilio_video, app, "https://app.example/hooks/north/west")

    assert "it has the route POST /hooks/<path:shop>, so its handler may" in problem


@pytest.mark.parametrize("status", [404, 405])
def test_the_problem_names_no_routes_if_the_application_lists_none(twilio_video, status):
    def app(_environ, start_response):
        start_response(f"{status} No", [])
        return [b""]

    problem = problem_of(twilio_video, app, WRONG)

    assert f"POST {WRONG}" in problem
    assert "near" not in problem


@pytest.mark.parametrize("status", [404, 405])
def test_a_404_of_a_function_is_not_reported_as_a_wrong_path(callbacks, queue, status):
    """
    A function has no routes.
    """
    callbacks.deliver_to(lambda _callback: status)
    callback = queue()

    callbacks.flush()

    assert callback.problem == (
        f"the application answered {status}, but for Twilio only 2xx is a success"
    )


def test_the_timeline_names_the_routes_as_well(twilio_video):
    problem = problem_of(twilio_video, flask_app(), WRONG)

    assert f"404 ({problem})" in twilio_video.timeline.to_text(verbose=True)


def checking_app(token, status=403):
    """Return an application that checks signatures with its own token."""
    app = flask.Flask("clinic")

    @app.route("/webhooks/video", methods=["POST", "GET"])
    def video():
        validator = RequestValidator(token)
        signature = flask.request.headers["X-Twilio-Signature"]
        is_valid = validator.validate(flask.request.url, flask.request.form, signature)
        return "", 204 if is_valid else status

    return app


SIGNERS = {
    "built in": ({}, {}, False, "the fake's built-in auth token"),
    "setting": ({"auth_token": "a"}, {}, False, "the auth token in the setting auth_token"),
    "environment": (
        {},
        {"TWILIO_AUTH_TOKEN": "b"},
        False,
        "the auth token in the environment variable TWILIO_AUTH_TOKEN",
    ),
    "application": (
        {"auth_token": "a"},
        {"TWILIO_AUTH_TOKEN": "b"},
        True,
        "the auth token that the application sent with its own calls",
    ),
    "strict": ({"auth": "strict"}, {}, False, "the fake's built-in auth token"),
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("given", "environ", "has_called", "signer"), SIGNERS.values(), ids=SIGNERS
)
def test_the_problem_of_a_rejected_signature_names_the_url_the_token_and_the_setting(
    monkeypatch, given, environ, has_called, signer, status
):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with FakeTwilioVideo(**given) as fake:
        if has_called:
            import requests

            url = "https://video.twilio.com/v1/Rooms"
            requests.get(url, auth=(fake.account_sid, "mine"), timeout=5)

        problem = problem_of(fake, checking_app("another", status), URL)

    assert problem == (
        f"the application answered {status}. If it rejects the signature, compare the URL and the "
        f"token: the fake signed {URL} with {signer}. If the application checks another token, "
        f"set auth_token to it. If the application sees another URL, correct the StatusCallback, "
        f"or add the headers of a proxy by deliver_to(app, headers=…)"
    )


def test_with_auth_token_the_signature_is_accepted():
    with FakeTwilioVideo(auth_token="the application's") as fake:
        assert problem_of(fake, checking_app("the application's"), URL) is None
        assert fake.callbacks[0].response.status_code == 204


def test_the_signed_url_of_a_get_has_the_parameters(twilio_video):
    problem = problem_of(twilio_video, checking_app("another"), URL, "GET")

    assert f"signed {URL}?RoomStatus=in-progress&" in problem


def test_headers_are_added_as_by_a_proxy(twilio_video):
    """
    Because of the headers, the application sees https, although the request is sent over http.
    """
    app = checking_app(os.environ["TWILIO_AUTH_TOKEN"])
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)
    inner = app.wsgi_app

    def over_http(environ, start_response):
        return inner(environ | {"wsgi.url_scheme": "http", "HTTP_HOST": "inner"}, start_response)

    app.wsgi_app = over_http
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example"}

    refused = problem_of(twilio_video, app, URL)
    accepted = problem_of(twilio_video, app, URL, headers=headers)

    assert "signed https://app.example/webhooks/video" in refused
    assert accepted is None


def test_each_target_gets_its_own_headers(callbacks, queue, target, inbox, request):
    url = request.getfixturevalue("live_server") if target == "network" else "https://app.example"
    callbacks.deliver_to(target, headers={"X-Forwarded-Proto": "https", "user-agent": "mine"})
    queue(url=f"{url}/hooks")

    callbacks.flush()

    headers = inbox.arrivals[0]["headers"]
    if not callable(target) or "function" not in repr(target):
        assert headers["x-forwarded-proto"] == "https"
        assert headers["user-agent"] == "mine"
    else:
        assert "x-forwarded-proto" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        "X-A: b",
        [("X-A", "b")],
        {"X-A": 1},
        {1: "b"},
        {"X A": "b"},
        {"X-A": "b\r\nX-C: d"},
        {"": ""},
    ],
)
def test_invalid_headers_are_refused_at_once(callbacks, queue, headers):
    with pytest.raises(InvalidArgumentError, match="headers"):
        callbacks.deliver_to(lambda _callback: None, headers=headers)

    assert queue().problem.startswith("no target yet")
