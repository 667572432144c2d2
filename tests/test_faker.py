"""The Faker provider: alone, in the fixture of Faker's own plugin, and inside the fake."""

from __future__ import annotations

import re

from urllib.parse import quote

import pytest

from faker import Faker

from pytest_twilio_video import InvalidArgumentError, InvalidFieldError, RefusedError
from pytest_twilio_video.faker import Provider, register


SIDS = {
    "twilio_account_sid": "AC",
    "twilio_api_key_sid": "SK",
    "twilio_composition_hook_sid": "HK",
    "twilio_composition_sid": "CJ",
    "twilio_credential_sid": "CR",
    "twilio_participant_sid": "PA",
    "twilio_recording_sid": "RT",
    "twilio_room_sid": "RM",
    "twilio_track_sid": "MT",
}
METHODS = sorted(name for name in dir(Provider) if name.startswith("twilio_"))


@pytest.fixture
def fake():
    fake = Faker()
    fake.add_provider(Provider)
    fake.seed_instance(7)
    return fake


@pytest.mark.parametrize(("method", "prefix"), SIDS.items())
def test_a_sid_has_its_prefix_and_32_digits(fake, method, prefix):
    sids = {getattr(fake, method)() for _ in range(100)}

    assert len(sids) == 100
    assert all(re.fullmatch(f"{prefix}[0-9a-f]{{32}}", sid) for sid in sids)


def test_every_kind_of_sid_has_a_method():
    from pytest_twilio_video._engine.records import Record

    ours = [each for each in descendants(Record) if each.__module__.startswith("pytest_twilio")]
    prefixes = {getattr(kind, "sid_prefix", "") for kind in ours}

    assert {each for each in prefixes if len(each) == 2} <= set(SIDS.values())
    assert {"RM", "PA", "MT", "RT"} <= prefixes


def descendants(kind):
    for each in kind.__subclasses__():
        yield each
        yield from descendants(each)


def test_a_ttid_has_its_prefix_and_a_uuid(fake):
    uuid = "-".join(f"[0-9a-f]{{{digits}}}" for digits in (8, 4, 4, 4, 12))

    assert re.fullmatch(f"video_extension_{uuid}", fake.twilio_ttid())


def test_identities_and_names_need_no_escaping_in_a_url(fake):
    for method in (fake.twilio_identity, fake.twilio_room_name):
        made_up = [method() for _ in range(200)]

        assert all(quote(each, safe="'") == each for each in made_up)
        assert len(set(made_up)) > 150


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"twilio_sid"}))
def test_the_same_seed_gives_the_same_data(method):
    def draw():
        fake = Faker()
        fake.add_provider(Provider)
        fake.seed_instance("a seed")
        return [getattr(fake, method)() for _ in range(3)]

    one, other = draw(), draw()

    assert one == other
    assert one[0] != one[1]


def test_faker_finds_the_provider_by_the_name_of_the_module():
    fake = Faker(providers=["faker.providers.person"], includes=["pytest_twilio_video.faker"])

    assert "." in fake.twilio_identity()


# Whole resources.


def answered(fake, path, data=None):
    """Return a real response of the fake."""
    import requests

    credentials = (fake.account_sid, fake.auth_token)
    address = f"https://video.twilio.com/v1/{path}"
    return requests.request(
        "POST" if data else "GET", address, data=data, auth=credentials, timeout=5
    ).json()


def test_a_resource_has_the_fields_of_a_real_response(fake, twilio_video):
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    alice = room.connect("alice")
    track = alice.publish("audio")
    (recording,) = room.recordings
    home = f"Rooms/{room.sid}"
    person = f"{home}/Participants/{alice.sid}"
    composed = {"RoomSid": room.sid, "AudioSources": "*"}
    hooked = {"FriendlyName": "all", "AudioSources": "*"}
    transcribed = {"Configuration": "{}"}

    for made_up, answer in [
        (fake.twilio_room(), answered(twilio_video, home)),
        (fake.twilio_participant(), answered(twilio_video, person)),
        (
            fake.twilio_published_track(),
            answered(twilio_video, f"{person}/PublishedTracks/{track.sid}"),
        ),
        (fake.twilio_recording(), answered(twilio_video, f"Recordings/{recording.sid}")),
        (fake.twilio_composition(), answered(twilio_video, "Compositions", composed)),
        (fake.twilio_composition_hook(), answered(twilio_video, "CompositionHooks", hooked)),
        (
            fake.twilio_transcription(),
            answered(twilio_video, f"{home}/Transcriptions", transcribed),
        ),
    ]:
        assert list(made_up) == list(answer)
        assert {type(each) for each in made_up.values()} <= {
            str,
            int,
            bool,
            list,
            dict,
            type(None),
        }


