"""Virtual sleep: time passes without waiting."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import threading
import time
import warnings

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import anyio
import freezegun
import httpx
import pytest
import requests
import tenacity
import time_machine
import urllib3

from pytest_twilio_video import FakeTwilioVideo, RunawayTimeWarning


URL = "https://video.twilio.com/v1/Rooms"
AUTH = ("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a secret")
START = datetime(2031, 5, 17, 12, tzinfo=timezone.utc)


@pytest.fixture(name="fake")
def _fake():
    with FakeTwilioVideo(start=START, sleep="virtual") as fake:
        yield fake


@pytest.fixture(autouse=True)
def _nobody_waits():
    before = os.times().elapsed  # no library freezes this clock
    yield
    assert os.times().elapsed - before < 20


def passed(fake):
    return (fake.clock.now - START).total_seconds()


def test_a_sleep_moves_the_innermost_fake_with_virtual_sleep(fake):
    with FakeTwilioVideo(start=START) as real:
        time.sleep(5)
        assert (passed(fake), passed(real)) == (5, 0)

        with FakeTwilioVideo(start=START, sleep="virtual") as inner:
            time.sleep(7)
            assert (passed(fake), passed(real), passed(inner)) == (5, 0, 7)


def test_a_sleep_moves_the_clock_and_returns_at_once(fake):
    room = fake.rooms.create()

    time.sleep(299.5)
    assert passed(fake) == 299.5
    assert room.status == "in-progress"
    time.sleep(1)

    assert room.end_time == START + timedelta(minutes=5)


def test_a_real_sleep_does_not_move_the_clock():
    real = time.sleep
    with FakeTwilioVideo(start=START) as fake:
        assert time.sleep is real
        time.sleep(0.001)

        assert passed(fake) == 0


def test_leaving_the_fake_restores_the_real_functions():
    real, areal = time.sleep, asyncio.sleep
    with FakeTwilioVideo(start=START, sleep="virtual"):
        assert time.sleep is not real
        late = time.sleep

    assert (time.sleep, asyncio.sleep) == (real, areal)
    late(0.001)  # It was bound while sleep was virtual, and is real again.


def test_a_sleep_moves_the_outer_fake_after_the_inner_one_was_left(fake):
    other = FakeTwilioVideo(start=START, sleep="virtual")
    other.__enter__()
    time.sleep(5)
    assert (passed(fake), passed(other)) == (0, 5)
    other.__exit__(None, None, None)
    time.sleep(7)
    assert (passed(fake), passed(other)) == (7, 5)


def test_a_patch_of_time_sleep_by_the_user_has_precedence_and_may_outlive_the_fake(monkeypatch):
    real, calls = time.sleep, []
    with FakeTwilioVideo(start=START, sleep="virtual") as fake:
        monkeypatch.setattr(time, "sleep", calls.append)
        time.sleep(3)
        assert passed(fake) == 0
    time.sleep(4)
    assert calls == [3, 4]

    monkeypatch.undo()  # It restores our function, which it found.
    time.sleep(0.001)
    with FakeTwilioVideo(sleep="virtual"):
        pass
    assert time.sleep is real


def test_a_patch_of_asyncio_sleep_by_the_user_has_precedence_and_may_outlive_the_fake(monkeypatch):
    real, calls = asyncio.sleep, []

    async def patched(delay):
        calls.append(delay)

    with FakeTwilioVideo(start=START, sleep="virtual") as fake:
        monkeypatch.setattr(asyncio, "sleep", patched)
        asyncio.run(asyncio.sleep(3))
        assert passed(fake) == 0
    asyncio.run(asyncio.sleep(4))
    assert calls == [3, 4]
    assert asyncio.sleep is patched

    monkeypatch.undo()
    asyncio.run(asyncio.sleep(0.001))
    with FakeTwilioVideo(sleep="virtual"):
        pass
    assert asyncio.sleep is real


@pytest.mark.parametrize("module", [time, asyncio])
def test_a_patch_from_before_the_fake_is_restored_after_it(monkeypatch, module):
    monkeypatch.setattr(module, "sleep", print)

    with FakeTwilioVideo(sleep="virtual"):
        assert module.sleep is not print

    assert module.sleep is print


@pytest.mark.process
@pytest.mark.parametrize("module", ["time", "asyncio"])
def test_a_mock_of_the_first_test_is_not_used_by_the_next_tests(module):
    script = f"""
