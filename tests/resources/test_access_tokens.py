"""A token from the official library is accepted. With any single change, it is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time

import pytest

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError, VideoSdkError


pytest.importorskip("twilio")

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant


HOUR = 3600


@pytest.fixture
def lesson(twilio_video):
    return twilio_video.rooms.create(unique_name="Lesson")


def mint(fake, *, identity="alice", room="Lesson", **kwargs):
    token = AccessToken(
        fake.account_sid, fake.api_key_sid, fake.api_key_secret, identity=identity, **kwargs
    )
    token.add_grant(VideoGrant(room=room))
    minted = token.to_jwt()
    return minted if isinstance(minted, str) else minted.decode()


class Forger:
    """Decodes a valid token, and encodes and signs it again with a change."""

    def __init__(self, token, secret):
        self.header, self.claims = (json.loads(decoded(part)) for part in token.split(".")[:2])
        self.secret = secret

    @property
    def grants(self):
        return self.claims["grants"]

    def token(self):
        signed = f"{encoded(as_json(self.header))}.{encoded(as_json(self.claims))}"
        return f"{signed}.{encoded(self.signature(signed))}"

    def signature(self, signed):
        return hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest()


def as_json(document):
    return json.dumps(document).encode()


def encoded(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def refusal(fake, token, room=None):
    with pytest.raises(VideoSdkError) as caught:
        fake.connect(token, room)
    return caught.value.code


CHANGES = [
    # The header.
    (20102, "another content type", lambda it: it.header.update(cty="twilio-fpa;v=2")),
    (20102, "no content type", lambda it: it.header.pop("cty")),
    (20102, "another algorithm", lambda it: it.header.update(alg="HS512")),
    (20102, "no algorithm at all", lambda it: it.header.update(alg="none")),
    (20102, "another type", lambda it: it.header.update(typ="JWE")),
    # The issuer and the subject.
    (20103, "an unknown key", lambda it: it.claims.update(iss="SK" + 32 * "0")),
    (20103, "no key", lambda it: it.claims.pop("iss")),
    (20103, "a key that is not text", lambda it: it.claims.update(iss=["SK"])),
    (20103, "an unknown account", lambda it: it.claims.update(sub="AC" + 32 * "0")),
    (20103, "no account", lambda it: it.claims.pop("sub")),
    (20103, "the account for the key", lambda it: it.claims.update(iss=it.claims["sub"])),
    # The period of validity.
    (20104, "over", lambda it: it.claims.update(exp=int(time.time()) - 1)),
    (20104, "no end", lambda it: it.claims.pop("exp")),
    (20104, "an end too far ahead", lambda it: it.claims.update(exp=time.time() + 25 * HOUR)),
    (20104, "an end beyond all numbers", lambda it: it.claims.update(exp=float("inf"))),
    (20104, "an end that is not a number", lambda it: it.claims.update(exp=float("nan"))),
    (20104, "an end in words", lambda it: it.claims.update(exp="tomorrow")),
    (20104, "an end that is a bool", lambda it: it.claims.update(exp=True)),
    (20105, "not begun", lambda it: it.claims.update(nbf=int(time.time()) + 60)),
    (20105, "a beginning in words", lambda it: it.claims.update(nbf="now")),
    # The grants.
    (20106, "no grants", lambda it: it.claims.pop("grants")),
    (20106, "grants that are a list", lambda it: it.claims.update(grants=["video"])),
    (20106, "no video", lambda it: it.grants.pop("video")),
    (20106, "chat for video", lambda it: it.grants.update(chat=it.grants.pop("video"))),
    (20106, "video that is only true", lambda it: it.grants.update(video=True)),
    (20106, "a room that is not text", lambda it: it.grants["video"].update(room=7)),
    # The identity.
    (53200, "nobody", lambda it: it.grants.pop("identity")),
    (53200, "nobody's name", lambda it: it.grants.update(identity="")),
    (53200, "a number for a name", lambda it: it.grants.update(identity=7)),
    (53201, "too long a name", lambda it: it.grants.update(identity=129 * "a")),
    (53201, "too long in wide letters", lambda it: it.grants.update(identity=65 * "語")),
    (53202, "a name of two lines", lambda it: it.grants.update(identity="al\nice")),
    # The secret.
    (20107, "another secret", lambda it: setattr(it, "secret", "guessed")),
    (20107, "an empty secret", lambda it: setattr(it, "secret", "")),
]


@pytest.mark.usefixtures("lesson")
@pytest.mark.official_client
def test_a_token_of_the_official_library_is_accepted(twilio_video):
    alice = twilio_video.connect(mint(twilio_video))

    assert alice.identity == "alice"
    assert alice.status == "connected"
    assert alice.room.unique_name == "Lesson"


@pytest.mark.usefixtures("lesson")
def test_a_token_that_was_decoded_and_encoded_again_is_accepted(twilio_video):
    """
    Without this, the tests of changed tokens would prove nothing.
    """
    forger = Forger(mint(twilio_video), twilio_video.api_key_secret)

    assert twilio_video.connect(forger.token()).identity == "alice"


@pytest.mark.parametrize(
    ("code", "change"),
    [pytest.param(code, change, id=f"{code}-{words}") for code, words, change in CHANGES],
)
def test_a_token_with_a_single_change_is_refused(twilio_video, lesson, code, change):
    forger = Forger(mint(twilio_video), twilio_video.api_key_secret)
    change(forger)

    assert refusal(twilio_video, forger.token()) == code
    assert not lesson.participants


DAMAGES = [
    (20101, "nothing", lambda _token: ""),
    (20101, "words", lambda _token: "let me in"),
    (20101, "words beyond ASCII", lambda token: "ü" + token),
    (20101, "half a character", lambda token: "\ud800" + token),
    (20101, "two parts", lambda token: token.rpartition(".")[0]),
    (20101, "four parts", lambda token: token.replace(".", "..", 1)),
    (20101, "a header that is not JSON", lambda token: token[1:]),
    (20101, "a header that is a list", lambda token: with_part(token, 0, b"[]")),
    (20101, "claims that are text", lambda token: with_part(token, 1, b'"claims"')),
    (20101, "claims that end too early", lambda token: with_part(token, 1, b'{"iss": ')),
    (20101, "claims without end", lambda token: with_part(token, 1, 100_000 * b"[")),
    (20101, "claims that are not UTF-8", lambda token: with_part(token, 1, b'{"iss": "\xff"}')),
    (20101, "padding", lambda token: with_raw_part(token, 1, "e30=")),
    (20101, "another alphabet", lambda token: with_raw_part(token, 1, "e30+")),
    (20107, "no signature", lambda token: with_raw_part(token, 2, "")),
    (20107, "half a signature", lambda token: token[:-20]),
    (20107, "a signature that is not base64", lambda token: with_raw_part(token, 2, "?")),
    (20107, "somebody else's signature", lambda token: with_part(token, 2, 32 * b"x")),
    (20107, "claims that were not signed", lambda token: with_claim(token, sub=None)),
]


def with_raw_part(token, number, text):
    parts = token.split(".")
    parts[number] = text
    return ".".join(parts)


def with_part(token, number, raw):
    return with_raw_part(token, number, encoded(raw))


def with_claim(token, **changes):
    claims = json.loads(decoded(token.split(".")[1]))
    # A meaningless claim, so that the token is refused for its signature and no other reason.
    return with_part(token, 1, as_json(claims | {"jti": "forged"} | {"x": changes}))


@pytest.mark.parametrize(
    ("code", "damage"),
    [pytest.param(code, damage, id=f"{code}-{words}") for code, words, damage in DAMAGES],
)
def test_a_damaged_token_is_refused(twilio_video, lesson, code, damage):
    assert refusal(twilio_video, damage(mint(twilio_video))) == code
    assert not lesson.participants


@pytest.mark.usefixtures("lesson")
def test_a_token_with_another_last_character_is_refused(twilio_video):
    """
    Two of its bits are unused, and lenient base64 decoders ignore them.
    """
    token = mint(twilio_video)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for other in set(alphabet) - {token[-1]}:
        assert refusal(twilio_video, token[:-1] + other) == 20107


@pytest.mark.usefixtures("lesson")
def test_a_token_may_name_its_region(twilio_video):
    assert twilio_video.connect(mint(twilio_video, region="us1"))


def test_a_key_of_another_region_is_unknown_to_video(twilio_video):
    with pytest.raises(VideoSdkError) as refused:
        twilio_video.connect(mint(twilio_video, region="ie1"))

    assert refused.value.code == 20103
    assert "'ie1'" in refused.value.detail


@pytest.mark.usefixtures("lesson")
def test_a_token_may_omit_its_start(twilio_video):
    assert twilio_video.connect(mint(twilio_video, nbf=None))


@pytest.mark.usefixtures("lesson")
def test_a_token_may_be_bytes(twilio_video):
    """
    PyJWT 1 and the official client of its time return tokens as bytes.
    """
    assert twilio_video.connect(mint(twilio_video).encode())


@pytest.mark.parametrize("identity", [128 * "a", 64 * "語", "zoë müller", "a+b@example.com"])
@pytest.mark.usefixtures("lesson")
def test_an_identity_may_be_any_text_of_up_to_128_characters(twilio_video, identity):
    assert twilio_video.connect(mint(twilio_video, identity=identity)).identity == identity


# Accounts and keys.


@pytest.mark.usefixtures("lesson")
def test_a_token_may_be_signed_with_a_key_of_an_earlier_request(twilio_video):
    """
    An application that calls Twilio with its own key also signs tokens with it.
    """
    key, secret = "SK" + 32 * "1", "the application's own secret, which is long enough"
    import requests

    requests.get("https://video.twilio.com/v1/Rooms", auth=(key, secret), timeout=5)
    token = AccessToken(twilio_video.account_sid, key, secret, identity="bob")
    token.add_grant(VideoGrant(room="Lesson"))

    assert twilio_video.connect(token.to_jwt()).identity == "bob"


@pytest.mark.usefixtures("lesson")
def test_a_token_with_the_fakes_key_and_the_secret_of_the_environment_is_accepted(monkeypatch):
    """
    The application reads both from the environment, where the fixture finds only the secret.
    """
    monkeypatch.delenv("TWILIO_API_KEY_SID", raising=False)
    monkeypatch.setenv("TWILIO_API_KEY_SECRET", "0123456789abcdef0123456789abcdef")
    with FakeTwilioVideo() as fake:
        fake.rooms.create(unique_name="Lesson")
        key, secret = os.environ["TWILIO_API_KEY_SID"], os.environ["TWILIO_API_KEY_SECRET"]
        token = AccessToken(fake.account_sid, key, secret, identity="bob")
        token.add_grant(VideoGrant(room="Lesson"))

        assert fake.connect(token.to_jwt()).identity == "bob"
        assert fake.connect(mint(fake)), "the fake's own secret signs as well"
        with pytest.raises(VideoSdkError, match="another secret"):
            fake.connect(AccessToken(fake.account_sid, key, "x" * 32, identity="eve").to_jwt())


@pytest.mark.usefixtures("lesson")
@pytest.mark.filterwarnings("ignore:The HMAC key")
def test_a_short_secret_causes_no_warning(recwarn):
    """
    Newer versions of PyJWT warn of a short secret when the application signs. We do not warn.
    """
    with FakeTwilioVideo(api_key_secret="short") as fake:
        fake.rooms.create(unique_name="Lesson")
        token = mint(fake)
        recwarn.clear()

        assert fake.connect(token)
        assert not recwarn.list


def test_a_token_of_another_account_is_refused():
    mine = FakeTwilioVideo()
    other = FakeTwilioVideo(account_sid="AC" + 32 * "2", api_key_sid="SK" + 32 * "2")

    with other:
        assert refusal(other, mint(mine)) == 20103


# Times.


@pytest.mark.usefixtures("lesson")
def test_a_token_expires_in_virtual_time(twilio_video):
    token = mint(twilio_video, ttl=HOUR)
    twilio_video.clock.advance(minutes=4)
    assert twilio_video.connect(token)

    twilio_video.clock.advance(minutes=56)

    assert refusal(twilio_video, token) == 20104


@pytest.mark.parametrize("start", ["2019-02-03T04:05:06Z", "2049-02-03T04:05:06Z"])
def test_a_token_created_now_is_valid_at_any_virtual_time(start):
    """
    The application reads the machine's clock, which may differ from the virtual clock.
    """
    with FakeTwilioVideo(start=start) as fake:
        fake.rooms.create(unique_name="Lesson")
        token = mint(fake)

        assert fake.connect(token)
        fake.clock.advance(hours=1)
        assert refusal(fake, token) == 20104


def test_a_token_is_refused_before_its_start(twilio_video):
    token = mint(twilio_video, nbf=int(time.time()) + HOUR, ttl=2 * HOUR)
    assert refusal(twilio_video, token) == 20105

    twilio_video.clock.advance(hours=1)
    twilio_video.rooms.create(unique_name="Lesson")

    assert twilio_video.connect(token)


def test_tokens_are_checked_by_the_time_of_an_active_freezegun(twilio_video):
    freezegun = pytest.importorskip("freezegun")
    twilio_video.rooms.create(unique_name="Lesson", empty_room_timeout=60, unused_room_timeout=60)

    with freezegun.freeze_time("2035-06-01 12:00:00.5") as frozen:
        room = twilio_video.rooms.create(unique_name="Later", unused_room_timeout=60)
        day = mint(twilio_video, room="Later", ttl=24 * HOUR)
        too_long = mint(twilio_video, room="Later", ttl=24 * HOUR + 1)
        hour = mint(twilio_video, room="Later", ttl=HOUR)

        assert refusal(twilio_video, too_long) == 20104
        assert twilio_video.connect(day).room == room
        frozen.tick(HOUR - 1)
        assert twilio_video.connect(hour).room == room
        frozen.tick(1)
        assert refusal(twilio_video, hour) == 20104


def test_tokens_are_checked_by_real_time_after_freezegun_has_ended(twilio_video):
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2035-06-01"):
        assert twilio_video.clock.now.year == 2035

    twilio_video.rooms.create(unique_name="Lesson")

    assert twilio_video.connect(mint(twilio_video))


def test_tokens_are_checked_by_the_time_of_an_active_time_machine(twilio_video):
    time_machine = pytest.importorskip("time_machine")

    with time_machine.travel("2035-06-01T12:00:00Z", tick=False) as traveller:
        twilio_video.rooms.create(unique_name="Lesson", unused_room_timeout=60)
        token = mint(twilio_video, ttl=60)

        assert twilio_video.connect(token)
        traveller.shift(60)
        assert refusal(twilio_video, token) == 20104


# Messages to the author of the test.


@pytest.mark.usefixtures("lesson")
def test_a_refusal_has_twilios_message_and_our_detail(twilio_video):
    with pytest.raises(VideoSdkError) as caught:
        twilio_video.connect(mint(twilio_video, room="Another"), "Lesson")

    assert caught.value.code == 20106
    assert caught.value.message == "Invalid Access Token grants"
    assert caught.value.detail == "it is for the room 'Another', not for 'Lesson'"
    assert str(caught.value) == f"20106: {caught.value.message} ({caught.value.detail})"


@pytest.mark.parametrize("token", [None, 7, AccessToken("AC", "SK", "secret")])
def test_a_token_that_is_not_text_is_a_mistake_of_the_test(twilio_video, token):
    """
    The application could not send such a token.
    """
    with pytest.raises(InvalidArgumentError, match="takes a token as text"):
        twilio_video.connect(token)


def test_a_room_argument_of_another_type_is_a_mistake_of_the_test(twilio_video):
    with pytest.raises(InvalidArgumentError, match="takes a room, its name or its SID, not 7"):
        twilio_video.connect(mint(twilio_video), 7)


@pytest.mark.process
def test_a_test_without_tokens_does_not_import_pyjwt(pytester):
    """
    Creating a token may import it, but that is the application's choice.
    """
    pytester.makepyfile("""
        import sys

        def test_it(twilio_video):
            twilio_video.rooms.create().connect("alice")
            assert "jwt" not in sys.modules
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)
