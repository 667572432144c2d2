"""A Node script and a Node service that run unmodified in other processes.

``tox run -e browser`` installs Twilio's client for Node, and names its folder in TWILIO_NODE.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time

from pathlib import Path

import pytest


pytest.importorskip("uvicorn", reason="the extra `server` is not installed")

SCRIPT = Path(__file__).with_name("meeting.js")
NODE = shutil.which("node") or ""
MODULES = Path(os.environ.get("TWILIO_NODE", "nowhere"), "node_modules")

pytestmark = pytest.mark.skipif(
    not (NODE and MODULES.joinpath("twilio").is_dir()),
    reason="there is no Node with twilio-node: tox run -e browser installs it",
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


def test_a_service_is_tested_in_its_own_language(tmp_path):
    """The test starts the command, as a developer does, and Node's own test runner."""
    command = [sys.executable, "-m", "pytest_twilio_video", "--port", "0"]
    log = tmp_path / "fake.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output) as fake:  # noqa: S603
        try:
            printed = until(lambda: re.findall(r"\n  ([A-Z_]+)=(.*)", log.read_text()))
            finished = subprocess.run(  # noqa: S603
                [NODE, "--test", SCRIPT.with_name("meetings.test.js")],
                env={**os.environ, **dict(printed), "NODE_PATH": str(MODULES)},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            fake.terminate()

    assert finished.returncode == 0, finished.stdout


def until(found):
    """Return what *found* returns, as soon as it is something."""
    deadline = time.monotonic() + 30
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return result
