"""URLs: which ones a callback can be sent to, and what `split` returns of them."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.urls import split


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example",
        "https://app.example/hooks?a=1#rc=2",
        "HTTP://APP.EXAMPLE/",
        "http://localhost:5000/",
        "http://localhost:65535/",
        "http://127.0.0.1:1/",
        "http://[::1]:8000/",
        "http://[2001:db8::AF]/",
        "http://user:secret@app.example/",
        "http://a@b@app.example/",
        "http://under_score.app-1.example/",
        "http://app.example/é?ü=ß",
    ],
)
def test_absolute_http_and_https_urls_are_accepted(url):
    assert split(url).geturl().lower() == url.lower()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.example",
        "/hooks",
        "//app.example/hooks",
        "ftp://app.example/",
        "https:app.example",
        "https://",
        "https:///hooks",
        "http://:80/",
        "http://localhost:/",
        "http://user@/",
        "http://app.example:0/",
        "http://app.example:65536/",
        "http://app.example:port/",
        "http://app.example:-1/",
        "http://app..example/",
        "http://app!example/",
        "http://[::1/",
        "http://[app.example]/",
        "http://[]/",
        "http://a.example\\b.example/",
        "http://" + "a" * 64 + ".example/",
        " http://app.example/",
    ],
)
def test_every_url_that_cannot_be_requested_is_refused(url):
    with pytest.raises(ValueError, match=r"."):
        split(url)


@pytest.mark.parametrize("url", ["", "/hooks", "ftp://app.example/", "http://app!example/"])
def test_the_error_about_a_url_shows_the_url(url):
    with pytest.raises(ValueError, match=r"is not an absolute http\(s\) URL") as refused:
        split(url)

    assert repr(url) in str(refused.value)


REFUSED = [0, 9, 10, 0x1F, 0x20, 0x7F, 0x80, 0x9F, 0xA0, 0x2028, 0xD800, 0xDFFF]


@pytest.mark.parametrize("point", REFUSED)
def test_white_space_control_characters_and_surrogates_are_refused(point):
    with pytest.raises(ValueError, match="is not an absolute"):
        split(f"http://app.example/{chr(point)}x")


@pytest.mark.parametrize("character", ["~", "\xa1", "\ue000", "\ud7ff"])
def test_the_neighbors_of_refused_characters_are_accepted(character):
    assert split(f"http://app.example/{character}").path == f"/{character}"


def test_the_parts_of_a_url_are_the_same_as_in_the_standard_library():
    parts = split("https://user:secret@app.example:8443/hooks?a=1#rc=2")

    assert tuple(parts) == ("https", "user:secret@app.example:8443", "/hooks", "a=1", "rc=2")
    assert (parts.username, parts.password) == ("user", "secret")
    assert (parts.hostname, parts.port) == ("app.example", 8443)


@pytest.mark.parametrize(
    ("host", "ascii_host"),
    [("müller.example", "xn--mller-kva.example"), ("straße.example", "strasse.example")],
)
def test_a_host_is_encoded_as_ascii_and_the_credentials_are_kept(host, ascii_host):
    assert split(f"http://ü:ß@{host}:81/").netloc == f"ü:ß@{ascii_host}:81"
