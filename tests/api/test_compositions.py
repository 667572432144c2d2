"""Compositions in the REST API and in callbacks."""

from __future__ import annotations

import json

from urllib.parse import quote

import pytest

from pytest_twilio_video._http import Request


URL = "/v1/Compositions"
HOME = "https://video.twilio.com"
APP = "https://app.example.com/compositions"


@pytest.fixture
def room(fake):
    """A completed room in which ten seconds of audio were recorded."""
    room = fake.rooms.create(unique_name="standup", record_participants_on_connect=True)
    alice = room.connect("alice")
    alice.publish("audio", "microphone")
    fake.clock.advance(seconds=10)
    room.complete()
    return room


@pytest.fixture
def compose(ask, room):
    def compose(**fields):
        return ask("POST", URL, **{"RoomSid": room.sid, "AudioSources": "*"} | fields)

    return compose


@pytest.fixture
def download(fake):
    def download(url):
        return fake._handle(Request("GET", url, {}, b"", "a test"))

    return download


@pytest.fixture
def composed(fake, compose):
    sid = compose(Format="mp4").json["sid"]
    fake.clock.advance(minutes=2)
    return fake.compositions[sid]


def test_a_composition_has_exactly_the_documented_keys(fake, room, compose):
    answer = compose(
        AudioSources=["alice*", "RT" + "0" * 32],
        AudioSourcesExcluded="noise",
        VideoLayout=json.dumps({"grid": {"video_sources": ["*"]}}),
        StatusCallback=APP,
    )

    sid = answer.json["sid"]
    assert answer.status == 201
    assert answer.json == {
        "account_sid": fake.account_sid,
        "status": "enqueued",
        "date_created": "2026-01-01T09:00:10Z",
        "date_completed": None,
        "date_deleted": None,
        "sid": sid,
        "room_sid": room.sid,
        "audio_sources": ["alice*", "RT" + "0" * 32],
        "audio_sources_excluded": ["noise"],
        "video_layout": {
            "grid": {
                "video_sources": ["*"],
                "video_sources_excluded": [],
                "reuse": "show_oldest",
                "x_pos": 0,
                "y_pos": 0,
                "z_pos": 0,
                "width": None,
                "height": None,
                "max_columns": None,
                "max_rows": None,
                "cells_excluded": [],
            }
        },
        "resolution": "640x480",
        "format": "webm",
        "trim": True,
        "bitrate": 0,
        "size": 0,
        "duration": 0,
        "media_external_location": None,
        "status_callback": APP,
        "status_callback_method": "POST",
        "url": f"{HOME}{URL}/{sid}",
        "links": {"media": f"{HOME}{URL}/{sid}/Media"},
    }


def test_a_completed_composition_can_be_fetched(ask, composed):
    answer = ask("GET", f"{URL}/{composed.sid}")

    assert answer.status == 200
    assert (answer.json["status"], answer.json["date_completed"]) == (
        "completed",
        "2026-01-01T09:01:15Z",
    )
    assert (answer.json["duration"], answer.json["size"]) == (10, len(composed.media))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("RoomSid", "", "Missing required parameter RoomSid in the post body"),
        ("RoomSid", "standup", "Invalid parameter RoomSid: must be the SID of a room"),
        ("RoomSid", "RM" + "0" * 32, "there is no room"),
        ("AudioSources", "", "either VideoLayout or AudioSources must be given"),
        ("Resolution", "1920x1080", "must be WIDTHxHEIGHT"),
        ("Format", "mkv", "must be one of mp4, webm"),
        ("Trim", "maybe", "must be true or false"),
        ("StatusCallback", "nowhere", "must be an http or https URL"),
        ("StatusCallbackMethod", "PUT", "must be one of GET, POST"),
        ("VideoLayout", "{", "must be JSON"),
        ("VideoLayout", '{"grid": {"video_sources": "*"}}', "failed to deserialize for field"),
    ],
)
def test_an_invalid_value_is_refused_and_creates_nothing(fake, compose, field, value, words):
    answer = compose(**{field: value})

    assert (answer.status, answer.json["code"]) == (400, 20001)
    assert words in answer.json["message"]
    assert len(fake.compositions) == 0


def test_the_layout_is_checked_against_the_resolution(compose):
    layout = json.dumps({"grid": {"video_sources": ["*"], "width": 1280}})

    assert compose(Resolution="1280x720", VideoLayout=layout).status == 201
    assert compose(VideoLayout=layout).status == 400


def test_lists_have_up_to_100_compositions_per_page_newest_first(ask, compose):
    sids = [compose().json["sid"] for _ in range(3)][::-1]

    listed = ask("GET", URL, PageSize=1000).json
    assert [each["sid"] for each in listed["compositions"]] == sids
    assert (listed["meta"]["page_size"], listed["meta"]["key"]) == (100, "compositions")


def test_lists_are_filtered(ask, room, composed):
    assert ask("GET", URL, RoomSid=room.sid, Status="completed").json["compositions"] != []
    assert ask("GET", URL, RoomSid="RM" + "0" * 32).json["compositions"] == []
    assert ask("GET", URL, DateCreatedBefore="2026-01-01").json["compositions"] == []
    assert ask("GET", URL, RoomSid="standup").json["code"] == 20001
    assert ask("GET", URL, Status="over").json["code"] == 20001
    assert composed.status == "completed"


