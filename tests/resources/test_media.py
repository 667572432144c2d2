"""Media: the sample files of recordings and compositions."""

from __future__ import annotations

import pytest

from pytest_twilio_video._resources.media import sample


EBML = b"\x1a\x45\xdf\xa3"


@pytest.mark.parametrize(
    ("name", "begins", "holds"),
    [
        ("opus.mka", EBML, (b"matroska", b"A_OPUS")),
        ("vp8.mkv", EBML, (b"matroska", b"V_VP8")),
        ("h264.mkv", EBML, (b"matroska", b"V_MPEG4/ISO/AVC")),
        ("vp8_opus.webm", EBML, (b"webm", b"V_VP8", b"A_OPUS")),
        ("h264_aac.mp4", b"\x00\x00\x00", (b"ftyp", b"avc1", b"mp4a", b"moov", b"mdat")),
    ],
)
def test_samples_have_the_format_of_their_names(name, begins, holds):
    content = sample(name)

    assert content.startswith(begins)
    assert all(mark in content for mark in holds)
    assert 1000 < len(content) < 6000


def test_a_sample_is_read_once():
    assert sample("opus.mka") is sample("opus.mka")