import asyncio, threading, time
from unittest import mock
from pytest_twilio_video import FakeTwilioVideo

with mock.patch("{module}.sleep") as mocked, FakeTwilioVideo(sleep="virtual"):
    pass

async def sleep():
    await asyncio.gather(asyncio.sleep(20), asyncio.sleep(10))

with FakeTwilioVideo(sleep="virtual", start="2030-01-01T00:00:00Z") as fake:
    asyncio.run(sleep())
    assert f"{{fake.clock.now:%H:%M:%S}}" == "00:00:20"

with FakeTwilioVideo(sleep="virtual", sleepers="test"):
    before = time.perf_counter()
    thread = threading.Thread(target=lambda: time.sleep(0.2))
    thread.start()
    thread.join()
    assert time.perf_counter() - before >= 0.2
mocked.assert_not_called()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60)


def test_after_a_reset_the_new_clock_is_moved(fake):
    time.sleep(5)
    fake.reset()
    time.sleep(7)

    assert passed(fake) == 7


@pytest.mark.parametrize("wrong", [-1, math.nan, "1", None])
def test_an_invalid_length_raises_the_error_of_a_real_sleep(fake, wrong):
    with pytest.raises((ValueError, TypeError)):
        time.sleep(wrong)

    assert passed(fake) == 0


def test_a_sleep_beyond_the_calendar_fails_and_does_not_move_the_clock(fake):
    with pytest.raises(OverflowError):
        time.sleep(10**15)
    with pytest.raises(OverflowError):
        time.sleep(10**11 * 3)

    assert passed(fake) == 0


def test_a_name_that_was_bound_earlier_is_not_patched(fake):
    """
    This limit is documented: such a module has the real function.
    """
    real = time.sleep.__wrapped__

    real(0.001)

    assert passed(fake) == 0


def test_sleeps_in_threads_move_the_clock_too(fake):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(time.sleep, [10] * 8))
    thread = threading.Thread(target=time.sleep, args=(20,))
    thread.start()
    thread.join()

    assert passed(fake) == 100


@pytest.mark.process
def test_waiting_for_another_process_takes_real_time(fake):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.05)
    process.communicate(b"\n")

    assert passed(fake) == 0


# Asyncio.


@pytest.mark.anyio
async def test_an_asyncio_sleep_moves_the_clock_and_returns_its_result(fake):
    room = fake.rooms.create()

    assert await asyncio.sleep(300, "slept") == "slept"

    assert passed(fake) == 300
    assert room.status == "completed"


@pytest.mark.anyio
async def test_a_sleep_of_zero_seconds_runs_other_tasks_and_does_not_move_the_clock(fake):
    order = []

    async def other():
        order.append("other")

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    order.append("me")

    assert order == ["other", "me"]
    assert passed(fake) == 0
    await task


@pytest.mark.anyio
async def test_a_sleep_lets_other_tasks_run(fake):
    done = asyncio.Event()
    asyncio.get_running_loop().call_soon(done.set)

    while not done.is_set():  # noqa: ASYNC110 -- as an application might
        await asyncio.sleep(1)

    assert passed(fake) <= 2


@pytest.mark.anyio
async def test_concurrent_sleepers_wake_in_the_order_of_their_moments(fake):
    """
    The time that passes is the longest of the sleeps, as in real time.
    """
    log = []

    async def sleeper(name, *delays):
        for delay in delays:
            await asyncio.sleep(delay)
            log.append((name, passed(fake)))

    await asyncio.gather(sleeper("long", 10), sleeper("ticks", 3, 3, 3, 3), sleeper("short", 1))

    assert log == [
        ("short", 1),
        ("ticks", 3),
        ("ticks", 6),
        ("ticks", 9),
        ("long", 10),
        ("ticks", 12),
    ]


