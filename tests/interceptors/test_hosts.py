"""Which hosts are those of Twilio Video."""

from __future__ import annotations

import pytest

from pytest_twilio_video import _hosts as hosts


@pytest.mark.parametrize(
    "host",
    [
        "video.twilio.com",
        "VIDEO.Twilio.com",
        "video.twilio.com.",
        "video.ie1.twilio.com",
        "video.dublin.ie1.twilio.com",
        "vi\xaddeo.twilio.com",  # a soft hyphen
        "ｖｉｄｅｏ.twilio.com",  # noqa: RUF001 -- full-width letters
        "video。twilio．com",  # noqa: RUF001
        "ⓥideo.twilio.com",
        "com-twilio-us1-video-recording.s3.amazonaws.com",
        "COM-twilio-us1-video-composition.s3.amazonaws.com.",
    ],
)
def test_a_host_is_compared_after_the_normalization_of_a_look_up(host):
    assert hosts.is_ours(host)
    assert hosts.is_our_url(f"https://AC1:token@{host}:443/v1/Rooms")


@pytest.mark.parametrize(
    "host",
    [
        "api.twilio.com",
        "video.twilio.com.example",
        "myvideo.twilio.com",
        "video.a.b.c.twilio.com",
        "vidéo.twilio.com",
        "video.twilio.com..",
        "video\u3002" * 40,  # longer than a name can be
        "\ud800.twilio.com",
        "",
    ],
)
def test_other_hosts_do_not_belong_to_twilio_video(host):
    assert not hosts.is_ours(host)
