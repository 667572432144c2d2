"""The tables of the package are compared with copies in this file, which come from Twilio.

The copies come from Twilio's pages, its error dictionary and its OpenAPI description.
"""

from __future__ import annotations

import json

from pathlib import Path

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo, InvalidSettingError, TwilioVideoError
from pytest_twilio_video._engine.refusals import ERROR_CODES
from pytest_twilio_video._engine.settings import Settings


HOME = "https://video.twilio.com/v1"
SID = "a" * 32
CODES = {
    int(code): (int(status), message)
    for code, status, message in (
        line.split(" ", 2)
        for line in Path(__file__).with_name("error_codes.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
}


@pytest.fixture(name="fake")
def _fake():
    with FakeTwilioVideo(seed="catalogs", legacy_room_types="allow") as fake:
        yield fake


@pytest.fixture(name="ask")
def _ask(fake):
    """Send a request, and return its status and its JSON."""

    def ask(method, path, **data):
        query = {"params": data} if method == "GET" else {"data": data}
        auth = (fake.account_sid, fake.auth_token)
        answer = requests.request(method, HOME + path, auth=auth, **query)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture(name="room")
def _room(fake):
    return fake.rooms.create()


# Error codes.


def test_the_catalog_of_errors_has_exactly_the_listed_codes():
    assert list(ERROR_CODES) == list(CODES)


@pytest.mark.parametrize("code", CODES)
def test_an_error_has_the_status_and_the_text_of_its_code(fake, ask, code):
    status, message = CODES[code]
    fake.fail(code=code)

    answered, document = ask("GET", "/Rooms")

    assert answered == document.pop("status") == status
    assert document.pop("code") == code
    assert document.pop("more_info") == f"https://www.twilio.com/docs/errors/{code}"
    # This text names the resource.
    assert document.pop("message") == message.replace("resource was", "resource /Rooms was")
    detail = "Your AccountSid or AuthToken was incorrect."
    assert document == ({"detail": detail} if code == 20003 else {})


# Values: each that a parameter allows is accepted, and the nearest others are refused.

ROOM_TYPES = ["group", "go", "peer-to-peer", "group-small"]
REGIONS = ["au1", "br1", "de1", "ie1", "in1", "jp1", "sg1", "us1", "us2", "gll"]
HOOK = {"FriendlyName": "hook", "AudioSources": "*"}
SETTINGS = {"FriendlyName": "settings"}

# Each line: the method, the path, what else the request needs, the parameter, its allowed values,
# some that are not allowed, and the code of the error.
VALUES = [
    ("POST", "/Rooms", {}, "Type", ROOM_TYPES, ["large", "Group"], 53108),
    ("POST", "/Rooms", {}, "MediaRegion", REGIONS, ["us3", "US1"], 53115),
    ("POST", "/Rooms", {}, "VideoCodecs", ["VP8", "H264"], ["VP9", "vp8"], 20001),
    ("POST", "/Rooms", {}, "StatusCallbackMethod", ["GET", "POST"], ["PUT", "post"], 53110),
    ("POST", "/Rooms", {}, "MaxParticipants", [1, 50], [0, 51, -1], 53107),
    ("POST", "/Rooms", {}, "MaxParticipantDuration", [600, 86400], [599, 86401], 53123),
    ("POST", "/Rooms", {}, "EmptyRoomTimeout", [1, 60], [0, 61], 53109),
    ("POST", "/Rooms", {}, "UnusedRoomTimeout", [1, 60], [0, 61], 53109),
    ("POST", "/Rooms", {}, "UniqueName", ["a", "b" * 128], ["c" * 129], 53101),
    (
        *("GET", "/Rooms", {}, "Status"),
        *(["in-progress", "completed", "failed"], ["active", "In-Progress"], 53112),
    ),
    (
        *("GET", "/Rooms/{room}/Participants", {}, "Status"),
        *(["connected", "disconnected", "reconnecting"], ["completed", "Connected"], 53209),
    ),
    (
        *("GET", "/Recordings", {}, "Status"),
        *(["processing", "completed", "deleted", "failed"], ["started"], 20001),
    ),
    (
        *("GET", "/Rooms/{room}/Recordings", {}, "Status"),
        *(["processing", "completed", "deleted", "failed"], ["started"], 20001),
    ),
    ("GET", "/Recordings", {}, "MediaType", ["audio", "video", "data"], ["screen"], 20001),
    ("GET", "/Recordings", {}, "SourceSid", [f"MT{SID}"], [SID, f"MT{SID}a"], 20001),
    (
        *("GET", "/Compositions", {}, "Status"),
        *(["enqueued", "processing", "completed", "deleted", "failed"], ["started"], 20001),
    ),
    ("GET", "/Compositions", {}, "RoomSid", [f"RM{SID}"], [f"RT{SID}", "a name"], 20001),
    ("GET", "/Rooms", {}, "PageSize", [1, 1000], [0, -1], 20001),
    ("GET", "/Rooms", {}, "Page", [0, 1], [-1], 20001),
    ("POST", "/CompositionHooks", HOOK, "Format", ["mp4", "webm"], ["mkv", "MP4"], 20001),
    ("POST", "/CompositionHooks", HOOK, "StatusCallbackMethod", ["GET", "POST"], ["PUT"], 20001),
    (
        *("POST", "/CompositionHooks", HOOK, "Resolution"),
        *(["640x480", "16x16", "1280x720"], ["640", "15x16", "1281x16", "1280x721"], 20001),
    ),
    (
        *("POST", "/CompositionHooks", {"AudioSources": "*"}, "FriendlyName"),
        *(["a", "b" * 100], ["c" * 101], 20001),
    ),
    (
        *("POST", "/RecordingSettings/Default", SETTINGS, "AwsCredentialsSid"),
        *([f"CR{SID}"], [f"AC{SID}", f"CR{SID}0"], 20001),
    ),
    (
        *("POST", "/CompositionSettings/Default", SETTINGS, "EncryptionKeySid"),
        *([f"CR{SID}"], [f"AC{SID}", f"CR{SID}0"], 20001),
    ),
    (
        *("POST", "/RecordingSettings/Default", SETTINGS, "AwsS3Url"),
        *(["https://bucket.example/" + "x" * 1000], ["bucket", "https://b/" + "x" * 1014], 20001),
    ),
]


def _cases(*, column):
    return [
        pytest.param(*case[:4], value, case[-1], id=f"{case[0]}{case[1]}-{case[3]}-{value!s:.20}")
        for case in VALUES
        for value in case[column]
    ]


@pytest.mark.parametrize(("method", "path", "others", "name", "value", "code"), _cases(column=4))
def test_each_value_in_the_catalog_is_accepted(ask, room, method, path, others, name, value, code):
    status, answer = ask(method, path.format(room=room.sid), **others, **{name: value})

    assert status in {200, 201}, answer


@pytest.mark.parametrize(("method", "path", "others", "name", "value", "code"), _cases(column=5))
def test_each_value_outside_the_catalog_is_refused(
    ask, room, method, path, others, name, value, code
):
    status, answer = ask(method, path.format(room=room.sid), **others, **{name: value})

    assert (status, answer["code"]) == (400, code)


@pytest.mark.parametrize(
    ("path", "others", "code"), [("/Rooms", {}, 53111), ("/CompositionHooks", HOOK, 20001)]
)
def test_the_url_of_a_callback_has_fewer_than_1024_characters(ask, path, others, code):
    url = "https://app.example/".ljust(1023, "x")

    assert ask("POST", path, **others, StatusCallback=url)[0] == 201
    status, answer = ask("POST", path, **others, StatusCallback=url + "x")
    assert (status, answer["code"]) == (400, code)


TRACK_KINDS = ["audio", "video", "data"]
RULES = [
    ("/RecordingRules", {"kind": "audio"}, True),
    ("/RecordingRules", {"kind": "video"}, True),
    ("/RecordingRules", {"kind": "data"}, False),
    ("/RecordingRules", {"publisher": "alice"}, True),
    ("/RecordingRules", {"track": "camera"}, True),
    ("/RecordingRules", {"all": True}, True),
    ("/RecordingRules", {"priority": "high"}, False),
    *[("/SubscribeRules", {"kind": kind}, True) for kind in TRACK_KINDS],
    *[("/SubscribeRules", {"priority": each}, True) for each in ("low", "standard", "high")],
    ("/SubscribeRules", {"kind": "screen"}, False),
    ("/SubscribeRules", {"priority": "medium"}, False),
    ("/SubscribeRules", {"publisher": "alice"}, True),
    ("/SubscribeRules", {"track": "camera"}, True),
    ("/SubscribeRules", {"all": True}, True),
    ("/SubscribeRules", {"name": "camera"}, False),
]


@pytest.mark.parametrize("type_", ["include", "exclude", "omit"])
@pytest.mark.parametrize(("path", "filters", "is_allowed"), RULES)
def test_rules_have_exactly_the_listed_types_filters_kinds_and_priorities(
    fake, ask, path, filters, type_, is_allowed
):
    room = fake.rooms.create()
    alice = room.connect("alice")
    below = "" if path == "/RecordingRules" else f"/Participants/{alice.sid}"

    status, _ = ask("POST", f"/Rooms/{room.sid}{below}{path}", Rules=_rules(type_, filters))

    assert (status == 200) is (is_allowed and type_ != "omit")


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (20, 200), (21, 400)])
def test_there_are_1_to_20_rules(ask, fake, count, status):
    room = fake.rooms.create()
    rules = json.dumps([{"type": "include", "all": True}] * count)

    assert ask("POST", f"/Rooms/{room.sid}/RecordingRules", Rules=rules)[0] == status


