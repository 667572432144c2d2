"""The URL of a webhook, and its parts."""

from __future__ import annotations

import contextlib
import json

from base64 import b64encode

import pytest

from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._engine.parameters import Url
from pytest_twilio_video._http import Request
from pytest_twilio_video._webhooks import address
from pytest_twilio_video._webhooks.address import Overrides
from pytest_twilio_video.errors import UndeliverableCallbackError


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://app.example/hooks?x=1", "https://app.example/hooks?x=1"),
        ("https://app.example:8443/hooks", "https://app.example:8443/hooks"),
        ("https://user:secret@app.example/hooks", "https://app.example/hooks"),
        ("https://app.example/hooks#rc=2&rp=5xx", "https://app.example/hooks"),
        ("https://app.example", "https://app.example/"),
        ("https://app.example?x=1", "https://app.example/?x=1"),
        ("HTTPS://app.example/hooks?", "https://app.example/hooks"),
        (
            "https://app.example/a%2Fb/Zoë?q=Zoë{x}",
            "https://app.example/a%2Fb/Zo%C3%AB?q=Zo%C3%AB%7Bx%7D",
        ),
        ("https://bücher.example/hooks", "https://xn--bcher-kva.example/hooks"),
        ("http://[::1]:8000/hooks", "http://[::1]:8000/hooks"),
    ],
)
def test_the_sent_url_has_neither_password_nor_fragment(url, sent):
    assert address.parse(url).url == sent


def test_user_and_password_in_the_url_become_an_authorization_header():
    assert address.parse("https://us%65r:s%40cret@app.example/").authorization == (
        "Basic dXNlcjpzQGNyZXQ="
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks",
        "/hooks",
        "ftp://app.example/",
        "https://",
        "https://[app.example/",
        "https://app.example:port/",
        "https://app.example:0/",
        f"https://{'ü' * 99}.example/",
        "https://☃..example/",
        "https://app..example/",
        "https://{host}/",
        "https://app.example/\udcff",
        "https://app.example/a b",
        "https://app.example/a\x00b",
    ],
)
def test_the_error_about_an_invalid_url_names_the_url(url):
    with pytest.raises(UndeliverableCallbackError, match="not an absolute http"):
        address.parse(url)


def test_a_delivery_parses_the_url_once(callbacks, queue, monkeypatch):
    parsed = []

    def parse(url, parse=address.parse):
        parsed.append(url)
        return parse(url)

    monkeypatch.setattr(address, "parse", parse)
    callbacks.deliver_to(Flask("hooks"))
    queue()

    callbacks.flush()

    assert parsed == ["https://app.example/hooks"]


TEXT = st.text(max_size=20) | st.text(alphabet="aZ0.:/?#@[]%&=ü☃。\udcff\u00a8-_ \t", max_size=20)
LIKE_URLS = st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS", "ftp"]), TEXT, TEXT)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(url=TEXT | LIKE_URLS)
@example(url="https://app.example//hooks")
@example(url="https://us%ffer:ü@app.example:/hooks?%zz#rc=2")
@example(url="http://[::1]:8000?x")
def test_exactly_the_urls_that_a_room_accepts_can_be_delivered_to(url, callbacks, queue):
    """
    Otherwise a test would fail at a flush, far from the line that sets the URL.
    """
    refused = Url().complaint(url)
    callback = queue(url=url)
    answered = Flask("hooks").test_client()
    callbacks.deliver_to(answered)

    with pytest.raises(UndeliverableCallbackError) if refused else contextlib.nullcontext():
        callbacks.redeliver(callback)
        assert callback.response is not None
        assert callback.request.url.isascii()


@pytest.mark.parametrize("url", ["https://a.example/%FF", "https://%E2%98%83..example/h"])
def test_a_url_that_cannot_be_delivered_to_is_refused_when_a_room_is_created(url):
    fake = FakeTwilioVideo()
    authorization = b64encode(f"{fake.account_sid}:{fake.auth_token}".encode()).decode()
    headers = {
        "authorization": f"Basic {authorization}",
        "content-type": "application/x-www-form-urlencoded",
    }
    body = f"StatusCallback={url}".encode()

    response = fake._handle(Request("POST", "https://video.twilio.com/v1/Rooms", headers, body))

    assert response.status == 400
    assert json.loads(response.body)["code"] == 53111
    assert list(fake.rooms) == []


@pytest.mark.parametrize(
    ("fragment", "overrides"),
    [
        ("", Overrides()),
        ("rc=0", Overrides(rc=0)),
        ("rc=5&ct=100&rt=15000&tt=100", Overrides(rc=5, ct=100, rt=15000, tt=100)),
        ("rp=4xx,5xx", Overrides(rp=frozenset({"4xx", "5xx"}))),
        ("rp=all&sni=y&e=ashburn", Overrides(rp=frozenset({"all"}))),
        ("rc=6&ct=99&rt=15001&tt=1e3&rp=never", Overrides()),
        ("section-2", Overrides()),
    ],
)
def test_the_fragment_overrides_values_within_their_ranges(fragment, overrides):
    assert address.parse(f"https://app.example/#{fragment}").overrides == overrides


@given(st.text())
def test_any_fragment_can_be_read(fragment):
    assert Overrides.parse(fragment).rc in range(6)
