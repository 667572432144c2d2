"""What the protocol says, frame by frame; the browser tests show that the SDK understands it."""

from __future__ import annotations

import json

import pytest

from meeting import Meeting
from simulated_sdk import Client

from pytest_twilio_video import FakeTwilioVideo


def frames(meeting):
    """Return the frames that are to be sent, parsed; `None` where a socket is cut."""
    return [text and json.loads(text) for _, text in meeting.signaling.take_outputs()]


def say(connection, body):
    connection.receive(json.dumps({"type": "msg", "body": body}))


def test_a_join_is_answered_frame_by_frame(meeting, room):
    connection = meeting.signaling.connection(has_script=True)
    client = meeting.client("alice")

    connection.receive(json.dumps({"type": "hello", "version": 2, "body": {"type": "ice"}}))

    assert frames(meeting) == [
        {"type": "welcome", "negotiatedTimeout": 600_000_000},
        {"type": "msg", "body": {"type": "iced", "version": 1, "ice_servers": []}},
    ]
    say(
        connection,
        {
            "type": "connect",
            "name": "standup",
            "token": client.token,
            "participant": {
                "revision": 1,
                "tracks": [{"id": "t1", "kind": "audio", "name": "mic", "enabled": False}],
            },
            "peer_connections": [{"id": "own", "description": {"type": "offer", "revision": 1}}],
            "media_signaling": {"active_speaker": {"transports": [{"type": "data-channel"}]}},
        },
    )
    connected = frames(meeting)[0]["body"]
    alice = room.participants["alice"]
    (track,) = alice.published_tracks
    assert (track.name, track.enabled) == ("mic", False)
    assert connected == {
        "type": "connected",
        "version": 2,
        "session": connected["session"],
        "sid": room.sid,
        "name": "standup",
        "participant": {"sid": alice.sid, "identity": "alice"},
        "options": {
            "session_timeout": 2_000_000,
            "media_region": "us1",
            "signaling_region": "us1",
            "audio_processors": [],
        },
        "media_signaling": {
            "active_speaker": {"transport": {"type": "data-channel", "label": "active_speaker"}}
        },
        "subscribed": {"tracks": [], "revision": 1},
        "published": {
            "tracks": [{"id": "t1", "state": "ready", "sid": track.sid}],
            "revision": 1,
        },
        "recording": {"enabled": False, "is_recording": False, "revision": 1},
        "peer_connections": [{"id": "own", "description": {"type": "close", "revision": 2}}],
    }


def test_a_page_without_the_script_gets_neither_media_nor_media_signaling(meeting, room, joined):
    room.connect("bob", tracks=("audio",))

    alice = joined("alice")

    assert alice.present["bob"]["tracks"][0]["kind"] == "audio"
    assert alice.subscribed == {}
    assert alice.media == []


def test_the_script_and_the_sdk_learn_of_arranged_tracks(meeting, room, joined):
    bob = room.connect("bob", tracks=("audio",))
    (track,) = bob.published_tracks

    alice = joined("alice", has_script=True)

    assert alice.subscribed == {track.sid: track.sid}
    tracks = next(each for each in alice.media if each["channel"] == "tracks")
    wanted = {"id": track.sid, "kind": "audio", "enabled": True, "identity": "bob"}
    assert tracks["tracks"] == [wanted]


def test_nothing_is_sent_twice(meeting, room, joined):
    joined("alice", "audio-1", has_script=True)
    joined("bob")

    meeting.signaling.refresh()

    assert frames(meeting) == []


def test_a_newer_state_publishes_unpublishes_and_mutes_tracks(meeting, room, joined):
    alice, bob = joined("alice"), joined("bob")

    alice.publish("audio-1")
    meeting.settle()
    (track,) = room.participants["alice"].published_tracks
    assert bob.present["alice"]["tracks"][0]["sid"] == track.sid
    assert bob.subscribed == {track.sid: "audio-1"}
    assert alice.published["audio-1"]["state"] == "ready"

    alice.enable("audio-1", enabled=False)
    meeting.settle()
    assert not track.enabled
    assert bob.present["alice"]["tracks"][0]["enabled"] is False

    alice.unpublish("audio-1")
    meeting.settle()
    assert list(room.participants["alice"].published_tracks) == []
    assert bob.subscribed == {}


