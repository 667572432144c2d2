"""Tests for every kind of target, in a plain test and on the event loops of asyncio and trio."""

from __future__ import annotations

import traceback

import pytest


def test_the_application_gets_the_queued_callback_and_can_validate_it(simulation, queue, inbox):
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(
        url=f"{simulation.url}/api/hooks?tenant=7#rc=2", ParticipantIdentity="Zoë & Ann+1"
    )

    simulation.flush()

    (arrival,) = inbox.arrivals
    assert arrival["url"] == f"{simulation.url}/api/hooks?tenant=7"
    assert arrival["params"] == callback.params
    assert callback.response.status_code == 204
    assert simulation.callbacks.pending == simulation.callbacks.failed == []


def test_the_parameters_of_a_get_are_in_the_url(simulation, queue, inbox):
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(url=f"{simulation.url}/hooks?tenant=7", method="GET", Size="1 + 1")

    simulation.flush()

    (arrival,) = inbox.arrivals
    assert arrival["params"].items() >= callback.params.items()
    assert arrival["url"].startswith(f"{simulation.url}/hooks?tenant=7&StatusCallbackEvent=")


def test_a_callback_has_the_headers_of_twilio(simulation, queue, inbox):
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(url=f"{simulation.url}/hooks")

    simulation.flush()

    got = inbox.arrivals[0]["headers"]
    sent = {name.lower(): text for name, text in callback.headers.items()}
    assert {name: got[name] for name in sent} == sent
    assert got["i-twilio-idempotency-token"] == "e3e70682-c209-4cac-a29f-6fbed82c07cd"
    assert got["user-agent"] == "TwilioProxy/1.1"


def test_callbacks_arrive_in_order(simulation, queue, inbox):
    simulation.callbacks.deliver_to(simulation.target)
    for number in range(5):
        queue(url=f"{simulation.url}/hooks", SequenceNumber=str(number))

    simulation.flush()

    assert [got["params"]["SequenceNumber"] for got in inbox.arrivals] == list("01234")


def test_callbacks_caused_by_a_handler_are_delivered_after_it(simulation, queue, inbox):
    def react(params):
        assert simulation.callback_queue.is_delivering
        if params["StatusCallbackEvent"] == "room-created":
            queue("room-ended", f"{simulation.url}/hooks")
            simulation.callbacks.flush()
        return 204

    inbox.react = react
    simulation.callbacks.deliver_to(simulation.target)
    queue(url=f"{simulation.url}/hooks")
    queue("participant-connected", f"{simulation.url}/hooks")

    simulation.flush()

    assert [got["params"]["StatusCallbackEvent"] for got in inbox.arrivals] == [
        "room-created",
        "participant-connected",
        "room-ended",
    ]
    assert not simulation.callback_queue.is_delivering


def test_a_redelivery_carries_the_same_idempotency_token(simulation, queue, inbox):
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(url=f"{simulation.url}/hooks")
    simulation.flush()

    simulation.redeliver(callback)

    first, second = inbox.arrivals
    assert first == second
    assert callback.attempts == 2


def test_an_unsuccessful_response_is_recorded(simulation, queue, inbox):
    inbox.react = lambda _params: 503
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(url=f"{simulation.url}/hooks")

    simulation.flush()

    assert simulation.callbacks.failed == [callback]
    assert callback.response.status_code == 503
    assert "503" in callback.problem


class OopsError(Exception):
    """An exception that only a handler raises."""


@pytest.fixture
def oops(inbox, target):
    if target == "network":
        pytest.skip("what a handler raises stays in its server")

    def react(_params):
        raise OopsError

    inbox.react = react


@pytest.mark.usefixtures("oops")
def test_an_exception_of_a_handler_is_raised_with_its_own_traceback(simulation, queue):
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(url=f"{simulation.url}/hooks")
    behind = queue(url=f"{simulation.url}/hooks")

    with pytest.raises(OopsError) as raised:
        simulation.flush()

    assert traceback.extract_tb(raised.tb)[-1].name == "react"
    assert callback.error is raised.value
    assert simulation.callbacks.pending == [behind]
    assert not simulation.callback_queue.is_delivering


@pytest.mark.usefixtures("oops")
def test_an_exception_of_a_handler_is_recorded_on_request(simulation, queue):
    simulation.callbacks.deliver_to(simulation.target, raise_exceptions=False)
    callback = queue(url=f"{simulation.url}/hooks")
    behind = queue(url=f"{simulation.url}/hooks")

    simulation.flush()

    assert isinstance(callback.error, OopsError)
    assert simulation.callbacks.failed == [callback, behind]
