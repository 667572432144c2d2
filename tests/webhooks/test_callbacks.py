"""`twilio_video.callbacks`: which callbacks are recorded, and when they are delivered."""

from __future__ import annotations

import re
import threading

from pathlib import Path
from unittest.mock import ANY

import anyio
import pytest

from pytest_twilio_video import (
    FakeTwilioVideo,
    InvalidArgumentError,
    UndeliverableCallbackError,
    UndeliverableCallbackWarning,
)
from pytest_twilio_video._engine.coroutines import finish


@pytest.fixture
def arrived(callbacks):
    """The events that a plain function got."""
    events = []

    def hook(callback):
        events.append(callback.event)

    callbacks.deliver_to(hook)
    return events


def test_callbacks_behave_like_a_list(callbacks, queue):
    first, second = queue("room-created"), queue("room-ended")

    assert len(callbacks) == 2
    assert callbacks[0] is first
    assert callbacks[-1:] == [second]
    assert list(callbacks) == [first, second]
    assert second in callbacks
    assert callbacks.index(second) == 1
    assert callbacks == [first, second]
    assert callbacks != [second, first]
    assert callbacks != (first, second)
    assert callbacks == ANY


def test_an_account_without_callbacks_has_an_empty_list(callbacks):
    assert callbacks == []
    assert not callbacks


def test_an_editor_offers_only_documented_members(callbacks, queue):
    reference = Path(__file__).parents[2].joinpath("docs/reference/callbacks.md").read_text()
    documented = set(re.findall(r"^ +- (\w+)$", reference, re.MULTILINE))

    offered = {name for held in (callbacks, queue()) for name in dir(held) if name[0] != "_"}

    assert offered - {"count", "index"} <= documented  # the two that every sequence has


def test_a_callback_shows_its_outcome(callbacks, queue):
    def hook(callback):
        if callback.event == "room-ended":
            raise ZeroDivisionError(*["too late"])

    callback = queue()
    failing = queue("room-ended")
    assert repr(callback) == (
        "<Callback room-created: POST https://app.example/hooks -> "
        "undelivered: no target yet: callbacks.deliver_to(app)>"
    )

    callbacks.deliver_to(hook, raise_exceptions=False)
    callbacks.flush()

    assert repr(callback) == "<Callback room-created: POST https://app.example/hooks -> 200>"
    assert repr(failing).endswith("-> ZeroDivisionError: too late>")
    assert repr(callbacks) == f"<Callbacks [{callback!r}, {failing!r}]>"


def test_by_default_nothing_is_delivered(callbacks, queue):
    callback = queue()

    callbacks.flush()

    assert callbacks.pending == [callback]
    assert callback.response is None
    assert callback.attempts == 0
    assert callbacks.failed == []


def test_queueing_never_delivers(callbacks, queue, arrived):
    queue()

    assert arrived == []
    assert len(callbacks.pending) == 1


def test_a_callback_queued_before_there_was_a_target_is_delivered_too(callbacks, queue):
    callback = queue()
    callbacks.deliver_to(lambda _callback: None)

    callbacks.flush()

    assert callback.response.status_code == 200


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [(None, 200, ""), (404, 404, ""), (599, 599, ""), ((500, "no"), 500, "no")],
)
def test_a_function_answers_with_a_status(callbacks, queue, said, status, text):
    callback = queue()
    callbacks.deliver_to(lambda _callback: said)

    callbacks.flush()

    assert (callback.response.status_code, callback.response.text) == (status, text)
    assert callback.failed is (status != 200)


@pytest.mark.parametrize(
    "said", ["204", True, (204,), {"status": 204}, 999, 100, 0, -1, (999, "")]
)
def test_an_invalid_result_of_a_function_is_a_mistake_of_the_test(callbacks, queue, said):
    queue()
    callbacks.deliver_to(lambda _callback: said, raise_exceptions=False)

    with pytest.raises(UndeliverableCallbackError, match="200 to 599") as refused:
        callbacks.flush()

    assert repr(said) in str(refused.value)


