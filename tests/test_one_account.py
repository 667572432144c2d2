"""One account for all clients, with and without pytest."""

from __future__ import annotations

import os
import threading
import unittest

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests

from pytest_twilio_video import (
    FakeTwilioVideo,
    InvalidArgumentError,
    InvalidFieldError,
    InvalidSettingError,
    RefusedError,
    TwilioVideoError,
    VideoSdkError,
)


ROOMS = "https://video.twilio.com/v1/Rooms"


def auth(fake):
    return fake.account_sid, fake.auth_token


def test_all_clients_use_one_account(twilio_video):
    rest = pytest.importorskip("twilio.rest")
    client = rest.Client(*auth(twilio_video))

    client.video.v1.rooms.create(unique_name="by twilio")
    requests.post(ROOMS, data={"UniqueName": "by requests"}, auth=auth(twilio_video), timeout=5)
    httpx.post(ROOMS, data={"UniqueName": "by httpx"}, auth=auth(twilio_video))

    names = {"by twilio", "by requests", "by httpx"}
    assert {room.unique_name for room in client.video.v1.rooms.list()} == names
    listed = httpx.get(ROOMS, auth=auth(twilio_video)).json()["rooms"]
    assert {room["unique_name"] for room in listed} == names
    assert {room.unique_name for room in twilio_video.rooms} == names
    assert [call.client for call in twilio_video.calls][:3] == ["requests", "requests", "httpx"]


def test_the_fake_works_without_pytest():
    with FakeTwilioVideo() as fake:
        assert requests.post(ROOMS, auth=auth(fake), timeout=5).status_code == 201
        assert len(fake.rooms) == 1


def test_the_fake_works_in_unittest():
    class Case(unittest.TestCase):
        def setUp(self):
            self.fake = self.enterContext(FakeTwilioVideo())

        def test_it(self):
            assert httpx.get(ROOMS, auth=auth(self.fake)).json()["rooms"] == []

        if not hasattr(unittest.TestCase, "enterContext"):  # Python 3.10

            def enterContext(self, context):  # noqa: N802 -- unittest's own name, of 3.11
                self.addCleanup(context.__exit__, None, None, None)
                return context.__enter__()

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

    assert result.wasSuccessful(), result.errors or result.failures
    assert result.testsRun == 1


def test_fakes_can_be_nested_and_used_one_after_another():
    with FakeTwilioVideo(seed="outer") as outer:
        with FakeTwilioVideo(seed="inner") as inner:
            requests.post(ROOMS, auth=auth(inner), timeout=5)
        httpx.post(ROOMS, auth=auth(outer))
        httpx.post(ROOMS, auth=auth(outer))

        assert (len(inner.rooms), len(outer.rooms)) == (1, 2)


def test_a_fake_is_exited_once_for_each_time_it_was_entered():
    fake = FakeTwilioVideo()

    with pytest.raises(TwilioVideoError, match=r"was exited without being entered\. Use `with"):
        fake.__exit__(None, None, None)

    with fake:
        assert requests.get(ROOMS, auth=auth(fake), timeout=5).status_code == 200
    with pytest.raises(TwilioVideoError, match="was exited without being entered"):
        fake.__exit__(None, None, None)


def test_a_reset_restores_the_initial_state(twilio_video):
    start = twilio_video.clock.now
    first = twilio_video.rooms.create(unique_name="standup", status_callback="https://a.example")
    heard = []
    twilio_video.callbacks.deliver_to(heard.append)
    twilio_video.clock.advance(hours=1)

    twilio_video.reset()

    assert (len(twilio_video.rooms), twilio_video.events, twilio_video.calls) == (0, [], [])
    assert twilio_video.clock.now == start
    assert twilio_video.clock.pending == []
    assert list(twilio_video.callbacks) == []
    assert requests.post(ROOMS, auth=auth(twilio_video), timeout=5).json()["sid"] == first.sid
    before = len(heard)
    twilio_video.rooms.create(status_callback="https://a.example")
    assert len(heard) == before


