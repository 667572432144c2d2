"""Rooms in the REST API."""

from __future__ import annotations

import json

from datetime import timedelta

import pytest
import requests

from pytest_twilio_video import (
    FakeTwilioVideo,
    LegacyRoomTypeWarning,
    UnknownParameterWarning,
)
from pytest_twilio_video._resources.rooms import Room


ROOMS = "/v1/Rooms"


def test_a_room_has_exactly_the_documented_keys_and_formats(ask, fake):
    """
    The values are from the sample of 2025 in the documentation.
    """
    answer = ask("POST", ROOMS, UniqueName="standup")

    sid = fake.rooms["standup"].sid
    url = f"https://video.twilio.com/v1/Rooms/{sid}"
    assert answer.status == 201
    assert answer.json == {
        "sid": sid,
        "status": "in-progress",
        "date_created": "2026-01-01T09:00:00Z",
        "date_updated": "2026-01-01T09:00:00Z",
        "account_sid": fake.account_sid,
        "enable_turn": True,
        "unique_name": "standup",
        "status_callback": None,
        "status_callback_method": "POST",
        "end_time": None,
        "duration": None,
        "type": "group",
        "max_participants": 50,
        "max_participant_duration": 14400,
        "max_concurrent_published_tracks": 170,
        "record_participants_on_connect": False,
        "video_codecs": ["VP8", "H264"],
        "media_region": "us1",
        "audio_only": False,
        "empty_room_timeout": 5,
        "unused_room_timeout": 5,
        "large_room": False,
        "url": url,
        "links": {
            "participants": f"{url}/Participants",
            "recordings": f"{url}/Recordings",
            "recording_rules": f"{url}/RecordingRules",
            "transcriptions": f"{url}/Transcriptions",
        },
    }


def test_every_parameter_is_accepted(ask):
    answer = ask(
        "POST",
        ROOMS,
        UniqueName="standup",
        Type="group",
        StatusCallback="https://app.example.com/hooks?a=b#rc=2",
        StatusCallbackMethod="GET",
        MaxParticipants="3",
        RecordParticipantsOnConnect="TRUE",
        RecordingRules=json.dumps([{"type": "exclude", "all": True}]),
        VideoCodecs=["H264", "VP8"],
        MediaRegion="de1",
        MaxParticipantDuration="600",
        EmptyRoomTimeout="60",
        UnusedRoomTimeout="1",
        EnableTurn="false",
        TranscribeParticipantsOnConnect="False",
    )

    assert answer.status == 201
    expected = {
        "type": "group",
        "status_callback": "https://app.example.com/hooks?a=b#rc=2",
        "status_callback_method": "GET",
        "max_participants": 3,
        "record_participants_on_connect": True,
        "video_codecs": ["H264", "VP8"],
        "media_region": "de1",
        "max_participant_duration": 600,
        "empty_room_timeout": 60,
        "unused_room_timeout": 1,
        "enable_turn": True,
    }
    assert expected.items() <= answer.json.items()


@pytest.mark.live
def test_unknown_parameters_are_ignored(ask):
    answer = ask("POST", ROOMS, Color="red", uniquename="lower")

    assert answer.status == 201
    assert answer.json["unique_name"] == answer.json["sid"]


def test_an_unknown_parameter_causes_a_warning_with_a_suggestion(ask, fake):
    room = fake.rooms.create()
    calls = [
        ("POST", ROOMS, {"unique_name": "lesson", "Color": "red"}),
        ("GET", ROOMS, {"status": "completed", "PageSize": 5}),
        ("GET", f"{ROOMS}/nobody", {"Verbose": "1"}),
        ("POST", f"{ROOMS}/{room.sid}", {"RecordParticipantsOnConnect": "true"}),
    ]

    with pytest.warns(UnknownParameterWarning) as warned, fake:
        statuses = [ask(method, path, **fields).status for method, path, fields in calls]

    assert statuses == [201, 200, 404, 400]
    texts = [str(warning.message) for warning in warned]
    assert [text.removeprefix("Twilio Video does not know the parameter ") for text in texts] == [
        "'unique_name' of POST /v1/Rooms, so it was ignored. Did you mean 'UniqueName'?",
        "'Color' of POST /v1/Rooms, so it was ignored.",
        "'status' of GET /v1/Rooms, so it was ignored. Did you mean 'Status'?",
        "'Verbose' of GET /v1/Rooms/nobody, so it was ignored.",
        f"'RecordParticipantsOnConnect' of POST /v1/Rooms/{room.sid}, so it was ignored.",
    ]


