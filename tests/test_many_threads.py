"""Many threads at the same time: nothing is lost or doubled, and time never goes back."""

from __future__ import annotations

import base64
import json
import random
import sys
import threading

from collections import Counter
from contextlib import suppress
from urllib.parse import urlencode

import invariants
import pytest

from pytest_twilio_video import FakeTwilioVideo, MovedTimeError, RefusedError, VideoSdkError
from pytest_twilio_video._http import Request


HOME = "https://video.twilio.com/v1"
APP = "https://app.example/hooks"
THREADS, JUMPERS = 32, 4


@pytest.fixture
def operations(request):
    """How many operations each thread does; a thousand with ``--many-operations``."""
    return 1000 if request.config.getoption("many_operations") else 100


class Worker(threading.Thread):
    """Does *count* different operations, and records the expected results."""

    def __init__(self, fake, number, count, start):
        super().__init__()
        self.fake, self.number, self.count, self.start_together = fake, number, count, start
        self.draw = random.Random(number)  # noqa: S311 -- the same in each run
        self.calls, self.created, self.moments, self.errors = 0, [], [], []
        self.jumped = 0

    def run(self):
        self.start_together.wait()
        try:
            for turn in range(self.count):
                self.operate(turn)
                self.moments.append(self.fake.clock.now)
        except BaseException as error:  # noqa: BLE001 -- the test raises it
            self.errors.append(error)

    def operate(self, turn):
        if self.number < JUMPERS and turn % 4 == 0:
            with suppress(MovedTimeError):
                self.fake.clock.advance(seconds=1)
                self.jumped += 1
            return
        kind = self.draw.randrange(6)
        if kind == 0 or not self.created:
            name = f"{self.number}-{turn}"
            room = self.ask("POST", "/Rooms", UniqueName=name, StatusCallback=APP)
            self.created.append(room["sid"])
            return
        sid = self.draw.choice(self.created[-5:])
        with suppress(RefusedError, VideoSdkError):  # The room may have ended.
            if kind == 1:
                self.ask("POST", f"/Rooms/{sid}", Status="completed")
            elif kind == 2:
                self.ask("GET", "/Rooms", PageSize=2)
            elif kind == 3:
                self.fake.rooms[sid].connect(f"{self.number}-{turn}").publish("audio")
            elif kind == 4:
                for participant in self.fake.rooms[sid].participants[:1]:
                    participant.disconnect()
            else:
                self.fake.callbacks.flush()

    def ask(self, method, path, **fields):
        self.calls += 1
        form = urlencode(fields)
        headers = {"authorization": "Basic " + base64.b64encode(b"AC1:x").decode()}
        url = f"{HOME}{path}?{form}" if method == "GET" else HOME + path
        return json.loads(self.fake._handle(Request(method, url, headers, form.encode())).body)


@pytest.mark.parametrize("when", ["meanwhile", "afterwards"])
def test_many_threads_lose_nothing_repeat_nothing_and_never_move_time_back(operations, when):
    """
    Callbacks are delivered *meanwhile*, when time can rarely be moved, or *afterwards*.
    """
    delivered = []
    before = sys.getswitchinterval()
    with FakeTwilioVideo() as fake:
        if when == "meanwhile":
            fake.callbacks.deliver_to(delivered.append)
        start, begin = threading.Barrier(THREADS), fake.clock.now
        workers = [Worker(fake, number, operations, start) for number in range(THREADS)]
        sys.setswitchinterval(1e-5)  # Threads take turns a thousand times as often.
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(120)
        finally:
            sys.setswitchinterval(before)
        assert not any(worker.is_alive() for worker in workers)
        assert [error for worker in workers for error in worker.errors] == []
        if when == "afterwards":
            fake.callbacks.deliver_to(delivered.append)
        fake.callbacks.flush()

        # Nothing is lost, nothing is doubled.
        created = [sid for worker in workers for sid in worker.created]
        assert sorted(created) == sorted(room.sid for room in fake.rooms)
        assert len(fake.calls) == sum(worker.calls for worker in workers)
        counts = Counter(event.name for event in fake.events)
        assert counts["room-created"] == len(created)
        assert Counter(each.event for each in fake.callbacks) == counts
        assert Counter(map(id, delivered)) == Counter(map(id, fake.callbacks))
        assert fake.callbacks.pending == []
        assert max(Counter(_facts(fake)).values()) == 1

        # Time never goes back, and each jump is made once.
        for worker in workers:
            assert worker.moments == sorted(worker.moments)
        moments = [event.at for event in fake.events]
        assert moments == sorted(moments)
        jumps = sum(worker.jumped for worker in workers)
        assert (fake.clock.now - begin).total_seconds() == jumps
        assert jumps > 0 or when == "meanwhile"
        for holds in invariants.OF_ACCOUNTS + invariants.OF_CALLBACKS:
            holds(fake)


def _facts(fake):
    """Return the events that may happen only once: the creation and the end of each resource."""
    once = {"room-created", "room-ended", "participant-connected", "participant-disconnected"}
    return [(event.name, event._record.sid) for event in fake.events if event.name in once]
