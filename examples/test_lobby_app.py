"""Tests of the lobby: all workers get the same one, even if Twilio limits their requests."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lobby_app import connect, enter_lobby


pytestmark = pytest.mark.twilio_video(sleep="virtual", start="2026-05-04T09:00:00Z")


def test_a_later_worker_gets_the_same_lobby(twilio_video):
    with ThreadPoolExecutor(4) as workers:
        sids = list(workers.map(lambda _: enter_lobby(connect()), range(8)))

    assert set(sids) == {twilio_video.rooms["lobby"].sid}
    assert [call.status for call in twilio_video.calls].count(201) == 1


def test_a_closed_lobby_is_replaced_by_a_new_one(twilio_video):
    first = enter_lobby(connect())
    twilio_video.clock.advance(minutes=5)  # nobody has joined

    assert enter_lobby(connect()) != first


def test_retry_after_is_obeyed_in_virtual_time(twilio_video):
    twilio_video.fail("POST", "/v1/Rooms", code=20429, retry_after=45, times=2)

    enter_lobby(connect())

    assert [f"{call.at:%M:%S} {call.status}" for call in twilio_video.calls] == [
        "00:00 429",
        "00:45 429",
        "01:30 201",
    ]


def test_a_rush_of_requests_is_spread_over_several_seconds(twilio_video):
    twilio_video.throttle(writes_per_second=2)

    session = connect()
    for _ in range(5):
        enter_lobby(session)

    answered = [f"{call.at:%S}" for call in twilio_video.calls if call.status in {201, 400}]
    assert answered == ["00", "00", "01", "01", "02"]


@pytest.mark.parametrize("broken", ["reset", "timeout"])
def test_a_lost_answer_does_not_cause_a_second_lobby(twilio_video, broken):
    twilio_video.fail("POST", "/v1/Rooms", error=broken, when="after")

    sid = enter_lobby(connect())

    assert [room.sid for room in twilio_video.rooms] == [sid]
