"""How pages come into a room and out of it again."""

from __future__ import annotations

import pytest


def test_a_page_joins_and_is_a_participant_like_any_other(join, twilio_video, room):
    alice = join("alice")

    assert alice.joined == {
        "sid": room.sid,
        "name": "standup",
        "identity": "alice",
        "others": [],
        "isRecording": False,
    }
    assert room.participants["alice"].status == "connected"
    twilio_video.assert_participant_connected(identity="alice", room=room)


def test_a_page_that_leaves_is_gone(join, room, eventually):
    alice, bob = join("alice"), join("bob")

    bob.leave()

    alice.sees("participantDisconnected", "bob")
    bob.sees("disconnected", None)
    assert room.participants["bob"].status == "disconnected"
    assert room.participants["bob"].disconnect_error is None


@pytest.mark.parametrize(
    ("arranged", "options", "code"),
    [
        ({}, {"name": "nowhere"}, 53103),
        ({"max_participants": 1}, {}, 53105),
    ],
)
def test_a_refused_join_has_the_code(join, twilio_video, arranged, options, code):
    room = twilio_video.rooms.create(unique_name="standup", **arranged)
    room.connect("somebody")

    alice = join("alice", **options)

    assert alice.joined["code"] == code
    assert "alice" not in [each.identity for each in room.participants]


def test_a_join_to_a_completed_room_is_refused(join, room):
    room.complete()

    assert join("alice", name=room.sid).joined["code"] == 53106


@pytest.mark.parametrize(
    ("grant", "options", "code"),
    [
        ("elsewhere", {}, 20106),
        (None, {"secret": "another secret of at least 32 bytes"}, 20107),
    ],
)
def test_a_token_is_checked(open_page, token, room, grant, options, code):
    alice = open_page()

    joined = alice.do(
        "(token) => join(token, { name: 'standup' })", token("alice", grant, **options)
    )

    assert joined["code"] == code


def test_a_token_expires_in_virtual_time(open_page, token, twilio_video, room):
    alice = open_page()
    made = token("alice", ttl=3600)

    twilio_video.clock.advance(hours=2)

    assert alice.do("(token) => join(token, { name: 'standup' })", made)["code"] == 20104


def test_an_injected_fault_refuses_a_page(join, twilio_video, room):
    fault = twilio_video.fail_connect(53105)

    assert join("alice").joined["code"] == 53105
    assert join("bob").joined["identity"] == "bob"
    assert fault.hits == 1


def test_the_rest_api_can_remove_a_page_from_the_room(join, room):
    import requests

    alice = join("alice")
    sid = room.participants["alice"].sid

    requests.post(
        f"https://video.twilio.com/v1/Rooms/{room.sid}/Participants/{sid}",
        {"Status": "disconnected"},
        auth=(room.account_sid, "any token"),
        timeout=10,
    ).raise_for_status()

    alice.sees("disconnected", None)


def test_a_page_learns_that_its_room_is_completed(join, room):
    alice = join("alice")

    room.complete()

    alice.sees("disconnected", 53118)


def test_a_page_is_disconnected_after_the_longest_session(join, twilio_video):
    room = twilio_video.rooms.create(unique_name="standup", max_participant_duration=600)
    alice = join("alice")

    twilio_video.clock.advance(minutes=10)

    alice.sees("disconnected", 53216)
    assert room.participants["alice"].disconnect_error == 53216


def test_a_page_with_the_same_identity_replaces_the_earlier_page(join, room, eventually):
    first = join("alice")
    second = join("alice")

    first.sees("disconnected", 53205)
    assert [each.status for each in room.participants] == ["disconnected", "connected"]

    room.connect("alice")

    second.sees("disconnected", 53205)


@pytest.mark.twilio_video(clock="running")
def test_with_a_running_clock_time_is_up_as_well(join, twilio_video):
    room = twilio_video.rooms.create(unique_name="standup", max_participant_duration=600)
    alice = join("alice")

    twilio_video.clock.advance(seconds=599)

    alice.sees("disconnected", 53216)
    assert room.participants["alice"].disconnect_error == 53216


def test_pages_meet_while_time_is_frozen(join, twilio_video):
    from freezegun import freeze_time

    with freeze_time("2030-01-01"):
        room = twilio_video.rooms.create(unique_name="standup")
        room.connect("bob", tracks=("video",))
        alice = join("alice", name=room.sid)
        alice.watch("bob")
        assert f"{twilio_video.clock.now:%Y-%m-%d %H:%M:%S}" == "2030-01-01 00:00:00"


def test_a_page_that_reloads_and_joins_again_replaces_its_earlier_participant(
    join, room, eventually
):
    alice = join("alice")

    alice.page.reload()
    join("alice", alice)

    assert alice.joined["identity"] == "alice"
    first, second = room.participants
    assert (first.status, first.disconnect_error) == ("disconnected", 53205)
    assert second.status == "connected"


def test_a_page_that_closes_has_lost_the_network(join, room, twilio_video, eventually):
    alice, bob = join("alice"), join("bob")

    bob.page.close()

    alice.sees("participantReconnecting", "bob")
    assert room.participants["bob"].status == "reconnecting"
    twilio_video.clock.advance(seconds=30)
    alice.sees("participantDisconnected", "bob")
    assert room.participants["bob"].disconnect_error == 53001


def test_a_reset_disconnects_pages_like_the_completion_of_the_room(join, room, twilio_video):
    alice = join("alice")

    twilio_video.reset()

    alice.sees("disconnected", 53118)
    twilio_video.rooms.create(unique_name="standup")
    assert join("alice", alice).joined["identity"] == "alice"


def test_a_page_knows_the_media_region_of_its_room(join, twilio_video):
    twilio_video.rooms.create(unique_name="standup", media_region="de1")

    assert join("alice").do("() => room.mediaRegion") == "de1"


def test_a_join_with_a_number_as_the_name_of_the_room_is_refused(join, twilio_video, room):
    assert join("alice", name=42).joined["code"] == 53004
    assert "malformed at name" in str(twilio_video.timeline)


def test_a_page_joins_with_a_camera_and_a_microphone(join, room):
    assert join("alice", audio=True, video=True).joined["identity"] == "alice"
    published = room.participants["alice"].published_tracks
    assert sorted(track.kind for track in published) == ["audio", "video"]