def test_a_made_up_room_may_be_completed(fake):
    room = fake.twilio_room(status="completed", unique_name="Lesson", max_participants=2)

    assert (room["unique_name"], room["max_participants"]) == ("Lesson", 2)
    assert room["status"] == "completed"
    assert room["end_time"] > room["date_created"]
    assert 10 <= room["duration"] <= 290
    assert room["url"].endswith(room["sid"])


def test_a_made_up_participant_may_be_disconnected(fake):
    assert fake.twilio_participant()["end_time"] is None

    gone = fake.twilio_participant(status="disconnected", identity="alice")

    assert (gone["status"], gone["identity"]) == ("disconnected", "alice")
    assert gone["duration"] >= 10


def test_a_made_up_track_may_have_any_kind(fake):
    track = fake.twilio_published_track(kind="data", name="chat")

    assert (track["kind"], track["name"]) == ("data", "chat")


def test_a_made_up_recording_may_be_in_process(fake):
    running = fake.twilio_recording(status="processing", kind="audio")
    done = fake.twilio_recording(kind="video")

    assert (running["status"], running["size"], running["codec"]) == ("processing", 0, "opus")
    assert (done["status"], done["container_format"]) == ("completed", "mkv")
    assert done["size"] > 0
    assert done["duration"] >= 10


def test_a_made_up_composition_may_be_enqueued(fake):
    waiting = fake.twilio_composition(status="enqueued")
    done = fake.twilio_composition()

    assert (waiting["status"], waiting["size"]) == ("enqueued", 0)
    assert (done["status"], done["format"]) == ("completed", "webm")
    assert done["duration"] >= 10
    assert done["date_completed"] > done["date_created"]


def test_a_made_up_hook_may_have_a_name(fake):
    assert fake.twilio_composition_hook(friendly_name="all")["friendly_name"] == "all"


@pytest.mark.parametrize(
    ("method", "wish", "error"),
    [
        ("twilio_room", {"status": "failed"}, InvalidArgumentError),
        ("twilio_room", {"max_participants": 51}, RefusedError),
        ("twilio_room", {"uniqe_name": "Lesson"}, TypeError),
        ("twilio_participant", {"status": "away"}, InvalidArgumentError),
        ("twilio_participant", {"identity": 129 * "x"}, RefusedError),
        ("twilio_published_track", {"kind": "smell"}, ValueError),
        ("twilio_published_track", {"name": 129 * "x"}, RefusedError),
        ("twilio_recording", {"status": "deleted"}, InvalidArgumentError),
        ("twilio_recording", {"kind": "data"}, InvalidArgumentError),
        ("twilio_composition", {"status": "failed"}, InvalidArgumentError),
        ("twilio_composition_hook", {"friendly_name": 101 * "x"}, RefusedError),
    ],
)
def test_invalid_arguments_are_refused(fake, method, wish, error):
    with pytest.raises(error):
        getattr(fake, method)(**wish)


def test_making_up_data_does_not_move_the_clock(fake):
    freezegun = pytest.importorskip("freezegun")
    import time

    with freezegun.freeze_time("2020-01-01"):
        before = time.time()
        room = fake.twilio_room(status="completed")
        assert time.time() == before
    fake.seed_instance(7)
    assert fake.twilio_room(status="completed") == room


# In a user's own Faker.


def test_the_provider_is_added_once_to_each_locale():
    fake = Faker(["de_DE", "en_US"])
    register(fake)
    register(fake)

    assert all(fake[locale].twilio_room_sid() for locale in fake.locales)
    for locale in fake.locales:
        ours = [each for each in fake[locale].get_providers() if isinstance(each, Provider)]
        assert len(ours) == 1