def test_a_deleted_composition_is_not_listed_but_can_be_fetched(ask, composed):
    answer = ask("DELETE", f"{URL}/{composed.sid}")

    assert (answer.status, answer.json) == (204, None)
    assert ask("GET", f"{URL}/{composed.sid}").json["status"] == composed.status == "deleted"
    assert ask("GET", f"{URL}/{composed.sid}").json["date_deleted"] == "2026-01-01T09:02:10Z"
    assert ask("GET", URL).json["compositions"] == []
    assert len(ask("GET", URL, Status="deleted").json["compositions"]) == 1


def test_an_incomplete_composition_cannot_be_deleted(ask, compose):
    sid = compose().json["sid"]

    answer = ask("DELETE", f"{URL}/{sid}")

    assert (answer.status, answer.json["code"]) == (409, 20009)


def test_an_unknown_composition_is_not_found(ask):
    for path in (f"{URL}/CJ{'0' * 32}", f"{URL}/CJ{'0' * 32}/Media"):
        answer = ask("GET", path)
        assert (answer.status, answer.json["code"]) == (404, 20404)


def test_a_download_is_redirected_and_served(ask, fake, composed, download):
    answer = ask("GET", f"{URL}/{composed.sid}/Media", Ttl=60)

    place = answer.json["redirect_to"]
    assert (answer.status, answer.headers["Location"]) == (302, place)
    key = f"{fake.account_sid}/{composed.sid}.mp4"
    assert place.startswith(f"https://com-twilio-us1-video-composition.s3.amazonaws.com/{key}?")
    got = download(place)
    assert (got.status, got.body) == (200, composed.media)
    assert got.headers["Content-Type"] == "video/mp4"
    assert got.headers["Content-Disposition"] == f'attachment; filename="{composed.sid}.mp4"'
    fake.clock.advance(seconds=61)
    assert download(place).status == 403


def test_the_content_disposition_is_as_requested(ask, composed, download):
    wanted = 'inline; filename="My File.mp4"'

    place = ask("GET", f"{URL}/{composed.sid}/Media", ContentDisposition=wanted).json

    assert quote(wanted) in place["redirect_to"]
    assert download(place["redirect_to"]).headers["Content-Disposition"] == wanted


def test_a_test_can_set_the_downloaded_media(ask, composed, download):
    composed.media = b"a film"

    place = ask("GET", f"{URL}/{composed.sid}/Media").json["redirect_to"]

    assert (download(place).body, composed.size) == (b"a film", 6)


def test_there_are_no_media_before_completion_or_after_deletion(ask, fake, compose, download):
    sid = compose().json["sid"]
    early = ask("GET", f"{URL}/{sid}/Media")
    fake.clock.advance(minutes=2)
    place = ask("GET", f"{URL}/{sid}/Media").json["redirect_to"]
    ask("DELETE", f"{URL}/{sid}")
    late = ask("GET", f"{URL}/{sid}/Media")

    assert (early.status, late.status, download(place).status) == (404, 404, 404)
    assert early.json["message"] == (
        f"The requested resource /Compositions/{sid}/Media was not found"
    )


def test_each_step_sends_a_callback_to_the_compositions_own_url(fake, room, compose):
    sid = compose(StatusCallback=APP, StatusCallbackMethod="GET").json["sid"]
    fake.clock.advance(minutes=2)

    told = [each for each in fake.callbacks if each.event.startswith("composition-")]
    known = {"RoomSid": room.sid, "AccountSid": fake.account_sid, "CompositionSid": sid}
    known["CompositionUri"] = f"/v1/Compositions/{sid}"

    def params(index, event, timestamp, **more):
        said = {"StatusCallbackEvent": event, "Timestamp": f"2026-01-01T{timestamp}.000Z"}
        assert told[index].params == known | said | more

    assert {(each.url, each.method) for each in told} == {(APP, "GET")}
    assert len(told) == 11
    params(0, "composition-started", "09:00:15")
    params(1, "composition-progress", "09:00:21", PercentageDone="10", SecondsRemaining="54")
    params(9, "composition-progress", "09:01:09", PercentageDone="90", SecondsRemaining="6")
    params(
        10,
        "composition-available",
        "09:01:15",
        MediaUri=f"/v1/Compositions/{sid}/Media",
        Duration="10",
        Size=str(fake.compositions[sid].size),
    )
    fake.assert_callback("composition-available", room=room, composition_sid=sid)


def test_a_composition_without_a_status_callback_sends_no_callbacks(fake, composed):
    assert composed.status == "completed"
    fake.assert_no_callback("composition-available")


def test_the_callback_of_a_failure_contains_the_reason(fake, room, compose):
    sid = compose(StatusCallback=APP).json["sid"]

    fake.compositions[sid].fail("disk full")

    callback = fake.assert_callback("composition-failed", room=room)
    assert callback.params == {
        "RoomSid": room.sid,
        "CompositionSid": sid,
        "CompositionUri": f"/v1/Compositions/{sid}",
        "FailedOperation": "CompositionStart",
        "ErrorMessage": "disk full",
        "StatusCallbackEvent": "composition-failed",
        "Timestamp": "2026-01-01T09:00:10.000Z",
        "AccountSid": fake.account_sid,
    }


def test_callbacks_of_a_composition_do_not_change_the_rooms_sequence_numbers(fake, ask):
    """
    The sequence numbers of the room's own callbacks have no gap.
    """
    room = fake.rooms.create(status_callback=APP, record_participants_on_connect=True)
    ask("POST", URL, RoomSid=room.sid, AudioSources="*", StatusCallback=APP)
    fake.compositions[0].fail()
    room.complete()

    assert [each.params.get("SequenceNumber") for each in fake.callbacks] == ["0", None, "1"]