def test_the_target_with_the_longest_base_url_gets_the_callback_and_among_equals_the_latest(
    callbacks, queue
):
    took = []
    for name, base_url in [
        ("anything", None),
        ("api", "https://app.example/api"),
        ("app", "https://app.example"),
        ("api, later", "https://app.example/api"),
    ]:
        callbacks.deliver_to(lambda _, name=name: took.append(name), base_url)
    queue(url="https://app.example/api/hooks")
    queue(url="https://user:secret@app.example/hooks")
    queue(url="https://other.example/hooks")

    callbacks.flush()

    assert took == ["api, later", "app", "anything"]


def test_an_unroutable_callback_causes_one_warning_and_does_not_block_others(
    callbacks, callback_queue, queue
):
    took = []
    callbacks.deliver_to(took.append, "https://app.example")
    stray, ours, another = (
        queue(url="https://stray.example/"),
        queue(),
        queue(url="https://stray.example/"),
    )

    with pytest.warns(UndeliverableCallbackWarning) as warned:
        finish(callback_queue.deliver_pending(awaiting=False))
    finish(callback_queue.deliver_pending(awaiting=False))

    assert took == [ours]
    assert callbacks.pending == [stray, another]
    (warning,) = warned
    assert "https://stray.example/" in str(warning.message)
    assert "'https://app.example'" in str(warning.message)
    assert stray.problem == another.problem == str(warning.message)


def test_a_new_target_takes_the_parked_callbacks(callbacks, callback_queue, queue):
    callbacks.deliver_to(lambda _callback: 204, "https://app.example")
    stray = queue(url="https://stray.example/")
    with pytest.warns(UndeliverableCallbackWarning):
        finish(callback_queue.deliver_pending(awaiting=False))

    callbacks.deliver_to(lambda _callback: 202, "https://stray.example")
    callbacks.flush()

    assert stray.response.status_code == 202
    assert callbacks.pending == []


def test_redelivering_without_a_target_is_an_error(callbacks, queue):
    callback = queue()

    with pytest.raises(UndeliverableCallbackError, match=r"callbacks\.deliver_to"):
        callbacks.redeliver(callback)
    callbacks.deliver_to(lambda _callback: None, "https://other.example")
    message = r"only URLs below 'https://other\.example'"
    with pytest.raises(UndeliverableCallbackError, match=message):
        callbacks.redeliver(callback)


@pytest.mark.parametrize("callback", ["x", None, {"event": "room-created"}])
def test_only_a_callback_can_be_redelivered(callbacks, callback):
    with pytest.raises(InvalidArgumentError) as refused:
        callbacks.redeliver(callback)

    assert repr(callback) in str(refused.value)
    assert "callbacks[-1]" in str(refused.value)
    with pytest.raises(InvalidArgumentError):
        anyio.run(callbacks.aredeliver, callback)


def test_redelivering_a_pending_callback_delivers_it_at_once(callbacks, queue, arrived):
    queue("room-created")
    ended = queue("room-ended")

    assert callbacks.redeliver(ended) is ended
    callbacks.flush()

    assert arrived == ["room-ended", "room-created"]


def test_callbacks_caused_by_a_redelivery_are_delivered_after_it(callbacks, queue):
    took = []

    def hook(callback):
        took.append(callback.event)
        if len(took) == 2:
            queue("room-ended")

    callbacks.deliver_to(hook)
    callback = queue("room-created")
    callbacks.flush()

    callbacks.redeliver(callback)

    assert took == ["room-created", "room-created", "room-ended"]


def test_a_redelivery_in_a_handler_is_delivered_after_the_handler(callbacks, queue):
    took = []

    def hook(callback):
        took.append(callback.event)
        if len(took) == 1:
            callbacks.redeliver(callback)
            assert took == ["room-created"]

    callbacks.deliver_to(hook)
    queue()

    callbacks.flush()

    assert took == ["room-created", "room-created"]


def test_the_error_names_an_invalid_url_and_other_callbacks_are_delivered(
    callbacks, queue, arrived
):
    queue(url="nonsense")
    queue("room-ended")

    with pytest.raises(UndeliverableCallbackError, match="nonsense"):
        callbacks.flush()
    callbacks.flush()

    assert arrived == ["room-ended"]


def test_held_callbacks_arrive_when_they_are_released(callbacks, queue, arrived):
    callbacks.hold()
    queue()
    callbacks.flush()
    assert arrived == []

    callbacks.release()

    assert arrived == ["room-created"]


