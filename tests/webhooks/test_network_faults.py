"""Network faults: which can be injected, and which cannot."""

from __future__ import annotations

import time

import pytest

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError


FAULTS = ["drop", "refuse", "tamper"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_unknown_event_is_refused_with_a_suggestion(callbacks, fault):
    with pytest.raises(InvalidArgumentError) as refused:
        getattr(callbacks, fault)("room-endd")

    assert f"callbacks.{fault}() takes the name of an event, not 'room-endd'" in str(refused.value)
    assert "Did you mean 'room-ended'?" in str(refused.value)
    assert "participant-connected" in str(refused.value)


@pytest.mark.parametrize("event", [None, 5, [], "", "zzz"])
def test_a_value_that_resembles_no_event_is_refused_as_well(callbacks, event):
    with pytest.raises(InvalidArgumentError, match="takes the name of an event, not") as refused:
        callbacks.drop(event)

    assert repr(event) in str(refused.value)
    assert "Did you mean" not in str(refused.value)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("times", [0, -1, 1.5, "2", True])
def test_a_fault_happens_once_or_more(callbacks, queue, fault, times):
    with pytest.raises(
        InvalidArgumentError, match=rf"{fault}\(\) is {times!r}.*1 or more, or None"
    ):
        getattr(callbacks, fault)("room-ended", times=times)

    callbacks.deliver_to(lambda _callback: None)
    callback = queue("room-ended")
    callbacks.flush()
    assert callback.problem is None


def test_a_refused_connection_is_retried(callbacks, queue, inbox, flask_app):
    callbacks.deliver_to(flask_app)
    callbacks.refuse("room-ended")
    other, callback = queue("room-created"), queue("room-ended")

    callbacks.flush()

    assert other.attempts == 1
    assert callback.attempts == 2
    assert callback.response.status_code == 204
    assert len(inbox.arrivals) == 2


@pytest.mark.parametrize(("fragment", "times"), [("", 2), ("", None), ("#rc=0", 1)])
def test_a_callback_whose_connection_failed_can_be_redelivered(callbacks, queue, fragment, times):
    callbacks.deliver_to(lambda _callback: None)
    callbacks.refuse("room-ended", times=times)
    callback = queue("room-ended", url=f"https://app.example/hooks{fragment}")

    callbacks.flush()
    assert callbacks.failed == [callback]
    assert isinstance(callback.error, ConnectionRefusedError)
    assert "11205" in callback.problem
    assert "callbacks.refuse()" in callback.problem

    callbacks.redeliver(callback)
    assert callback.response.status_code == 200
    assert callbacks.failed == []


@pytest.mark.parametrize(
    ("slept", "fragment", "attempts", "is_late"),
    [
        (15, "", 1, False),
        (16, "", 1, True),
        (2, "#rt=1000", 1, True),
        (2, "#tt=1000", 1, True),
        (2, "#rt=1000&rp=rt", 2, True),
    ],
)
def test_a_response_that_takes_longer_than_the_timeout_comes_too_late(
    slept, fragment, attempts, *, is_late
):
    took = []

    def hook(callback):
        took.append(callback)
        time.sleep(slept)

    with FakeTwilioVideo(sleep="virtual") as twilio_video:
        start = twilio_video.clock.now
        twilio_video.callbacks.deliver_to(hook)
        twilio_video.rooms.create(status_callback=f"https://app.example/hooks{fragment}")

        (callback,) = twilio_video.callbacks
        assert took == [callback] * attempts
        assert isinstance(callback.error, TimeoutError) is is_late
        assert (callback.response is None) is is_late
        assert (twilio_video.clock.now - start).total_seconds() == slept * attempts


def test_a_callback_that_is_pending_twice_can_be_shuffled(callbacks, queue):
    def hook(callback):
        callbacks.redeliver(callback)
        callbacks.redeliver(callback)
        raise ZeroDivisionError

    callbacks.deliver_to(hook)
    callback = queue()
    with pytest.raises(ZeroDivisionError):
        callbacks.flush()
    assert callbacks.pending == [callback, callback]

    callbacks.shuffle(1)

    assert callbacks.pending == [callback, callback]
