"""Which calls a fault applies to, how many of them, and how long."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from pytest_twilio_video import Fault
from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._http import NetworkFailure


ROOMS = "/v1/Rooms"


def statuses(fake):
    return [call.status for call in fake.calls]


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        (None, None, True),
        ("GET", None, True),
        ("get", None, True),
        ("POST", None, False),
        (None, "/v1/Rooms/a-b/Participants", True),
        (None, "/v1/Rooms/a-b/Participants/", True),
        (None, "/v1/Rooms", False),
        (None, "/v1/Rooms/*", True),
        (None, "/v1/*/Participants", True),
        (None, "*", True),
        (None, "*/Participants", True),
        (None, "*/Participants/*", False),
        (None, "/v1/rooms/*", False),
        (None, "/v1/Rooms/[a]-b/Participants", False),
        ("GET", "/v1/Rooms/*", True),
        ("DELETE", "/v1/Rooms/*", False),
    ],
)
@pytest.mark.parametrize(
    "asked", ["/v1/Rooms/a-b/Participants", "/v1/Rooms/a%2Db/Participants/?x=1"]
)
@pytest.mark.filterwarnings("ignore::pytest_twilio_video.UnknownParameterWarning")
def test_a_fault_applies_to_calls_of_its_method_and_path(fake, ask, method, path, hit, asked):
    fault = fake.fail(method, path)

    assert (ask("GET", asked).status == 503) is hit
    assert fault.hits == hit


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_every_path_of_twilio_can_fail(fake, ask, path):
    fake.fail("DELETE", path)

    assert ask("DELETE", path).status == 503


@pytest.mark.parametrize("path", ["/v1/Rooms/why%3F", "/v1/Rooms/why*", "/v1/Rooms/a%2Fb"])
def test_a_path_may_contain_an_encoded_name(fake, ask, path):
    fake.fail(path=path)

    assert ask("GET", path.replace("*", "%3F")).status == 503


def test_a_path_with_a_star_does_not_have_to_be_a_path_of_twilio(fake, ask):
    fake.fail(path="/v1/New*")

    assert ask("GET", "/v1/News").status == 503


def test_the_first_calls_succeed_and_then_the_given_number_fails(fake, ask):
    fault = fake.fail("POST", ROOMS, after=2, times=3)

    for _ in range(7):
        ask("POST", ROOMS)
        ask("GET", ROOMS)

    assert statuses(fake)[::2] == [201, 201, 503, 503, 503, 201, 201]
    assert set(statuses(fake)[1::2]) == {200}
    assert fault.hits == 3


def test_several_faults_are_triggered_in_order_one_per_call(fake, ask):
    fake.fail(status=503)
    fake.fail(status=429)
    fake.fail(status=500, after=1)

    for _ in range(5):
        ask("GET", ROOMS)

    assert statuses(fake) == [503, 429, 200, 500, 200]


@pytest.mark.parametrize("second", [{}, {"when": "after"}, {"error": "reset", "when": "after"}])
def test_a_call_whose_response_is_lost_triggers_only_one_fault(fake, ask, second):
    """
    The call took effect, and a fault that was added later was not triggered.
    """
    first, later = fake.fail(status=429, when="after"), fake.fail(**second)

    assert ask("POST", ROOMS).status == 429
    assert (first.hits, later.hits, len(fake.rooms)) == (1, 0, 1)
    with pytest.raises(NetworkFailure) if "error" in second else nullcontext():
        assert ask("POST", ROOMS).status == 503
    assert (first.hits, later.hits) == (1, 1)


def test_calls_that_trigger_another_fault_count_among_the_first_calls(fake, ask):
    fake.fail(status=500, after=2)
    fake.fail(status=429, times=3)

    for _ in range(5):
        ask("GET", ROOMS)

    assert statuses(fake) == [429, 429, 500, 429, 200]


def test_a_throttled_call_does_not_count_among_the_calls_of_a_fault(fake, ask):
    fault = fake.fail(after=1)
    fake.throttle(reads_per_second=1)

    assert [ask("GET", ROOMS).status for _ in range(3)] == [200, 429, 429]
    fake.clock.advance(seconds=1)
    assert ask("GET", ROOMS).status == 503
    assert fault.hits == 1


def test_a_fault_without_a_number_of_times_is_triggered_until_it_is_stopped(fake, ask):
    fault = fake.fail(times=None)
    for _ in range(5):
        ask("GET", ROOMS)

    fault.stop()
    fault.stop()

    assert ask("GET", ROOMS).status == 200
    assert fault.hits == 5


def test_a_fault_stops_at_the_end_of_a_with_block(fake, ask):
    with fake.fail(times=None) as fault:
        ask("GET", ROOMS)

    ask("GET", ROOMS)

    assert statuses(fake) == [503, 200]
    assert isinstance(fault, Fault)


def test_a_reset_drops_the_faults(fake, ask):
    fake.fail(times=None)
    fake.throttle(1, 1)
    fake.latency(5)
    fake.lag()
    fake.limits(rooms=0)

    fake.reset()

    before = fake.clock.now
    assert [ask("POST", ROOMS).status for _ in range(3)] == [201] * 3
    assert fake.clock.now == before


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (
            lambda fake: fake.fail("post", ROOMS),
            "<Fault 503 (code 20503) for POST /v1/Rooms, 0 hits>",
        ),
        (lambda fake: fake.fail(error="reset"), "<Fault reset for all calls, 0 hits>"),
        (lambda fake: fake.throttle(), "<Fault 80 reads and 20 writes a second, 0 hits>"),
        (lambda fake: fake.latency(2.5), "<Fault latency of 2.5 s, 0 hits>"),
        (
            lambda fake: fake.lag(),
            "<Fault room-ended lags 2 s, recording-completed lags 10 s, 0 hits>",
        ),
    ],
)
def test_the_repr_describes_the_fault(fake, order, words):
    assert repr(order(fake)) == words


def test_the_repr_shows_hits_and_whether_the_fault_is_over(fake, ask):
    fault = fake.fail(code=53113)
    ask("POST", ROOMS)

    assert repr(fault) == "<Fault 400 (code 53113) for all calls, 1 hit, over>"


def test_a_fault_has_two_public_members(fake):
    assert [name for name in dir(fake.fail()) if not name.startswith("_")] == ["hits", "stop"]


def test_a_fault_that_was_triggered_stays_when_another_is_added(fake, ask):
    fake.fail("GET", ROOMS, times=2)
    first = ask("GET", ROOMS).status
    fake.fail("GET", "/v1/Recordings")

    later = [ask("GET", path).status for path in (ROOMS, "/v1/Recordings", ROOMS)]

    assert (first, later) == (503, [503, 503, 200])