def test_another_priority_of_a_track_is_told_to_others(meeting, room, joined):
    alice, bob = joined("alice", "video-1"), joined("bob")
    state = alice.participant
    state["revision"] += 1
    state["tracks"][0]["priority"] = "high"

    say(alice.connection, {"type": "update", "participant": state})
    meeting.settle()

    assert bob.present["alice"]["tracks"][0]["priority"] == "high"
    assert len(room.participants["alice"].published_tracks) == 1


def test_an_old_state_is_ignored(meeting, room, joined):
    alice = joined("alice", "audio-1")
    alice.publish("video-1")
    meeting.settle()

    say(
        alice.connection,
        {"type": "update", "session": alice.session, "participant": {"revision": 0, "tracks": []}},
    )

    kinds = [track.kind for track in room.participants["alice"].published_tracks]
    assert kinds == ["audio", "video"]


def test_a_refused_track_does_not_make_the_join_fail(fake, meeting, joined):
    fake.rooms["standup"].complete()
    fake.rooms.create(unique_name="standup", audio_only=True)

    alice = joined("alice", "audio-1", "video-1")

    assert alice.published["audio-1"]["state"] == "ready"
    assert alice.published["video-1"]["error"]["code"] == 53125
    alice.unpublish("video-1")
    alice.publish("video-2")
    meeting.settle()
    assert alice.published["video-2"]["error"]["code"] == 53125


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (lambda _, room: room.complete(), 53118),
        (lambda fake, _: fake.clock.advance(hours=4), 53216),
        (lambda _, room: room.connect("alice"), 53205),
        (lambda fake, _: fake.reset(), 53118),
    ],
    ids=["completed", "session too long", "replaced", "reset"],
)
def test_each_way_to_be_disconnected_has_its_code(fake, meeting, room, joined, ending, code):
    alice = joined("alice")
    room.connect("bob")

    ending(fake, room)
    meeting.settle()

    assert (alice.state, alice.error) == ("disconnected", code)


@pytest.mark.parametrize("act", ["cut", "leave", "publish", "come back"])
def test_a_page_may_act_before_it_learns_of_a_reset(fake, meeting, room, joined, act):
    alice = joined("alice")
    fake.reset()

    if act == "cut":
        alice.cut()
    elif act == "leave":
        alice.leave()
    elif act == "publish":
        alice.publish("audio-1")
    else:
        alice.state = "syncing"
        alice.open()
    meeting.settle()

    assert alice.state in {"disconnected", "syncing"}
    assert list(fake.rooms) == []


def test_a_page_is_not_taken_for_somebody_with_the_same_sid_after_a_reset(fake, meeting, joined):
    """The same seed gives the same SIDs."""
    alice = joined("alice")
    fake.reset()
    room = fake.rooms.create(unique_name="standup")
    bob = room.connect("bob")
    assert bob.sid == alice.sid

    meeting.settle()

    assert (alice.state, alice.error) == ("disconnected", 53118)
    alice.connection.lost()
    assert bob.status == "connected"


def test_a_goodbye_after_a_reset_does_not_end_a_new_page_with_the_same_sid(fake, meeting, joined):
    alice = joined("alice")
    old = alice.connection
    fake.reset()
    room = fake.rooms.create(unique_name="standup")
    meeting.network.clients.remove(alice)  # It has not read anything since then.
    bob = joined("bob")
    assert bob.sid == alice.sid

    say(old, {"type": "disconnect", "session": alice.session})

    assert room.participants["bob"].status == "connected"
    assert bob.session != alice.session


def test_a_page_does_not_return_into_another_fake_with_the_same_seed(fake, meeting, joined):
    alice = joined("alice")
    alice.cut()
    later = FakeTwilioVideo(seed="a test")
    room = later.rooms.create(unique_name="standup")
    rerun = Meeting(later)
    bob = rerun.join("bob")
    assert bob.sid == alice.sid

    alice.signaling = rerun.signaling
    rerun.network.clients.append(alice)
    alice.open()
    rerun.settle()

    assert (alice.state, alice.error) == ("disconnected", 53204)
    assert bob.state == "connected"
    assert room.participants["bob"].status == "connected"


def test_a_refused_join_leaves_nothing_behind(fake, meeting, room):
    fake.fail_connect(53105)

    alice = meeting.join("alice")

    assert (alice.state, alice.error) == ("disconnected", 53105)
    assert list(room.participants) == []
    alice.connection.lost()
    assert frames(meeting) == []


