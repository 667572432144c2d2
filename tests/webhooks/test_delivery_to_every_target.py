"""One suite for all that takes callbacks, in a plain test and on both event loops."""

from __future__ import annotations

import traceback

import pytest


def test_the_application_gets_what_was_queued_and_can_validate_it(world, queue, inbox):
    world.callbacks.deliver_to(world.target)
    callback = queue(url=f"{world.url}/api/hooks?tenant=7#rc=2", ParticipantIdentity="Zoë & Ann+1")

    world.flush()

    (arrival,) = inbox.arrivals
    assert arrival["url"] == f"{world.url}/api/hooks?tenant=7"
    assert arrival["params"] == callback.params
    assert callback.response.status_code == 204
    assert world.callbacks.pending == world.callbacks.failed == []


def test_by_get_the_parameters_are_in_the_url(world, queue, inbox):
    world.callbacks.deliver_to(world.target)
    callback = queue(url=f"{world.url}/hooks?tenant=7", method="GET", Size="1 + 1")

    world.flush()

    (arrival,) = inbox.arrivals
    assert arrival["params"].items() >= callback.params.items()
    assert arrival["url"].startswith(f"{world.url}/hooks?tenant=7&StatusCallbackEvent=")


def test_the_headers_are_twilios(world, queue, inbox):
    world.callbacks.deliver_to(world.target)
    callback = queue(url=f"{world.url}/hooks")

    world.flush()

    got = inbox.arrivals[0]["headers"]
    sent = {name.lower(): text for name, text in callback.headers.items()}
    assert {name: got[name] for name in sent} == sent
    assert got["i-twilio-idempotency-token"] == "e3e70682-c209-4cac-a29f-6fbed82c07cd"
    assert got["user-agent"] == "TwilioProxy/1.1"


def test_they_arrive_in_order(world, queue, inbox):
    world.callbacks.deliver_to(world.target)
    for number in range(5):
        queue(url=f"{world.url}/hooks", SequenceNumber=str(number))

    world.flush()

    assert [got["params"]["SequenceNumber"] for got in inbox.arrivals] == list("01234")


def test_what_a_handler_causes_follows_after_it(world, queue, inbox):
    def react(params):
        assert world.callbacks.delivering
        if params["StatusCallbackEvent"] == "room-created":
            queue("room-ended", f"{world.url}/hooks")
            world.callbacks.flush()
        return 204

    inbox.react = react
    world.callbacks.deliver_to(world.target)
    queue(url=f"{world.url}/hooks")
    queue("participant-connected", f"{world.url}/hooks")

    world.flush()

    assert [got["params"]["StatusCallbackEvent"] for got in inbox.arrivals] == [
        "room-created",
        "participant-connected",
        "room-ended",
    ]
    assert not world.callbacks.delivering


def test_a_redelivery_carries_the_same_idempotency_token(world, queue, inbox):
    world.callbacks.deliver_to(world.target)
    callback = queue(url=f"{world.url}/hooks")
    world.flush()

    world.redeliver(callback)

    first, second = inbox.arrivals
    assert first == second
    assert callback.attempts == 2


def test_an_answer_that_is_no_success_is_recorded(world, queue, inbox):
    inbox.react = lambda _params: 503
    world.callbacks.deliver_to(world.target)
    callback = queue(url=f"{world.url}/hooks")

    world.flush()

    assert world.callbacks.failed == [callback]
    assert callback.response.status_code == 503
    assert "503" in callback.problem


class OopsError(Exception):
    """Something that only a handler raises."""


@pytest.fixture
def oops(inbox, target):
    if target == "network":
        pytest.skip("what a handler raises stays in its server")

    def react(_params):
        raise OopsError

    inbox.react = react


@pytest.mark.usefixtures("oops")
def test_what_a_handler_raises_comes_out_with_its_own_traceback(world, queue):
    world.callbacks.deliver_to(world.target)
    callback = queue(url=f"{world.url}/hooks")
    behind = queue(url=f"{world.url}/hooks")

    with pytest.raises(OopsError) as raised:
        world.flush()

    assert traceback.extract_tb(raised.tb)[-1].name == "react"
    assert callback.error is raised.value
    assert world.callbacks.pending == [behind]
    assert not world.callbacks.delivering


@pytest.mark.usefixtures("oops")
def test_what_a_handler_raises_is_recorded_on_demand(world, queue):
    world.callbacks.deliver_to(world.target, raise_exceptions=False)
    callback = queue(url=f"{world.url}/hooks")
    behind = queue(url=f"{world.url}/hooks")

    world.flush()

    assert isinstance(callback.error, OopsError)
    assert world.callbacks.failed == [callback, behind]
