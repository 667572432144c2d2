"""Assertions: what they find, and which values count as equal."""

from __future__ import annotations

import re

from datetime import datetime, timezone
from pathlib import PurePosixPath
from unittest.mock import ANY

import anyio
import httpx
import pytest
import requests

from dirty_equals import IsInt, IsPartialDict, IsStr

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError, InvalidFieldError
from pytest_twilio_video._resources.participants import ParticipantStatus


ROOMS = "https://video.twilio.com/v1/Rooms"
TOLD = "https://app.example/told"


def post(fake, url=ROOMS, **data):
    credentials = fake.account_sid, fake.auth_token
    return requests.post(url, data=data, auth=credentials, timeout=5).json()


@pytest.fixture
def room(twilio_video):
    post(twilio_video, UniqueName="DailyStandup", MaxParticipants=10, StatusCallback=TOLD)
    return twilio_video.rooms["DailyStandup"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"unique_name": "DailyStandup", "max_participants": 10},
        {"unique_name": ANY, "sid": ANY},
        {"unique_name": IsStr(regex="Daily.*"), "max_participants": IsInt(ge=2)},
        {"unique_name": re.compile("standup", re.IGNORECASE)},
        {"end_time": None, "video_codecs": ("VP8", "H264"), "type": "group"},
    ],
    ids=str,
)
def test_an_assertion_returns_what_it_found(twilio_video, room, fields):
    assert twilio_video.assert_room_created(**fields) == room


def test_the_latest_of_several_rooms_is_returned(twilio_video):
    post(twilio_video, UniqueName="first")
    post(twilio_video, UniqueName="second")

    assert twilio_video.assert_room_created().unique_name == "second"


def test_a_room_of_the_test_was_not_created_by_the_application(twilio_video):
    twilio_video.rooms.create(unique_name="DailyStandup")

    twilio_video.assert_no_room_created()
    with pytest.raises(AssertionError, match="but the test created it, not the application"):
        twilio_video.assert_room_created(unique_name="DailyStandup")


@pytest.mark.parametrize(
    "say", [lambda room: room, lambda room: room.sid, lambda _: "DailyStandup"]
)
def test_a_room_can_be_given_as_an_object_a_sid_or_a_name(twilio_video, room, say):
    room.connect("alice").disconnect()
    bob = room.connect("bob")

    assert twilio_video.assert_participant_connected(say(room), "bob") == bob
    assert twilio_video.assert_participant_disconnected(say(room), "alice").identity == "alice"
    assert (
        twilio_video.assert_callback("participant-connected", room=say(room)).room_sid == room.sid
    )
    room.complete()
    assert twilio_video.assert_room_completed(say(room)) == room


def test_a_room_of_the_official_client_is_accepted(twilio_video, room):
    class RoomInstance:
        sid = room.sid

    room.complete()

    assert twilio_video.assert_room_completed(RoomInstance()) == room


def test_a_participant_who_joined_again_is_not_disconnected(twilio_video, room):
    room.connect("alice").disconnect()
    room.connect("alice")

    twilio_video.assert_participant_connected(room, "alice")
    with pytest.raises(AssertionError, match=r"status +'connected', expected 'disconnected'"):
        twilio_video.assert_participant_disconnected(room, "alice")


def test_a_matcher_finds_whoever_has_left_among_all_identities(twilio_video, room):
    alice = room.connect("alice")
    alice.disconnect()
    room.connect("amy")

    assert twilio_video.assert_participant_disconnected(room, ANY) == alice
    assert twilio_video.assert_participant_disconnected(room, re.compile("^a")) == alice
    room.connect("alice")
    with pytest.raises(AssertionError, match=r"status +'connected', expected 'disconnected'"):
        twilio_video.assert_participant_disconnected(room, ANY)


def test_an_identity_may_be_a_matcher(twilio_video, room):
    alice = room.connect("alice")

    assert twilio_video.assert_participant_connected(room, re.compile("^ali")) == alice
    assert twilio_video.assert_participant_connected(room, IsStr(max_length=5)) == alice


