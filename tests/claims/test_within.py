"""Assertions with ``within``, which wait in real time for a browser or another process."""

from __future__ import annotations

import functools
import inspect
import threading
import time

from contextlib import nullcontext
from functools import partial

import anyio
import anyio.lowlevel
import fastapi
import freezegun
import pytest
import requests
import time_machine

from pytest_twilio_video import (
    FakeTwilioVideo,
    InvalidArgumentError,
    TwilioVideoError,
)


TOLD = "https://app.example/told"


@pytest.fixture
def soon(twilio_video):
    """Return a function that calls a function in another thread, a little later."""
    threads = []

    def soon(function, *args, **kwargs):
        thread = threading.Timer(0.1, function, args, kwargs)
        threads.append(thread)
        thread.start()

    yield soon
    for thread in threads:
        thread.join()


def create_room(name="lesson", **params):
    url, auth = "https://video.twilio.com/v1/Rooms", ("AC" + "1" * 32, "a token")
    requests.post(url, {"UniqueName": name, **params}, auth=auth, timeout=5)


def test_an_assertion_waits_until_the_event_happens(twilio_video, soon):
    soon(create_room)

    room = twilio_video.assert_room_created(unique_name="lesson", within=5)

    assert room == twilio_video.rooms["lesson"]


@pytest.mark.parametrize(
    "freeze",
    [
        nullcontext,
        partial(freezegun.freeze_time, "2026-01-31T09:00:00Z"),
        partial(time_machine.travel, "2026-01-31T09:00:00Z", tick=False),
    ],
    ids=["not frozen", "freezegun", "time-machine"],
)
def test_an_assertion_fails_when_its_seconds_of_real_time_are_over(twilio_video, freeze):
    begun = time.perf_counter()
    with freeze(), pytest.raises(AssertionError, match="nothing has happened"):
        twilio_video.assert_room_created(within=0.2)

    assert time.perf_counter() - begun >= 0.2


@pytest.mark.twilio_video(sleep="virtual")
def test_waiting_does_not_move_virtual_time(twilio_video):
    before = twilio_video.clock.now

    with pytest.raises(AssertionError):
        twilio_video.assert_events("room-created", within=0.1)

    assert twilio_video.clock.now == before


def test_an_assertion_that_something_does_not_happen_checks_for_the_whole_time(twilio_video, soon):
    soon(create_room)

    twilio_video.assert_no_room_created()
    with pytest.raises(AssertionError, match="but found 1"):
        twilio_video.assert_no_room_created(within=5)
    begun = time.perf_counter()
    twilio_video.assert_not_called("DELETE", "/v1/Recordings/*", within=0.2)
    assert time.perf_counter() - begun >= 0.2


def test_an_assertion_waits_for_the_number_of_calls_and_watches_for_zero_calls(twilio_video, soon):
    soon(create_room)
    assert len(twilio_video.assert_called("POST", "/v1/Rooms", times=1, within=5)) == 1

    soon(create_room, "second")
    with pytest.raises(AssertionError, match="expected no call"):
        twilio_video.assert_called("POST", "/v1/Rooms", times=0, within=5, unique_name="second")


