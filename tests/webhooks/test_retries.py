"""What Twilio does if the connection or the response fails."""

from __future__ import annotations

import pytest

from pytest_twilio_video._http import NetworkFailure, Response
from pytest_twilio_video._webhooks.wsgi import WSGI


@pytest.fixture
def answers(callbacks, monkeypatch):
    """Gives its answers in turn, and repeats the last one. A non-status breaks the connection."""
    left = []

    def deliver(_self, _callback, _request, _limits):
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, str):
            raise NetworkFailure(answer)
        return Response(answer)

    monkeypatch.setattr(WSGI, "deliver", deliver)
    callbacks.deliver_to(lambda _environ, _start_response: ())
    return left


@pytest.mark.parametrize(
    ("fragment", "answered", "attempts"),
    [
        ("", ["connect"], 2),
        ("", ["timeout"], 1),
        ("", ["reset"], 1),
        ("", [404], 1),
        ("", [503], 1),
        ("", [204], 1),
        ("#rc=0", ["connect"], 1),
        ("#rc=5&ct=100", ["connect"], 6),
        ("#rc=5&ct=100", ["connect", "connect", 204], 3),
        ("#rp=5xx", [503], 2),
        ("#rp=5xx", [503, 204], 2),
        ("#rp=5xx", [404], 1),
        ("#rp=5xx", ["connect"], 1),
        ("#rp=4xx,5xx&rc=2", [404, 503, 204], 3),
        ("#rp=rt&rt=100", ["timeout"], 2),
        ("#rp=rt&rt=100", ["reset"], 2),
        ("#rp=all&rc=3&rt=100", [500, 400, "timeout", 204], 4),
        ("#rp=all&rc=3", [302], 1),
        ("#rp=all&rc=3", [204], 1),
    ],
)
def test_only_the_outcomes_that_the_fragment_names_are_retried(
    callbacks, queue, answers, *, fragment, answered, attempts
):
    answers[:] = answered
    callback = queue(url=f"https://app.example/hooks{fragment}")

    callbacks.flush()

    assert callback.attempts == attempts


@pytest.mark.parametrize(
    ("fragment", "attempts"),
    [("#rc=5", 3), ("#rc=5&ct=10000", 2), ("#rc=5&ct=100&tt=250", 3), ("#rc=5&tt=5000", 1)],
)
def test_the_total_time_limits_the_number_of_attempts(
    callbacks, queue, answers, fragment, attempts
):
    """
    The time is counted, not waited for.
    """
    answers[:] = ["connect"]
    callback = queue(url=f"https://app.example/hooks{fragment}")

    callbacks.flush()

    assert callback.attempts == attempts


def test_a_retry_is_the_same_request(callbacks, queue, monkeypatch):
    requests = []

    def deliver(_self, _callback, request, _limits):
        requests.append(request)
        raise NetworkFailure(kind="connect")

    monkeypatch.setattr(WSGI, "deliver", deliver)
    callbacks.deliver_to(lambda _environ, _start_response: ())
    callback = queue()

    callbacks.flush()

    assert requests == [callback.request] * 2


@pytest.mark.parametrize(("kind", "code"), [("connect", "11205"), ("timeout", "11200")])
def test_a_callback_without_a_response_has_failed_with_a_reason(
    callbacks, queue, answers, kind, code
):
    answers[:] = [kind]
    callback = queue()

    callbacks.flush()

    assert callbacks.failed == [callback]
    assert callback.response is None
    assert callback.error.kind == kind
    assert code in callback.problem


def test_the_password_is_sent_only_when_it_is_asked_for(callbacks, queue):
    seen = []

    def app(environ, start_response):
        seen.append(environ.get("HTTP_AUTHORIZATION"))
        if seen[-1] is None:
            start_response("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="hooks"')])
        else:
            start_response("204 No Content", [])
        return []

    callbacks.deliver_to(app)
    callback = queue(url="https://user:secret@app.example/hooks")

    callbacks.flush()

    assert seen == [None, "Basic dXNlcjpzZWNyZXQ="]
    assert callback.response.status_code == 204


@pytest.mark.parametrize(
    ("user_info", "headers"),
    [("", [("WWW-Authenticate", "Basic")]), ("user:secret@", [])],
    ids=["no password", "no realm"],
)
def test_a_401_without_a_realm_is_the_final_response(callbacks, queue, user_info, headers):
    def app(_environ, start_response):
        start_response("401 Unauthorized", headers)
        return []

    callbacks.deliver_to(app)
    callback = queue(url=f"https://{user_info}app.example/hooks")

    callbacks.flush()

    assert callback.attempts == 1
    assert callback.response.status_code == 401
