"""Tests of retries: the application gets one room in spite of failures.

With ``sleep="virtual"`` the back-off does not take real time. It advances the virtual clock, so
the test can check how long the application waited.
"""

import pytest
import requests

from persistent_app import open_consultation
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client


pytestmark = pytest.mark.twilio_video(sleep="virtual", start="2026-05-04T09:00:00Z")


@pytest.fixture
def client(twilio_video):
    return Client(twilio_video.account_sid, twilio_video.auth_token)


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 503},
        {"code": 20429, "retry_after": 1},
        {"error": "reset"},
        {"error": "connect"},
        {"error": "timeout"},
        # The hardest case: the room was created, but the answer was lost.
        {"error": "reset", "when": "after"},
    ],
    ids=str,
)
def test_the_room_is_opened_once_after_any_failure(twilio_video, client, trouble):
    fault = twilio_video.fail("POST", "/v1/Rooms", times=2, **trouble)

    opened = open_consultation(client, "dr-jones")

    room = twilio_video.assert_room_created(unique_name="dr-jones", max_participants=2)
    assert opened.sid == room.sid
    assert len(twilio_video.rooms) == 1
    assert fault.hits == 2


def test_each_retry_waits_longer(twilio_video, client):
    twilio_video.fail("POST", "/v1/Rooms", times=4)

    open_consultation(client, "dr-jones")

    assert [f"{call.at:%M:%S} {call.status}" for call in twilio_video.calls] == [
        "00:00 503",
        "00:01 503",
        "00:03 503",
        "00:07 503",
        "00:15 201",
    ]


def test_the_application_gives_up_after_the_last_retry(twilio_video, client):
    with (
        twilio_video.fail(error="connect", times=None) as outage,
        pytest.raises(requests.ConnectionError),
    ):
        open_consultation(client, "dr-jones")

    assert outage.hits == 5
    twilio_video.assert_no_room_created()


def test_a_refused_request_is_not_retried(twilio_video, client):
    twilio_video.limits(rooms=0)

    with pytest.raises(TwilioRestException) as caught:
        open_consultation(client, "dr-jones")

    assert caught.value.code == 53119
    twilio_video.assert_called("POST", "/v1/Rooms", times=1)
