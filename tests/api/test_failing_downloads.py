"""Faults of downloads, which come from the storage and not from the API."""

from __future__ import annotations

import pytest
import requests

from pytest_twilio_video import InvalidArgumentError


STORAGE = "https://com-twilio-us1-video-recording.s3.amazonaws.com"


@pytest.fixture
def download(twilio_video):
    """Download the media of a recording from the URL of the redirect."""
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    room.connect("alice", tracks=("audio",))
    room.complete()
    auth = (twilio_video.account_sid, twilio_video.auth_token)
    url = f"https://video.twilio.com/v1/Recordings/{twilio_video.recordings[0].sid}/Media"

    def download():
        return requests.get(url, auth=auth, timeout=5)

    return download


def test_a_fault_with_a_whole_url_makes_a_download_fail_with_the_error_of_amazon(
    twilio_video, download
):
    fault = twilio_video.fail(path=f"{STORAGE}/*", status=503, retry_after=7)

    answer = download()

    assert (answer.status_code, answer.url.startswith(STORAGE)) == (503, True)
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.headers["Retry-After"] == "7"
    assert "<Code>SlowDown</Code>" in answer.text
    assert fault.hits == 1
    assert download().content == twilio_video.recordings[0].media


@pytest.mark.parametrize("method", [None, "GET"])
def test_the_connection_of_a_download_breaks(twilio_video, download, method):
    twilio_video.fail(method, f"{STORAGE}/{twilio_video.recordings[0].sid}", error="timeout")

    with pytest.raises(requests.ReadTimeout):
        download()


@pytest.mark.parametrize(
    "path", ["/v1/*", "https://video.twilio.com/v1/Rooms*", "https://*video-composition*"]
)
def test_faults_of_other_paths_do_not_affect_a_download(twilio_video, download, path):
    fault = twilio_video.fail("GET", path, status=500, times=None, after=1)

    assert download().content == twilio_video.recordings[0].media
    assert fault.hits == 0


def test_a_whole_url_may_be_a_url_of_the_api(twilio_video):
    auth = (twilio_video.account_sid, twilio_video.auth_token)
    twilio_video.fail(path="https://video.dublin.ie1.twilio.com/v1/Rooms", status=500, times=None)

    urls = [
        "https://video.twilio.com/v1/Rooms",
        "https://video.dublin.ie1.twilio.com/v1/Rooms?Page=0",
    ]
    assert [requests.get(url, auth=auth, timeout=5).status_code for url in urls] == [200, 500]


def test_a_throttle_neither_refuses_nor_counts_downloads(twilio_video, download):
    fault = twilio_video.throttle(reads_per_second=2)

    assert [download().status_code for _ in range(2)] == [200, 200]  # two calls of the API
    answer = download()

    assert (answer.status_code, fault.hits) == (429, 1)
    assert answer.url.startswith("https://video.twilio.com")


def test_latency_delays_api_calls_but_not_downloads(twilio_video, download):
    twilio_video.latency(2)
    before = twilio_video.clock.now

    download()

    assert (twilio_video.clock.now - before).total_seconds() == 2


@pytest.mark.parametrize(
    "path",
    ["https://app.example/*", "https://video.twilio.com/v2/Rooms", "https://s3.amazonaws.com/"],
)
def test_a_url_that_is_never_requested_is_refused(twilio_video, path):
    with pytest.raises(InvalidArgumentError):
        twilio_video.fail(path=path)
