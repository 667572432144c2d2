"""Authentication: which credentials are accepted, and for which account."""

from __future__ import annotations

import base64
import json

import pytest

from twilio.request_validator import RequestValidator

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._engine.credentials import AUTH_TOKEN
from pytest_twilio_video._http import Request


ROOMS = "https://video.twilio.com/v1/Rooms"


def ask(fake, credentials, method="POST"):
    """Send a request with *credentials*: a pair for Basic, a whole header, or none."""
    if isinstance(credentials, tuple):
        credentials = "Basic " + base64.b64encode(":".join(credentials).encode()).decode()
    headers = {"authorization": credentials} if credentials else {}
    response = fake._handle(Request(method, ROOMS, headers))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize(
    "credentials", [None, "", "Bearer abc", "Basic", "Basic !!!", "Basic YWJj", "Basic /w=="]
)
def test_without_credentials_the_response_is_401_with_code_20003(credentials):
    fake = FakeTwilioVideo()

    status, document = ask(fake, credentials)

    assert status == 401
    assert document == {
        "code": 20003,
        "message": "Authentication Error - No credentials provided",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
        "detail": "Your AccountSid or AuthToken was incorrect.",
    }
    assert len(fake.rooms) == 0


@pytest.mark.parametrize("credentials", [("admin", "secret"), ("", "secret"), ("AC123", "")])
def test_credentials_without_an_account_sid_or_a_key_sid_are_refused(credentials):
    status, document = ask(FakeTwilioVideo(), credentials)

    assert (status, document["message"]) == (401, "Authentication Error - invalid username")


@pytest.mark.parametrize("user", ["AC123", "AC" + "f" * 32])
def test_any_account_is_accepted_and_its_resources_have_its_sid(user):
    fake = FakeTwilioVideo()

    status, document = ask(fake, (user, "any token"))

    assert (status, document["account_sid"]) == (201, user)
    assert ask(fake, ("ACother", "token"), "GET")[1]["rooms"] == [document]


def test_resources_created_with_an_api_key_belong_to_the_fakes_own_account():
    fake = FakeTwilioVideo()

    assert ask(fake, ("SK123", "secret"))[1]["account_sid"] == fake.account_sid


def test_strict_accepts_only_the_credentials_of_the_fake():
    fake = FakeTwilioVideo(auth="strict", auth_token="mine")

    assert ask(fake, (fake.account_sid, "mine"))[0] == 201
    assert ask(fake, (fake.api_key_sid, fake.api_key_secret))[0] == 201
    assert ask(fake, (fake.account_sid, "other"))[0] == 401
    assert ask(fake, (fake.api_key_sid, "mine"))[0] == 401
    assert ask(fake, ("AC123", "mine"))[0] == 401


def test_callbacks_are_signed_with_the_token_of_the_latest_request(monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "from the environment")
    fake = FakeTwilioVideo()
    token = fake._simulation.credentials.signing_token

    assert token(fake.account_sid) == "from the environment"
    ask(fake, ("AC1", "first"))
    ask(fake, ("AC2", "second"))
    ask(fake, ("SK3", "a key's"))
    assert (token("AC1"), token("AC2"), token(fake.account_sid)) == ("first", "second", "second")


def test_the_auth_token_setting_has_precedence_over_the_environment(monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "from the environment")

    fake = FakeTwilioVideo(auth_token="the setting")

    assert fake._simulation.credentials.signing_token(fake.account_sid) == "the setting"


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        ({}, "from the environment"),
        ({"auth_token": "the setting"}, "the setting"),
        ({"auth": "strict", "auth_token": "the setting"}, "the setting"),
        ({"auth": "strict"}, AUTH_TOKEN),
    ],
)
def test_the_auth_token_of_the_fake_validates_its_callbacks(monkeypatch, settings, token):
    """
    On a CI machine with the variable, a test that validates by this token must pass, too.
    """
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "from the environment")

    with FakeTwilioVideo(**settings) as fake:
        fake.rooms.create(status_callback="https://app.example/told")
        callback = fake.callbacks[0]

        assert fake.auth_token == token
        assert RequestValidator(fake.auth_token).validate(
            callback.request.url, callback.params, callback.headers["X-Twilio-Signature"]
        )
        assert ask(fake, (fake.account_sid, fake.auth_token))[0] == 201


def test_callbacks_are_signed_with_the_built_in_token_by_default(monkeypatch):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    fake = FakeTwilioVideo()

    assert fake._simulation.credentials.signing_token(fake.account_sid) == fake.auth_token
