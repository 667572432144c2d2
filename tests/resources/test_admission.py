"""Joining with a token: which room a participant joins, and which rooms are created."""

from __future__ import annotations

import pytest

from pytest_twilio_video import FakeTwilioVideo, VideoSdkError


pytest.importorskip("twilio")

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant


NOWHERE = "RM" + 32 * "0"
HOOK = "https://app.example.com/hook"


@pytest.fixture
def ad_hoc():
    with FakeTwilioVideo(ad_hoc_rooms=True) as fake:
        yield fake


def mint(fake, room=None, identity="alice"):
    token = AccessToken(fake.account_sid, fake.api_key_sid, fake.api_key_secret, identity=identity)
    token.add_grant(VideoGrant(room=room))
    minted = token.to_jwt()
    return minted if isinstance(minted, str) else minted.decode()


def refusal(fake, token, room=None):
    """Return the code of a refused join, and check that the join changed nothing."""
    before = fake.events
    with pytest.raises(VideoSdkError) as caught:
        fake.connect(token, room)
    assert fake.events == before
    return caught.value.code


# Which room is joined.


@pytest.mark.parametrize("granted", [None, "name", "sid"])
@pytest.mark.parametrize("asked", [None, "name", "sid", "room"])
def test_a_participant_joins_a_room_by_its_name_or_its_sid(twilio_video, granted, asked):
    room = twilio_video.rooms.create(unique_name="Lesson")
    ways = {None: None, "name": "Lesson", "sid": room.sid, "room": room}
    token = mint(twilio_video, ways[granted])

    if granted is asked is None:
        assert refusal(twilio_video, token) == 53103
    else:
        assert twilio_video.connect(token, ways[asked]).room == room


@pytest.mark.parametrize("granted", ["name", "sid"])
@pytest.mark.parametrize("asked", ["name", "sid"])
def test_a_token_for_one_room_is_refused_in_another(twilio_video, granted, asked):
    mine = twilio_video.rooms.create(unique_name="Mine")
    other = twilio_video.rooms.create(unique_name="Other")
    token = mint(twilio_video, {"name": "Mine", "sid": mine.sid}[granted])

    assert refusal(twilio_video, token, {"name": "Other", "sid": other.sid}[asked]) == 20106


def test_a_token_for_one_room_does_not_reveal_whether_another_exists(twilio_video):
    assert refusal(twilio_video, mint(twilio_video, "Mine"), "Other") == 20106
    assert refusal(twilio_video, mint(twilio_video, "Mine"), NOWHERE) == 20106


def test_a_completed_room_is_found_by_its_sid_and_not_by_its_name(twilio_video):
    room = twilio_video.rooms.create(unique_name="Lesson")
    room.complete()

    assert refusal(twilio_video, mint(twilio_video), room) == 53106
    assert refusal(twilio_video, mint(twilio_video), "Lesson") == 53103
    assert refusal(twilio_video, mint(twilio_video, room.sid)) == 53106
    assert refusal(twilio_video, mint(twilio_video, "Lesson"), room) == 53106


def test_a_token_with_a_name_is_valid_for_a_later_room_of_that_name(twilio_video):
    """
    A token with a SID is valid for that one room only.
    """
    first = twilio_video.rooms.create(unique_name="Lesson")
    by_name, by_sid = mint(twilio_video, "Lesson"), mint(twilio_video, first.sid)
    first.complete()
    second = twilio_video.rooms.create(unique_name="Lesson")

    assert twilio_video.connect(by_name).room == second
    assert refusal(twilio_video, by_sid) == 53106
    assert refusal(twilio_video, by_sid, "Lesson") == 20106


def test_joining_a_room_that_does_not_exist_is_refused(twilio_video):
    assert refusal(twilio_video, mint(twilio_video), "Lesson") == 53103
    assert refusal(twilio_video, mint(twilio_video, "Lesson")) == 53103
    assert refusal(twilio_video, mint(twilio_video), NOWHERE) == 53106
    assert refusal(twilio_video, mint(twilio_video, NOWHERE)) == 53106


# Who may join.


def test_a_full_room_refuses_another_participant(twilio_video):
    room = twilio_video.rooms.create(unique_name="Lesson", max_participants=1)
    twilio_video.connect(mint(twilio_video, "Lesson"))

    assert refusal(twilio_video, mint(twilio_video, "Lesson", "bob")) == 53105
    assert [each.identity for each in room.participants] == ["alice"]


def test_joining_again_disconnects_the_earlier_participant_of_the_same_identity(twilio_video):
    room = twilio_video.rooms.create(unique_name="Lesson", max_participants=1)
    token = mint(twilio_video, "Lesson")
    first = twilio_video.connect(token)
    assert first.disconnect_error is None

    second = twilio_video.connect(token)

    assert (first.status, first.disconnect_error) == ("disconnected", 53205)
    assert (second.status, second.disconnect_error) == ("connected", None)
    assert room.status == "in-progress"


def test_a_participant_above_the_quota_is_refused(twilio_video):
    for name in ("One", "Two"):
        twilio_video.rooms.create(unique_name=name)
    twilio_video._simulation.account.limits["participants"] = 1
    alice = twilio_video.connect(mint(twilio_video, "One"))

    assert refusal(twilio_video, mint(twilio_video, "Two", "bob")) == 53206

    alice.drop_network()
    assert refusal(twilio_video, mint(twilio_video, "Two", "bob")) == 53206

    alice = twilio_video.connect(mint(twilio_video, "One"))  # she replaces her earlier self
    alice.disconnect()
    assert twilio_video.connect(mint(twilio_video, "Two", "bob"))


