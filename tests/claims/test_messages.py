"""The messages of failed assertions: `messages.txt` holds each assertion and its message."""

# ruff: noqa: E501 -- a line of a timeline may be wider than one of ours

from __future__ import annotations

import re

from pathlib import Path

import pytest


START = "2026-01-31T09:00:00Z"

ARRANGED = """
import asyncio
import re
import pytest
import requests
from unittest.mock import ANY

ROOMS = "https://video.twilio.com/v1/Rooms"
COMPOSITIONS = "https://video.twilio.com/v1/Compositions"
HOOKS = "https://video.twilio.com/v1/CompositionHooks"

def call(method, url, **data):
    requests.request(method, url, data=data, auth=("AC" + "1" * 32, "a token"))

async def asgi_app(scope, receive, send):
    pass

async def asserting(assertion, *args, **kwargs):
    assertion(*args, **kwargs)

@pytest.mark.twilio_video(legacy_room_types="allow")
@pytest.mark.filterwarnings("ignore::pytest_twilio_video.UnknownParameterWarning")
def test_it(twilio_video):
    call("POST", ROOMS, UniqueName="DailyStandup", MaxParticipants=10, StatusCallback="https://app.example/hook")
    call("POST", ROOMS, UniqueName="Retro", Type="go")
    twilio_video.rooms.create(unique_name="Arranged")
    room = twilio_video.rooms["DailyStandup"]
    alice = room.connect("alice")
    twilio_video.clock.advance(minutes=2)
    {assertion}
"""


def _cases() -> list[tuple[str, str, str]]:
    """Return the title, the assertion and the message of each case."""
    text = Path(__file__).with_name("messages.txt").read_text(encoding="utf-8")
    found = []
    for block in text.split("\n\n\n")[1:]:
        title, assertion, message = block.strip("\n").split("\n", 2)
        found.append(
            (title.removeprefix("# "), assertion.removeprefix(">>> "), message.strip("\n"))
        )
    return found


CASES = _cases()


@pytest.mark.parametrize(
    ("assertion", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_failed_assertion_has_this_message(pytester, assertion, message):
    assert _message_of(pytester, assertion) == message


def test_a_failed_assertion_shows_what_happened_and_what_is_pending(pytester):
    assertion = 'twilio_video.assert_room_completed("DailyStandup")'

    message = _message_of(pytester, assertion, whole=True)

    assert (
        message.partition("what happened:")[2].strip("\n")
        == """\
  09:00:00   requests  POST /v1/Rooms  UniqueName=DailyStandup MaxParticipants=10 StatusCallback=https:/… -> 201
  09:00:00   event     room-created  DailyStandup
  09:00:00   callback  room-created  DailyStandup -> undelivered (no target yet: callbacks.deliver_to(app))
  09:00:00   requests  POST /v1/Rooms  UniqueName=Retro Type=go -> 201
  09:00:00   event     room-created  Retro
  09:00:00   test      creates the room Arranged
  09:00:00   event     room-created  Arranged
  09:00:00   test      alice joins DailyStandup
  09:00:00   event     participant-connected  alice in DailyStandup
  09:00:00   callback  participant-connected  alice in DailyStandup -> undelivered
                       no target yet: callbacks.deliver_to(app)
  09:00:00   clock     +2 min, to 09:02:00
still to come:
  in 3 min       unused room timeout of Retro
  in 3 min       unused room timeout of Arranged
  in 3 h 58 min  longest session of alice in DailyStandup"""
    )


def test_a_failed_assertion_says_that_nothing_has_happened(twilio_video):
    with pytest.raises(AssertionError) as failure:
        twilio_video.assert_room_created()

    assert str(failure.value) == (
        "expected a room created through the API\n\nnothing has happened"
    )


@pytest.mark.parametrize(
    "mistake",
    [
        "twilio_video.assert_room_completed('Retro')",
        "twilio_video.assert_room_created(unique_nam='x')",
        "twilio_video.assert_callback('room-endd')",
        "twilio_video.assert_called('GET', '/Rooms')",
        "twilio_video.assert_called('GET', '/v1/Rooms', times=-1)",
        "twilio_video.rooms.where(status='open')",
        "twilio_video.rooms.where(unique_nam='x')",
        "twilio_video.rooms['Nobody']",
        "twilio_video.rooms.create(unique_nam='x')",
        "room.unique_nam",
        "room.status = 'completed'",
        "room.connect('')",
        "twilio_video.clock.advance(minutes=-1)",
    ],
)
def test_a_traceback_shows_only_the_line_of_the_test(pytester, mistake):
    result = _run(pytester, mistake)

    shown = [line for line in result.outlines if re.match(r"\S+\.py:\d+: ", line)]
    assert len(shown) == 1
    assert shown[0].startswith("test_a_traceback_shows_only_the_line_of_the_test.py:")


def _run(pytester, assertion):
    pytester.makeini(f"[pytest]\ntwilio_video_start = {START}")
    pytester.makepyfile(ARRANGED.replace("{assertion}", assertion))
    return pytester.runpytest_inprocess("-p", "no:randomly")


def _message_of(pytester, assertion, *, whole=False):
    result = _run(pytester, assertion)
    result.assert_outcomes(failed=1)
    lines = [line[1:][7:] for line in result.outlines if re.match(r"E( |$)", line)]
    message = re.sub(r"\b([A-Z]{2})[0-9a-f]{32}\b", r"\1…", "\n".join(lines))
    if not whole:
        message = message.partition("\n\nwhat happened:")[0]
    return message.removeprefix("AssertionError: ")