def test_a_client_that_says_goodbye_has_left_and_not_lost_the_network(meeting, room, joined):
    alice, bob = joined("alice"), joined("bob")

    alice.leave()
    meeting.settle()

    assert room.participants["alice"].status == "disconnected"
    assert room.participants["alice"].disconnect_error is None
    assert bob.present == {}
    assert bob.peers == {}


def test_a_lost_socket_counts_as_a_lost_network(fake, meeting, room, joined):
    alice, bob = joined("alice"), joined("bob")

    alice.cut()
    meeting.signaling.refresh()
    meeting.network.carry()
    while bob.downward:
        bob.receive_one()

    assert room.participants["alice"].status == "reconnecting"
    assert bob.present["alice"]["state"] == "reconnecting"
    alice.open()
    meeting.settle()
    assert room.participants["alice"].status == "connected"
    assert bob.present["alice"]["state"] == "connected"
    assert alice.connection.identity == "alice", "the report of a failed test names her"


def test_a_client_whose_network_was_dropped_waits_until_the_test_restores_it(
    meeting, room, joined
):
    alice = joined("alice")
    participant = room.participants["alice"]

    participant.drop_network()
    meeting.signaling.refresh()
    assert frames(meeting) == [None]
    alice.cut()
    alice.open()
    alice.send_one()

    (busy,) = frames(meeting)
    assert busy == {"type": "busy", "retryAfter": 2_000_000_000, "keepAlive": True}
    assert participant.status == "reconnecting"
    participant.resume()
    meeting.settle()
    assert alice.state == "connected"
    assert participant.status == "connected"


def test_one_returns_while_another_is_removed(fake, meeting, room, joined):
    alice, bob = joined("alice"), joined("bob")
    room.participants["alice"].drop_network()
    meeting.signaling.refresh()
    meeting.network.carry()
    while alice.downward:
        alice.receive_one()
    alice.open()
    alice.send_one()

    room.participants["alice"].resume()
    room.connect("bob")  # It replaces the page.
    meeting.settle()

    assert (alice.state, bob.state, bob.error) == ("connected", "disconnected", 53205)


def test_a_waiting_client_learns_that_the_server_has_given_up(fake, meeting, room, joined):
    alice = joined("alice")
    room.participants["alice"].drop_network()
    meeting.network.settle()
    meeting.signaling.refresh()
    meeting.network.carry()
    alice.receive_one()
    alice.open()
    alice.send_one()

    fake.clock.advance(seconds=30)
    meeting.settle()

    assert (alice.state, alice.error) == ("disconnected", 53001)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (lambda _, room: room.complete(), 53118),
        (lambda _, room: room.connect("alice"), 53205),
        (lambda fake, _: fake.reset(), 53118),
    ],
    ids=["completed", "replaced", "reset"],
)
def test_a_waiting_client_learns_why_it_is_disconnected(fake, meeting, room, joined, ending, code):
    alice = joined("alice")
    room.participants["alice"].drop_network()
    meeting.signaling.refresh()
    meeting.network.carry()
    alice.receive_one()
    alice.open()
    alice.send_one()

    ending(fake, room)
    meeting.settle()

    assert (alice.state, alice.error) == ("disconnected", code)


def test_a_client_that_returns_too_late_is_not_found(fake, meeting, room, joined):
    alice = joined("alice")
    alice.cut()
    fake.clock.advance(seconds=30)
    meeting.signaling.refresh()

    alice.open()
    meeting.settle()

    assert (alice.state, alice.error) == ("disconnected", 53204)


@pytest.mark.parametrize(
    "act",
    [
        lambda alice: alice.enable("audio-1", enabled=False),
        lambda alice: alice.publish("video-1"),
        lambda alice: alice.unpublish("audio-1"),
    ],
    ids=["mute", "publish", "unpublish"],
)
def test_a_page_may_act_when_its_session_is_over_but_no_timer_has_run(act):
    from freezegun import freeze_time

    with freeze_time("2030-01-01") as frozen:
        fake = FakeTwilioVideo(seed="a test", start="2030-01-01T00:00:00Z")
        room = fake.rooms.create(unique_name="standup")
        meeting = Meeting(fake)
        alice = meeting.join("alice", "audio-1")

        frozen.tick(5 * 3600)
        act(alice)
        meeting.settle()

        assert room.participants[alice.sid].disconnect_error == 53216
        assert (alice.state, alice.error) == ("disconnected", 53216)


