"""Several deliveries at once: by tasks, in handlers, and of callbacks that cause each other."""

from __future__ import annotations

import threading

import anyio
import pytest
import requests

from fastapi import FastAPI

from pytest_twilio_video import EndlessCallbacksError, FakeTwilioVideo


APP = "https://app.example/hooks"
BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@BACKENDS
@pytest.mark.parametrize("how", ["aflush", "aredeliver"])
def test_a_task_waits_for_the_task_that_delivers_its_callback(callbacks, queue, backend, how):
    async def test():
        asked, answered = anyio.Event(), anyio.Event()

        async def hook(_callback):
            asked.set()
            await answered.wait()
            return 204

        async def answer():
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            answered.set()

        callbacks.deliver_to(hook)
        queue()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(callbacks.aflush)
            await asked.wait()
            mine = queue()
            tasks.start_soon(answer)
            await (callbacks.aflush() if how == "aflush" else callbacks.aredeliver(mine))
            assert mine.response.status_code == 204
        assert callbacks.pending == []

    anyio.run(test, backend=backend)


@BACKENDS
def test_a_task_waits_for_a_thread_that_delivers_its_callback(callbacks, queue, backend):
    asked, answered = threading.Event(), threading.Event()

    def hook(_callback):
        asked.set()
        assert answered.wait(5)

    async def test():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, callbacks.flush)
            await anyio.to_thread.run_sync(asked.wait)
            mine = queue()
            tasks.start_soon(anyio.to_thread.run_sync, answered.set)
            await callbacks.aflush()
            assert mine.response.status_code == 200

    callbacks.deliver_to(hook)
    queue()
    anyio.run(test, backend=backend)


def test_a_callback_is_delivered_that_a_thread_queues_while_a_delivery_ends(
    callbacks, callback_queue, queue, monkeypatch
):
    """
    The thread cannot deliver it, because the other delivery has not quite ended.
    """
    lock, late = callback_queue._delivery_lock, []

    def work():
        late.append(queue())
        callbacks.flush()
        assert late[0].response is None

    class Lock:
        acquire, locked = lock.acquire, lock.locked

        def release(self):
            if not late:
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
            lock.release()

    monkeypatch.setattr(callback_queue, "_delivery_lock", Lock())
    callbacks.deliver_to(lambda _callback: None)
    queue()

    callbacks.flush()

    assert late[0].response.status_code == 200
    assert callbacks.pending == []


@BACKENDS
def test_many_tasks_flush_and_each_finds_its_own_callback_delivered(callbacks, queue, backend):
    arrived = []

    async def hook(callback):
        await anyio.lowlevel.checkpoint()
        arrived.append(callback)

    async def cause():
        for _ in range(10):
            mine = queue()
            await anyio.lowlevel.checkpoint()
            await callbacks.aflush()
            assert mine.response.status_code == 200

    async def test():
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(cause)

    callbacks.deliver_to(hook)
    anyio.run(test, backend=backend)
    assert arrived == list(callbacks)
    assert len(arrived) == 100


@BACKENDS
def test_a_task_waits_for_earlier_callbacks_while_time_moves(backend):
    """
    All callbacks are delivered between two timers, including those that another task delivers.
    """

    async def test(fake):
        asked, answered = anyio.Event(), anyio.Event()

        async def hook(callback):
            asked.set()
            await answered.wait()

        fake.callbacks.deliver_to(hook)
        room = fake.rooms.create(status_callback=APP)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fake.callbacks.aflush)
            await asked.wait()
            room.complete()
            answered.set()
            await fake.callbacks.aflush()
            await fake.clock.aadvance(hours=1)
        assert [each.event for each in fake.callbacks if each.response] == [
            "room-created",
            "room-ended",
        ]

    with FakeTwilioVideo() as fake:
        anyio.run(test, fake, backend=backend)