def test_removing_the_provider_removes_nothing_else():
    fake = Faker(["de_DE", "en_US"])
    factories = [fake[locale] for locale in fake.locales]
    before = [(list(each.providers), dict(vars(each))) for each in factories]

    register(fake)()

    assert [(list(each.providers), dict(vars(each))) for each in factories] == before


@pytest.mark.process
def test_a_test_without_the_fake_has_an_unchanged_faker(pytester):
    pytester.makepyfile("""
        def test_both(faker, twilio_video):
            assert faker.twilio_room_name()

        def test_faker_alone(faker):
            assert not [name for name in dir(faker) if name.startswith("twilio_")]
            assert not [each for each in faker.get_providers() if "twilio" in str(each)]
            assert faker.random_int(1, 1) == 1
    """)

    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("method", "said", "error", "words"),
    [
        ("room", {"unique_nam": "x"}, InvalidFieldError, r"'unique_nam'\. Did you mean 'unique_n"),
        (
            "room",
            {"status": ["a"]},
            InvalidArgumentError,
            r"status is \['a'\], but must be one of",
        ),
        ("participant", {"status": "gone"}, InvalidArgumentError, "status is 'gone', but must be"),
        ("participant", {"identity": ""}, RefusedError, "Participant identity is invalid"),
        ("published_track", {"kind": "vidoe"}, InvalidArgumentError, "kind is 'vidoe', but must"),
        ("published_track", {"name": 123}, InvalidArgumentError, "name is 123, but must be text"),
        ("published_track", {"name": ""}, RefusedError, "Track name is invalid"),
        ("recording", {"kind": ""}, InvalidArgumentError, "kind is '', but must be"),
        ("room", {"max_participants": 99}, RefusedError, "must be between 1 and 50, not 99"),
    ],
)
def test_an_invalid_argument_is_named_in_the_message(fake, method, said, error, words):
    with pytest.raises(error, match=words):
        getattr(fake, f"twilio_{method}")(**said)


def test_the_faker_fixture_has_the_provider_if_both_fixtures_are_used(pytester):
    pytester.makepyfile("""
        def test_both(faker, twilio_video):
            name = faker.twilio_room_name()
            assert twilio_video.rooms.create(unique_name=name).unique_name == name

        def test_again_in_another_order(twilio_video, faker):
            assert faker.twilio_identity()
    """)

    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=2)


def test_a_users_own_faker_fixture_gets_the_provider(pytester):
    pytester.makepyfile("""
        import pytest
        from faker import Faker

        @pytest.fixture
        def faker():
            return Faker(["de_DE", "fr_FR"])

        def test_both(faker, twilio_video):
            assert faker.twilio_room_sid().startswith("RM")
    """)

    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=1)


@pytest.mark.process
@pytest.mark.parametrize("value", ["Factory.create()", "None", "{'name': 'alice'}"])
def test_a_fixture_of_this_name_that_is_no_faker_stays_as_it_is(pytester, value):
    pytester.makepyfile(f"""
        import pytest
        from faker import Factory

        @pytest.fixture
        def faker():
            return {value}

        def test_both(faker, twilio_video):
            assert not hasattr(faker, "twilio_room_sid")
    """)

    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_test_without_the_faker_fixture_does_not_import_the_provider(pytester):
    pytester.makepyfile("""
        import sys

        def test_it(twilio_video):
            twilio_video.rooms.create().connect("alice")
            assert "pytest_twilio_video.faker" not in sys.modules
    """)

    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)


# Inside the fake.


def test_a_participant_without_an_identity_gets_a_plausible_unused_identity(twilio_video):
    room = twilio_video.rooms.create()

    people = [room.connect() for _ in range(50)]

    assert len({each.identity for each in people}) == 50
    assert all(each.status == "connected" for each in people)
    assert all(re.fullmatch(r"[a-z']+\.[a-z']+", each.identity) for each in people)


def test_the_same_test_has_the_same_made_up_identities():
    from pytest_twilio_video import FakeTwilioVideo

    one, same, other = (FakeTwilioVideo(seed=seed) for seed in "aab")

    def meet(fake):
        room = fake.rooms.create()
        return [room.connect().identity for _ in range(3)]

    assert meet(one) == meet(same) != meet(other)
