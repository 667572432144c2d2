"""No text shows a password, and control characters of an application are escaped."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import pytest
import requests

from pytest_twilio_video import (
    FakeTwilioVideo,
    InvalidArgumentError,
    InvalidSettingError,
    TwilioVideoError,
    UndeliverableCallbackError,
    UndeliverableCallbackWarning,
    UnknownEndpointWarning,
    VideoSdkError,
)
from pytest_twilio_video._engine.texts import printable, without_password
from pytest_twilio_video._fake.failure import sections
from pytest_twilio_video._fake.timeline import chart_json


SECRETS = ["hunter2", "p:a@s@s", "%70%77"]
ROOMS = "https://video.twilio.com/v1/Rooms"


def post(fake, url=ROOMS, **data):
    auth = fake.account_sid, fake.auth_token
    return requests.post(url, data=data, auth=auth, timeout=5)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:pw@app.example/", "https://u:…@app.example/"),
        ("HTTP://u:p@w:x@app.example:80", "HTTP://u:…@app.example:80"),
        ("http://:pw@app.example", "http://:…@app.example"),
        ("a https://u:pw@a, b https://v:pw@b?x", "a https://u:…@a, b https://v:…@b?x"),
        ("https://app.example:80/a:b@c", "https://app.example:80/a:b@c"),
        ("https://app.example?mail=a:b@c", "https://app.example?mail=a:b@c"),
        ("https://user@app.example", "https://user@app.example"),
        ("nothing: to@hide", "nothing: to@hide"),
    ],
)
def test_the_password_in_a_url_is_left_out(text, shown):
    assert without_password(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x00\x7f", "\\x1b[31mred\\x00\\x7f"),
        ("\x9b2J\r\t\b", "\\x9b2J\\r\\t\\x08"),
        ("\ud800\udc80", "\\ud800\\udc80"),
        ("a\u202eb", "a\\u202eb"),
        ("two\nlines, é, 👩\u200d👩, …", "two\nlines, é, 👩\u200d👩, …"),
    ],
)
def test_control_characters_are_escaped(text, shown):
    assert printable(text) == shown


@pytest.fixture(params=SECRETS)
def secret(request):
    return request.param


@pytest.fixture
def url(secret):
    return f"https://user:{secret}@app.example/hooks"


def everything(fake):
    """Return each text in which the fake shows what happened."""
    yield from (str(fake.timeline), fake.timeline.to_text(verbose=True), repr(fake.timeline))
    yield fake.timeline.to_mermaid()
    yield chart_json(fake.timeline)
    for verbose in (False, True):
        yield from (text for _, text in sections([fake], None, verbosity=verbose))
    for things in (fake.calls, fake.callbacks, fake.events, fake.rooms, fake.recordings):
        yield repr(things)
        yield from map(repr, things)
    for callback in fake.callbacks:
        yield str(callback.problem)


@pytest.mark.parametrize("target", ["none", "another", "raises", "redirects", "ok"])
def test_no_text_that_the_fake_shows_has_a_password(secret, url, target):
    def hook(_callback):
        if target == "raises":
            raise requests.ConnectionError("no route to " + url)
        return 204

    def redirect(_environ, start_response):
        start_response("302 Found", [("Location", url)])
        return []

    with FakeTwilioVideo() as fake, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        if target != "none":
            base_url = url + "/other" if target == "another" else None
            fake.callbacks.deliver_to(
                redirect if target == "redirects" else hook, base_url, raise_exceptions=False
            )
        post(fake, StatusCallback=url, UniqueName="standup", Type="no", MediaRegion=url)
        post(fake, StatusCallback=url, UniqueName="standup")
        fake.rooms.create(status_callback=url, record_participants_on_connect=True)
        fake.rooms[-1].connect("alice").publish("audio")
        fake.clock.advance(hours=1)
        try:
            fake.callbacks.flush()
        except UndeliverableCallbackError as error:
            texts = [str(error)]
        else:
            texts = []

        for text in [*texts, *everything(fake), *(str(each.message) for each in warned)]:
            assert secret not in text
        assert any("user:…@app.example" in text for text in everything(fake))
        assert bool(warned) == (target == "another")
        if warned:
            assert warned[0].category is UndeliverableCallbackWarning


def test_no_failed_assertion_shows_a_password(secret, url):
    with FakeTwilioVideo() as fake:
        post(fake, StatusCallback=url, UniqueName="standup")
        for assertion in (
            lambda: fake.assert_room_created(status_callback=url, unique_name="other"),
            lambda: fake.assert_room_created(unique_name="other"),
            lambda: fake.assert_no_room_created(status_callback=url),
            lambda: fake.assert_called("POST", "/v1/Rooms", unique_name="x", status_callback=url),
            lambda: fake.assert_not_called("POST", "/v1/Rooms", status_callback=url),
            lambda: fake.assert_no_callback("room-created"),
            lambda: fake.assert_callback("room-created", room_name=url),
        ):
            with pytest.raises(AssertionError) as failed:
                assertion()
            assert secret not in str(failed.value)


def test_no_error_shows_a_password(secret, url):
    with FakeTwilioVideo() as fake:
        fake.rooms.create(status_callback=url)
        for mistake in (
            lambda: fake.callbacks.deliver_to(url),
            lambda: fake.callbacks.deliver_to(list, base_url=url.replace("https", "ftp")),
            lambda: fake.rooms.create(status_callback=url.replace("https", "ftp")),
        ):
            with pytest.raises(TwilioVideoError) as raised:
                mistake()
            assert secret not in str(raised.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"auth_token": b"hunter2"},
        {"auth_token": ["hunter2"]},
        {"api_key_secret": b"hunter2"},
        {"api_key_secret": {"secret": "hunter2"}},
        {"api_key_sid": "hunter2hunter2"},
        {"account_sid": "hunter2hunter2"},
        {"account_sid": b"hunter2"},
    ],
)
def test_a_wrong_setting_does_not_show_a_secret(settings):
    (name,) = settings
    with pytest.raises(InvalidSettingError) as refused:
        FakeTwilioVideo(**settings)

    assert str(refused.value).startswith(f"{name} is ")
    assert "hunter2" not in str(refused.value)


def test_swapped_credentials_do_not_show_the_auth_token():
    with FakeTwilioVideo() as fake:
        requests.get(ROOMS, auth=(fake.auth_token, fake.account_sid), timeout=5)

        assert f"the user name is {fake.auth_token[:2]!r}…, but must" in str(fake.timeline)
        assert fake.auth_token[:3] not in str(fake.timeline)


@pytest.mark.parametrize("secret", ["api_key_secret", "auth_token"])
def test_a_secret_in_place_of_an_access_token_is_not_shown(secret):
    with FakeTwilioVideo() as fake:
        text = getattr(fake, secret)
        with pytest.raises(VideoSdkError, match="is not a token, but may be a secret") as caught:
            fake.connect(text)

        assert text[:3] not in f"{caught.value} {fake.timeline}"


def test_a_token_of_a_wrong_type_is_not_shown():
    with FakeTwilioVideo() as fake, pytest.raises(InvalidArgumentError, match="not list") as it:
        fake.connect(["hunter2"])

    assert "hunter2" not in str(it.value)


def test_control_characters_that_an_application_sends_are_escaped():
    odd = "\x1b]0;title\x07\x00\x9b"
    with warnings.catch_warnings(record=True) as warned, FakeTwilioVideo() as fake:
        warnings.simplefilter("always")
        fake.callbacks.deliver_to(lambda _callback: (500, odd), raise_exceptions=False)
        room = fake.rooms.create(status_callback="https://app.example/")
        room.connect("alice").publish("audio")
        post(fake, UniqueName=odd, StatusCallback=odd, Odd=odd)
        fake._handle(fake._simulation and request_to(f"/v1/{odd}"))
        texts = []
        for assertion in (
            lambda: fake.assert_called("POST", "/v1/Rooms", unique_name=odd, times=3),
            lambda: fake.assert_called("POST", "*", unique_name="x"),
            lambda: fake.assert_events("room-created", odd),
            lambda: fake.assert_callback("room-created", room_name=odd),
            lambda: fake.assert_room_created(odd_field=odd),
            lambda: fake.assert_room_completed(odd),
        ):
            with pytest.raises((AssertionError, TypeError)) as failed:
                assertion()
            texts.append(str(failed.value))

        texts += everything(fake)

    # Warnings about calls are issued when the fake is left.
    assert UnknownEndpointWarning in {each.category for each in warned}
    for text in [*texts, *(str(each.message) for each in warned)]:
        assert not set(text) & set(odd) - set("]0;title"), text


def request_to(path):
    from pytest_twilio_video._http import Request

    return Request("GET", f"https://video.twilio.com{path}", {"authorization": "Basic QUMxOng="})


@pytest.mark.process
def test_a_file_whose_name_is_not_ascii_works_in_the_c_locale(tmp_path):
    """
    In the C locale, the name has lone surrogates, which xdist and JUnit reports cannot contain.
    """
    (tmp_path / "test_é.py").write_text(
        "def test_it(twilio_video):\n"
        "    room = twilio_video.rooms.create(unique_name='caf\\u00e9')\n"
        "    room.connect('alice').publish('audio')\n"
        "    assert room.sid in twilio_video.rooms\n"
        "def test_that(twilio_video):\n"
        "    twilio_video.rooms.create(unique_name='caf\\u00e9')\n"
        "    twilio_video.assert_room_completed('caf\\u00e9')\n",
        encoding="utf-8",
    )
    environ = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environ.pop("PYTHONIOENCODING", None)
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider"]
    files = ["--twilio-video-report=report.html", "-rA"]
    result = subprocess.run(
        [*command, *files], cwd=tmp_path, env=environ, capture_output=True, check=False
    )

    said = result.stdout.decode("ascii", "replace")
    assert result.returncode == 1, said + result.stderr.decode(errors="replace")
    assert "1 failed, 1 passed" in said
    assert "UnicodeEncodeError" not in said
    assert b"room-created" in (tmp_path / "report.html").read_bytes()