def test_a_client_may_join_without_automatic_subscription(twilio_video):
    twilio_video.rooms.create(unique_name="Lesson").connect("bob").publish("audio")

    twilio_video.connect(mint(twilio_video, "Lesson"), automatic_subscription=False)

    assert subscriptions(twilio_video, "alice") == []
    twilio_video.connect(mint(twilio_video, "Lesson", "carol"))
    assert len(subscriptions(twilio_video, "carol")) == 1


def subscriptions(fake, identity):
    import requests

    address = f"https://video.twilio.com/v1/Rooms/Lesson/Participants/{identity}/SubscribedTracks"
    answer = requests.get(address, auth=(fake.account_sid, fake.auth_token), timeout=5)
    return answer.json()["subscribed_tracks"]


# Ad-hoc rooms.


def test_joining_creates_an_ad_hoc_room(ad_hoc):
    alice = ad_hoc.connect(mint(ad_hoc, "Lesson"))

    assert alice.room.unique_name == "Lesson"
    assert alice.room.date_created == alice.start_time
    ad_hoc.assert_events("room-created", "participant-connected")
    ad_hoc.assert_no_room_created()  # not by the application


def test_an_ad_hoc_room_without_a_name_has_its_sid_as_its_name(ad_hoc):
    room = ad_hoc.connect(mint(ad_hoc)).room

    assert room.unique_name == room.sid


def test_an_ad_hoc_room_ends_as_soon_as_it_is_empty(ad_hoc):
    alice, bob = (ad_hoc.connect(mint(ad_hoc, "Lesson", each)) for each in ("alice", "bob"))
    room = alice.room
    ad_hoc.clock.advance(hours=1)

    alice.disconnect()
    assert room.status == "in-progress"
    bob.disconnect()

    assert room.status == "completed"
    assert room.end_time == ad_hoc.clock.now
    assert not ad_hoc.clock.pending


def test_an_ad_hoc_room_waits_for_a_reconnecting_participant(ad_hoc):
    alice = ad_hoc.connect(mint(ad_hoc, "Lesson"))

    alice.drop_network()
    ad_hoc.clock.advance(seconds=29)
    assert alice.room.status == "in-progress"
    ad_hoc.clock.advance(seconds=1)

    assert alice.room.status == "completed"


def test_joining_a_completed_room_creates_another_of_its_name(ad_hoc):
    """
    This surprises users: a latecomer is alone in a new room.
    """
    first = ad_hoc.rooms.create(unique_name="Lesson")
    first.complete()

    second = ad_hoc.connect(mint(ad_hoc, "Lesson")).room

    assert second.unique_name == "Lesson"
    assert second != first


def test_joining_an_existing_room_creates_no_second_room(ad_hoc):
    room = ad_hoc.rooms.create(unique_name="Lesson")

    ad_hoc.connect(mint(ad_hoc, "Lesson")).disconnect()

    assert list(ad_hoc.rooms) == [room]
    assert room.status == "in-progress"  # it is not an ad-hoc room, so it waits for its timeout


def test_a_room_cannot_be_created_by_its_sid(ad_hoc):
    assert refusal(ad_hoc, mint(ad_hoc), NOWHERE) == 53106
    assert refusal(ad_hoc, mint(ad_hoc, NOWHERE)) == 53106


@pytest.mark.parametrize(
    ("name", "code"), [(129 * "x", 53101), ("two\nlines", 53102), ("  ", 53100)]
)
def test_an_ad_hoc_room_with_an_invalid_name_is_refused(ad_hoc, name, code):
    assert refusal(ad_hoc, mint(ad_hoc), name) == code


@pytest.mark.parametrize(("quota", "code"), [("rooms", 53119), ("participants", 53206)])
def test_an_ad_hoc_room_above_a_quota_is_refused(ad_hoc, quota, code):
    ad_hoc.connect(mint(ad_hoc, "Lesson"))
    ad_hoc._simulation.account.limits[quota] = 1

    assert refusal(ad_hoc, mint(ad_hoc, "Another", "bob")) == code
    assert len(ad_hoc.rooms) == 1


def test_an_ad_hoc_room_belongs_to_the_account_in_the_token(ad_hoc):
    import requests

    mine = "AC" + 32 * "a"
    requests.get("https://video.twilio.com/v1/Rooms", auth=(mine, "its token"), timeout=5)
    token = AccessToken(mine, ad_hoc.api_key_sid, ad_hoc.api_key_secret, identity="alice")
    token.add_grant(VideoGrant(room="Lesson"))

    assert ad_hoc.connect(token.to_jwt()).account_sid == mine


# Callbacks.


def test_callbacks_of_a_join_are_delivered_before_connect_returns(twilio_video):
    heard = []
    twilio_video.callbacks.deliver_to(lambda callback: heard.append(callback.event))
    twilio_video.rooms.create(unique_name="Lesson", status_callback=HOOK)

    twilio_video.connect(mint(twilio_video, "Lesson"))

    assert heard == ["room-created", "participant-connected"]
    twilio_video.assert_callback("participant-connected", participant_identity="alice")


def test_a_refused_join_sends_no_callback(twilio_video):
    room = twilio_video.rooms.create(
        unique_name="Lesson", max_participants=1, status_callback=HOOK
    )
    room.connect("bob")

    assert refusal(twilio_video, mint(twilio_video, "Lesson")) == 53105

    twilio_video.assert_no_callback("participant-connected", participant_identity="alice")