@pytest.mark.anyio
async def test_concurrent_sleepers_overlap_while_a_callback_is_delivered_on_the_loop(fake):
    log = []

    async def handler(_callback):
        for _ in range(5):
            await asyncio.sleep(0)

    async def sleeper(name, *delays):
        for delay in delays:
            await asyncio.sleep(delay)
            log.append((name, passed(fake)))

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(status_callback="http://app.test/")

    await asyncio.gather(sleeper("twice", 10, 5), sleeper("long", 20), sleeper("longer", 30))

    assert log == [("twice", 10), ("twice", 15), ("long", 20), ("longer", 30)]
    assert len(fake.callbacks) == 1
    assert fake.callbacks.pending == []


@pytest.mark.anyio
async def test_a_handler_may_wait_for_a_task_that_sleeps(fake):
    slept = asyncio.Event()

    async def worker():
        await asyncio.sleep(20)
        slept.set()

    async def handler(_callback):
        await slept.wait()

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(status_callback="http://app.test/")

    await asyncio.gather(asyncio.sleep(10), worker())

    assert passed(fake) == 20


@pytest.mark.anyio
async def test_a_canceled_sleep_does_not_delay_others(fake):
    first = asyncio.create_task(asyncio.sleep(1))
    await asyncio.sleep(0)
    first.cancel()

    await asyncio.sleep(5)

    assert first.cancelled()
    assert passed(fake) == 5


@pytest.mark.anyio
async def test_an_endless_sleep_waits_for_its_cancellation(fake):
    forever = asyncio.create_task(asyncio.sleep(math.inf))
    await asyncio.sleep(5)

    assert not forever.done()
    forever.cancel()
    assert passed(fake) == 5


@pytest.mark.anyio
async def test_sleeping_by_anyio_takes_real_time(fake):
    with anyio.move_on_after(0.02) as scope:
        await anyio.sleep(5)

    assert scope.cancel_called
    assert passed(fake) == 0


def test_two_loops_do_not_wait_for_each_other(fake):
    async def stop_in_the_middle():
        asyncio.create_task(asyncio.sleep(1))  # noqa: RUF006 -- it is to be left behind
        await asyncio.sleep(0)
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    stopped = loop.create_task(stop_in_the_middle())
    loop.run_forever()
    asyncio.run(asyncio.sleep(5))

    assert passed(fake) == 5
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert stopped.done()


# During calls and deliveries.


def record_callbacks(fake):
    told = []
    fake.callbacks.deliver_to(lambda callback: told.append((callback.event, passed(fake))))
    return told


def test_a_loop_that_sleeps_until_a_callback_arrives_ends(fake):
    """
    A sleep advances the clock, so timers run and callbacks are delivered.
    """
    told = record_callbacks(fake)
    fake.rooms.create(status_callback="http://app.test/")

    while ("room-ended", 300) not in told:
        time.sleep(7)

    assert passed(fake) == 301


@pytest.mark.anyio
async def test_an_async_loop_that_sleeps_until_a_callback_arrives_ends(fake):
    ended = asyncio.Event()

    async def handler(callback):
        await asyncio.sleep(0)
        if callback.event == "room-ended":
            ended.set()

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(status_callback="http://app.test/")

    while not ended.is_set():  # noqa: ASYNC110
        await asyncio.sleep(7)

    assert passed(fake) == 301


def test_no_callback_is_delivered_during_a_call_of_a_client(fake):
    told = record_callbacks(fake)
    room = fake.rooms.create(status_callback="http://app.test/")
    fake.fail(retry_after=600, times=1)
    session = requests.Session()
    retry = urllib3.Retry(1, status_forcelist=[503])
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))

    assert session.get(URL, auth=AUTH).json()["rooms"] == []

    assert told == [("room-created", 0)]
    assert room.status == "completed"
    fake.callbacks.flush()
    assert told == [("room-created", 0), ("room-ended", 600)]


def test_no_callback_is_delivered_in_another_thread(fake):
    """
    In another thread, a handler would use another database connection than the test.
    """
    threads = []
    fake.callbacks.deliver_to(lambda _: threads.append(threading.get_ident()))
    room = fake.rooms.create(status_callback="http://app.test/")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(time.sleep, 600).result()

    assert room.status == "completed"

    assert threads == [threading.get_ident()] * 2


