"""How a fake begins and ends: with, start and stop, and as a decorator."""

from __future__ import annotations

import asyncio
import inspect
import re

import pytest
import requests

from pytest_twilio_video import (
    FakeTwilioVideo,
    TwilioVideoError,
    UndeliverableCallbackError,
    UnusedFaultWarning,
)


ROOMS = "https://video.twilio.com/v1/Rooms"
AUTH = ("AC" + "1" * 32, "a token")


def create():
    return requests.post(ROOMS, auth=AUTH, timeout=5).status_code


# start() and stop().


def test_a_fake_answers_from_its_start_to_its_stop():
    fake = FakeTwilioVideo()

    assert fake.start() is fake
    try:
        assert create() == 201
    finally:
        fake.stop()

    assert len(fake.rooms) == 1
    with FakeTwilioVideo() as other:
        create()
    assert (len(fake.rooms), len(other.rooms)) == (1, 1)


def test_a_fake_can_be_started_again():
    fake = FakeTwilioVideo()
    for _ in range(2):
        fake.start()
        create()
        fake.stop()

    assert len(fake.rooms) == 2


@pytest.mark.parametrize("is_async", [False, True], ids=["function", "coroutine function"])
def test_a_fake_that_is_started_again_delivers_to_the_same_targets(*, is_async):
    heard = []

    async def ahear(callback):
        heard.append(callback)

    fake = FakeTwilioVideo()
    fake.callbacks.deliver_to(ahear if is_async else heard.append)
    for _ in range(2):
        fake.start()
        fake.rooms.create(status_callback="https://app.example/hooks")
        fake.stop()

    assert heard == fake.callbacks
    assert len(heard) == 2


def test_a_stopped_fake_delivers_its_callbacks_when_it_is_started_again():
    heard = []
    fake = FakeTwilioVideo()
    fake.callbacks.deliver_to(heard.append)
    with fake:
        room = fake.rooms.create(status_callback="https://app.example/hooks")
        fake.callbacks.hold()
        room.connect("alice")
    fake.callbacks.release()
    room.complete()
    fake.callbacks.flush()

    late = fake.callbacks[-1]
    assert heard == fake.callbacks[:1]
    assert late.problem == "the fake is stopped: it delivers nothing until start()"
    with pytest.raises(UndeliverableCallbackError, match="fake is stopped"):
        fake.callbacks.redeliver(late)

    with fake:
        assert late.problem.startswith("queued")
        fake.callbacks.flush()
    assert heard == fake.callbacks
    assert late.problem is None


@pytest.mark.parametrize("times", [0, 1])
def test_a_stop_without_a_start_is_an_error(times):
    fake = FakeTwilioVideo()
    for _ in range(times):
        fake.start()
        fake.stop()

    with pytest.raises(TwilioVideoError, match="not started, so it cannot be stopped"):
        fake.stop()


def test_a_with_block_cannot_be_stopped():
    with FakeTwilioVideo() as fake:
        with pytest.raises(TwilioVideoError, match="not started"):
            fake.stop()
        assert create() == 201


# The decorator.


def test_each_call_of_a_decorated_function_gets_an_empty_account():
    fakes = []

    @FakeTwilioVideo(account_sid="AC" + "5" * 32)
    def work(twilio_video):
        fakes.append(twilio_video)
        assert create() == 201
        return len(twilio_video.rooms), twilio_video.account_sid

    assert [work(), work()] == [(1, "AC" + "5" * 32)] * 2
    assert fakes[0] is not fakes[1]


def test_a_call_within_a_call_has_its_own_account():
    @FakeTwilioVideo()
    def work(depth, twilio_video):
        create()
        inner = work(depth - 1) if depth else []
        return [len(twilio_video.rooms), *inner]

    assert work(2) == [1, 1, 1]


def test_a_decorated_coroutine_function_is_still_a_coroutine_function():
    @FakeTwilioVideo()
    async def work(twilio_video):
        create()
        await asyncio.sleep(0)
        return len(twilio_video.rooms)

    assert inspect.iscoroutinefunction(work)
    assert asyncio.run(work()) == 1


def test_the_parameter_is_removed_from_the_signature():
    @FakeTwilioVideo()
    def work(one, twilio_video, two=2, *, three):
        """What it does."""
        assert twilio_video.rooms == []
        return one, two, three

    assert str(inspect.signature(work)) == "(one, two=2, *, three)"
    assert work.__doc__ == "What it does."
    assert work(1, three=3) == (1, 2, 3)
    assert work(1, 5, three=3) == (1, 5, 3)
    assert work(one=1, two=5, three=3) == (1, 5, 3)


def test_the_fake_answers_even_if_the_function_has_no_parameter_for_it():
    assert FakeTwilioVideo()(create)() == 201


def test_a_method_can_be_decorated():
    class Case:
        @FakeTwilioVideo()
        def work(self, twilio_video):
            return isinstance(self, Case), len(twilio_video.rooms)

    assert Case().work() == (True, 0)


