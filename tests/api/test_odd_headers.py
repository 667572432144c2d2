"""Headers that no usual client sends: the service responds, whatever they contain."""

from __future__ import annotations

import base64
import json

import httpx
import pytest
import requests

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import Request


ROOMS = "https://video.twilio.com/v1/Rooms"
ANY_BYTE = st.binary(max_size=40).map(lambda value: value.decode("latin-1"))
NAMES = [
    "accept",
    "accept-encoding",
    "authorization",
    "content-length",
    "content-type",
    "expect",
    "host",
    "i-twilio-idempotency-token",
    "range",
    "transfer-encoding",
    "user-agent",
    "x-http-method-override",
]


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


@pytest.mark.parametrize("place", ["Basic {}", "{}", "Basic QUM{}x", "Basic{} QUMxOng="])
def test_credentials_that_are_not_ascii_are_refused(fake, place):
    for byte in range(128, 256):
        header = place.format(chr(byte))

        response = fake._handle(Request("GET", ROOMS, {"authorization": header}))

        assert (response.status, json.loads(response.body)["code"]) == (401, 20003), header


@pytest.mark.parametrize("client", [requests, httpx], ids=["requests", "httpx"])
def test_a_client_gets_a_response_whatever_headers_it_sends(client):
    with FakeTwilioVideo():
        answer = client.get(ROOMS, headers={"Authorization": b"Basic \xff"}, timeout=5)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES) | ANY_BYTE.map(str.lower), ANY_BYTE))
def test_a_request_with_any_bytes_in_any_header_gets_a_response(headers):
    fake = FakeTwilioVideo()

    for method in ("GET", "POST"):
        response = fake._handle(Request(method, ROOMS, headers, b"UniqueName=x"))
        assert response.status in {200, 201, 401}

    admitted = {**headers, "authorization": basic("AC1", "x")}
    assert fake._handle(Request("GET", ROOMS, admitted)).status == 200
    assert len(fake.timeline) >= 3
    assert str(fake.timeline)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["bytes=", "bytes=-", "bytes=0-"]), st.text("0123456789-", max_size=50))
def test_a_download_with_any_range_gets_a_response(start, digits):
    answer = download({"range": start + digits})

    assert answer.status in {200, 206, 416}


def test_a_range_with_too_many_digits_returns_the_whole_file():
    assert download({"range": f"bytes={'9' * 5000}-"}).status == 200


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ANY_BYTE))
def test_a_download_with_any_bytes_in_its_headers_gets_a_response(headers):
    expected = {400} if "authorization" in headers else {200, 206}

    assert download(headers).status in expected


def download(headers):
    fake = FakeTwilioVideo()
    room = fake.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("video")
    room.complete()
    path = f"{ROOMS.removesuffix('/Rooms')}/Recordings/{fake.recordings[0].sid}/Media"
    credentials = {"authorization": basic(fake.account_sid, "x")}
    where = fake._handle(Request("GET", path, credentials)).headers["Location"]
    return fake._handle(Request("GET", where, headers))
