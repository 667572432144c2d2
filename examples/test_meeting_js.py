"""A Node script that runs unmodified in another process.

``tox run -e node`` installs Twilio's client for Node, and names its folder in TWILIO_NODE.
"""

import json
import os
import shutil
import subprocess

from pathlib import Path

import pytest


pytest.importorskip("uvicorn", reason="the extra `server` is not installed")

SCRIPT = Path(__file__).with_name("meeting.js")
NODE = shutil.which("node") or ""
MODULES = Path(os.environ.get("TWILIO_NODE", "nowhere"), "node_modules")

pytestmark = pytest.mark.skipif(
    not (NODE and MODULES.joinpath("twilio").is_dir()),
    reason="there is no Node with twilio-node: tox run -e node installs it",
)


def meeting(name, server):
    """Run the script as its users do, and return the process when it has ended."""
    environment = {**os.environ, **server.environment, "NODE_PATH": str(MODULES)}
    return subprocess.run(  # noqa: S603
        [NODE, SCRIPT, name], env=environment, capture_output=True, text=True, check=False
    )


def test_a_meeting_is_opened(twilio_video, twilio_video_server):
    twilio_video.rooms.create(unique_name="retro")

    opened = json.loads(meeting("standup", twilio_video_server).stdout)

    twilio_video.assert_room_created(unique_name="standup", max_participants=5)
    assert opened == {"sid": twilio_video.rooms["standup"].sid, "open": ["standup", "retro"]}


def test_a_name_in_use_is_reported(twilio_video, twilio_video_server):
    twilio_video.rooms.create(unique_name="standup")

    assert "53113" in meeting("standup", twilio_video_server).stderr