@BACKENDS
@pytest.mark.parametrize("kind", ["coroutine function", "its task", "fastapi"])
def test_a_handler_that_flushes_does_not_wait_for_itself(callbacks, queue, backend, kind):
    pending = []

    async def flush():
        if len(callbacks) == 1:
            queue("room-ended")
        await callbacks.aflush()
        pending.append(len(callbacks.pending))

    async def hook(_callback):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(flush)

    async def direct(_callback):
        await flush()

    app = FastAPI()
    app.post("/hooks")(flush)
    targets = {"coroutine function": direct, "its task": hook, "fastapi": app}
    callbacks.deliver_to(targets[kind])
    queue()

    async def test():
        with anyio.fail_after(5):
            await callbacks.aflush()

    anyio.run(test, backend=backend)
    queue()
    callbacks.flush()  # On the background loop.
    assert pending == [1, 0, 0]


def create(fake):
    """Create a room as the application does."""
    fake_url = "https://video.twilio.com/v1/Rooms"
    auth = fake.account_sid, fake.auth_token
    requests.post(fake_url, {"StatusCallback": APP}, auth=auth, timeout=5)


def reopening(fake):
    def hook(callback):
        if callback.event == "room-created":
            fake.rooms[callback.room_sid].complete()
        else:
            create(fake)

    return hook


def test_a_handler_that_reopens_the_ended_room_is_stopped_and_the_cycle_is_shown():
    with FakeTwilioVideo() as fake:
        fake.callbacks.deliver_to(reopening(fake))

        with pytest.raises(EndlessCallbacksError) as stopped:
            fake.rooms.create(status_callback=APP)

        first, second, last = str(stopped.value).splitlines()
        assert "more than 1000 in one delivery" in first
        events = [each.partition(" ")[0] for each in second.split(": ")[1].split(" -> ")]
        assert events == ["room-ended", "room-created", "room-ended"]
        assert "callback_limit" in last
        assert len([each for each in fake.callbacks if each.response]) == 1001
        (pending,) = fake.callbacks.pending
        assert "without end" in pending.problem


@pytest.mark.parametrize(
    "name", ["function", "coroutine function", "flask", "fastapi", "starlette's client, entered"]
)
@pytest.mark.parametrize("how", ["flush", "aflush"])
def test_the_cycle_is_found_however_the_handler_runs(
    callbacks, callback_queue, queue, inbox, make_target, name, how
):
    callback_queue._limit = 5
    inbox.react = lambda _params: queue() and 204
    callbacks.deliver_to(make_target(name))
    queue()

    with pytest.raises(EndlessCallbacksError, match="more than 5 in one"):
        anyio.run(callbacks.aflush) if how == "aflush" else callbacks.flush()

    assert len(inbox.arrivals) == 6


def test_the_cycle_is_found_in_a_server_on_this_machine(
    callbacks, callback_queue, queue, inbox, live_server
):
    callback_queue._limit = 5
    inbox.react = lambda _params: queue(url=live_server) and 204
    callbacks.deliver_to("network")
    queue(url=live_server)

    with pytest.raises(EndlessCallbacksError, match="more than 5 in one"):
        callbacks.flush()


def test_redelivering_a_callback_in_its_handler_is_a_cycle(callbacks, callback_queue, queue):
    callback_queue._limit = 5
    callbacks.deliver_to(lambda callback: callbacks.redeliver(callback) and 204)
    queue()

    with pytest.raises(EndlessCallbacksError, match="room-created DailyStandup -> room-created"):
        callbacks.flush()


def test_callbacks_that_no_handler_caused_are_not_limited(callbacks, callback_queue, queue):
    """
    These are callbacks that were queued before, and callbacks of other threads.
    """
    callback_queue._limit = 5
    threads = []

    def hook(_callback):
        if not threads:
            threads.append(threading.Thread(target=lambda: [queue() for _ in range(20)]))
            threads[0].start()
            threads[0].join()

    for _ in range(20):
        queue()
    callbacks.deliver_to(hook)
    callbacks.flush()

    assert len(callbacks) == 40
    assert callbacks.pending == []


def test_one_new_callback_in_each_delivery_is_not_a_cycle(callbacks, callback_queue, queue):
    callback_queue._limit = 5
    callbacks.deliver_to(
        lambda callback: queue() and 204 if callback.event == "room-ended" else 204
    )
    for _ in range(20):
        queue("room-ended")
        callbacks.flush()

    assert len(callbacks) == 40
    assert callbacks.pending == []
