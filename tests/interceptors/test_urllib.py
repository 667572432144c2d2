"""Downloads of media through `urllib.request`, as in Twilio's own documentation."""

# ruff: noqa: S310 -- the schemes are known

from __future__ import annotations

import gc
import sys
import urllib.request

from http.client import HTTPResponse, RemoteDisconnected
from urllib.error import HTTPError, URLError

import pytest
import requests
import responses

from pytest_twilio_video import BlockedRequestError


@pytest.fixture
def redirect_to(twilio_video):
    """The URL to which the API redirects."""
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    room.connect("alice", tracks=("video",))
    room.complete()
    answer = requests.get(
        f"https://video.twilio.com/v1/Recordings/{twilio_video.recordings[0].sid}/Media",
        auth=(twilio_video.account_sid, twilio_video.auth_token),
        allow_redirects=False,
        timeout=5,
    )
    return answer.json()["redirect_to"]


def test_a_recording_is_downloaded(twilio_video, redirect_to):
    with urllib.request.urlopen(redirect_to) as answer:
        content = answer.read()

    assert isinstance(answer, HTTPResponse)
    assert content == twilio_video.recordings[0].media
    assert (answer.status, answer.url) == (200, redirect_to)
    assert answer.headers["Content-Type"] == "video/x-matroska"
    assert twilio_video.calls[-1].client == "urllib"


def test_a_range_of_a_recording_is_downloaded(twilio_video, redirect_to):
    request = urllib.request.Request(redirect_to, headers={"Range": "bytes=0-9"})

    with urllib.request.build_opener().open(request, timeout=5) as answer:
        assert (answer.status, answer.read()) == (206, twilio_video.recordings[0].media[:10])


def test_urlretrieve_downloads_a_recording(twilio_video, redirect_to, tmp_path):
    urllib.request.urlretrieve(redirect_to, tmp_path / "file.mkv")

    assert (tmp_path / "file.mkv").read_bytes() == twilio_video.recordings[0].media


def test_a_download_after_the_url_has_expired_is_refused_by_the_storage(twilio_video, redirect_to):
    twilio_video.clock.advance(hours=1)

    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(redirect_to)

    assert refused.value.code == 403
    assert b"Request has expired" in refused.value.read()
    refused.value.close()


def test_a_response_that_is_never_closed_causes_no_warning(twilio_video, redirect_to, monkeypatch):
    """
    A test that keeps the exception makes a cycle, and pytest reports what raises while it ends.
    """
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{redirect_to}0")
    for answer in (refused.value, urllib.request.urlopen(redirect_to)):
        answer.itself = answer
    del refused, answer

    gc.collect()

    assert [each.exc_value for each in reported] == []


@pytest.mark.parametrize(
    ("kind", "error"),
    [("timeout", TimeoutError), ("connect", URLError), ("reset", RemoteDisconnected)],
)
def test_a_network_failure_raises_the_exception_of_urllib(twilio_video, redirect_to, kind, error):
    twilio_video.fail(path="https://com-twilio-us1-video-*", error=kind)

    with pytest.raises(error):
        urllib.request.urlopen(redirect_to)


@responses.activate
def test_a_recording_is_downloaded_while_another_mock_is_active(twilio_video, redirect_to):
    with urllib.request.urlopen(redirect_to) as answer:
        assert answer.read() == twilio_video.recordings[0].media


@pytest.mark.parametrize(
    "url",
    [
        "https://video.twilio.com/v1/Rooms",
        "http://com-twilio-us1-video-recording.s3.amazonaws.com/RT0",
    ],
)
def test_the_guard_blocks_the_api_and_plain_http(twilio_video, url):
    with pytest.raises(BlockedRequestError):
        urllib.request.urlopen(url)


def test_without_a_fake_a_download_is_blocked():
    with pytest.raises(BlockedRequestError):
        urllib.request.urlopen("https://com-twilio-us1-video-recording.s3.amazonaws.com/RT0")


def test_requests_to_other_hosts_are_sent_as_before(twilio_video, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"mine")

    with urllib.request.urlopen(path.as_uri()) as answer:
        assert answer.read() == b"mine"