def test_a_with_block_can_end_the_hold(callbacks, queue, arrived):
    with callbacks.hold():
        queue()
        callbacks.flush()
        assert arrived == []

    assert arrived == ["room-created"]


def test_a_hold_inside_another_ends_with_the_outer_one(callbacks, queue, arrived):
    with callbacks.hold():
        with callbacks.hold():
            queue("room-created")
        queue("room-ended")
        callbacks.flush()
        assert arrived == []

    assert arrived == ["room-created", "room-ended"]


def test_a_release_ends_each_hold(callbacks, queue, arrived):
    with callbacks.hold(), callbacks.hold():
        callbacks.hold()
        queue()
        callbacks.release()
        assert arrived == ["room-created"]

        callbacks.hold()
        queue("room-ended")

    assert arrived == ["room-created"]  # The last hold had no block, so it goes on.


def test_the_end_of_a_hold_does_not_hide_why_its_block_failed(callbacks, queue):
    def hook(_callback):
        raise ZeroDivisionError

    callbacks.deliver_to(hook)
    callback = queue()
    with pytest.raises(AssertionError, match="the real reason"), callbacks.hold():
        raise AssertionError("the real reason")  # noqa: EM101

    assert callback.attempts == 0
    assert callback.problem.startswith("queued")


def test_a_handler_may_hold_the_remaining_callbacks(callbacks, queue):
    took = []

    def hook(callback):
        took.append(callback)
        callbacks.hold()

    callbacks.deliver_to(hook)
    first, second = queue(), queue()

    callbacks.flush()

    assert took == [first]
    assert callbacks.pending == [second]


@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize("seed", range(5))
def test_shuffling_always_changes_the_order_and_loses_nothing(callbacks, queue, count, seed):
    queued = [queue() for _ in range(count)]

    callbacks.shuffle(seed)

    assert callbacks.pending != queued
    assert sorted(callbacks.pending, key=queued.index) == queued


def test_the_same_seed_gives_the_same_order(callbacks, queue):
    orders = []
    for _ in range(2):
        callbacks.clear()
        queued = [queue() for _ in range(10)]
        callbacks.shuffle("a bad day")
        orders.append([queued.index(callback) for callback in callbacks.pending])

    assert orders[0] == orders[1]


@pytest.mark.parametrize("count", [0, 1])
def test_shuffling_ends_if_the_callbacks_have_only_one_order(callbacks, queue, count):
    queued = [queue() for _ in range(count)]

    callbacks.shuffle(1)

    assert callbacks.pending == queued


@pytest.mark.parametrize(
    ("times", "kept"),
    [({}, 2), ({"times": 2}, 1), ({"times": None}, 0)],
    ids=["the next", "the next two", "all"],
)
def test_a_dropped_callback_never_arrives(callbacks, queue, arrived, times, kept):
    callbacks.drop("room-ended", **times)
    queue("room-created")
    ended = [queue("room-ended") for _ in range(3)]

    callbacks.flush()

    assert arrived == ["room-created"] + ["room-ended"] * kept
    assert ended[0].response is None
    assert "drop" in ended[0].problem
    assert callbacks.pending == []


def test_a_dropped_callback_can_arrive_late(callbacks, queue, arrived):
    callbacks.drop("room-created")
    callback = queue()
    callbacks.flush()

    callbacks.redeliver(callback)

    assert arrived == ["room-created"]
    assert callback.problem is None


def test_a_tampered_callback_is_refused_by_an_app_that_checks(callbacks, queue, flask_app, inbox):
    callbacks.deliver_to(flask_app, raise_exceptions=False)
    callbacks.tamper("room-created")
    forged = queue()
    callbacks.flush()
    assert inbox.arrivals == []
    assert isinstance(forged.error, AssertionError)
    assert "tamper" in forged.problem

    callbacks.redeliver(forged)

    assert len(inbox.arrivals) == 1
    assert forged.error is None


def test_clearing_forgets_only_the_callbacks(callbacks, queue, arrived):
    """
    A test can clear the callbacks between two phases, like the mailoutbox of pytest-django.
    """
    callbacks.drop("room-ended")
    queue("room-created")

    callbacks.clear()
    assert callbacks == callbacks.pending == []
    lost, late = queue("room-ended"), queue("room-ended")
    callbacks.flush()

    assert callbacks == [lost, late]
    assert arrived == ["room-ended"]


