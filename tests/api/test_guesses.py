"""Guesses that anyone with an account can check: ``pytest tests/api --twilio-live``.

Each guess is marked `Inferred:` in the code, or is about the HTTP status of such a guess. By
default the fake is tested. With ``--twilio-live`` Twilio is tested, and a table at the end of the
run shows which guesses are confirmed.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest


ROOMS = "/v1/Rooms"
HOOKS = "/v1/CompositionHooks"
NOBODY = "RM" + "0" * 32

pytestmark = pytest.mark.live


def outcome(answer):
    """Return the status of *answer*, and the code of an error."""
    has_code = isinstance(answer.json, dict) and "code" in answer.json and answer.status >= 400
    return f"{answer.status}, code {answer.json['code']}" if has_code else f"{answer.status}"


@pytest.mark.parametrize(
    ("what", "fields", "expected"),
    [
        ("whose name has control characters", {"UniqueName": "a\x01b"}, "400, code 53102"),
        ("whose name is blank", {"UniqueName": " "}, "400, code 53100"),
        ("whose name is like a SID", {"UniqueName": NOBODY}, "400, code 53100"),
        ("whose name has 129 characters", {"UniqueName": "n" * 129}, "400, code 53101"),
        ("with 51 MaxParticipants", {"MaxParticipants": 51}, "400, code 53107"),
        ("of an unknown type", {"Type": "GROUP"}, "400, code 53108"),
        ("with 61 minutes of EmptyRoomTimeout", {"EmptyRoomTimeout": 61}, "400, code 53109"),
        ("with 0 minutes of UnusedRoomTimeout", {"UnusedRoomTimeout": 0}, "400, code 53109"),
        ("with a callback by PUT", {"StatusCallbackMethod": "PUT"}, "400, code 53110"),
        ("with a callback that is no URL", {"StatusCallback": "here"}, "400, code 53111"),
        ("in an unknown region", {"MediaRegion": "mars"}, "400, code 53115"),
        ("with a codec that is none", {"VideoCodecs": "VP7"}, "400, code 20001"),
        ("with 599 s MaxParticipantDuration", {"MaxParticipantDuration": 599}, "400, code 53123"),
        ("with an empty MaxParticipants", {"MaxParticipants": ""}, "201"),
        ("with AudioOnly=TRUE", {"AudioOnly": "TRUE"}, "201"),
    ],
)
def test_an_unusual_room_is_created_or_refused_as_guessed(ask, guess, what, fields, expected):
    guess(f"Creating a room {what}", expected, lambda: outcome(ask("POST", ROOMS, **fields)))


@pytest.mark.parametrize(
    ("what", "method", "path", "fields", "expected"),
    [
        ("Listing rooms with an unknown status", "GET", "", {"Status": "over"}, "400, code 53112"),
        (
            "Listing participants with an unknown status",
            "GET",
            "/{sid}/Participants",
            {"Status": "over"},
            "400, code 53209",
        ),
        (
            "Updating a room to in-progress",
            "POST",
            "/{sid}",
            {"Status": "failed"},
            "400, code 53112",
        ),
        ("Deleting a room", "DELETE", "/{sid}", {}, "405, code 20004"),
        ("A page size of 0", "GET", "", {"PageSize": 0}, "400, code 20001"),
        ("A page that is no number", "GET", "", {"Page": "two"}, "400, code 20001"),
        ("A date that is none", "GET", "", {"DateCreatedAfter": "today"}, "400, code 20001"),
        (
            "Recording rules with a filter twice in a rule",
            "POST",
            "/{sid}/RecordingRules",
            {"Rules": '[{"type": "include", "all": true, "all": true}]'},
            "400, code 53120",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest_twilio_video.UnknownEndpointWarning")
def test_an_invalid_request_is_refused_as_guessed(
    ask, guess, what, method, path, fields, expected
):
    sid = ask("POST", ROOMS).json["sid"]

    guess(what, expected, lambda: outcome(ask(method, ROOMS + path.format(sid=sid), **fields)))


def test_a_room_cannot_be_completed_twice(ask, guess):
    path = f"{ROOMS}/{ask('POST', ROOMS).json['sid']}"
    ask("POST", path, Status="completed")

    def complete():
        return outcome(ask("POST", path, Status="completed"))

    guess("Completing a room for the second time, by SID", "400, code 53112", complete)


def test_a_completed_room_accepts_no_recording_rules(ask, guess):
    path = f"{ROOMS}/{ask('POST', ROOMS).json['sid']}"
    ask("POST", path, Status="completed")
    rules = '[{"type": "include", "all": true}]'

    guess(
        "Posting recording rules to a completed room",
        "400, code 53118",
        lambda: outcome(ask("POST", f"{path}/RecordingRules", Rules=rules)),
    )


def test_a_new_room_has_one_rule_that_excludes_all_tracks(ask, guess):
    path = f"{ROOMS}/{ask('POST', ROOMS).json['sid']}/RecordingRules"

    guess(
        "The recording rules of a new room",
        [{"type": "exclude", "all": True}],
        lambda: ask("GET", path).json["rules"],
    )


def test_a_list_of_rooms_is_newest_first(ask, guess):
    made = [ask("POST", ROOMS).json["sid"] for _ in range(2)]

    def listed():
        rooms = ask("GET", ROOMS, PageSize=1000).json["rooms"]
        found = [each["sid"] for each in rooms if each["sid"] in made]
        return {tuple(made): "oldest first", tuple(made[::-1]): "newest first"}.get(tuple(found))

    guess("The order of a list of rooms", "newest first", listed)


def test_a_page_token_begins_with_pa_and_contains_a_sid(ask, guess):
    for _ in range(2):
        ask("POST", ROOMS)

    def token():
        url = ask("GET", ROOMS, PageSize=1).json["meta"]["next_page_url"]
        return parse_qs(urlsplit(url).query)["PageToken"][0][:4]

    guess("The beginning of a PageToken of rooms", "PARM", token)


def test_a_page_number_without_a_token_leads_to_the_first_page(ask, guess):
    for _ in range(2):
        ask("POST", ROOMS)

    def jumps():
        pages = [ask("GET", ROOMS, PageSize=1, Page=number).json["rooms"] for number in (0, 1)]
        return "the first page" if pages[0] == pages[1] else "another page"

    guess("Page=1 without a PageToken leads to", "the first page", jumps)


def test_a_page_size_above_the_maximum_is_reduced_to_it(ask, guess):
    def size():
        answer = ask("GET", ROOMS, PageSize=1001)
        return answer.json["meta"]["page_size"] if answer.status == 200 else outcome(answer)

    guess("The page size that is used if 1001 is asked for", 1000, size)


def test_the_default_region_of_a_room_is_us1(ask, guess):
    guess(
        "The region of a room by default", "us1", lambda: ask("POST", ROOMS).json["media_region"]
    )


def test_a_second_transcription_of_a_room_is_refused(ask, guess):
    path = f"{ROOMS}/{ask('POST', ROOMS).json['sid']}/Transcriptions"
    ask("POST", path)

    guess(
        "A second transcription of a room", "409, code 20409", lambda: outcome(ask("POST", path))
    )


def test_the_transcription_of_a_completed_room_stays_started(ask, guess):
    path = f"{ROOMS}/{ask('POST', ROOMS, TranscribeParticipantsOnConnect='true').json['sid']}"
    ask("POST", path, Status="completed")

    guess(
        "The status of the transcription of a room that is completed",
        "started",
        lambda: ask("GET", f"{path}/Transcriptions").json["transcriptions"][0]["status"],
    )


def test_an_unknown_name_in_the_configuration_of_a_transcription_is_kept(ask, guess):
    path = f"{ROOMS}/{ask('POST', ROOMS).json['sid']}/Transcriptions"

    guess(
        "Unknown names in the configuration of a transcription",
        {"color": "red"},
        lambda: ask("POST", path, Configuration='{"color": "red"}').json["configuration"],
    )


@pytest.mark.parametrize(
    ("what", "fields", "expected"),
    [
        ("of a room that does not exist", {}, "400, code 20001"),
        ("with a callback that is no URL", {"StatusCallback": "here"}, "400, code 20001"),
    ],
)
def test_a_composition_of_an_unknown_room_or_with_an_invalid_url_is_refused(
    ask, guess, what, fields, expected
):
    form = {"RoomSid": NOBODY, "AudioSources": "*"} | fields

    guess(
        f"A composition {what}", expected, lambda: outcome(ask("POST", "/v1/Compositions", **form))
    )


@pytest.fixture
def hook(ask):
    """A composition hook and its fields. It is not enabled, so it creates no compositions."""
    fields = {"FriendlyName": f"a guess {uuid4()}", "AudioSources": "*", "Enabled": "false"}
    made = ask("POST", HOOKS, **fields).json
    yield fields
    ask("DELETE", f"{HOOKS}/{made['sid']}")


def test_a_hook_whose_name_is_taken_is_refused(ask, guess, hook):
    guess(
        "A composition hook whose name is taken",
        "409, code 20409",
        lambda: outcome(ask("POST", HOOKS, **hook)),
    )


def test_a_star_in_the_middle_of_a_name_matches_any_text(ask, guess, hook):
    name = hook["FriendlyName"]
    wanted = f"{name[:4]}*{name[-12:]}"

    guess(
        "Hooks that are found by a name with a star in its middle",
        1,
        lambda: len(ask("GET", HOOKS, FriendlyName=wanted).json["composition_hooks"]),
    )


def test_a_response_lists_the_allowed_methods(ask, guess):
    def methods():
        headers = {name.lower(): value for name, value in ask("GET", ROOMS).headers.items()}
        return headers.get("access-control-allow-methods")

    guess("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS", methods)


def test_settings_that_were_never_created_can_be_fetched(ask, guess):
    guess(
        "Fetching the recording settings",
        "200",
        lambda: outcome(ask("GET", "/v1/RecordingSettings/Default")),
    )
