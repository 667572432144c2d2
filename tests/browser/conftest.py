"""Signaling without a browser, a socket or a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from meeting import Meeting

from pytest_twilio_video import FakeTwilioVideo


@pytest.fixture
def fake() -> FakeTwilioVideo:
    return FakeTwilioVideo(seed="a test")


@pytest.fixture
def room(fake: FakeTwilioVideo) -> Any:
    return fake.rooms.create(unique_name="standup")


@pytest.fixture
def meeting(fake: FakeTwilioVideo, room: Any) -> Meeting:
    return Meeting(fake)


@pytest.fixture
def joined(meeting: Meeting) -> Callable[..., Any]:
    return meeting.join
