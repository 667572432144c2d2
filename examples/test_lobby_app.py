"""Create or fetch: one lobby for all workers, also when Twilio asks for patience."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lobby_app import connect, enter_lobby


pytestmark = pytest.mark.twilio_video(sleep="virtual", start="2026-05-04T09:00:00Z")


def test_whoever_comes_later_enters_the_same_lobby(twilio_video):
    with ThreadPoolExecutor(4) as workers:
        sids = list(workers.map(lambda _: enter_lobby(connect()), range(8)))

    assert set(sids) == {twilio_video.rooms["lobby"].sid}
    assert [call.status for call in twilio_video.calls].count(201) == 1


def test_after_it_was_closed_there_is_a_new_one(twilio_video):
    first = enter_lobby(connect())
    twilio_video.clock.advance(minutes=5)  # nobody has come

    assert enter_lobby(connect()) != first


def test_retry_after_is_obeyed_and_nobody_waits(twilio_video):
    twilio_video.fail("POST", "/v1/Rooms", code=20429, retry_after=45, times=2)

    enter_lobby(connect())

    assert [f"{call.at:%M:%S} {call.status}" for call in twilio_video.calls] == [
        "00:00 429",
        "00:45 429",
        "01:30 201",
    ]


def test_a_rush_is_spread_over_the_seconds_that_twilio_allows(twilio_video):
    twilio_video.throttle(writes_per_second=2)

    session = connect()
    for _ in range(5):
        enter_lobby(session)

    answered = [f"{call.at:%S}" for call in twilio_video.calls if call.status in {201, 400}]
    assert answered == ["00", "00", "01", "01", "02"]


@pytest.mark.parametrize("broken", ["reset", "timeout"])
def test_an_answer_that_got_lost_does_not_make_a_second_lobby(twilio_video, broken):
    twilio_video.fail("POST", "/v1/Rooms", error=broken, when="after")

    sid = enter_lobby(connect())

    assert [room.sid for room in twilio_video.rooms] == [sid]
