"""Pages that meet one another: their media go from browser to browser."""

from __future__ import annotations

from functools import partial

import pytest
import requests


def set_rules(room, path, rules):
    """Set *rules* of *room* over the REST API, below the path of the room."""
    requests.post(
        f"https://video.twilio.com/v1/Rooms/{room.sid}/{path}",
        {"Rules": rules},
        auth=(room.account_sid, "any token"),
        timeout=10,
    ).raise_for_status()


def test_two_pages_see_and_hear_each_other(join, room):
    alice, bob = (join(name, audio=True, video=True) for name in ("alice", "bob"))

    alice.sees("participantConnected", "bob")
    assert bob.joined["others"] == ["alice"]
    for person, other in ((alice, "bob"), (bob, "alice")):
        person.sees("trackSubscribed", "audio", other)
        person.watch(other)
        assert person.loudness(other) >= 0
    kinds = [track.kind for track in room.participants["bob"].published_tracks]
    assert sorted(kinds) == ["audio", "video"]


def test_a_mute_is_seen_by_the_test_and_by_the_other_page(join, room, twilio_video, eventually):
    alice, bob = join("alice"), join("bob", audio=True)
    alice.sees("trackSubscribed", "audio", "bob")

    bob.do("() => { local('audio').disable(); }")

    alice.sees("trackDisabled", "audio", "bob")
    (track,) = room.participants["bob"].published_tracks
    assert not track.enabled
    bob.do("() => { local('audio').enable(); }")
    alice.sees("trackEnabled", "audio", "bob")
    assert track.enabled


def test_a_track_gets_another_priority(join, room):
    alice, bob = join("alice"), join("bob", audio=True)
    alice.sees("trackSubscribed", "audio", "bob")

    bob.do("() => { [...room.localParticipant.tracks.values()][0].setPriority('high'); }")

    alice.wait(
        "() => [...room.participants.values()]"
        ".some((bob) => [...bob.tracks.values()][0].publishPriority === 'high')"
    )


def test_a_track_can_be_published_later_and_unpublished_and_published_again(join, room):
    alice, bob = join("alice"), join("bob")

    first = bob.publish("video", name="camera")

    alice.sees("trackPublished", "video", "bob")
    alice.watch("bob")
    (track,) = room.participants["bob"].published_tracks
    assert (track.sid, track.name) == (first["sid"], "camera")
    bob.do("() => { room.localParticipant.unpublishTrack(local('video')); }")
    alice.sees("trackUnsubscribed", "video", "bob")
    alice.sees("trackUnpublished", "video", "bob")
    assert list(room.participants["bob"].published_tracks) == []

    second = bob.publish("video")

    assert second["sid"] != first["sid"]
    alice.watch("bob")


def test_data_goes_from_page_to_page(join, room):
    alice, bob = join("alice"), join("bob")
    bob.publish("data")
    alice.sees("trackSubscribed", "data", "bob")
    bob.page.wait_for_timeout(300)

    bob.do("() => { local('data').send('hello'); local('data').send(new Uint8Array([1, 2])); }")

    alice.sees("trackMessage", "hello", "bob")
    alice.sees("trackMessage", [1, 2], "bob")


def test_three_pages_that_join_and_publish_at_the_same_time_all_meet(open_page, token, room):
    people = [open_page(name) for name in ("alice", "bob", "carol")]
    for person in people:
        person.do(
            "(token) => { window.joining = join(token, { name: 'standup' }); }",
            token(person.identity),
        )
    for person in people:
        assert person.do("joining")["identity"] == person.identity
    for person in people:
        person.do(
            "() => { window.publishing ="
            " Promise.all([publish('video'), publish('audio'), publish('data')]); }"
        )
    for person in people:
        assert all("sid" in each for each in person.do("publishing"))
    for person in people:
        for other in people:
            if other is not person:
                person.watch(other.identity)
                person.sees("trackSubscribed", "audio", other.identity)
                person.sees("trackSubscribed", "data", other.identity)


def test_a_page_that_has_left_can_join_again(join, room):
    alice, bob = join("alice", video=True), join("bob", video=True)
    alice.watch("bob")

    bob.leave()
    alice.sees("participantDisconnected", "bob")
    join("bob", bob, video=True)

    alice.watch("bob")
    bob.watch("alice")


def test_video_is_refused_in_an_audio_only_room(join, twilio_video):
    room = twilio_video.rooms.create(unique_name="standup", audio_only=True)
    alice = join("alice", audio=True, video=True)

    assert alice.joined["identity"] == "alice"
    assert alice.publish("video")["code"] == 53125
    assert [track.kind for track in room.participants["alice"].published_tracks] == ["audio"]


def test_a_page_cannot_publish_more_tracks_than_the_room_allows(join, twilio_video):
    room = twilio_video.rooms.create(unique_name="standup", large_room=True)
    assert room.max_concurrent_published_tracks == 16
    carol = room.connect("carol", tracks=("data",) * 14)
    alice, bob = join("alice", audio=True), join("bob")

    assert "sid" in bob.publish("video")
    assert bob.publish("data")["code"] == 53203
    assert alice.publish("data")["code"] == 53203
    carol.published_tracks[0].unpublish()
    assert "sid" in alice.publish("data", name="another")


def test_without_automatic_subscription_a_page_gets_no_tracks_until_rules_include_them(
    join, room, twilio_video
):
    join("bob", audio=True, video=True)
    alice = join("alice", automaticSubscription=False)
    sid = room.participants["alice"].sid
    alice.do("() => new Promise((resolve) => setTimeout(resolve, 500))")
    assert not [each for each in alice.seen if each[0] == "trackSubscribed"]

    subscribe = partial(set_rules, room, f"Participants/{sid}/SubscribeRules")

    subscribe('[{"type": "include", "kind": "video"}]')

    alice.sees("trackSubscribed", "video", "bob")
    assert ["trackSubscribed", "audio", "bob"] not in alice.seen
    subscribe('[{"type": "exclude", "all": true}]')
    alice.sees("trackUnsubscribed", "video", "bob")


@pytest.mark.parametrize(
    "options",
    [
        {"preferredVideoCodecs": [{"codec": "VP8", "simulcast": True}]},
        {"preferredVideoCodecs": "auto"},
        {"preferredVideoCodecs": ["H264"]},
        {"bandwidthProfile": {"video": {"mode": "grid"}}},
    ],
    ids=["simulcast", "auto", "H264", "bandwidth-profile"],
)
def test_video_arrives_with_any_codec(join, room, options):
    alice, bob = join("alice", video=True, **options), join("bob", video=True, **options)

    alice.watch("bob")
    bob.watch("alice")


def test_recording_shows_in_pages_and_follows_the_rules(join, room, twilio_video):
    alice = join("alice", audio=True)
    assert alice.joined["isRecording"] is False

    record = partial(set_rules, room, "RecordingRules")

    record('[{"type": "include", "all": true}]')
    alice.sees("recordingStarted")
    assert len(room.recordings) == 1

    record('[{"type": "exclude", "all": true}]')
    alice.sees("recordingStopped")
    assert alice.do("room.isRecording") is False