def test_a_test_creates_rooms_with_the_limits_of_the_rest_call(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup", max_participants=2, type="group")
    assert (room.max_participants, room.status) == (2, "in-progress")
    twilio_video.assert_no_room_created()

    with pytest.raises(RefusedError, match=r"Room exists \(code 53113, HTTP 400\)"):
        twilio_video.rooms.create(unique_name="standup")
    with pytest.raises(RefusedError, match="MaxParticipants is out of range"):
        twilio_video.rooms.create(max_participants=0)
    with pytest.raises(RefusedError):
        twilio_video.rooms.create(max_participants="2")
    with pytest.raises(InvalidFieldError, match=r"'max_participant'\..* 'max_participants'"):
        twilio_video.rooms.create(max_participant=2)
    assert len(twilio_video.rooms) == 1


def test_resources_are_always_current(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup")
    alice = room.connect("alice")

    alice.disconnect()
    twilio_video.clock.advance(minutes=5)

    assert (room.status, alice.status) == ("completed", "disconnected")
    assert room.end_time == twilio_video.clock.now
    assert alice.disconnect_error is None


def test_two_objects_of_one_resource_are_equal(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup")

    assert room == twilio_video.rooms["standup"] == twilio_video.rooms[room.sid]
    assert {room, twilio_video.rooms[0]} == {room}
    assert room != twilio_video.rooms.create()
    assert room != "standup"
    assert room in twilio_video.rooms
    assert room.sid in twilio_video.rooms
    assert "nowhere" not in twilio_video.rooms


def test_attributes_of_a_resource_cannot_be_set(twilio_video):
    room = twilio_video.rooms.create()

    with pytest.raises(AttributeError, match=r"Room\.status cannot be set to 'completed'"):
        room.status = "completed"
    with pytest.raises(AttributeError, match=r"Room has no field 'stats'\. Did you mean 'status'"):
        _ = room.stats


def test_the_latest_of_several_rooms_of_a_name_is_found(twilio_video):
    twilio_video.rooms.create(unique_name="standup").complete()
    second = twilio_video.rooms.create(unique_name="standup")

    assert twilio_video.rooms["standup"] == second
    assert len(twilio_video.rooms.where(unique_name="standup")) == 2
    assert twilio_video.rooms.where(status="completed", unique_name="standup") != [second]
    with pytest.raises(KeyError, match="'nowhere' is not in this collection, which has: standup"):
        twilio_video.rooms["nowhere"]
    with pytest.raises(InvalidFieldError, match="Did you mean 'status'"):
        twilio_video.rooms.where(stattus="completed")


def test_a_refused_join_raises_the_error_of_an_sdk(twilio_video):
    room = twilio_video.rooms.create(max_participants=1)
    room.connect("alice")

    with pytest.raises(VideoSdkError) as caught:
        room.connect("bob")

    assert (caught.value.code, caught.value.message) == (
        53105,
        "Room contains too many Participants",
    )


def test_completing_or_leaving_twice_has_no_effect(twilio_video):
    room = twilio_video.rooms.create()
    alice = room.connect("alice")
    for _ in range(2):
        alice.disconnect()
        room.complete()

    assert len([event for event in twilio_video.events if event.name == "room-ended"]) == 1


def test_events_show_the_resource_as_it_was_at_that_time(twilio_video):
    room = twilio_video.rooms.create(unique_name="standup")
    room.complete()

    created, ended = twilio_video.events
    assert (created.name, created.room_sid, created.at) == (
        "room-created",
        room.sid,
        room.date_created,
    )
    assert created.details["status"] == "in-progress"
    assert ended.details["status"] == "completed"


def test_thirty_two_threads_can_use_one_account(twilio_video):
    session, client = requests.Session(), httpx.Client()
    session.auth = client.auth = auth(twilio_video)

    def work(number):
        for _ in range(5):
            room = session.post(ROOMS, data={"UniqueName": f"room {number}"}, timeout=5).json()
            twilio_video.rooms[room["sid"]].connect("alice")
            client.post(f"{ROOMS}/{room['sid']}", data={"Status": "completed"})

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))

    assert len({room.sid for room in twilio_video.rooms}) == len(twilio_video.rooms) == 160
    names = [event.name for event in twilio_video.events]
    for name in (
        "room-created",
        "participant-connected",
        "participant-disconnected",
        "room-ended",
    ):
        assert names.count(name) == 160
    assert len(twilio_video.calls) == 320
    twilio_video.assert_no_open_rooms()


def test_run_next_delivers_pending_callbacks_before_the_next_timer(twilio_video):
    def hear(callback):
        if callback.event == "room-created":
            requests.post(
                f"{ROOMS}/standup",
                data={"Status": "completed"},
                auth=auth(twilio_video),
                timeout=5,
            )

    twilio_video.callbacks.deliver_to(hear)
    data = {"UniqueName": "standup", "StatusCallback": "https://app.example.com/"}
    requests.post(ROOMS, data=data, auth=auth(twilio_video), timeout=5)
    start = twilio_video.clock.now

    assert twilio_video.clock.run_next() is None
    assert twilio_video.clock.now == start
    assert twilio_video.rooms["standup"].duration == 0


def test_a_fake_that_was_entered_twice_is_active_until_the_second_exit():
    fake = FakeTwilioVideo()
    with fake:
        with fake:
            pass
        assert httpx.get(ROOMS, auth=auth(fake)).status_code == 200


@pytest.mark.parametrize("setting", ["account_sid", "api_key_sid", "api_key_secret"])
def test_missing_credentials_are_refused_before_anything_changes(setting, monkeypatch):
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)

    with pytest.raises(InvalidSettingError, match=f"{setting} is None, but must be text"):
        FakeTwilioVideo(**{setting: None})

    assert "TWILIO_ACCOUNT_SID" not in os.environ