def test_each_check_delivers_the_queued_callbacks(twilio_video, soon):
    twilio_video.callbacks.deliver_to(lambda _callback: create_room("second"))
    soon(create_room, StatusCallback=TOLD)

    twilio_video.assert_room_created(unique_name="second", within=5)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_an_async_test_aeventually_checks_again_and_returns_what_was_found(
    twilio_video, backend
):
    app = fastapi.FastAPI()
    arrived = []

    @app.post("/told")
    async def told(request: fastapi.Request):
        arrived.append(await request.body())

    twilio_video.callbacks.deliver_to(app)

    async def create():
        await anyio.sleep(0.1)
        with twilio_video.callbacks.hold():
            twilio_video.rooms.create(status_callback=TOLD)

    async def test():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(create)
            callback = await twilio_video.aeventually(
                twilio_video.assert_callback, "room-created", within=5
            )
        assert callback == twilio_video.callbacks[0]
        assert len(arrived) == 1
        with pytest.raises(AssertionError, match="has not happened"):
            await twilio_video.aeventually(twilio_video.assert_callback, "room-ended", within=0.1)
        await twilio_video.aeventually(twilio_video.assert_no_callback, "room-ended", within=0.1)

    anyio.run(test, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_within_is_refused_in_a_task_and_the_error_names_aeventually(twilio_video, backend):
    async def test():
        with pytest.raises(TwilioVideoError) as refused:
            twilio_video.assert_callback("room-ended", within=5)
        assert (
            "`await twilio_video.aeventually(twilio_video.assert_callback, 'room-ended', "
            "within=5)`"
        ) in str(refused.value)
        twilio_video.assert_no_open_rooms(within=0)

    anyio.run(test, backend=backend)


@pytest.mark.parametrize("within", [-1, -0.1, "5", None, True, float("nan"), float("inf")])
def test_an_invalid_time_is_refused(twilio_video, within):
    with pytest.raises(InvalidArgumentError, match="within is"):
        twilio_video.assert_no_open_rooms(within=within)

    async def test():
        with pytest.raises(InvalidArgumentError, match="within is"):
            await twilio_video.aeventually(twilio_video.assert_no_open_rooms, within=within)

    anyio.run(test)


async def _assert_nothing():
    raise AssertionError


@pytest.mark.parametrize(
    "given",
    [
        lambda _: "assert_callback",
        lambda fake: lambda: fake.assert_no_callback("room-ended"),
        lambda fake: functools.partial(fake.assert_no_callback, "room-ended"),
        lambda _: _assert_nothing,
        lambda _: FakeTwilioVideo().assert_no_open_rooms,
        lambda fake: fake.reset,
    ],
    ids=["name", "lambda", "partial", "coroutine function", "of another fake", "no assertion"],
)
def test_aeventually_takes_an_assertion_of_the_fake_and_nothing_else(twilio_video, given):
    """
    Of a function, it would not be known whether it has to pass once or all the time.
    """
    assertion = given(twilio_video)

    async def test():
        with pytest.raises(InvalidArgumentError, match="but takes an assertion of this fake"):
            await twilio_video.aeventually(assertion, within=5)

    anyio.run(test)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_aeventually_fails_in_time_while_freezegun_is_active(twilio_video, backend):
    async def test():
        with pytest.raises(AssertionError, match="nothing has happened"):
            await twilio_video.aeventually(twilio_video.assert_room_created, within=0.2)

    with freezegun.freeze_time("2026-01-31T09:00:00Z"):
        anyio.run(test, backend=backend)


@pytest.mark.twilio_video(sleep="virtual")
def test_aeventually_does_not_move_virtual_time(twilio_video):
    before = twilio_video.clock.now

    async def test():
        await twilio_video.aeventually(twilio_video.assert_no_room_created, within=0.2)

    anyio.run(test)

    assert twilio_video.clock.now == before


@pytest.mark.parametrize("how", ["assert_callback", "aeventually"])
def test_an_assertion_of_the_application_is_not_repeated(twilio_video, how):
    """
    If the check were repeated, the failure of the application's own check would be lost.
    """

    def handler(callback):
        assert callback.event != "room-ended", "the application's own check"

    twilio_video.callbacks.deliver_to(handler)
    with freezegun.freeze_time("2026-01-31T09:00:00Z") as frozen:
        twilio_video.rooms.create(status_callback=TOLD)
        frozen.tick(400)

        async def test():
            await twilio_video.aeventually(twilio_video.assert_callback, "room-ended", within=5)

        def wait():
            return twilio_video.assert_callback("room-ended", within=5)

        with pytest.raises(AssertionError, match="the application's own check"):
            anyio.run(test) if how == "aeventually" else wait()


def test_an_assertion_of_the_application_is_not_repeated_if_it_fails_during_the_check(
    twilio_video,
):
    with freezegun.freeze_time("2026-01-31T09:00:00Z") as frozen:

        def handler(callback):
            assert callback.event != "room-ended", "the application's own check"
            frozen.tick(400)  # The room ends after the delivery that comes before the check.

        twilio_video.callbacks.deliver_to(handler)
        create_room(StatusCallback=TOLD)

        with pytest.raises(AssertionError, match="the application's own check"):
            twilio_video.assert_callback("room-ended", within=5)


def test_aeventually_awaits_the_handlers_of_overdue_timers(twilio_video):
    arrived = []

    async def handler(callback):
        await anyio.lowlevel.checkpoint()
        arrived.append(callback.event)

    twilio_video.callbacks.deliver_to(handler)
    with freezegun.freeze_time("2026-01-31T09:00:00Z") as frozen:

        async def test():
            with twilio_video.callbacks.hold():
                twilio_video.rooms.create(status_callback=TOLD)
            frozen.tick(400)
            await twilio_video.aeventually(twilio_video.assert_callback, "room-ended", within=5)

        anyio.run(test)

    assert arrived == ["room-created", "room-ended"]


def test_every_assertion_takes_within():
    assertions = [name for name in dir(FakeTwilioVideo) if name.startswith("assert_")]

    assert len(assertions) >= 14
    for name in assertions:
        parameter = inspect.signature(getattr(FakeTwilioVideo, name)).parameters["within"]
        assert (parameter.kind, parameter.default) == (parameter.KEYWORD_ONLY, 0), name