def test_clearing_forgets_parked_callbacks_too(callbacks, callback_queue, queue):
    arrived = []
    callbacks.deliver_to(arrived.append, "https://app.example")
    stray = queue(url="https://stray.example/")
    with pytest.warns(UndeliverableCallbackWarning):
        finish(callback_queue.deliver_pending(awaiting=False))
    assert callbacks.pending == [stray]

    callbacks.clear()

    assert callbacks.pending == []
    callbacks.flush()
    callbacks.deliver_to(arrived.append)
    callbacks.flush()
    assert arrived == []


def test_after_clearing_a_url_can_cause_a_warning_again(callbacks, callback_queue, queue):
    callbacks.deliver_to(lambda _callback: None, "https://app.example")

    for _ in range(2):
        queue(url="https://stray.example/")
        with pytest.warns(UndeliverableCallbackWarning):
            finish(callback_queue.deliver_pending(awaiting=False))
        callbacks.clear()


def test_after_the_end_of_the_fake_callbacks_can_be_read_but_are_not_delivered():
    took = []
    with FakeTwilioVideo() as twilio_video:
        callbacks = twilio_video.callbacks
        callbacks.deliver_to(took.append)
        room = twilio_video.rooms.create(status_callback="https://app.example/hooks")

    room.complete()

    assert twilio_video.callbacks is callbacks
    assert [callback.event for callback in callbacks] == ["room-created", "room-ended"]
    assert took == callbacks[:1]
    assert callbacks.pending == callbacks[1:]


def test_after_a_reset_there_are_no_callbacks_targets_or_faults():
    took = []
    with FakeTwilioVideo() as twilio_video:
        twilio_video.callbacks.deliver_to(took.append)
        twilio_video.callbacks.drop("room-created")

        twilio_video.reset()
        assert twilio_video.callbacks == []
        twilio_video.rooms.create(status_callback="https://app.example/hooks")
        assert took == []

        twilio_video.callbacks.deliver_to(took.append)
        twilio_video.callbacks.flush()
        assert took == twilio_video.callbacks


def test_after_a_reset_in_a_handler_the_earlier_callbacks_are_not_delivered():
    took = []

    def hook(callback):
        took.append(callback.event)
        twilio_video.reset()

    with FakeTwilioVideo() as twilio_video:
        twilio_video.callbacks.deliver_to(hook)
        with twilio_video.callbacks.hold():
            room = twilio_video.rooms.create(status_callback="https://app.example/hooks")
            room.complete()

    assert took == ["room-created"]


def test_no_callback_is_lost_if_many_threads_queue_callbacks(callbacks, queue, arrived):
    start = threading.Barrier(32)

    def work():
        start.wait()
        for _ in range(50):
            queue()
            callbacks.flush()

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    callbacks.flush()

    assert len(callbacks) == len(arrived) == 32 * 50
    assert callbacks.pending == []


def test_an_interrupt_is_not_recorded_as_the_handlers_exception(callbacks, queue):
    def hook(_callback):
        raise KeyboardInterrupt

    callbacks.deliver_to(hook, raise_exceptions=False)
    queue()

    with pytest.raises(KeyboardInterrupt):
        callbacks.flush()


def test_a_sync_flush_on_a_loop_stops_at_a_callback_that_must_be_awaited(
    callbacks, queue, fastapi_app, inbox
):
    took = []
    callbacks.deliver_to(took.append, "https://sync.example")
    callbacks.deliver_to(fastapi_app, "https://app.example")

    async def test():
        queued = [queue(url="https://sync.example/"), queue(), queue(url="https://sync.example/")]
        callbacks.flush()
        assert took == queued[:1]
        assert callbacks.pending == queued[1:]
        assert "await callbacks.aflush()" in queued[1].problem
        with pytest.raises(UndeliverableCallbackError, match="aredeliver"):
            callbacks.redeliver(queued[1])
        with callbacks.hold():
            await callbacks.aflush()
        assert callbacks.pending == queued[1:]

        await callbacks.aflush()
        assert queued[1].problem is None
        assert took == [queued[0], queued[2]]
        assert len(inbox.arrivals) == 1

    anyio.run(test)
