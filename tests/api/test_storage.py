"""The URLs from which media are downloaded: what they contain, and how long they are valid."""

from __future__ import annotations

import re

from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_twilio_video._http import Request


@pytest.fixture
def recording(fake):
    room = fake.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("video")
    room.complete()
    return fake.recordings[0]


@pytest.fixture
def promise(ask, recording):
    """Return a function that requests the media and returns the answer."""

    def promise(**fields):
        return ask("GET", f"/v1/Recordings/{recording.sid}/Media", **fields)

    return promise


@pytest.fixture
def get(fake):
    """Return a function that fetches a URL without credentials."""

    def get(url, method="GET", **headers):
        return fake._handle(Request(method, url, headers))

    return get


def test_a_request_for_media_is_redirected_to_s3(promise, recording):
    answer = promise()

    assert answer.status == 302
    assert answer.json == {"redirect_to": answer.headers["Location"]}
    url = urlsplit(answer.headers["Location"])
    assert url.hostname == "com-twilio-us1-video-recording.s3.amazonaws.com"
    assert url.path == f"/{recording.sid}"
    assert parse_qs(url.query)["X-Amz-Expires"] == ["600"]


def test_the_query_of_a_download_url_has_the_form_of_amazon(promise):
    query = parse_qs(urlsplit(promise().headers["Location"]).query)

    signature = query.pop("X-Amz-Signature")[0]
    assert re.fullmatch("[0-9a-f]{64}", signature)
    disposition = query.pop("response-content-disposition")[0]
    assert re.fullmatch(r'attachment; filename="RT[0-9a-f]{32}\.mkv"', disposition)
    assert query == {
        "X-Amz-Algorithm": ["AWS4-HMAC-SHA256"],
        "X-Amz-Credential": ["AKIA7TWILIOVIDEOFAKE/20260101/us-east-1/s3/aws4_request"],
        "X-Amz-Date": ["20260101T090000Z"],
        "X-Amz-Expires": ["600"],
        "X-Amz-SignedHeaders": ["host"],
        "response-content-type": ["video/x-matroska"],
    }


def test_a_recording_of_a_room_redirects_to_the_same_storage(ask, promise, recording):
    path = f"/v1/Rooms/{recording.room_sid}/Recordings/{recording.sid}/Media"

    assert ask("GET", path).json == promise().json


def test_the_url_returns_the_media_without_credentials(promise, get, recording):
    answer = get(promise().json["redirect_to"])

    assert (answer.status, answer.body) == (200, recording.media)
    assert len(answer.body) == recording.size == int(answer.headers["Content-Length"])
    assert answer.headers["Content-Type"] == "video/x-matroska"
    wanted = f'attachment; filename="{recording.sid}.mkv"'
    assert answer.headers["Content-Disposition"] == wanted


def test_the_content_disposition_is_as_requested(promise, get):
    said = 'inline; filename="stand-up.mkv"'

    answer = get(promise(ContentDisposition=said).json["redirect_to"])

    assert answer.headers["Content-Disposition"] == said


@pytest.mark.parametrize(
    "said", ["somewhere", "inlined", "attachment; filename=größe", "inline\n", "inline\n; x"]
)
def test_invalid_content_dispositions_are_refused(promise, said):
    answer = promise(ContentDisposition=said)

    assert (answer.status, answer.json["code"]) == (400, 20001)


@pytest.mark.parametrize("ttl", ["0", "3601", "soon"])
def test_a_ttl_out_of_range_is_refused(promise, ttl):
    assert promise(Ttl=ttl).status == 400


@pytest.mark.parametrize(("said", "seconds"), [({}, 600), ({"Ttl": 1}, 1), ({"Ttl": 3600}, 3600)])
def test_a_url_is_valid_for_its_ttl(fake, promise, get, said, seconds):
    url = promise(**said).json["redirect_to"]

    fake.clock.advance(seconds=seconds)
    assert get(url).status == 200
    fake.clock.advance(seconds=1)
    late = get(url)

    assert late.status == 403
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in late.body
    assert late.headers["Content-Type"] == "application/xml"


def test_a_url_without_its_signature_is_refused(promise, get):
    answer = get(promise().json["redirect_to"].partition("?")[0])

    assert (answer.status, b"<Code>AccessDenied</Code>" in answer.body) == (403, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        ("attachment", "inline"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("/RT", "/RT0"),
        ("&X-Amz-SignedHeaders=host", ""),
        ("video-recording", "video-composition"),
    ],
)
def test_a_changed_url_is_refused(promise, get, old, new):
    url = promise().json["redirect_to"]
    assert old in url

    answer = get(url.replace(old, new, 1))

    assert (answer.status, b"<Code>SignatureDoesNotMatch</Code>" in answer.body) == (403, True)


def test_a_url_is_valid_for_one_method(promise, get):
    url = promise().json["redirect_to"]

    assert [get(url, method).status for method in ("HEAD", "PUT", "DELETE")] == [403] * 3


def test_credentials_for_twilio_are_refused_by_s3(promise, get):
    """
    Clients do not send credentials to the target of a redirect. One that does gets this error.
    """
    answer = get(promise().json["redirect_to"], authorization="Basic QUM6dG9rZW4=")

    assert answer.status == 400
    assert b"Only one auth mechanism allowed" in answer.body


def test_the_url_of_deleted_media_is_not_found(ask, promise, get, recording):
    url = promise().json["redirect_to"]
    ask("DELETE", f"/v1/Recordings/{recording.sid}")

    answer = get(url)

    assert (answer.status, b"<Code>NoSuchKey</Code>" in answer.body) == (404, True)


@pytest.mark.parametrize(
    ("wanted", "status", "place", "part"),
    [
        ("bytes=0-3", 206, "0-3", slice(0, 4)),
        ("bytes=1000-", 206, "1000-{last}", slice(1000, None)),
        ("bytes=-4", 206, "{first}-{last}", slice(-4, None)),
        ("bytes=0-99999", 206, "0-{last}", slice(0, None)),
        ("bytes=-", 200, None, slice(0, None)),
        ("lines=1-2", 200, None, slice(0, None)),
    ],
)
def test_a_range_of_the_media_can_be_fetched(promise, get, recording, wanted, status, place, part):
    answer = get(promise().json["redirect_to"], range=wanted)

    assert (answer.status, answer.body) == (status, recording.media[part])
    size = recording.size
    said = place and f"bytes {place}/{size}".format(first=size - 4, last=size - 1)
    assert answer.headers.get("Content-Range") == said


@pytest.mark.parametrize("wanted", ["bytes=99999-", "bytes=3-2", "bytes=-0"])
def test_a_range_outside_the_media_is_refused(promise, get, wanted):
    assert get(promise().json["redirect_to"], range=wanted).status == 416


def test_a_download_url_depends_on_the_time_and_is_invalid_after_a_reset(fake, promise, get):
    url = promise().json["redirect_to"]
    again = promise().json["redirect_to"]
    fake.clock.advance(seconds=1)

    assert url == again != promise().json["redirect_to"]
    fake.reset()
    assert get(url).status == 404