def test_a_classmethod_and_a_staticmethod_are_decorated_on_the_inside():
    class Case:
        @classmethod
        @FakeTwilioVideo()
        def of_class(cls, twilio_video):
            return cls is Case, len(twilio_video.rooms)

        @staticmethod
        @FakeTwilioVideo()
        def static(twilio_video):
            return len(twilio_video.rooms)

    assert Case().of_class() == (True, 0)
    assert Case().static() == 0


def test_the_fake_is_exited_after_an_exception():
    @FakeTwilioVideo()
    def work():
        raise ZeroDivisionError

    with FakeTwilioVideo() as outer:
        with pytest.raises(ZeroDivisionError):
            work()
        create()

    assert len(outer.rooms) == 1


def generator(twilio_video):
    yield twilio_video


async def asynchronous_generator(twilio_video):
    yield twilio_video


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (generator, "cannot decorate generator, which yields: the fake would end before"),
        (asynchronous_generator, "cannot decorate asynchronous_generator, which yields"),
        (TwilioVideoError, "not the class TwilioVideoError. Decorate its methods"),
        (3, "decorates functions, not 3"),
        (classmethod(create), "not a classmethod: write @classmethod above @FakeTwilioVideo()"),
        (staticmethod(create), "not a staticmethod: write @staticmethod above @FakeTwilioVideo()"),
    ],
)
def test_decorating_anything_but_a_function_is_refused_at_once(function, message):
    with pytest.raises(TwilioVideoError, match=re.escape(message)):
        FakeTwilioVideo()(function)


def test_pytest_does_not_look_for_a_fixture_for_the_parameter(pytester):
    pytester.makepyfile("""
        import pytest
        from pytest_twilio_video import FakeTwilioVideo

        @pytest.mark.parametrize("name", ["one", "two"])
        @FakeTwilioVideo(seed="a seed")
        def test_it(name, twilio_video, tmp_path):
            assert twilio_video.rooms == []
            twilio_video.rooms.create(unique_name=name)
    """)

    result = pytester.runpytest_inprocess("-p", "no:randomly", "--setup-show")

    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*SETUP*twilio_video*")


# The setting `unused_faults`.

UNUSED = (
    "the test injected faults that were never triggered: 503 (code 20503) for POST /v1/Rooms. "
    "Correct the method, the path or the event, remove the faults, or set unused_faults='ignore'"
)


def inject(setting, *, and_call=False):
    with FakeTwilioVideo(unused_faults=setting) as fake:
        fake.fail("POST", "/v1/Rooms")
        if and_call:
            create()


def test_an_unused_fault_is_ignored_by_default():
    assert FakeTwilioVideo()._settings.unused_faults == "ignore"
    inject("ignore")


def test_an_unused_fault_causes_a_warning_when_the_fake_is_exited():
    with pytest.warns(UnusedFaultWarning, match=f"^{re.escape(UNUSED)}$") as caught:
        inject("warn")

    assert caught[0].filename == __file__


def test_an_unused_fault_fails_the_test_when_the_fake_is_exited():
    with pytest.raises(AssertionError, match=f"^{re.escape(UNUSED)}$"):
        inject("fail")


@pytest.mark.parametrize("setting", ["warn", "fail"])
def test_a_fault_that_was_triggered_is_not_unused(setting):
    inject(setting, and_call=True)


def test_a_fault_of_callbacks_can_be_unused_too():
    def work(event):
        with FakeTwilioVideo(unused_faults="fail") as fake:
            fake.callbacks.deliver_to(lambda _: 200)
            fake.callbacks.drop(event)
            fake.rooms.create(status_callback="https://app.example/")

    work("room-created")
    with pytest.raises(
        AssertionError, match=r"never triggered: callbacks\.drop\('room-ended'\)\."
    ):
        work("room-ended")


def test_an_exception_is_not_replaced_by_unused_faults():
    def work():
        with FakeTwilioVideo(unused_faults="fail") as fake:
            fake.fail()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()


@pytest.mark.parametrize(
    ("ini", "outcomes"),
    [
        ("", {"passed": 1}),
        ("twilio_video_unused_faults = warn", {"passed": 1, "warnings": 1}),
        ("twilio_video_unused_faults = fail", {"passed": 1, "errors": 1}),
    ],
)
def test_the_fixture_obeys_the_ini_file(pytester, ini, outcomes):
    pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
    pytester.makepyfile("def test_it(twilio_video): twilio_video.fail('POST', '/v1/Rooms')")

    # pytest-asyncio of old does not know the option, and pytest warns of that.
    ignored = ["-W", "ignore::pytest.PytestConfigWarning"]
    result = pytester.runpytest_inprocess("-p", "no:randomly", "-W", "default", *ignored)

    result.assert_outcomes(**outcomes)
    if ini:
        result.stdout.fnmatch_lines([f"*{UNUSED.replace('(', '*')[:60]}*"])


def test_a_failed_test_does_not_fail_again_for_unused_faults(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.twilio_video(unused_faults="fail")
        def test_it(twilio_video):
            twilio_video.fail()
            assert False
    """)

    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(failed=1)
