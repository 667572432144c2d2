"""The headers of responses, and the bodies that browsers send."""

from __future__ import annotations

import re

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo


ROOMS = "/v1/Rooms"
CORS = {
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
}


def test_each_response_has_its_own_request_id_which_depends_on_the_seed(ask):
    answers = [
        ask("POST", ROOMS, UniqueName="one"),
        ask("GET", f"{ROOMS}/nobody"),
        ask("GET", ROOMS),
    ]

    ids = [each.headers["Twilio-Request-Id"] for each in answers]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"RQ[0-9a-f]{32}", each) for each in ids)


def test_the_same_seed_gives_the_same_request_ids_and_sids_as_before():
    fakes = FakeTwilioVideo(seed="a"), FakeTwilioVideo(seed="a")
    ids = []
    for fake in fakes:
        with fake:
            answer = requests.get(f"https://video.twilio.com{ROOMS}", auth=("AC1", "x"), timeout=5)
        ids.append(answer.headers["Twilio-Request-Id"])

    assert ids[0] == ids[1]
    assert fakes[0].rooms.create().sid == FakeTwilioVideo(seed="a").rooms.create().sid


def test_the_date_header_has_the_virtual_time(ask, fake):
    assert ask("GET", ROOMS).headers["Date"] == "Thu, 01 Jan 2026 09:00:00 GMT"
    fake.clock.advance(days=1, seconds=2.5)
    assert ask("GET", f"{ROOMS}/nobody").headers["Date"] == "Fri, 02 Jan 2026 09:00:02 GMT"


def test_successes_have_the_cors_headers_of_the_description(ask):
    made = ask("POST", ROOMS, UniqueName="one")
    changed = ask("POST", f"{ROOMS}/one", Status="completed")

    for answer in (made, changed, ask("GET", ROOMS)):
        assert answer.headers.keys() >= CORS
    assert not ask("GET", f"{ROOMS}/nobody").headers.keys() & CORS


def test_an_injected_failure_has_a_request_id_too(ask, fake):
    fake.fail(status=503)

    assert ask("GET", ROOMS).headers["Twilio-Request-Id"].startswith("RQ")


@pytest.mark.official_client
def test_the_official_client_shows_the_headers(twilio_video):
    from twilio.rest import Client

    rooms = Client(twilio_video.account_sid, twilio_video.auth_token).video.v1.rooms
    if not hasattr(rooms, "create_with_http_info"):
        pytest.skip("only clients from 9.10 on show the headers")

    result = rooms.create_with_http_info(unique_name="one")

    headers = {name.lower(): value for name, value in result.headers.items()}
    assert result.status_code == 201
    assert re.fullmatch(r"RQ[0-9a-f]{32}", headers["twilio-request-id"])
    assert headers.keys() >= {name.lower() for name in CORS | {"Date"}}


# A browser's `FormData`, as Chromium sends it.
KICK = (
    "------WebKitFormBoundaryAbC\r\n"
    'Content-Disposition: form-data; name="Status"\r\n\r\n'
    "disconnected\r\n"
    "------WebKitFormBoundaryAbC--\r\n"
)


def test_a_participant_can_be_removed_by_form_data(twilio_video):
    alice = twilio_video.rooms.create(unique_name="Lesson").connect("alice")

    answer = requests.post(
        f"https://video.twilio.com{ROOMS}/Lesson/Participants/alice",
        KICK.encode(),
        headers={"Content-Type": "multipart/form-data; boundary=----WebKitFormBoundaryAbC"},
        auth=(twilio_video.account_sid, twilio_video.auth_token),
        timeout=5,
    )

    assert (answer.status_code, answer.json()["status"]) == (202, "disconnected")
    assert alice.status == "disconnected"
    assert twilio_video.calls[-1].params == {"Status": "disconnected"}


def test_a_multipart_form_may_repeat_names_and_hold_any_text(twilio_video):
    parts = [("UniqueName", (None, "café & co")), ("VideoCodecs", (None, "H264"))]
    parts += [("VideoCodecs", (None, "VP8")), ("upload", ("notes.txt", b"a file"))]

    answer = requests.post(
        f"https://video.twilio.com{ROOMS}",
        files=parts,
        auth=(twilio_video.account_sid, twilio_video.auth_token),
        timeout=5,
    )

    assert answer.status_code == 201, answer.text
    room = answer.json()
    assert (room["unique_name"], room["video_codecs"]) == ("café & co", ["H264", "VP8"])


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=other"]
)
def test_a_multipart_form_without_its_boundary_has_no_fields(twilio_video, content_type):
    answer = requests.post(
        f"https://video.twilio.com{ROOMS}",
        KICK.encode(),
        headers={"Content-Type": content_type},
        auth=(twilio_video.account_sid, twilio_video.auth_token),
        timeout=5,
    )

    assert answer.status_code == 201
    assert twilio_video.calls[-1].params == {}