def test_a_resource_has_its_url_its_links_and_its_lists(twilio_video):
    room = twilio_video.rooms.create(video_codecs=("VP8",))

    assert room.url == f"{ROOMS}/{room.sid}"
    assert room.links["participants"] == f"{room.url}/Participants"
    assert room.video_codecs == ["VP8"]
    assert twilio_video.rooms.create(video_codecs=room.video_codecs).video_codecs == ["VP8"]
    assert twilio_video.rooms.where(url=room.url) == [room]


def test_rooms_can_be_created_at_the_end_of_the_calendar():
    fake = FakeTwilioVideo(start="9999-12-31T23:59:00Z")

    with fake:
        assert requests.post(ROOMS, auth=auth(fake), timeout=5).status_code == 201

    assert len(fake.clock.pending) == 2


def test_callbacks_are_signed_with_the_fakes_own_token_if_auth_is_strict(monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "somebody else's")
    fake = FakeTwilioVideo(auth="strict")

    assert fake._simulation.credentials.signing_token(fake.account_sid) == fake.auth_token


def test_a_refused_room_is_explained(twilio_video):
    with pytest.raises(RefusedError, match=r"max_participants must be between 1 and 50, not 500"):
        twilio_video.rooms.create(max_participants=500)


def test_a_wrong_argument_of_the_clock_is_explained(twilio_video):
    with pytest.raises(TypeError, match=r"numbers of days, .* not \{'minuts': 5\}"):
        twilio_video.clock.advance(minuts=5)
    with pytest.raises(TypeError, match="takes an aware datetime, not '2030-01-01'"):
        twilio_video.clock.advance_to("2030-01-01")