@pytest.mark.parametrize(
    "params",
    [
        {"room_duration": 120},
        {"room_duration": "120", "room_status": "completed"},
        {"room_name": re.compile("Stand")},
        {"room_name": IsStr(min_length=3), "room_sid": ANY},
        {"timestamp": datetime(2026, 1, 31, 9, 2, tzinfo=timezone.utc)},
        {"sequence_number": 1},
    ],
    ids=str,
)
def test_parameters_of_a_callback_are_compared_as_text(params):
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z") as fake:
        room = fake.rooms.create(unique_name="DailyStandup", status_callback=TOLD)
        fake.clock.advance(minutes=2)
        room.complete()

        assert fake.assert_callback("room-ended", **params).event == "room-ended"


def test_an_assertion_first_delivers_queued_callbacks(twilio_video, room):
    told = []
    twilio_video.callbacks.deliver_to(lambda callback: told.append(callback.event))

    twilio_video.assert_callback("room-created", room=room)

    assert told == ["room-created"]


def test_callbacks_of_other_rooms_do_not_count(twilio_video, room):
    other = twilio_video.rooms.create(unique_name="Retro", status_callback=TOLD)
    other.complete()

    twilio_video.assert_no_callback("room-ended", room=room)
    twilio_video.assert_callback("room-ended", room=other)


