"""Recordings in the REST API, which shows them in two forms."""

from __future__ import annotations

import pytest


HOME = "https://video.twilio.com"


@pytest.fixture
def room(fake, ask):
    ask("POST", "/v1/Rooms", UniqueName="standup", RecordParticipantsOnConnect="true")
    return fake.rooms["standup"]


@pytest.fixture
def alice(room):
    return room.connect("alice")


@pytest.fixture
def recording(fake, alice):
    """A complete recording of 90 seconds."""
    track = alice.publish("audio", "mic")
    fake.clock.advance(seconds=90)
    track.unpublish()
    return fake.recordings[-1]


def test_a_recording_of_the_account_has_exactly_the_documented_keys(
    fake, ask, room, alice, recording
):
    answer = ask("GET", f"/v1/Recordings/{recording.sid}")

    assert answer.status == 200
    assert answer.json == {
        "sid": recording.sid,
        "account_sid": fake.account_sid,
        "status": "completed",
        "date_created": "2026-01-01T09:00:00Z",
        "source_sid": recording.source_sid,
        "size": len(recording.media),
        "type": "audio",
        "duration": 90,
        "container_format": "mka",
        "codec": "opus",
        "grouping_sids": {"room_sid": room.sid, "participant_sid": alice.sid},
        "track_name": "mic",
        "offset": recording.offset,
        "media_external_location": None,
        "status_callback": None,
        "status_callback_method": "POST",
        "url": f"{HOME}/v1/Recordings/{recording.sid}",
        "links": {"media": f"{HOME}/v1/Recordings/{recording.sid}/Media"},
    }


def test_a_recording_below_its_room_has_other_keys_and_urls(ask, room, recording):
    alone = ask("GET", f"/v1/Recordings/{recording.sid}").json
    path = f"/v1/Rooms/{room.sid}/Recordings/{recording.sid}"

    answer = ask("GET", path)

    own = {"room_sid", "url", "links"}
    assert answer.json.keys() == alone.keys() - {"status_callback", "status_callback_method"} | own
    assert answer.json["room_sid"] == room.sid
    assert answer.json["url"] == HOME + path
    assert answer.json["links"] == {"media": f"{HOME}{path}/Media"}


@pytest.mark.parametrize("path", ["/v1/Recordings", "/v1/Rooms/{}/Recordings"])
def test_lists_and_fetches_show_the_same_recording(ask, room, recording, path):
    path = path.format(room.sid)

    listed = ask("GET", path).json["recordings"]

    assert listed == [ask("GET", f"{path}/{recording.sid}").json]


@pytest.mark.parametrize(("path", "largest"), [("/v1/Recordings", 100), ("{}/Recordings", 1000)])
def test_the_account_and_the_room_have_different_maximum_page_sizes(ask, room, path, largest):
    answer = ask("GET", path.format(f"/v1/Rooms/{room.sid}"), PageSize="1000")

    assert answer.json["meta"]["page_size"] == largest


def test_pages_of_a_rooms_recordings_lead_to_the_next(ask, room, alice):
    for _ in range(3):
        alice.publish("audio")

    first = ask("GET", f"/v1/Rooms/{room.sid}/Recordings", PageSize="2").json
    second = ask("GET", first["meta"]["next_page_url"]).json

    sids = [each["sid"] for page in (first, second) for each in page["recordings"]]
    assert sids == [each.sid for each in room.recordings][::-1]
    assert all("room_sid" in each for each in first["recordings"])


def test_recordings_are_found_by_the_sid_of_the_room_only(ask, room, recording):
    assert ask("GET", "/v1/Rooms/standup/Recordings").status == 404
    assert ask("GET", f"/v1/Rooms/standup/Recordings/{recording.sid}").status == 404


@pytest.mark.parametrize("path", ["/v1/Recordings/{1}", "/v1/Rooms/{0}/Recordings/{1}"])
def test_a_deleted_recording_is_shown_without_media(ask, fake, room, recording, path):
    path = path.format(room.sid, recording.sid)

    answer = ask("DELETE", path)

    assert (answer.status, answer.json) == (204, None)
    assert ask("GET", path).json["status"] == recording.status == "deleted"
    assert ask("GET", f"{path}/Media").status == 404
    assert ask("DELETE", path).status == 204
    assert recording.media == b""
    assert ask("GET", "/v1/Recordings").json["recordings"] == []
    assert len(ask("GET", "/v1/Recordings", Status="deleted").json["recordings"]) == 1
    fake.clock.advance(days=30)
    assert ask("GET", path).status == 404


def test_a_recording_in_process_has_no_media_and_cannot_be_deleted(ask, fake, alice):
    alice.publish("audio")
    path = f"/v1/Recordings/{fake.recordings[0].sid}"

    assert ask("GET", f"{path}/Media").status == 404
    refused = ask("DELETE", path)
    assert (refused.status, refused.json["code"]) == (409, 20009)


@pytest.mark.parametrize(
    "said",
    [
        {"Status": "lost"},
        {"SourceSid": "mic"},
        {"GroupingSid": ["RM1"]},
        {"DateCreatedAfter": "noon"},
        {"MediaType": "smell"},
    ],
)
def test_invalid_filters_are_refused(ask, said):
    answer = ask("GET", "/v1/Recordings", **said)

    assert (answer.status, answer.json["code"]) == (400, 20001)