def test_a_page_may_return_when_its_time_is_up_but_no_timer_has_run():
    from freezegun import freeze_time

    with freeze_time("2030-01-01") as frozen:
        fake = FakeTwilioVideo(seed="a test", start="2030-01-01T00:00:00Z")
        fake.rooms.create(unique_name="standup")
        meeting = Meeting(fake)
        alice = meeting.join("alice")

        alice.cut()
        frozen.tick(31)
        alice.open()
        meeting.settle()

        assert (alice.state, alice.error) == ("disconnected", 53001)


def test_a_client_cannot_return_with_a_token_that_has_expired(fake, meeting, room, joined):
    alice = joined("alice")
    fake.clock.advance(hours=2)
    assert alice.state == "connected"

    alice.cut()
    alice.open()
    meeting.settle()

    assert (alice.state, alice.error) == ("disconnected", 20104)
    assert "cannot return: 20104" in str(fake.timeline)
    assert room.participants["alice"].status == "reconnecting"
    fake.clock.advance(seconds=30)
    meeting.settle()
    assert room.participants[alice.sid].disconnect_error == 53001


@pytest.mark.parametrize(
    ("arranged", "region"),
    [({"media_region": "de1"}, "de1"), ({"type": "peer-to-peer"}, None)],
    ids=["group", "peer-to-peer"],
)
def test_a_page_learns_the_media_region_of_the_room(arranged, region):
    fake = FakeTwilioVideo(seed="a test", legacy_room_types="allow")
    room = fake.rooms.create(unique_name="standup", **arranged)
    meeting = Meeting(fake)
    connection = meeting.signaling.connection(has_script=True)
    connection.receive(json.dumps({"type": "hello", "body": {"type": "ice"}}))
    frames(meeting)

    say(connection, {"type": "connect", "name": "standup", "token": meeting.client("a").token})

    options = frames(meeting)[0]["body"]["options"]
    assert options["media_region"] == room.media_region == region


def test_an_unknown_session_is_not_found(meeting):
    connection = meeting.signaling.connection(has_script=False)

    connection.receive(
        json.dumps({"type": "hello", "body": {"type": "sync", "session": "unknown"}})
    )

    assert frames(meeting)[1]["body"]["code"] == 53204


def test_a_second_socket_of_a_session_replaces_the_first(meeting, room, joined):
    alice = joined("alice")
    first = alice.connection
    alice.state = "syncing"

    alice.open()
    meeting.network.settle()

    assert first.state == "over"
    assert alice.state == "connected"
    assert room.participants["alice"].status == "connected"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "no JSON",
            "[]",
            "1",
            "null",
            "{}",
            '{"type": 1}',
            '{"type": "msg"}',
            '{"type": "x"}',
        ),
        '{"type": "msg", "body": {"type": []}}',
    ],
)
def test_a_malformed_frame_has_no_effect(meeting, room, joined, text):
    alice = joined("alice")

    alice.connection.receive(text)

    assert all(frame["type"] == "bad" for frame in frames(meeting))
    assert room.participants["alice"].status == "connected"


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("name", 42, "name"),
        ("participant", {"revision": "1"}, "participant.revision"),
        ("participant", {"revision": 1, "tracks": [{"id": 1}]}, "participant.tracks[0].id"),
        ("peer_connections", {}, "peer_connections"),
    ],
    ids=["name", "revision", "track", "peer connections"],
)
@pytest.mark.parametrize("kind", ["connect", "sync"])
@pytest.mark.parametrize("way", ["message", "hello"])
def test_a_malformed_join_or_return_is_refused_and_named(
    fake, meeting, room, kind, field, value, place, way
):
    connection = meeting.signaling.connection(has_script=True)
    body = {"type": kind, "token": meeting.client("alice").token, "participant": {"revision": 1}}
    body |= {"participant": {"revision": 1, "tracks": []}, field: value}

    if way == "hello":
        connection.receive(json.dumps({"type": "hello", "body": body}))
    else:
        connection.receive(json.dumps({"type": "hello", "body": {"type": "ice"}}))
        say(connection, body)

    assert frames(meeting)[-1]["body"] == {
        "type": "error",
        "version": 2,
        "code": 53004,
        "message": "Client sent an invalid signaling message",
        "participants": [],
    }
    assert f"the message '{kind}' of a page is malformed at {place}" in str(fake.timeline)
    assert list(room.participants) == []