@pytest.mark.parametrize(
    "params",
    [
        {"video_codecs": ["VP8", "H264"]},
        {"video_codecs": ("VP8", "H264"), "audio_only": False},
        {"recording_rules": [{"type": "include", "all": True}]},
        {"recording_rules": [IsPartialDict(type="include")]},
        {"max_participants": 5, "unused_room_timeout": None},
        {"not_of_twilio": "x"},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::pytest_twilio_video.UnknownParameterWarning")
def test_parameters_of_a_call_are_compared_by_their_meaning(twilio_video, params):
    post(
        twilio_video,
        MaxParticipants=5,
        AudioOnly="false",
        VideoCodecs=["VP8", "H264"],
        RecordingRules='[{"type": "include", "all": true}]',
        NotOfTwilio="x",
    )

    (call,) = twilio_video.assert_called("post", "/v1/Rooms", **params)
    assert call.path == "/v1/Rooms"


def test_calls_are_counted(twilio_video):
    for name in ("a", "b", "b"):
        post(twilio_video, UniqueName=name)

    assert len(twilio_video.assert_called("POST", "/v1/Rooms", times=3)) == 3
    assert len(twilio_video.assert_called("POST", "/v1/Rooms", times=2, unique_name="b")) == 2
    twilio_video.assert_called("POST", "/v1/*")
    twilio_video.assert_not_called("GET", "*")
    with pytest.raises(AssertionError, match="expected 1 call of POST /v1/Rooms\n\nbut found 3:"):
        twilio_video.assert_called("POST", "/v1/Rooms", times=1)


@pytest.mark.parametrize("path", ["/v1/Rooms/*", "/v1/Rooms/Daily*", "/v1/Rooms/DailyStandup"])
def test_the_parameters_of_a_path_with_a_star_are_known(twilio_video, path):
    twilio_video.assert_not_called("POST", path, status="completed")
    with pytest.raises(InvalidFieldError, match="Did you mean 'status'"):
        twilio_video.assert_not_called("POST", path, statuss="completed")


def test_a_call_of_a_list_may_have_the_parameters_of_pages(twilio_video):
    httpx.get(ROOMS, params={"PageSize": 20}, auth=("AC" + "1" * 32, "x"))

    twilio_video.assert_called("GET", "/v1/Rooms", page_size=20)
    with pytest.raises(InvalidFieldError, match="Did you mean 'page_size'"):
        twilio_video.assert_called("GET", "/v1/Rooms", pagesize=20)


def test_any_parameter_is_accepted_for_an_unknown_path(twilio_video):
    twilio_video.assert_not_called("POST", "/v1/Nothing*", anything=1)


@pytest.mark.parametrize(
    ("method", "path", "why"),
    [
        ("POSTT", "/v1/Rooms", "method is 'POSTT'"),
        (None, "/v1/Rooms", "method is None"),
        (b"GET", "/v1/Rooms", "method is b'GET'"),
        ("GET", None, "path is None"),
        ("GET", b"/v1/Rooms", "path is b'/v1/Rooms'"),
        ("GET", PurePosixPath("/v1/Rooms"), "path is PurePosixPath('/v1/Rooms')"),
        ("POST", "/v1/Room", "Did you mean '/v1/Rooms'"),
        ("POST", "/v1/Rooms?Status=completed", "must not contain the query"),
    ],
)
def test_an_invalid_method_or_path_is_refused(twilio_video, method, path, why):
    with pytest.raises(InvalidArgumentError, match=re.escape(why)):
        twilio_video.assert_not_called(method, path)


@pytest.mark.parametrize(
    "assertion",
    [
        lambda fake: fake.rooms.where(unique_name=re.compile(b"x")),
        lambda fake: fake.rooms.where(status=re.compile(b"x")),
        lambda fake: fake.assert_room_created(unique_name=re.compile(b"x")),
        lambda fake: fake.assert_callback("room-created", room_name=re.compile(b"x")),
        lambda fake: fake.assert_called("POST", "/v1/Rooms", unique_name=re.compile(b"x")),
    ],
)
def test_a_pattern_of_bytes_is_refused(twilio_video, room, assertion):
    with pytest.raises(InvalidArgumentError, match=r"re\.compile\(b'x'\) is a pattern of bytes"):
        assertion(twilio_video)


def test_a_dictionary_is_compared_with_json_only(twilio_video):
    post(twilio_video, UniqueName="x")
    twilio_video.assert_not_called("POST", "/v1/Rooms", unique_name={"x": 1})

    post(twilio_video, UniqueName='{"x": 1}')
    twilio_video.assert_called("POST", "/v1/Rooms", unique_name={"x": 1})


def test_a_path_can_be_given_decoded_or_encoded(twilio_video):
    httpx.get(ROOMS + "/My%20Room", auth=("AC" + "1" * 32, "x"))

    twilio_video.assert_called("GET", "/v1/Rooms/My Room")
    twilio_video.assert_called("GET", "/v1/Rooms/My%20Room/")


@pytest.mark.parametrize("times", ["1", -1, True, 1.0])
def test_times_is_a_number_of_calls(twilio_video, times):
    with pytest.raises(InvalidArgumentError, match="times is"):
        twilio_video.assert_called("POST", "/v1/Rooms", times=times)


@pytest.mark.parametrize(
    "assertion",
    [
        lambda fake: fake.assert_no_room_created(type="groop"),
        lambda fake: fake.assert_no_room_created(unique_name="Retro", status="in_progress"),
        lambda fake: fake.assert_room_completed(status="complete"),
        lambda fake: fake.rooms.where(status="in_progress"),
    ],
)
def test_a_value_that_an_enumeration_never_has_is_refused(twilio_video, room, assertion):
    with pytest.raises(
        InvalidArgumentError, match=r"is never '\w+'\. Did you mean .* It is one of: "
    ):
        assertion(twilio_video)


@pytest.mark.parametrize(
    "assertion",
    [
        lambda fake: fake.assert_room_completed(status="in-progress"),
        lambda fake: fake.assert_room_completed(status=re.compile("failed|progress")),
        lambda fake: fake.assert_recording_completed(status="processing"),
        lambda fake: fake.assert_composition_completed(status="enqueued"),
    ],
)
def test_a_status_that_contradicts_the_assertion_is_refused(twilio_video, room, assertion):
    with pytest.raises(InvalidArgumentError, match="requires 'completed': remove status"):
        assertion(twilio_video)


def test_a_status_that_repeats_the_assertion_does_not_replace_it(twilio_video, room):
    with pytest.raises(AssertionError, match=r"status +'in-progress', expected 'completed'"):
        twilio_video.assert_room_completed(status=ANY)
    room.complete()

    assert twilio_video.assert_room_completed(status="completed") == room
    assert twilio_video.assert_room_completed(status=re.compile("^comp")) == room


def test_the_method_where_compares_values_like_an_assertion(twilio_video, room):
    found = twilio_video.rooms.where(unique_name=re.compile("^Daily"), status="in-progress")

    assert found == [room]


@pytest.mark.parametrize("path", ["Rooms", "/Rooms", "https://video.twilio.com/v1/Rooms", ""])
def test_a_path_that_can_match_nothing_is_refused(twilio_video, path):
    with pytest.raises(InvalidArgumentError, match="must begin with /v1"):
        twilio_video.assert_not_called("POST", path)


def test_other_events_may_lie_between_the_asserted_events(twilio_video, room):
    room.connect("alice").disconnect()

    twilio_video.assert_events("room-created", "participant-disconnected")
    with pytest.raises(AssertionError, match="no 'participant-connected' happened after"):
        twilio_video.assert_events("participant-disconnected", "participant-connected")


def test_no_events_at_all_are_refused(twilio_video):
    """
    A list that is empty by mistake would always pass.
    """
    with pytest.raises(InvalidArgumentError, match=r"needs an event, like assert_events\('room-"):
        twilio_video.assert_events(*[])


def test_the_same_event_twice_has_to_happen_twice(twilio_video, room):
    room.connect("alice")

    with pytest.raises(AssertionError, match="no 'participant-connected' happened after"):
        twilio_video.assert_events("participant-connected", "participant-connected")


def test_recordings_and_compositions_can_be_asserted(twilio_video):
    room = twilio_video.rooms.create(unique_name="Show", record_participants_on_connect=True)
    room.connect("alice").publish("audio", "voice")
    with pytest.raises(AssertionError, match=r"status +'processing', expected 'completed'"):
        twilio_video.assert_recording_completed(room)
    room.complete()

    recording = twilio_video.assert_recording_completed("Show", track_name="voice")
    post(
        twilio_video,
        "https://video.twilio.com/v1/Compositions",
        RoomSid=room.sid,
        AudioSources="*",
    )
    made = twilio_video.assert_composition_created(room, audio_sources=("*",))
    with pytest.raises(AssertionError, match="completed composition of room"):
        twilio_video.assert_composition_completed(room)
    twilio_video.clock.advance(hours=1)

    assert recording.room == room
    assert twilio_video.assert_composition_completed(room) == made
    with pytest.raises(AssertionError, match="no room 'Shwo'"):
        twilio_video.assert_composition_completed("Shwo")


@pytest.mark.parametrize("assertion", ["assert_room_created", "assert_no_room_created"])
def test_an_unknown_field_is_refused_even_without_any_room(twilio_video, assertion):
    with pytest.raises(InvalidFieldError, match="Did you mean 'unique_name'"):
        getattr(twilio_video, assertion)(name="DailyStandup")


def test_a_long_list_of_candidates_is_cut(twilio_video):
    for number in range(9):
        post(twilio_video, UniqueName=f"room {number}")

    with pytest.raises(AssertionError) as failure:
        twilio_video.assert_no_room_created()

    assert str(failure.value).count("    <Room room ") == 5
    assert "\n    … and 4 more\n" in str(failure.value)


@pytest.mark.parametrize("params", [{"room_name": datetime.now(timezone.utc)}, {"room_name": [1]}])
def test_a_value_that_a_text_cannot_represent_is_not_equal_to_it(twilio_video, room, params):
    with pytest.raises(AssertionError, match=r"> room_name +'DailyStandup', expected "):
        twilio_video.assert_callback("room-created", **params)


def test_the_message_says_that_there_is_no_room_at_all(twilio_video):
    with pytest.raises(
        AssertionError, match="there is no room 'DailyStandup': the account has no rooms"
    ):
        twilio_video.assert_room_completed("DailyStandup")


def test_the_message_says_that_there_was_no_call(twilio_video):
    with pytest.raises(AssertionError, match="the application has made no call"):
        twilio_video.assert_called("POST", "/v1/Rooms")


def test_a_callback_that_waits_to_be_awaited_counts_only_if_the_test_says_so(twilio_video):
    arrived = []

    async def app(callback):
        arrived.append(callback)

    twilio_video.callbacks.deliver_to(app)

    async def test():
        with twilio_video.callbacks.hold():
            twilio_video.rooms.create(status_callback="https://app.example/told")
        with pytest.raises(AssertionError, match=r"await twilio_video\.callbacks\.aflush\(\)"):
            twilio_video.assert_callback("room-created")
        sent = twilio_video.assert_callback("room-created", delivered=False)
        assert arrived == []
        await twilio_video.callbacks.aflush()
        assert arrived == [twilio_video.assert_callback("room-created")] == [sent]

    anyio.run(test)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda hook, auth: requests.delete(hook.url, auth=auth, timeout=5), "to a composition h"),
        (
            lambda hook, auth: requests.post(
                hook.url,
                {"FriendlyName": "all", "AudioSources": "*", "StatusCallback": TOLD},
                auth=auth,
                timeout=5,
            ),
            "this composition hook had no status_callback",
        ),
    ],
    ids=["deleted", "changed"],
)
def test_the_message_about_a_hook_is_true_of_the_time_of_the_event(twilio_video, change, said):
    hooks = "https://video.twilio.com/v1/CompositionHooks"
    post(twilio_video, hooks, FriendlyName="all", AudioSources="*")
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    room.connect("alice", tracks=("audio",))
    twilio_video.recordings[0].fail()
    room.complete()
    change(twilio_video.composition_hooks[0], (twilio_video.account_sid, twilio_video.auth_token))

    with pytest.raises(AssertionError, match=f"composition-hook-failed happened .*{said}"):
        twilio_video.assert_callback("composition-hook-failed")


