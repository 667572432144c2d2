"""The user's own routes, and adapters and transports that a test can inject."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx
import pytest
import requests
import responses

from pytest_twilio_video import FakeTwilioVideo


URL = "https://video.twilio.com/v1/Rooms/DailyStandup"
AUTH = ("AC" + "1" * 32, "a token")


def test_a_route_of_the_user_precedes_the_fake_in_requests(twilio_video):
    twilio_video.rooms.create(unique_name="DailyStandup")
    twilio_video.responses.get(URL, json={"status": "failed"})

    assert requests.get(URL, auth=AUTH).json() == {"status": "failed"}
    assert len(requests.get(URL.rpartition("/")[0], auth=AUTH).json()["rooms"]) == 1


def test_a_route_of_the_user_precedes_the_fake_in_httpx(twilio_video):
    twilio_video.rooms.create(unique_name="DailyStandup")
    twilio_video.respx.get(URL).respond(json={"status": "failed"})

    assert httpx.get(URL, auth=AUTH).json() == {"status": "failed"}
    assert len(httpx.get(URL.rpartition("/")[0], auth=AUTH).json()["rooms"]) == 1


def test_reset_removes_the_routes_of_the_user(twilio_video):
    twilio_video.responses.get(URL, json={"status": "failed"})
    twilio_video.respx.get(URL).respond(json={"status": "failed"})

    twilio_video.reset()

    assert requests.get(URL, auth=AUTH).status_code == 404
    assert httpx.get(URL, auth=AUTH).status_code == 404


def test_routes_of_the_user_apply_to_their_own_fake_only():
    with FakeTwilioVideo() as one:
        one.responses.get(URL, json={"status": "failed"})
    with FakeTwilioVideo():
        assert requests.get(URL, auth=AUTH).status_code == 404


def test_injected_objects_reach_their_own_fake(twilio_video):
    with FakeTwilioVideo():  # it answers all intercepted requests
        session = requests.Session()
        session.mount("https://video.twilio.com", twilio_video.requests_adapter)
        session.post(URL.rpartition("/")[0], {"UniqueName": "by requests"}, auth=AUTH)
        with httpx.Client(transport=twilio_video.httpx_transport, auth=AUTH) as client:
            client.post(URL.rpartition("/")[0], data={"UniqueName": "by httpx"})

    assert [room.unique_name for room in twilio_video.rooms] == ["by requests", "by httpx"]


def test_the_official_client_takes_an_http_client_of_the_fake(twilio_video):
    rest = pytest.importorskip("twilio.rest")
    with FakeTwilioVideo():
        client = rest.Client(*AUTH, http_client=twilio_video.http_client)
        client.video.v1.rooms.create(unique_name="injected")

    assert "injected" in twilio_video.rooms


def test_the_official_client_reaches_the_users_mocks_of_other_hosts(twilio_video):
    rest = pytest.importorskip("twilio.rest")
    client = rest.Client(*AUTH, http_client=twilio_video.http_client)
    with responses.RequestsMock() as mock:
        mock.post(re.compile("https://api.twilio.com/.*"), json={"sid": "SM1"}, status=201)

        assert client.messages.create(to="+1", from_="+2", body="own").sid == "SM1"


@pytest.mark.process
@pytest.mark.parametrize("name", ["responses", "respx", "requests_adapter", "httpx_transport"])
def test_injecting_imports_and_hooks_a_library_that_was_not_imported(name):
    """
    The library is hooked when it is imported: here, by our own module.
    """
    program = f"""
import sys

from pytest_twilio_video import FakeTwilioVideo

assert not {{"requests", "httpx", "responses", "respx"}} & sys.modules.keys()
with FakeTwilioVideo() as twilio_video:
    assert twilio_video.{name} is twilio_video.{name}
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