@pytest.mark.parametrize("path", ["share%2Ftest", "share%2ftest", "share/test"])
def test_a_name_with_a_slash_cannot_be_addressed(ask, fake, path):
    fake.rooms.create(unique_name="share/test")

    answer = ask("GET", f"{ROOMS}/{path}")

    assert (answer.status, answer.json["code"]) == (404, 20404)


@pytest.mark.parametrize("path", ["caf%C3%A9%20%26%20co", "caf%c3%a9%20&%20co"])
def test_escapes_in_a_name_other_than_slashes_are_decoded(ask, fake, path):
    room = fake.rooms.create(unique_name="café & co")

    assert ask("GET", f"{ROOMS}/{path}").json["sid"] == room.sid


def test_a_legacy_room_type_causes_a_warning_by_default(ask, fake):
    with pytest.warns(LegacyRoomTypeWarning, match="type go, but accounts .* 2024-10-21"), fake:
        assert ask("POST", ROOMS, Type="go").status == 201


@pytest.mark.parametrize(("setting", "status"), [("allow", 201), ("refuse", 400)])
@pytest.mark.parametrize("room_type", ["go", "peer-to-peer", "group-small"])
def test_the_setting_allows_or_refuses_legacy_room_types(setting, status, room_type):
    with FakeTwilioVideo(legacy_room_types=setting) as fake:
        auth = (fake.account_sid, fake.auth_token)
        answer = requests.post(f"https://video.twilio.com{ROOMS}", {"Type": room_type}, auth=auth)
        group = requests.post(f"https://video.twilio.com{ROOMS}", {"Type": "group"}, auth=auth)

    assert (answer.status_code, group.status_code) == (status, 201)
    assert answer.json().get("code") == (53126 if setting == "refuse" else None)


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("UniqueName", "n" * 129, 53101, "Room name is too long"),
        ("UniqueName", "a\x00b", 53102, "Room name contains invalid characters"),
        ("Type", "GROUP", 53108, "RoomType is not valid"),
        ("StatusCallback", "app.example.com", 53111, "StatusCallback is invalid"),
        ("StatusCallbackMethod", "post", 53110, "StatusCallbackMethod is invalid"),
        ("MaxParticipants", "0", 53107, "MaxParticipants is out of range"),
        ("MaxParticipants", "51", 53107, "MaxParticipants is out of range"),
        ("MaxParticipants", "many", 53107, "MaxParticipants is out of range"),
        ("MaxParticipants", "5.0", 53107, "MaxParticipants is out of range"),
        ("RecordingRules", "{not json", 53120, "Invalid Recording Rule(s)"),
        ("RecordingRules", "[]", 53120, "Invalid Recording Rule(s)"),
        ("MediaRegion", "mars", 53115, "MediaRegion is invalid"),
        ("MaxParticipantDuration", "599", 53123, "MaxParticipantDuration is out of range"),
        ("MaxParticipantDuration", "86401", 53123, "MaxParticipantDuration is out of range"),
        ("EmptyRoomTimeout", "0", 53109, "Timeout is out of range"),
        ("EmptyRoomTimeout", "61", 53109, "Timeout is out of range"),
        ("UnusedRoomTimeout", "1.5", 53109, "Timeout is out of range"),
    ],
)
def test_an_invalid_value_is_refused_in_twilios_error_format(
    ask, fake, field, value, code, message
):
    answer = ask("POST", ROOMS, **{field: value})

    assert answer.status == 400
    assert answer.json == {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": 400,
    }
    assert len(fake.rooms) == 0
    assert fake.events == []


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("AudioOnly", "yes", "must be true or false, not 'yes'"),
        ("VideoCodecs", ["VP8", "AV1"], "must be one of VP8, H264, not ['VP8', 'AV1']"),
    ],
)
def test_an_invalid_value_without_its_own_code_is_named_in_the_message(
    ask, field, value, complaint
):
    answer = ask("POST", ROOMS, **{field: value})

    assert (answer.status, answer.json["code"]) == (400, 20001)
    assert answer.json["message"] == f"Invalid parameter {field}: {complaint}"