@pytest.mark.parametrize(
    ("configuration", "is_allowed"),
    [
        *[({"transcriptionEngine": each}, True) for each in ("google", "deepgram")],
        ({"transcriptionEngine": "whisper"}, False),
        *[
            ({name: value}, value != "yes")
            for name in ("partialResults", "profanityFilter", "enableAutomaticPunctuation")
            for value in ("true", "false", True, False, "yes")
        ],
        ({"hints": ",".join(["x" * 100] * 500)}, True),
        ({"hints": ",".join(["x"] * 501)}, False),
        ({"hints": "x" * 101}, False),
    ],
)
def test_transcription_configurations_have_exactly_the_listed_values(
    ask, fake, configuration, is_allowed
):
    room = fake.rooms.create()

    status, _ = ask(
        "POST",
        f"/Rooms/{room.sid}/Transcriptions",
        Configuration=json.dumps(configuration),
    )

    assert status == (202 if is_allowed else 400)


@pytest.mark.parametrize(("ttl", "status"), [(0, 400), (1, 302), (3600, 302), (3601, 400)])
def test_a_media_url_is_valid_for_a_second_to_an_hour(fake, ttl, status):
    room = fake.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    room.complete()
    fake.clock.advance(minutes=1)
    (recording,) = room.recordings

    answer = requests.get(
        f"{HOME}/Recordings/{recording.sid}/Media",
        params={"Ttl": ttl},
        auth=(fake.account_sid, fake.auth_token),
        allow_redirects=False,
    )

    assert answer.status_code == status


