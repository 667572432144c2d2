"""Responses without a reason, and the messages that explain them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.test import AsyncClient, Client

from pytest_twilio_video._webhooks import app_routes


DJANGOS = [
    get_wsgi_application,
    get_asgi_application,
    lambda: Client(enforce_csrf_checks=True),
    lambda: AsyncClient(enforce_csrf_checks=True),
]
IDS = ["wsgi", "asgi", "client", "async client"]


@pytest.mark.usefixtures("django_urls")
@pytest.mark.parametrize("make", DJANGOS, ids=IDS)
def test_the_problem_names_a_host_that_django_rejects_and_the_solution(callbacks, queue, make):
    callbacks.deliver_to(make())
    callback = queue(url="https://hooks.example:8443/hooks")

    callbacks.flush()

    assert callback.response.status_code == 400
    assert "'hooks.example': add it to ALLOWED_HOSTS" in callback.problem


@pytest.mark.usefixtures("django_urls")
@pytest.mark.parametrize("make", DJANGOS, ids=IDS)
def test_the_problem_names_csrf_protection_and_the_solution(callbacks, queue, make):
    callbacks.deliver_to(make())
    callback = queue(url="https://app.example/protected")

    callbacks.flush()

    assert callback.response.status_code == 403
    assert "@csrf_exempt" in callback.problem


@pytest.mark.parametrize("status", [400, 422, 500])
def test_an_unsuccessful_response_without_a_known_cause_is_only_reported(
    callbacks, queue, inbox, flask_app, status
):
    inbox.react = lambda _params: status
    callbacks.deliver_to(flask_app)
    callback = queue()

    callbacks.flush()

    assert callback.problem == (
        f"the application answered {status}, but for Twilio only 2xx is a success"
    )


def test_without_django_no_message_is_about_django(callbacks, queue):
    def app(_environ, start_response):
        start_response("400 Bad Request", [])
        return [b"<h1>Bad Request (400)</h1>"]

    callbacks.deliver_to(app)
    callback = queue()

    callbacks.flush()

    assert "ALLOWED_HOSTS" not in callback.problem


def test_a_redirect_is_reported_and_not_followed(callbacks, queue):
    def app(_environ, start_response):
        start_response("301 Moved Permanently", [("Location", "/hooks/")])
        return []

    callbacks.deliver_to(app)
    callback = queue()

    callbacks.flush()

    assert callbacks.failed == [callback]
    assert "redirected to /hooks/" in callback.problem


def test_a_route_of_bottle_has_one_method():
    """
    Bottle itself is not installed with the tests.
    """
    route = SimpleNamespace(rule="/webhooks/video", method="POST")

    (found,) = app_routes._of_list([route], "")

    assert (found.path, found.methods) == ("/webhooks/video", ("POST",))
