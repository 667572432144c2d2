"""A peer connection between two pages, as the signaling server knows it."""

from __future__ import annotations

from pytest_twilio_video._browser.negotiation import Pair


def offer(revision):
    return {"id": "PC1", "description": {"type": "offer", "revision": revision, "sdp": "v=0"}}


def test_it_is_closed_by_a_revision_that_is_newer_than_all_others():
    pair = Pair("PC1", "PA1", "PA2")
    assert pair.closed() == {"id": "PC1", "description": {"type": "close", "revision": 1}}

    assert pair.relay("PA1", offer(3), is_reachable=True) == offer(3)

    assert pair.closed() == {"id": "PC1", "description": {"type": "close", "revision": 4}}


def test_each_end_has_the_other():
    pair = Pair("PC1", "PA1", "PA2")

    assert (pair.other("PA1"), pair.other("PA2")) == ("PA2", "PA1")