def test_invalid_utf8_in_a_name_is_refused(ask):
    assert ask("POST", ROOMS, body=b"UniqueName=%FF%FE").json["code"] == 53102
    assert ask("POST", ROOMS, body=b"UniqueName=\xff\xfe").json["code"] == 53102


def test_utf8_in_a_name_is_accepted_whether_it_is_escaped_or_not(ask, fake):
    ask("POST", ROOMS, body="UniqueName=Café".encode())
    ask("POST", ROOMS, body=b"UniqueName=Th%C3%A9")

    assert {room.unique_name for room in fake.rooms} == {"Café", "Thé"}


@pytest.mark.live
def test_an_empty_value_counts_as_omitted(ask):
    answer = ask("POST", ROOMS, UniqueName="", MaxParticipants="", StatusCallback="")

    assert answer.status == 201
    assert answer.json["unique_name"] == answer.json["sid"]


@pytest.mark.live
def test_a_second_room_of_the_same_name_is_refused(ask):
    ask("POST", ROOMS, UniqueName="standup")

    answer = ask("POST", ROOMS, UniqueName="standup")

    assert (answer.status, answer.json["code"]) == (400, 53113)
    assert answer.json["message"] == "Room exists"


@pytest.mark.live
def test_a_room_is_fetched_by_sid_and_while_it_is_in_progress_by_name(ask):
    sid = ask("POST", ROOMS, UniqueName="daily standup").json["sid"]
    by_name = f"{ROOMS}/daily%20standup"
    assert ask("GET", by_name).json == ask("GET", f"{ROOMS}/{sid}").json
    assert ask("GET", by_name).json["url"].endswith(sid)

    ask("POST", by_name, Status="completed")

    assert ask("GET", f"{ROOMS}/{sid}").json["status"] == "completed"
    assert ask("GET", by_name).status == 404


@pytest.mark.live
def test_the_message_of_a_404_has_the_requested_path_without_the_version(ask):
    answer = ask("GET", f"{ROOMS}/nowhere")

    assert (answer.status, answer.json["code"]) == (404, 20404)
    assert answer.json["message"] == "The requested resource /Rooms/nowhere was not found"


def test_the_response_to_completing_a_room_is_202_with_the_end_time(ask, fake):
    sid = ask("POST", ROOMS).json["sid"]
    fake.clock.advance(seconds=90)

    answer = ask("POST", f"{ROOMS}/{sid}", Status="completed")

    assert answer.status == 202
    assert answer.json["status"] == "completed"
    assert answer.json["duration"] == 90
    assert answer.json["end_time"] == answer.json["date_updated"] == "2026-01-01T09:01:30Z"
    assert answer.json["date_created"] == "2026-01-01T09:00:00Z"


@pytest.mark.live
def test_an_update_without_a_status_is_refused_with_the_message_of_twilio(ask):
    sid = ask("POST", ROOMS).json["sid"]

    answer = ask("POST", f"{ROOMS}/{sid}", RecordParticipantsOnConnect="true")

    assert answer.status == 400
    assert answer.json == {
        "code": 20001,
        "message": "Missing required parameter Status in the post body",
        "more_info": "https://www.twilio.com/docs/errors/20001",
        "status": 400,
    }