def test_a_callback_that_is_held_or_has_no_target_counts_as_sent(twilio_video):
    room = twilio_video.rooms.create(status_callback="https://app.example/told")
    twilio_video.assert_callback("room-created")

    twilio_video.callbacks.deliver_to(lambda _callback: None)
    with twilio_video.callbacks.hold():
        room.complete()
        twilio_video.assert_callback("room-ended")


@pytest.mark.parametrize(
    ("rules", "kind", "said"),
    [
        ({"all": True}, "data", "only data was published in <Room Retro .*, which Twilio does"),
        ({"kind": "video"}, "audio", r"rules of <Room Retro .* did not include any .* \(audio\)"),
    ],
)
def test_the_message_names_tracks_of_participants_who_have_left(twilio_video, rules, kind, said):
    """Whoever has left has no tracks any more, but did publish some."""
    room = twilio_video.rooms.create(
        unique_name="Retro", recording_rules=[{"type": "include", **rules}]
    )
    room.connect("alice", tracks=(kind,)).disconnect()

    with pytest.raises(AssertionError, match=said):
        twilio_video.assert_recording_completed("Retro")


@pytest.mark.parametrize(
    "mistake",
    [
        lambda fake: fake.assert_room_completed(status="closed"),
        lambda fake: fake.assert_no_room_created(type="gruop"),
        lambda fake: fake.rooms.where(status="open"),
        lambda fake: fake.assert_recording_completed(type="screen"),
        lambda fake: fake.assert_composition_created(format="avi"),
        lambda fake: fake.assert_no_callback("track-added", track_kind="screen"),
        lambda fake: fake.assert_no_callback("room-ended", room_status="ended"),
        lambda fake: fake.assert_no_callback("track-added", participant_status="reconnecting"),
        lambda fake: fake.assert_callback(
            "participant-disconnected", participant_status="reconnecting"
        ),
        lambda fake: fake.assert_not_called("PUT", "/v1/Rooms"),
        lambda fake: fake.assert_not_called("DELETE", "/v1/Rooms/lesson"),
        lambda fake: fake.assert_not_called("POST", "/v1/Recordings"),
        lambda fake: fake.assert_events("room-closed"),
        # No value of the enumeration equals these, nor does the pattern match one of them.
        lambda fake: fake.assert_no_room_created(status=b"completed"),
        lambda fake: fake.assert_no_room_created(status=None),
        lambda fake: fake.assert_no_room_created(type=3),
        lambda fake: fake.assert_no_room_created(status=["completed"]),
        lambda fake: fake.assert_no_room_created(status=re.compile("^done$")),
        lambda fake: fake.assert_no_room_created(status=ParticipantStatus.CONNECTED),
        lambda fake: fake.assert_no_room_created(status_callback_method="PUT"),
        lambda fake: fake.assert_no_callback("room-ended", room_status=None),
        lambda fake: fake.assert_no_callback("room-ended", status_callback_event="room-endd"),
        lambda fake: fake.assert_no_callback("recording-started", type="data"),
        lambda fake: fake.assert_no_callback("recording-completed", container="mp4"),
        # These paths take no parameter of that name, the last two with any text for the star.
        lambda fake: fake.assert_not_called("GET", "/v1/Rooms/lesson", status="completed"),
        lambda fake: fake.assert_not_called("HEAD", "/v1/Rooms", max_participants=5),
        lambda fake: fake.assert_not_called("DELETE", f"/v1/Recordings/RT{'0' * 32}", force=True),
        lambda fake: fake.assert_not_called("POST", "/v1/Rooms/lesson/RecordingRules", status="x"),
        lambda fake: fake.assert_not_called("POST", "/v1/*", colour="red"),
        lambda fake: fake.assert_not_called("POST", "/v1/Rooms/*", unique_name="lesson"),
    ],
)
def test_names_that_cannot_exist_are_refused_even_in_an_empty_account(twilio_video, mistake):
    with pytest.raises((InvalidArgumentError, InvalidFieldError)):
        mistake(twilio_video)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/Rooms/*", {"rules": ANY, "status": ANY, "configuration": ANY}),
        ("/v1/Rooms/lesson/*", {"rules": ANY}),
        ("*/SubscribeRules", {"rules": ANY}),
        ("*", {"unique_name": ANY, "rules": ANY, "friendly_name": ANY}),
    ],
)
def test_a_star_stands_for_slashes_too(twilio_video, path, params):
    """Otherwise parameters of the calls that it matches would be refused."""
    twilio_video.assert_not_called("POST", path, **params)


