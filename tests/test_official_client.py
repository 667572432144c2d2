"""Twilio's own Python client, unchanged, in its newest version and in 6.52.0."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client


pytestmark = pytest.mark.official_client


@pytest.fixture
def client(twilio_video):
    return Client(twilio_video.account_sid, twilio_video.auth_token)


@pytest.fixture
def rooms(client):
    return client.video.v1.rooms


def test_a_room_is_created_with_every_parameter_of_the_client(twilio_video, rooms):
    room = rooms.create(
        unique_name="standup",
        type="group",
        max_participants=10,
        status_callback="https://app.example.com/hooks",
        status_callback_method="GET",
        record_participants_on_connect=True,
        video_codecs=["VP8"],
        media_region="de1",
    )

    assert room.sid == twilio_video.rooms["standup"].sid
    assert (room.status, room.max_participants, room.media_region) == ("in-progress", 10, "de1")
    assert (room.video_codecs, room.status_callback_method) == (["VP8"], "GET")
    assert room.date_created.replace(tzinfo=timezone.utc) == twilio_video.clock.now
    twilio_video.assert_room_created(
        unique_name="standup", record_participants_on_connect=True, video_codecs=("VP8",)
    )


def test_dates_are_parsed_by_the_client(twilio_video, rooms):
    """
    If the client cannot parse a date, it silently returns the text.
    """
    room = rooms.create()
    twilio_video.clock.advance(minutes=5)

    room = rooms(room.sid).fetch()

    assert isinstance(room.date_created, datetime)
    assert isinstance(room.end_time, datetime)
    assert room.end_time - room.date_created == timedelta(minutes=5)
    assert room.duration == 300


def test_a_room_is_fetched_and_updated_by_name_until_it_is_completed(rooms):
    sid = rooms.create(unique_name="standup").sid
    assert rooms("standup").fetch().sid == sid

    assert rooms("standup").update(status="completed").status == "completed"

    with pytest.raises(TwilioRestException) as caught:
        rooms("standup").fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert "The requested resource /Rooms/standup was not found" in str(caught.value)


def test_a_refusal_raises_the_exception_of_the_client(rooms):
    rooms.create(unique_name="standup")

    with pytest.raises(TwilioRestException) as caught:
        rooms.create(unique_name="standup")

    assert (caught.value.status, caught.value.code) == (400, 53113)
    assert "Room exists" in caught.value.msg


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_stream_list_and_limit_follow_every_page(twilio_video, rooms, size):
    sids = [twilio_video.rooms.create().sid for _ in range(7)][::-1]

    assert [room.sid for room in rooms.stream(page_size=size)] == sids
    assert [room.sid for room in rooms.list(limit=5, page_size=size)] == sids[:5]
    assert [room.sid for room in rooms.list(limit=5000)] == sids


def test_a_page_leads_to_the_next_and_the_previous_one(twilio_video, rooms):
    sids = [twilio_video.rooms.create().sid for _ in range(3)][::-1]

    page = rooms.page(page_size=2)
    assert [room.sid for room in page] == sids[:2]
    after = page.next_page()
    assert [room.sid for room in after] == sids[2:]
    assert after.next_page() is None
    assert [room.sid for room in after.previous_page()] == sids[:2]


def test_lists_are_filtered(twilio_video, rooms):
    over = twilio_video.rooms.create(unique_name="standup")
    over.complete()
    going = twilio_video.rooms.create(unique_name="standup")

    def listed(**filters):
        return [room.sid for room in rooms.list(**filters)]

    assert listed() == [going.sid]
    assert listed(status="completed", unique_name="standup") == [over.sid]
    assert listed(date_created_after=twilio_video.clock.now) == [going.sid]
    assert listed(date_created_before=twilio_video.clock.now) == []


def test_participants_are_listed_fetched_and_removed(twilio_video, client):
    room = twilio_video.rooms.create(unique_name="standup")
    alice, bob = room.connect("alice"), room.connect("bob")
    people = client.video.v1.rooms("standup").participants

    assert {each.identity for each in people.list()} == {"alice", "bob"}
    assert people(alice.sid).fetch().identity == "alice"
    kicked = people("bob").update(status="disconnected")

    assert (kicked.sid, kicked.status) == (bob.sid, "disconnected")
    assert [each.identity for each in people.list(status="disconnected")] == ["bob"]
    twilio_video.assert_participant_connected(room, "alice")
    twilio_video.assert_participant_disconnected(room, "bob")


def test_credentials_are_checked(twilio_video):
    with pytest.raises(TwilioException):
        Client("admin", "secret").video.v1.rooms.list()
    assert Client("SK123", "secret", twilio_video.account_sid).video.v1.rooms.list() == []


@pytest.mark.parametrize(("region", "edge"), [("ie1", None), (None, "dublin"), ("ie1", "dublin")])
def test_regions_and_edges_lead_to_the_same_account(twilio_video, monkeypatch, region, edge):
    monkeypatch.setenv("TWILIO_REGION", region or "")
    monkeypatch.setenv("TWILIO_EDGE", edge or "")
    if region is None:
        monkeypatch.delenv("TWILIO_REGION")
    if edge is None:
        monkeypatch.delenv("TWILIO_EDGE")
    client = Client(twilio_video.account_sid, twilio_video.auth_token, region=region)

    client.video.v1.rooms.create(unique_name="standup")

    assert "standup" in twilio_video.rooms


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    "url", ["https://app.example.com/hooks", "https://app.example.com:8443/a/b?x=1&y=%20z"]
)
def test_callbacks_carry_a_signature_that_the_official_validator_accepts(
    twilio_video, rooms, url, method
):
    rooms.create(unique_name="größe & co", status_callback=url, status_callback_method=method)
    heard = []

    def hear(callback):
        params = callback.params if method == "POST" else {}
        validator = RequestValidator(twilio_video.auth_token)
        signature = callback.headers["X-Twilio-Signature"]
        heard.append(validator.validate(callback.request.url, params, signature))

    twilio_video.callbacks.deliver_to(hear)
    twilio_video.clock.advance(minutes=5)

    assert heard == [True, True]