def test_a_malformed_hello_is_refused_and_named(fake, meeting):
    connection = meeting.signaling.connection(has_script=True)

    connection.receive(json.dumps({"type": "hello", "body": {"type": "ice", "token": 5}}))

    (bad,) = frames(meeting)
    assert bad == {"type": "bad", "reason": "the message 'ice' of a page is malformed at token"}
    assert bad["reason"] in str(fake.timeline)


def test_two_tracks_of_a_client_cannot_have_one_id(fake, meeting, room):
    connection = meeting.signaling.connection(has_script=True)
    connection.receive(json.dumps({"type": "hello", "body": {"type": "ice"}}))
    tracks = [{"id": "t", "kind": "audio", "name": name} for name in ("x", "y")]
    token = meeting.client("alice").token

    say(
        connection,
        {"type": "connect", "token": token, "participant": {"revision": 1, "tracks": tracks}},
    )

    assert frames(meeting)[-1]["body"]["code"] == 53004
    assert "participant.tracks[1].id" in str(fake.timeline)


def test_tracks_without_a_name_are_published_once(fake, meeting, room):
    connection = meeting.signaling.connection(has_script=True)
    connection.receive(json.dumps({"type": "hello", "body": {"type": "ice"}}))
    tracks = [{"id": "t1", "kind": "audio"}, {"id": "t2", "kind": "audio"}]
    body = {"type": "connect", "name": "standup", "token": meeting.client("alice").token}
    frames(meeting)

    say(connection, body | {"participant": {"revision": 1, "tracks": tracks}})

    published = frames(meeting)[0]["body"]["published"]["tracks"]
    sids = [track.sid for track in room.participants["alice"].published_tracks]
    assert [(each["id"], each["sid"]) for each in published] == [("t1", sids[0]), ("t2", sids[1])]
    assert len(sids) == 2


def test_the_outcome_of_each_track_of_a_join_is_that_of_the_track(fake, meeting):
    """Two tracks may have the same name, and one of them may be refused."""
    fake.rooms["standup"].complete()
    room = fake.rooms.create(unique_name="standup", audio_only=True)
    connection = meeting.signaling.connection(has_script=True)
    connection.receive(json.dumps({"type": "hello", "body": {"type": "ice"}}))
    tracks = [{"id": kind, "kind": kind, "name": "x"} for kind in ("video", "audio")]
    body = {"type": "connect", "name": "standup", "token": meeting.client("alice").token}
    frames(meeting)

    say(connection, body | {"participant": {"revision": 1, "tracks": tracks}})

    published = {each["id"]: each for each in frames(meeting)[0]["body"]["published"]["tracks"]}
    (track,) = room.participants["alice"].published_tracks
    assert published["audio"]["sid"] == track.sid
    assert published["video"]["error"]["code"] == 53125


def test_data_of_a_page_reaches_arranged_participants(meeting, room, joined):
    bob = room.connect("bob")
    alice = joined("alice", "data-1", has_script=True)

    for sent in ({"text": "hello"}, {"base64": "AP8="}):
        frame = {"type": "msp", "channel": "data", "track": "data-1", **sent}
        alice.connection.receive(json.dumps(frame))

    assert [message.data for message in bob.messages] == ["hello", b"\x00\xff"]


def test_a_message_of_the_test_goes_to_the_script_of_each_subscriber(meeting, room, joined):
    bob = room.connect("bob")
    chat = bob.publish("data")
    alice, carol = joined("alice", has_script=True), joined("carol")

    chat.send("hello")
    chat.send(b"\x00\xff")
    meeting.settle()

    sent = [frame for frame in alice.media if frame["channel"] == "data"]
    assert sent == [
        {"type": "msp", "channel": "data", "track": chat.sid, "text": "hello"},
        {"type": "msp", "channel": "data", "track": chat.sid, "base64": "AP8="},
    ]
    assert carol.media == []


@pytest.mark.parametrize("ending", ["unpublish", "leave"])
def test_a_message_comes_before_the_end_of_its_track(meeting, room, joined, ending):
    bob = room.connect("bob")
    chat = bob.publish("data")
    alice = joined("alice", has_script=True)
    alice.media.clear()

    chat.send("bye")
    if ending == "unpublish":
        chat.unpublish()
    else:
        bob.disconnect()
    meeting.settle()

    channels = [each["channel"] for each in alice.media if each["channel"] in {"data", "tracks"}]
    assert channels == ["data", "tracks"]