def test_a_sleep_in_a_handler_moves_the_clock_after_the_delivery(fake):
    moments = []

    def handler(callback):
        moments.append(passed(fake))
        time.sleep(60)
        time.sleep(30)
        moments.append(passed(fake))

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(status_callback="http://app.test/", unused_room_timeout=2)
    assert (moments, passed(fake)) == ([0, 0], 90)

    fake.clock.advance(minutes=1)

    assert moments == [0, 0, 120, 120]
    assert passed(fake) == 90 + 60 + 90


def test_timers_that_fall_due_during_a_sleep_in_a_handler_run_at_their_moment(fake):
    fake.callbacks.deliver_to(lambda _: time.sleep(3600))
    other = fake.rooms.create(unused_room_timeout=30)

    fake.rooms.create(status_callback="http://app.test/", unused_room_timeout=60)

    assert other.end_time == START + timedelta(minutes=30)


@pytest.mark.anyio
async def test_a_handler_that_sleeps_on_the_loop_does_not_hang(fake):
    async def handler(_callback):
        await asyncio.sleep(60)

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(status_callback="http://app.test/", unused_room_timeout=2)

    await fake.clock.aadvance(minutes=2)

    assert len(fake.callbacks) == 2
    assert fake.callbacks.pending == []
    assert passed(fake) == 120 + 60 + 60


@pytest.mark.anyio
async def test_sleeps_of_a_handler_at_the_same_time_overlap(fake):
    async def handler(_callback):
        await asyncio.gather(asyncio.sleep(10), asyncio.sleep(20))
        await asyncio.sleep(5)

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(status_callback="http://app.test/")

    await fake.callbacks.aflush()

    assert passed(fake) == 20 + 5


@pytest.mark.parametrize(
    "frozen", [freezegun.freeze_time(START), time_machine.travel(START, tick=False)]
)
def test_a_sleep_moves_a_freeze_as_well(fake, frozen):
    with frozen:
        time.sleep(30)

        assert datetime.now(timezone.utc) == fake.clock.now == START + timedelta(seconds=30)


# Other people's retries.


def test_retries_of_urllib3_wait_for_retry_after_in_virtual_time(fake):
    session = requests.Session()
    retry = urllib3.Retry(3, status_forcelist=[503], allowed_methods=None)
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
    fake.fail("POST", "/v1/Rooms", times=2, retry_after=30)

    response = session.post(URL, {"UniqueName": "DailyStandup"}, auth=AUTH)

    assert response.status_code == 201
    assert [(call.status, (call.at - START).total_seconds()) for call in fake.calls] == [
        (503, 0),
        (503, 30),
        (201, 60),
    ]


def test_retries_of_tenacity_back_off_in_virtual_time(fake):
    fake.fail(error="reset", times=3)

    @tenacity.retry(wait=tenacity.wait_exponential(), stop=tenacity.stop_after_attempt(5))
    def create():
        requests.post(URL, auth=AUTH).raise_for_status()

    create()

    assert [(call.at - START).total_seconds() for call in fake.calls] == [0, 1, 3, 7]


@pytest.mark.anyio
async def test_async_retries_of_tenacity_back_off_in_virtual_time(fake):
    fake.fail(error="reset", times=3)

    @tenacity.retry(wait=tenacity.wait_exponential(), stop=tenacity.stop_after_attempt(5))
    async def create():
        async with httpx.AsyncClient(auth=AUTH) as client:
            (await client.post(URL)).raise_for_status()

    await create()

    assert [(call.at - START).total_seconds() for call in fake.calls] == [0, 1, 3, 7]


def periodic(ended):
    """A background loop, as applications have them for heartbeats and clean-ups."""

    async def loop():
        while not ended.is_set():  # noqa: ASYNC110 -- it is what a heartbeat does
            await asyncio.sleep(30)

    return loop


