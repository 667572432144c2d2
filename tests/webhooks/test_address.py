"""The URL of a webhook, taken apart."""

from __future__ import annotations

import contextlib

import pytest

from hypothesis import given
from hypothesis import strategies as st

from pytest_twilio_video._webhooks import address
from pytest_twilio_video._webhooks.overrides import Overrides
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
            "https://app.example/a%2Fb/Zoë?q=Zoë x",
            "https://app.example/a%2Fb/Zo%C3%AB?q=Zo%C3%AB%20x",
        ),
        ("https://bücher.example/hooks", "https://xn--bcher-kva.example/hooks"),
        ("http://[::1]:8000/hooks", "http://[::1]:8000/hooks"),
    ],
)
def test_neither_password_nor_fragment_is_sent(url, sent):
    assert address.parse(url).url == sent


def test_user_and_password_make_an_authorization():
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
    ],
)
def test_what_is_no_url_is_refused_by_name(url):
    with pytest.raises(UndeliverableCallbackError, match="not an absolute http"):
        address.parse(url)


@given(st.text())
def test_any_text_is_a_url_or_refused(text):
    with contextlib.suppress(UndeliverableCallbackError):
        assert address.parse(text).url.isascii()


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
def test_the_fragment_overrides_within_its_ranges(fragment, overrides):
    assert address.parse(f"https://app.example/#{fragment}").overrides == overrides


@given(st.text())
def test_any_fragment_is_read(fragment):
    assert Overrides.parse(fragment).rc in range(6)