def test_a_filter_by_groups_repeats_its_parameter(ask, room, alice, recording):
    both = ask("GET", "/v1/Recordings", GroupingSid=[room.sid, alice.sid]).json
    neither = ask("GET", "/v1/Recordings", GroupingSid=[room.sid, "PA" + "0" * 32]).json

    assert [each["sid"] for each in both["recordings"]] == [recording.sid]
    assert f"GroupingSid={room.sid}&GroupingSid={alice.sid}" in both["meta"]["url"]
    assert neither["recordings"] == []


def test_rules_are_sent_as_json(ask, fake, alice):
    alice.publish("audio")
    rules = '[{"type": "exclude", "all": true}]'

    answer = ask("POST", "/v1/Rooms/standup/RecordingRules", Rules=rules)

    assert answer.status == 200
    assert answer.json == {
        "room_sid": fake.rooms["standup"].sid,
        "rules": [{"type": "exclude", "all": True}],
        "date_created": "2026-01-01T09:00:00Z",
        "date_updated": "2026-01-01T09:00:00Z",
    }
    assert ask("GET", "/v1/Rooms/standup/RecordingRules").json == answer.json
    assert fake.recordings[0].status == "completed"


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "rules",
        '{"type":"include","all":true}',
        '[{"type":"include","kind":NaN}]',
        '[{"type":"include","kind":"audio","kind":"video"}]',
    ],
)
@pytest.mark.parametrize(
    ("path", "code"), [("RecordingRules", 53120), ("Participants/alice/SubscribeRules", 53215)]
)
def test_invalid_rules_are_refused(ask, alice, path, code, rules):
    answer = ask("POST", f"/v1/Rooms/standup/{path}", Rules=rules)

    assert (answer.status, answer.json["code"]) == (400, code)


def test_subscribed_tracks_are_shown_below_the_subscriber(ask, fake, room, alice):
    bob = room.connect("bob")
    track = alice.publish("video", "camera")
    above = "/v1/Rooms/standup/Participants/bob"

    (listed,) = ask("GET", f"{above}/SubscribedTracks").json["subscribed_tracks"]

    assert listed == {
        "sid": track.sid,
        "participant_sid": bob.sid,
        "publisher_sid": alice.sid,
        "room_sid": room.sid,
        "name": "camera",
        "date_created": "2026-01-01T09:00:00Z",
        "date_updated": None,
        "enabled": True,
        "kind": "video",
        "url": f"{HOME}/v1/Rooms/{room.sid}/Participants/{bob.sid}/SubscribedTracks/{track.sid}",
    }
    assert ask("GET", f"{above}/SubscribedTracks/{track.sid}").json == listed
    assert ask("GET", f"{above}/SubscribedTracks/camera").status == 404
    rules = '[{"type":"exclude","all":true}]'
    assert ask("POST", f"{above}/SubscribeRules", Rules=rules).status == 200
    assert ask("GET", f"{above}/SubscribedTracks").json["subscribed_tracks"] == []
    assert ask("GET", f"{above}/SubscribeRules").json["rules"][0]["type"] == "exclude"


def test_pages_of_subscribed_tracks_lead_to_the_next(ask, room, alice):
    room.connect("bob")
    names = [alice.publish("data", f"chat {number}").name for number in range(3)]
    above = "/v1/Rooms/standup/Participants/bob"

    first = ask("GET", f"{above}/SubscribedTracks", PageSize="2").json
    second = ask("GET", first["meta"]["next_page_url"]).json

    found = [each["name"] for page in (first, second) for each in page["subscribed_tracks"]]
    assert found == names[::-1]


def test_the_response_to_an_anonymization_has_no_links(ask, room, alice):
    answer = ask("POST", "/v1/Rooms/standup/Participants/alice/Anonymize")

    assert answer.status == 200
    assert answer.json["identity"] == answer.json["sid"] == alice.sid == alice.identity
    assert "links" not in answer.json
    above = f"{HOME}/v1/Rooms/{room.sid}/Participants/{alice.sid}"
    assert answer.json["url"] == f"{above}/Anonymize"
    assert ask("GET", "/v1/Rooms/standup/Participants/alice").status == 404


@pytest.mark.parametrize("kind", ["RecordingSettings", "CompositionSettings"])
def test_settings_are_fetched_and_replaced(ask, fake, kind):
    path = f"/v1/{kind}/Default"
    usual = ask("GET", path)

    said = {"FriendlyName": "ours", "AwsS3Url": "https://b.example/", "AwsStorageEnabled": "true"}
    answer = ask("POST", path, **said)

    assert (usual.status, answer.status) == (200, 200)
    assert answer.json == {
        "account_sid": fake.account_sid,
        "friendly_name": "ours",
        "aws_credentials_sid": None,
        "aws_s3_url": "https://b.example/",
        "aws_storage_enabled": True,
        "encryption_key_sid": None,
        "encryption_enabled": False,
        "url": HOME + path,
    }
    assert usual.json.keys() == answer.json.keys()
    assert ask("GET", path).json == answer.json