@pytest.mark.parametrize("where", ["task", "thread"])
@pytest.mark.parametrize("sleepers", [pytest.param("all", marks=pytest.mark.slow), "test"])
def test_a_background_loop_that_sleeps_moves_the_clock_only_for_a_while(where, sleepers):
    ended = threading.Event()

    def in_thread():
        while not ended.is_set():
            time.sleep(30)

    async def test():
        task = asyncio.create_task(periodic(ended)()) if where == "task" else None
        thread = threading.Thread(target=in_thread, daemon=True)
        if task is None:
            thread.start()
        for _ in range(1000):  # Until it is stopped; it is never admitted with "test".
            await asyncio.get_running_loop().run_in_executor(None, ended.wait, 0.01)
            if sleepers == "test" or warned:
                break
        moved = passed(fake)
        await asyncio.sleep(86400)  # The test's own.
        assert passed(fake) >= moved + 86400
        ended.set()
        if task is not None:
            task.cancel()
        return moved

    with (
        warnings.catch_warnings(record=True) as warned,
        FakeTwilioVideo(start=START, sleep="virtual", sleepers=sleepers) as fake,
    ):
        warnings.simplefilter("always")
        moved = asyncio.run(test())

    kinds = [each.category for each in warned]
    if sleepers == "test":
        assert moved == 0
        assert kinds == []
    else:
        assert moved == 30_000  # 1,000 sleeps, and more than an hour
        assert kinds == [RunawayTimeWarning]
        assert f"{__file__}:" in str(warned[0].message)


@pytest.mark.parametrize("plugin", ["asyncio", "anyio"])
def test_the_sleeps_of_the_test_itself_always_move_the_clock(pytester, plugin):
    pytester.makepyfile(
        f"""
        import asyncio, time
        import pytest

        @pytest.mark.{plugin}
        @pytest.mark.twilio_video(sleep="virtual", sleepers="test")
        async def test_it(twilio_video):
            before = twilio_video.clock.now
            for _ in range(500):
                await asyncio.sleep(3600)
            time.sleep(3600)
            assert (twilio_video.clock.now - before).total_seconds() == 501 * 3600
            helper = asyncio.create_task(asyncio.sleep(0.001))
            await helper
            assert (twilio_video.clock.now - before).total_seconds() == 501 * 3600

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
        """
    )
    other = "asyncio" if plugin == "anyio" else "anyio"
    pytester.runpytest_inprocess("-p", f"no:{other}").assert_outcomes(passed=1)


@pytest.mark.parametrize("sleepers", ["all", "test"])
def test_a_handler_sleeps_on_behalf_of_the_test(sleepers):
    async def hook(_callback):
        await asyncio.sleep(10)
        await asyncio.create_task(asyncio.sleep(5))

    with FakeTwilioVideo(start=START, sleep="virtual", sleepers=sleepers) as fake:
        fake.callbacks.deliver_to(hook)
        fake.rooms.create(status_callback="https://app.example/")

        assert passed(fake) == 15


def test_a_few_long_sleeps_of_other_threads_cause_no_warning(fake):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(time.sleep, [86400] * 50))
        list(pool.map(time.sleep, [0.001] * 900))

    assert passed(fake) == pytest.approx(50 * 86400 + 0.9)


def test_other_threads_may_keep_sleeping_as_long_as_the_test_sleeps_too(fake):
    with ThreadPoolExecutor(1) as pool:
        for _ in range(4):
            list(pool.map(time.sleep, [10] * 900))
            time.sleep(1)

    assert passed(fake) == 4 * 9001


def test_a_trio_application_uses_its_own_clock():
    """
    `trio.sleep` is not patched: trio's MockClock skips it, and the application moves our clock.
    """
    trio = pytest.importorskip("trio")
    testing = pytest.importorskip("trio.testing")

    async def application(fake):
        async with httpx.AsyncClient(auth=AUTH) as client:
            sid = (await client.post(URL)).json()["sid"]
            await trio.sleep(600)
            fake.clock.advance(minutes=10)
            return (await client.get(f"{URL}/{sid}")).json()["status"]

    with FakeTwilioVideo(start=START, sleep="virtual") as fake:
        clock = testing.MockClock(autojump_threshold=0)
        assert trio.run(application, fake, clock=clock) == "completed"
        assert passed(fake) == 600