def test_a_matcher_may_match_one_value_of_an_enumeration(twilio_video, room):
    twilio_video.assert_room_created(status=ANY, type=re.compile("^group"))
    twilio_video.assert_no_room_created(type=re.compile("small"))
    assert twilio_video.rooms.where(status=re.compile("progress"), type=ANY) == [room]


def test_a_head_call_can_be_asserted_for_each_path_that_takes_get(twilio_video):
    twilio_video.assert_not_called("HEAD", "/v1/Rooms")


def test_any_method_can_be_asserted_for_a_path_with_a_star(twilio_video):
    twilio_video.assert_not_called("PUT", "/v1/Rooms*")


@pytest.mark.filterwarnings("ignore::pytest_twilio_video.UnknownParameterWarning")
def test_a_parameter_only_matches_if_it_was_sent_by_its_wire_name(twilio_video):
    post(twilio_video, unique_name="x", uniqueName="x", FriendlyName="y", shade="z")

    with pytest.raises(AssertionError, match="sent 'uniqueName', which Twilio ignores"):
        twilio_video.assert_called("POST", "/v1/Rooms", unique_name="x")
    twilio_video.assert_not_called("POST", "/v1/Rooms", unique_name="x")
    twilio_video.assert_called("POST", "/v1/Rooms", unique_name=None)
    # Twilio knows neither of these, so the application's name is the only one.
    twilio_video.assert_called("POST", "/v1/Rooms", friendly_name="y", shade="z")