@pytest.mark.parametrize("status", ["in-progress", "failed", "Completed", "over"])
def test_a_room_can_only_be_completed(ask, fake, status):
    sid = ask("POST", ROOMS).json["sid"]

    answer = ask("POST", f"{ROOMS}/{sid}", Status=status)

    assert (answer.status, answer.json["code"]) == (400, 53112)
    assert fake.rooms[sid].status == "in-progress"


@pytest.mark.live
def test_updating_a_completed_room_is_refused_by_sid_and_not_found_by_name(ask):
    sid = ask("POST", ROOMS, UniqueName="standup").json["sid"]
    ask("POST", f"{ROOMS}/{sid}", Status="completed")

    assert ask("POST", f"{ROOMS}/{sid}", Status="completed").json["code"] == 53112
    assert ask("POST", f"{ROOMS}/standup", Status="completed").json["code"] == 20404


@pytest.fixture
def days(ask, fake):
    """Rooms of three days. The first room is completed."""
    sids = []
    for number in range(3):
        sids.append(
            ask("POST", ROOMS, UniqueName=f"day {number}", UnusedRoomTimeout=60).json["sid"]
        )
        if number == 0:
            ask("POST", f"{ROOMS}/{sids[0]}", Status="completed")
        simulation = fake._simulation.account
        simulation.cancel_timer("unused", sids[-1])
        simulation.cancel_timer("longest", sids[-1])
        fake.clock.advance(timedelta(days=1))
    return sids


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [2, 1]),
        ({"Status": "in-progress"}, [2, 1]),
        ({"Status": "completed"}, [0]),
        ({"Status": "failed"}, []),
        ({"UniqueName": "day 1"}, [1]),
        ({"UniqueName": "day 0"}, []),
        ({"UniqueName": "day 0", "Status": "completed"}, [0]),
        ({"DateCreatedAfter": "2026-01-03T09:00:00Z"}, [2]),
        ({"DateCreatedAfter": "2026-01-03T09:00:01Z"}, []),
        ({"DateCreatedAfter": "2026-01-03"}, [2]),
        ({"DateCreatedBefore": "2026-01-03T09:00:00Z"}, [1]),
        ({"DateCreatedBefore": "2026-01-03T09:00:01Z"}, [2, 1]),
        ({"DateCreatedBefore": "2026-01-03T10:00:00+01:00"}, [1]),
        ({"DateCreatedBefore": "2026-01-03T09:00:00.5Z"}, [2, 1]),
        ({"DateCreatedBefore": "2026-01-03T10:00:00+0100"}, [1]),
    ],
)
def test_a_list_shows_the_rooms_that_match_its_filters_newest_first(ask, days, filters, found):
    answer = ask("GET", ROOMS, **filters)

    assert answer.status == 200
    assert [room["sid"] for room in answer.json["rooms"]] == [days[number] for number in found]


@pytest.mark.live
@pytest.mark.parametrize(
    "filters",
    [
        {"Status": "open"},
        {"DateCreatedAfter": "yesterday"},
        {"DateCreatedBefore": "2026-13-01"},
        {"DateCreatedBefore": "20260101"},
        {"PageSize": "0"},
        {"PageSize": "ten"},
        {"Page": "-1"},
    ],
)
def test_an_invalid_filter_is_refused(ask, filters):
    assert ask("GET", ROOMS, **filters).status == 400


def test_several_completed_rooms_may_have_the_same_name(ask):
    for _ in range(3):
        ask("POST", ROOMS, UniqueName="standup")
        ask("POST", f"{ROOMS}/standup", Status="completed")

    assert len(ask("GET", ROOMS, UniqueName="standup", Status="completed").json["rooms"]) == 3


def test_internal_fields_of_a_room_are_not_shown(ask):
    document = ask("POST", ROOMS).json

    assert not {"is_ad_hoc", "created_by", "recording_rules"} & document.keys()
    assert set(document) - {"url", "links"} <= set(Room.__dataclass_fields__)
