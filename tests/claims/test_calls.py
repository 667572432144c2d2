"""`twilio_video.calls`: list-like, always current, and forgotten on request."""

from __future__ import annotations

import pytest
import requests

from pytest_twilio_video import Call


URL = "https://video.twilio.com/v1/Rooms"


def get():
    requests.get(URL, auth=("AC" + "1" * 32, "a token"), timeout=5)


def test_calls_that_a_test_holds_are_current(twilio_video):
    calls = twilio_video.calls
    assert calls == [] == list(calls)

    get()

    assert len(calls) == 1
    assert isinstance(calls[0], Call)
    assert calls[-1:] == [calls[0]] == list(calls)
    assert calls == twilio_video.calls
    assert calls[0] in calls
    assert repr(calls) == repr([calls[0]])
    assert calls != "calls"


def test_a_loop_over_the_calls_is_not_disturbed_by_new_ones(twilio_video):
    get()

    for _ in twilio_video.calls:
        get()

    assert len(twilio_video.calls) == 2


def test_calls_can_be_forgotten_and_the_timeline_still_shows_them(twilio_video):
    calls = twilio_video.calls
    get()

    twilio_video.calls.clear()

    assert calls == []
    twilio_video.assert_not_called("GET", "/v1/Rooms")
    assert "GET /v1/Rooms" in twilio_video.timeline.to_text()
    get()
    assert len(calls) == len(twilio_video.assert_called("GET", "/v1/Rooms", times=1)) == 1


def test_calls_cannot_be_hashed(twilio_video):
    with pytest.raises(TypeError):
        hash(twilio_video.calls)
