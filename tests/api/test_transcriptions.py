"""Transcriptions in the REST API."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture(autouse=True)
def room(fake):
    return fake.rooms.create(unique_name="standup")


LIST = "/v1/Rooms/standup/Transcriptions"


def test_a_transcription_has_exactly_the_documented_keys(ask, fake, room):
    answer = ask("POST", LIST, Configuration=json.dumps({"languageCode": "EN-us"}))

    ttid, source_sid = answer.json["ttid"], answer.json["source_sid"]
    assert answer.status == 202
    assert answer.json == {
        "ttid": ttid,
        "account_sid": fake.account_sid,
        "room_sid": room.sid,
        "source_sid": source_sid,
        "status": "started",
        "date_created": "2026-01-01T09:00:00Z",
        "date_updated": None,
        "start_time": None,
        "end_time": None,
        "duration": None,
        "configuration": {"languageCode": "EN-us"},
        "url": f"https://video.twilio.com/v1/Rooms/{room.sid}/Transcriptions/{ttid}",
    }
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    assert re.fullmatch(f"video_extension_{uuid}", ttid)
    assert re.fullmatch("CA[0-9a-f]{32}", source_sid)


def test_a_transcription_is_fetched_listed_and_updated(ask, fake):
    made = ask("POST", LIST).json
    url = f"{LIST}/{made['ttid']}"
    fake.clock.advance(seconds=1)

    assert ask("GET", url).json == made
    listed = ask("GET", LIST).json
    assert (listed["transcriptions"], listed["meta"]["key"]) == ([made], "transcriptions")
    updated = ask("POST", url, Status="stopped", Configuration='{"partialResults": true}')
    assert updated.status == 202
    assert updated.json == made | {
        "status": "stopped",
        "date_updated": "2026-01-01T09:00:01Z",
        "configuration": {"partialResults": "true"},
    }


def test_the_list_of_a_room_without_a_transcription_is_empty(ask):
    assert ask("GET", LIST).json["transcriptions"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Configuration": "{"}, 20001),
        ({"Configuration": "[]"}, 20001),
        ({"Configuration": '{"hints": {}}'}, 20001),
    ],
)
def test_an_invalid_parameter_is_refused(ask, fields, code):
    answer = ask("POST", LIST, **fields)

    assert (answer.status, answer.json["code"]) == (400, code)
    assert ask("GET", LIST).json["transcriptions"] == []


@pytest.mark.live
def test_unknown_rooms_and_transcriptions_are_not_found(ask):
    for path in ("/v1/Rooms/other/Transcriptions", f"{LIST}/video_extension_1"):
        answer = ask("GET", path)
        assert (answer.status, answer.json["code"]) == (404, 20404)


def test_a_room_created_over_the_api_can_be_transcribed_from_its_start(ask):
    room = ask(
        "POST",
        "/v1/Rooms",
        TranscribeParticipantsOnConnect="true",
        TranscriptionsConfiguration='{"languageCode": "EN-us", "partialResults": true}',
    ).json

    (it,) = ask("GET", f"/v1/Rooms/{room['sid']}/Transcriptions").json["transcriptions"]
    assert it["configuration"] == {"languageCode": "EN-us", "partialResults": "true"}
    assert not {"transcribe_participants_on_connect", "transcriptions_configuration"} & set(room)
