"""Participants in the REST API."""

from __future__ import annotations

import pytest


@pytest.fixture
def room(fake):
    return fake.rooms.create(unique_name="standup")


@pytest.fixture
def alice(room):
    return room.connect("alice")


PEOPLE = "/v1/Rooms/standup/Participants"


def test_a_participant_has_exactly_the_documented_keys(ask, fake, room, alice):
    answer = ask("GET", f"{PEOPLE}/alice")

    url = f"https://video.twilio.com/v1/Rooms/{room.sid}/Participants/{alice.sid}"
    assert answer.status == 200
    assert answer.json == {
        "sid": alice.sid,
        "room_sid": room.sid,
        "account_sid": fake.account_sid,
        "status": "connected",
        "identity": "alice",
        "date_created": "2026-01-01T09:00:00Z",
        "date_updated": "2026-01-01T09:00:00Z",
        "start_time": "2026-01-01T09:00:00Z",
        "end_time": None,
        "duration": None,
        "url": url,
        "links": {
            "published_tracks": f"{url}/PublishedTracks",
            "subscribed_tracks": f"{url}/SubscribedTracks",
            "subscribe_rules": f"{url}/SubscribeRules",
            "anonymize": f"{url}/Anonymize",
        },
    }


def test_the_response_to_removing_a_participant_by_identity_is_202(ask, fake, alice):
    fake.clock.advance(seconds=12)

    answer = ask("POST", f"{PEOPLE}/alice", Status="disconnected")

    assert answer.status == 202
    assert answer.json["status"] == alice.status == "disconnected"
    assert (answer.json["duration"], answer.json["end_time"]) == (12, "2026-01-01T09:00:12Z")
    assert ask("POST", f"{PEOPLE}/alice", Status="disconnected").status == 404
    assert ask("GET", f"{PEOPLE}/{alice.sid}").json["status"] == "disconnected"


@pytest.mark.parametrize(
    ("fields", "code"), [({"Status": "connected"}, 53209), ({"Status": "out"}, 53209), ({}, 20001)]
)
def test_a_participant_can_only_be_disconnected(ask, alice, fields, code):
    answer = ask("POST", f"{PEOPLE}/alice", **fields)

    assert (answer.status, answer.json["code"]) == (400, code)
    assert alice.status == "connected"


def test_a_list_has_the_requested_room_in_its_urls_and_the_sid_in_its_items(ask, room, alice):
    answer = ask("GET", PEOPLE, Status="connected")

    assert [each["sid"] for each in answer.json["participants"]] == [alice.sid]
    url = f"https://video.twilio.com{PEOPLE}?Status=connected&PageSize=50&Page=0"
    assert answer.json["meta"] == {
        "page": 0,
        "page_size": 50,
        "first_page_url": url,
        "previous_page_url": None,
        "url": url,
        "next_page_url": None,
        "key": "participants",
    }
    assert room.sid in answer.json["participants"][0]["url"]


def test_a_list_of_a_completed_room_shows_disconnected_participants(ask, room, alice):
    room.complete()

    path = f"/v1/Rooms/{room.sid}/Participants"
    assert [each["identity"] for each in ask("GET", path).json["participants"]] == ["alice"]
    assert ask("GET", path, Status="connected").json["participants"] == []
    assert ask("GET", PEOPLE).status == 404


def test_the_message_of_a_404_has_the_requested_path(ask, room):
    answer = ask("GET", f"{PEOPLE}/bob")

    assert answer.json["message"] == (
        "The requested resource /Rooms/standup/Participants/bob was not found"
    )
