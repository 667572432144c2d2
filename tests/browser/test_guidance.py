"""What a failed test tells of pages."""

from __future__ import annotations

import json
import threading

import pytest

from pytest_twilio_video._browser.signaling import TESTED_VERSIONS
from pytest_twilio_video._fake.failure import sections


@pytest.fixture
def report(fake):
    """Return the text of the sections of a failed test."""

    def report(verbosity=0):
        return "\n".join(text for _, text in sections([fake], None, verbosity=verbosity))

    with fake:
        yield report


def say_hello(meeting, version):
    connection = meeting.signaling.connection(has_script=True)
    connection.receive(json.dumps({"type": "hello", "body": {"type": "ice"}}))
    body = {
        "type": "connect",
        "name": "standup",
        "token": meeting.client("alice").token,
        "publisher": {"name": "twilio-video.js", "sdk_version": version},
    }
    connection.receive(json.dumps({"type": "msg", "body": body}))


def test_the_timeline_names_pages_and_the_codes_of_refusals(fake, meeting, room, report):
    fake.fail_connect(53105)
    meeting.join("alice")
    meeting.join("bob", "audio-1")

    lines = str(fake.timeline).splitlines()
    refused, joined = (line for line in lines if " page " in line)
    assert "joins standup with a token -> 53105" in refused
    assert joined.endswith("joins standup with a token")
    assert "53105" in report()


def test_the_timeline_names_an_untested_version_of_the_sdk(fake, meeting, room, report):
    say_hello(meeting, "9.0.0")

    assert "twilio-video 9.0.0 is not tested with the fake: 2.32.0 and 2.36.0 are" in report()


@pytest.mark.parametrize("version", TESTED_VERSIONS)
def test_the_timeline_does_not_name_a_tested_version_of_the_sdk(
    fake, meeting, room, report, version
):
    say_hello(meeting, version)

    assert "tested" not in report()


def test_the_option_shows_frames_without_secrets_and_long_texts(fake, meeting, room, report):
    browsers = meeting.browsers
    frame = {"type": "msg", "body": {"token": 'se"cret', "sdp": "v=0", "type": "update"}}
    browsers.keep_frame("alice", "->", json.dumps(frame))
    browsers.keep_frame(None, "<-", '{"type": "welcome"}')

    assert "welcome" not in report(verbosity=1)
    shown = report(verbosity=2)
    assert 'alice -> {"type": "msg", "body": {"token": …, "sdp": …, "type": "update"}}' in shown
    assert 'a page <- {"type": "welcome"}' in shown
    assert "cret" not in shown


def test_a_report_can_be_made_while_frames_arrive(fake, meeting, room, report):
    is_over = threading.Event()

    def keep_frames():
        while not is_over.is_set():
            meeting.browsers.keep_frame("alice", "->", "{}")

    meeting.browsers.keep_frame("alice", "->", "{}")
    server = threading.Thread(target=keep_frames)
    server.start()
    try:
        for _ in range(100):
            assert "alice -> {}" in report(verbosity=2)
    finally:
        is_over.set()
        server.join()


def test_the_report_says_what_to_do_if_a_page_waits_for_a_webhook(fake, meeting, report):
    from pytest_twilio_video._engine.server_threads import on_server_thread

    fake.rooms.create(unique_name="another")
    fake.rooms["another"].complete()
    fake.callbacks.deliver_to(lambda _: 204)
    fake.rooms["standup"].complete()
    fake.rooms.create(unique_name="standup", status_callback="https://app.example/hook")
    assert "Playwright" not in report()

    with on_server_thread():
        meeting.join("alice")

    assert "1 callback waits for the test" in report()
    assert "deliver_to('network')" in report()
    fake.callbacks.flush()
    assert "Playwright" not in report()


def test_a_hint_is_shown_once(fake, meeting, room, report):
    for _ in range(2):
        meeting.browsers.hint("the page has no camera")

    assert report().count("the page has no camera") == 2  # In the timeline, and below it.