def _rules(type_, filters):
    return json.dumps([{"type": type_, **filters}])


# Values of our own settings and arguments.


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("auth", ["any", "strict"]),
        ("sleep", ["real", "virtual"]),
        ("open_rooms", ["ignore", "warn", "fail"]),
    ],
)
def test_settings_have_exactly_the_listed_values(name, values):
    for value in values:
        assert getattr(Settings.merge({name: value}), name) == value
    with pytest.raises(InvalidSettingError) as refused:
        Settings.merge({name: "other"})
    assert str(refused.value).endswith(", ".join(map(repr, values)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, True) for text in ("true", "True", "1", "yes", "YES")],
        *[(text, False) for text in ("false", "FALSE", "0", "no", "No")],
    ],
)
def test_exactly_the_listed_texts_mean_true_and_false_in_an_ini_line(text, value):
    assert Settings.value_from_text("block", text) is value


@pytest.mark.parametrize("error", ["timeout", "connect", "reset", "lost"])
def test_a_connection_can_fail_in_exactly_the_listed_ways(fake, error):
    if error == "lost":
        with pytest.raises(TwilioVideoError, match=r"timeout.*connect.*reset"):
            fake.fail(error=error)
        return
    fake.fail("GET", "/v1/Rooms", error=error)
    kinds = {"timeout": requests.ReadTimeout, "connect": requests.ConnectionError}

    with pytest.raises(kinds.get(error, requests.ConnectionError)):
        requests.get(f"{HOME}/Rooms", auth=(fake.account_sid, fake.auth_token), timeout=1)
