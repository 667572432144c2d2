"""The script for pages, in Node, without a browser and without the SDK."""

from __future__ import annotations

import json
import shutil
import subprocess

from pathlib import Path

import pytest

from pytest_twilio_video._browser import attaching


NODE = shutil.which("node")

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(NODE is None, reason="there is no Node"),
]


def outcome(case):
    """Return the outcome of a case in ``page.mjs``."""
    here, script = Path(__file__).parent, Path(attaching.__file__).with_name("script.js")
    done = subprocess.run(
        [NODE or "", here / "page.mjs", script, case],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_offer_that_was_lost_with_its_socket_is_repeated():
    assert outcome("an offer is lost") == {"first": [], "second": [["offer", 1]]}


def test_an_answer_that_was_lost_with_its_socket_is_repeated():
    assert outcome("an answer is lost") == {"first": [["offer", 1]], "second": [["answer", 2]]}


def test_a_track_that_comes_right_after_the_return_is_offered_over_the_new_socket():
    assert ["offer", 2] in outcome("a track comes right after the return")["second"]


def test_a_large_binary_message_of_a_page_is_passed_on_whole():
    assert outcome("large data") == {"length": 262_144, "isSame": True}


def test_a_page_that_was_attached_to_two_servers_uses_the_second():
    """A driver keeps the scripts that it was given, and each test may have a server of its own."""
    assert outcome("two servers") == {
        "urls": ["ws://127.0.0.1:2/signaling?attached", "wss://app.example/socket"]
    }