@pytest.mark.parametrize(
    ("act", "event"),
    [
        (lambda alice, _: alice.disconnect(), "participant-disconnected"),
        (lambda _, track: track.unpublish(), "track-removed"),
        (lambda alice, _: alice.room.complete(), "room-ended"),
        (lambda alice, _: alice.drop_network(), None),
    ],
    ids=["disconnect", "unpublish", "complete", "drop_network"],
)
def test_an_action_of_several_concurrent_threads_happens_once(twilio_video, act, event):
    account = twilio_video._simulation.account
    alice = twilio_video.rooms.create().connect("alice")
    track = alice.publish("audio")
    all_ready, real = threading.Barrier(5), account.operation

    def operation(*args):
        all_ready.wait(5)  # each thread has read the record, and none has changed it
        return real(*args)

    account.operation = operation
    with ThreadPoolExecutor(5) as pool:
        for each in [pool.submit(act, alice, track) for _ in range(5)]:
            each.result()
    account.operation = real

    assert [each.name for each in twilio_video.events].count(event) == (event is not None)
    assert alice.status == ("reconnecting" if event is None else alice.status)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"unique_name": "x" * 129}, "unique_name has 129 characters, but may have up to 128"),
        ({"unique_name": " "}, "unique_name is ' ', but must not be blank or look like a SID"),
        ({"type": "go", "max_participants": 3}, "type go takes up to 2 participants, not 3"),
        ({"type": "go", "audio_only": True}, "a room of type go cannot be audio_only"),
        ({"type": "go", "recording_rules": []}, "a room of type go cannot be recorded"),
        ({"recording_rules": {}}, "rules must be a list of 1 to 20 dictionaries, not {}"),
        ({"recording_rules": [{"type": "x"}]}, "rule 1, .*, must have the type 'include' or"),
        ({"recording_rules": [{"type": "include"}]}, "must have filters, which are all, publi"),
        ({"recording_rules": [{"type": "include", "kind": "x"}]}, "kinds audio, video"),
        ({"transcriptions_configuration": {5: "x"}}, "must have names of text, not 5"),
    ],
)
def test_a_refused_room_does_not_change_later_sids(said, words):
    one, other = FakeTwilioVideo(seed="same"), FakeTwilioVideo(seed="same")

    with pytest.raises(RefusedError, match=words):
        one.rooms.create(**said)

    assert one.rooms.create().sid == other.rooms.create().sid


def test_rules_may_be_a_tuple(twilio_video):
    rules = ({"type": "include", "kind": "audio"},)

    room = twilio_video.rooms.create(recording_rules=rules)

    room.connect("alice").publish("audio")
    assert len(room.recordings) == 1


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        ("", "is '', but must be text that is not empty"),
        ("é" * 129, "the identity has 129 characters, but may have up to 128. Wide characters"),
        ("bob", "lessons has room for 1, and is full"),
    ],
)
def test_a_refused_join_is_explained(twilio_video, identity, words):
    room = twilio_video.rooms.create(unique_name="lessons", max_participants=1)
    room.connect("alice")

    with pytest.raises(VideoSdkError, match=words):
        room.connect(identity)


def test_error_responses_have_twilios_own_messages_only(twilio_video):
    rules = '[{"type": "maybe", "all": true}]'
    answer = httpx.post(ROOMS, data={"RecordingRules": rules}, auth=auth(twilio_video)).json()

    assert answer["message"] == "Invalid Recording Rule(s)"
    assert answer.keys() == {"code", "message", "more_info", "status"}

    said = {"RoomSid": twilio_video.rooms.create().sid, "Resolution": "1280x1280"}
    url = "https://video.twilio.com/v1/Compositions"
    answer = httpx.post(url, data=said, auth=auth(twilio_video)).json()
    assert answer["message"].count("1280x1280") == 1


def test_the_repr_of_credentials_shows_no_secret(twilio_video):
    httpx.get(ROOMS, auth=auth(twilio_video))
    shown = repr(twilio_video._simulation.credentials)

    assert twilio_video.account_sid in shown
    assert twilio_video.api_key_secret not in shown
    assert twilio_video.auth_token not in shown


def test_automatic_subscription_must_be_a_bool(twilio_video):
    room = twilio_video.rooms.create()

    for join in (room.connect, twilio_video.connect):
        with pytest.raises(InvalidArgumentError, match="automatic_subscription is 'no', but must"):
            join("a name, or a token", automatic_subscription="no")
    assert not room.participants


def test_the_media_of_a_deleted_recording_cannot_be_set(twilio_video):
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    room.complete()
    (recording,) = room.recordings
    url = f"https://video.twilio.com/v1/Recordings/{recording.sid}"
    httpx.delete(url, auth=auth(twilio_video))

    with pytest.raises(TwilioVideoError, match="cannot be set: it was deleted"):
        recording.media = b"late"
    assert recording.media == b""