def test_a_message_comes_after_the_beginning_of_its_track(meeting, room, joined):
    bob = room.connect("bob")
    alice = joined("alice", has_script=True)
    alice.media.clear()

    bob.publish("data").send("hello")
    meeting.settle()

    channels = [each["channel"] for each in alice.media if each["channel"] in {"data", "tracks"}]
    assert channels == ["tracks", "data"]


def test_a_page_does_not_get_what_was_said_and_sent_before_it_joined(fake, meeting):
    fake.rooms["standup"].complete()
    room = fake.rooms.create(unique_name="standup", transcribe_participants_on_connect=True)
    bob = room.connect("bob", tracks=("audio", "data"))

    bob.say("before")
    bob.published_tracks[1].send("before")
    alice = meeting.join("alice", has_script=True)
    bob.say("after")
    meeting.settle()

    said = [
        each["message"]["transcription"]
        for each in alice.media
        if each["channel"] == "extension_transcriptions"
    ]
    assert said == ["after"]
    assert "data" not in [each["channel"] for each in alice.media]


def test_what_was_said_before_a_reset_is_not_sent_after_it(fake, meeting):
    fake.rooms["standup"].complete()
    room = fake.rooms.create(unique_name="standup", transcribe_participants_on_connect=True)
    bob = room.connect("bob", tracks=("audio",))
    meeting.join("alice", has_script=True)
    bob.say("before")

    fake.reset()
    fake.rooms.create(unique_name="standup").complete()
    room = fake.rooms.create(unique_name="standup", transcribe_participants_on_connect=True)
    bob = room.connect("bob", tracks=("audio",))
    again = meeting.join("alice", has_script=True)

    assert "extension_transcriptions" not in [each["channel"] for each in again.media]


def test_nothing_is_kept_for_pages_while_there_are_none(fake, meeting, room):
    bob, _ = room.connect("bob"), room.connect("carol")

    bob.publish("data").send("hello")

    assert meeting.browsers.take_broadcasts() == []


def test_what_twilio_decides_goes_to_the_script_as_a_state(meeting, room, joined):
    bob = room.connect("bob", tracks=("video",))
    (track,) = bob.published_tracks
    alice = joined("alice", has_script=True)
    alice.media.clear()

    room.dominant_speaker = bob
    bob.network_quality = 3
    room.participants["alice"].network_quality = 5
    track.switch_off()
    meeting.settle()

    told = {frame["channel"]: (frame["message"], frame["is_state"]) for frame in alice.media}
    assert told == {
        "active_speaker": ({"type": "active_speaker", "participant": bob.sid}, True),
        "network_quality": (
            {
                "type": "network_quality",
                "local": 5,
                "remotes": [{"sid": bob.sid, "level": 3}],
            },
            True,
        ),
        "track_switch_off": ({"type": "track_switch_off", "off": [track.sid], "on": []}, True),
    }


def test_speech_goes_to_the_scripts_of_the_room_once(fake, meeting):
    fake.rooms["standup"].complete()
    room = fake.rooms.create(unique_name="standup", transcribe_participants_on_connect=True)
    bob = room.connect("bob", tracks=("audio",))
    alice, carol = (meeting.join(name, has_script=True) for name in ("alice", "carol"))
    carol.leave()
    meeting.settle()

    bob.say("hello")
    meeting.settle()
    meeting.signaling.refresh()

    (frame,) = [each for each in alice.media if each["channel"] == "extension_transcriptions"]
    assert "is_state" not in frame
    assert frame["message"] == frame["message"] | {
        "type": "extension_transcriptions",
        "participant": bob.sid,
        "track": bob.published_tracks[0].sid,
        "transcription": "hello",
        "language_code": "en-US",
        "partial_results": False,
        "sequence_number": 1,
    }
    assert not [each for each in carol.media if each["channel"] == "extension_transcriptions"]


@pytest.mark.parametrize("data", ["AP8", "not base64!", None])
def test_data_that_is_damaged_is_ignored(meeting, room, joined, data):
    bob = room.connect("bob")
    alice = joined("alice", "data-1", has_script=True)
    frame = {"type": "msp", "channel": "data", "track": "data-1", "base64": data}

    alice.connection.receive(json.dumps(frame))

    assert list(bob.messages) == []


def test_two_fakes_do_not_share_clients(meeting, room, joined):
    other = FakeTwilioVideo(seed="a test")
    other_room = other.rooms.create(unique_name="standup")
    joined("alice")

    assert list(other_room.participants) == []
    assert isinstance(meeting.client("bob"), Client)
