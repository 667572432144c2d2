"""The running clock, whose time also passes with real time."""

from __future__ import annotations

import time

from datetime import timedelta

import pytest

from pytest_twilio_video import FakeTwilioVideo, InvalidSettingError


@pytest.fixture
def running():
    with FakeTwilioVideo(clock="running", start="2026-01-01T09:00:00Z", environ=False) as fake:
        yield fake


def test_the_time_of_a_running_clock_passes_without_being_moved(running):
    before = running.clock.now
    time.sleep(0.05)

    assert timedelta(seconds=0.05) <= running.clock.now - before < timedelta(seconds=5)


def test_a_timer_of_a_running_clock_runs_without_moving_the_clock(running):
    alice = running.rooms.create().connect("alice")
    running.clock.advance(hours=4, seconds=-0.2)
    assert alice.status == "connected"

    deadline = time.monotonic() + 10
    while not [event for event in running.events if event.name == "participant-disconnected"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert alice.status == "disconnected"


def test_a_timer_runs_even_if_the_clock_is_not_read(running):
    running.rooms.create(unused_room_timeout=1)
    running.clock.advance(seconds=59.9)
    time.sleep(0.4)

    # Read without `sync`, which would run it.
    assert [event.name for event in running._simulation.account.events][-1] == "room-ended"


def test_a_move_never_fails_because_time_passed_meanwhile(running):
    room = running.rooms.create(unused_room_timeout=5)
    for _ in range(200):
        running.clock.advance_to(running.clock.now)
    running.clock.advance(seconds=0)
    moment = running.clock.now
    time.sleep(0.02)
    running.clock.advance_to(moment)
    while running.clock.run_next() is not None:
        pass

    assert room.status == "completed"


def test_a_running_clock_cannot_move_to_a_moment_in_the_past(running):
    before = running.clock.now
    running.clock.advance(minutes=1)

    with pytest.raises(ValueError, match="backwards"):
        running.clock.advance_to(before)


def test_moving_a_running_clock_takes_no_real_time(running):
    before = running.clock.now
    running.clock.advance(hours=1)

    assert timedelta(hours=1) <= running.clock.now - before < timedelta(hours=1, seconds=10)


def test_tokens_that_the_application_creates_now_are_valid(running):
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VideoGrant

    running.rooms.create(unique_name="x")
    time.sleep(1.1)
    token = AccessToken(
        running.account_sid, running.api_key_sid, running.api_key_secret, identity="alice"
    )
    token.add_grant(VideoGrant(room="x"))

    assert running.connect(token.to_jwt(), "x").status == "connected"


def test_freezegun_also_stops_a_running_clock(running):
    freezegun = pytest.importorskip("freezegun")

    with freezegun.freeze_time("2030-01-01T00:00:00Z"):
        before = running.clock.now
        assert f"{before:%Y-%m-%d}" == "2030-01-01"
        time.sleep(0.05)
        assert running.clock.now == before


def test_an_unknown_value_of_the_setting_clock_is_refused():
    with pytest.raises(InvalidSettingError, match="'still', 'running'"):
        FakeTwilioVideo(clock="fast")
