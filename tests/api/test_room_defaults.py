"""The account's defaults from Twilio's Console."""

from __future__ import annotations

import jwt
import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo, InvalidSettingError, RefusedError


ROOMS = "https://video.twilio.com/v1/Rooms"
HOOK = "https://app.example/hook"


def created(fake, **form):
    auth = (fake.account_sid, fake.auth_token)
    answer = requests.post(ROOMS, form, auth=auth, timeout=5)
    assert answer.status_code == 201, answer.text
    return answer.json()


def joined(fake, name="Lesson", identity="alice"):
    now = fake.clock.now.timestamp()
    claims = {
        "iss": fake.api_key_sid,
        "sub": fake.account_sid,
        "exp": now + 3600,
        "grants": {"identity": identity, "video": {}},
    }
    header = {"typ": "JWT", "cty": "twilio-fpa;v=1"}
    return fake.connect(jwt.encode(claims, fake.api_key_secret, "HS256", header), name)


def test_a_room_created_over_rest_uses_the_defaults_for_omitted_parameters():
    defaults = {"status_callback": HOOK, "media_region": "ie1", "max_participant_duration": 600}
    with FakeTwilioVideo(room_defaults=defaults) as fake:
        room, other = created(fake), created(fake, MediaRegion="de1", MaxParticipantDuration=700)

    assert defaults.items() <= room.items()
    assert (other["media_region"], other["max_participant_duration"]) == ("de1", 700)
    assert other["status_callback"] == HOOK


def test_a_value_that_equals_twilios_own_default_overrides_the_default_of_the_account():
    with FakeTwilioVideo(room_defaults={"media_region": "ie1"}) as fake:
        assert created(fake, MediaRegion="us1")["media_region"] == "us1"


def test_a_room_created_over_rest_has_the_timeouts_of_twilio():
    """
    The documentation names the Console beside other parameters, but not beside these.
    """
    with FakeTwilioVideo(
        room_defaults={"empty_room_timeout": 9, "unused_room_timeout": 9}
    ) as fake:
        room = created(fake)

    assert (room["empty_room_timeout"], room["unused_room_timeout"]) == (5, 5)


def test_a_room_that_the_test_creates_has_the_same_defaults_as_over_rest():
    fake = FakeTwilioVideo(room_defaults={"record_participants_on_connect": True})

    room = fake.rooms.create()
    room.connect("alice", tracks=("audio",))

    assert room.record_participants_on_connect
    assert len(room.recordings) == 1


def test_an_ad_hoc_room_uses_the_defaults_for_callback_recording_and_timeout():
    defaults = {
        "status_callback": HOOK,
        "status_callback_method": "GET",
        "record_participants_on_connect": True,
        "empty_room_timeout": 10,
        "transcribe_participants_on_connect": True,
    }
    fake = FakeTwilioVideo(ad_hoc_rooms=True, room_defaults=defaults)

    alice = joined(fake)
    alice.publish("audio")
    alice.disconnect()

    room = alice.room
    assert (room.empty_room_timeout, room.status) == (10, "in-progress")
    assert {each.method for each in fake.callbacks} == {"GET"}
    assert [each.event for each in fake.callbacks][:2] == ["room-created", "participant-connected"]
    assert len(room.recordings) == 1
    fake.clock.advance(minutes=10)
    assert room.status == "completed"


def test_without_a_default_the_timeout_of_an_ad_hoc_room_is_zero():
    fake = FakeTwilioVideo(ad_hoc_rooms=True)

    alice, bob = joined(fake), joined(fake, identity="bob")
    alice.disconnect()
    assert (alice.room.empty_room_timeout, alice.room.status) == (0, "in-progress")
    bob.disconnect()

    assert (alice.room.empty_room_timeout, alice.room.status) == (0, "completed")


def test_a_default_that_the_type_does_not_allow_is_left_out():
    defaults = {"record_participants_on_connect": True, "max_participants": 20}
    with FakeTwilioVideo(room_defaults=defaults, legacy_room_types="allow") as fake:
        room = created(fake, Type="go")

    assert (room["record_participants_on_connect"], room["max_participants"]) == (False, 2)


def test_a_default_that_a_small_type_allows_is_used():
    defaults = {"type": "group-small", "max_participants": 3}
    with FakeTwilioVideo(room_defaults=defaults, legacy_room_types="allow") as fake:
        assert created(fake)["max_participants"] == 3
        assert created(fake, Type="go")["max_participants"] == 2
        assert created(fake, MaxParticipants=4)["max_participants"] == 4


@pytest.mark.parametrize("recorded", [True, False])
def test_a_call_that_says_whether_to_record_overrides_the_default_rules(recorded):
    rules = [{"type": "exclude" if recorded else "include", "all": True}]
    with FakeTwilioVideo(room_defaults={"recording_rules": rules}) as fake:
        room = created(fake, RecordParticipantsOnConnect=recorded)
        fake.rooms[room["sid"]].connect("alice", tracks=("audio",))

        assert len(fake.recordings) == recorded


@pytest.mark.parametrize("type_", [["group"], {"group": 1}, "huge"])
def test_an_invalid_type_is_refused_with_and_without_defaults(type_):
    for defaults in {}, {"max_participants": 20}:
        with (
            FakeTwilioVideo(room_defaults=defaults) as fake,
            pytest.raises(RefusedError) as caught,
        ):
            fake.rooms.create(type=type_)
        assert caught.value.code == 53108


@pytest.mark.parametrize(
    ("defaults", "words"),
    [
        ({"unique_name": "Lesson"}, "each room has a name of its own"),
        ({"StatusCallback": HOOK}, "Did you mean 'status_callback'"),
        ({"status_calback": HOOK}, "Did you mean 'status_callback'"),
        ({"max_participants": 51}, "max_participants=51, but Twilio would refuse it with 53107"),
        ({"empty_room_timeout": 0}, "empty_room_timeout=0, .* 53109: .* between 1 and 60"),
        ({"recording_rules": [{}]}, "recording_rules=.* 53120"),
        ({"type": "go", "audio_only": True}, "53124"),
        (["status_callback"], "room_defaults is .* must be a mapping"),
    ],
    ids=str,
)
def test_defaults_that_twilio_would_refuse_are_refused_at_once(defaults, words):
    with pytest.raises(InvalidSettingError, match=words):
        FakeTwilioVideo(room_defaults=defaults)


def test_the_defaults_are_json_in_the_ini_file(pytester):
    pytester.makeini(
        """
        [pytest]
        twilio_video_room_defaults = {"media_region": "ie1"}
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def test_from_the_ini_file(twilio_video):
            assert twilio_video.rooms.create().media_region == "ie1"

        @pytest.mark.twilio_video(room_defaults={"media_region": "de1"})
        def test_from_the_marker(twilio_video):
            assert twilio_video.rooms.create().media_region == "de1"

        @pytest.mark.twilio_video(room_defaults={"media_region": "mars"})
        def test_from_a_wrong_marker(twilio_video):
            pass
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["*room_defaults has media_region='mars', but Twilio would refuse*"]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "twilio_video_room_defaults is '{', but must be JSON"),
        ("[]", "must be a mapping"),
        ('{"media_region": "mars"}', "media_region='mars'"),
    ],
)
def test_invalid_defaults_in_the_ini_file_end_the_run(pytester, text, words):
    pytester.makeini(f"[pytest]\ntwilio_video_room_defaults = {text}\n")
    pytester.makepyfile("def test_it(): pass")

    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()
