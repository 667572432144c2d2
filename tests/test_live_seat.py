"""The option ``--twilio-live``, which runs tests against the service itself.

In this test, another fake intercepts the requests and takes the place of the service.
"""

from __future__ import annotations

import os
import subprocess
import sys

from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
STAND_IN = """
import pytest

from pytest_twilio_video import FakeTwilioVideo

@pytest.fixture(scope="session", autouse=True)
def stand_in():
    with FakeTwilioVideo(environ=False) as fake:
        yield
        fake.assert_no_open_rooms()
        print(len(fake.calls), "calls of", {call.client for call in fake.calls})
"""


@pytest.fixture(name="take_seat")
def _take_seat(tmp_path):
    def take_seat(**environment):
        tmp_path.joinpath("stand_in.py").write_text(STAND_IN, encoding="utf-8")
        # The script of pytest, because `python -m pytest` would put the checkout before the wheel.
        pytest_itself = Path(sys.executable).with_name("pytest")
        secrets = {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}
        kept = {name: value for name, value in os.environ.items() if name not in secrets}
        paths = filter(None, [kept.get("PYTHONPATH"), str(tmp_path)])
        kept["PYTHONPATH"] = os.pathsep.join(paths)
        arguments = ["tests/api", "--twilio-live", "-p", "stand_in", "-s", "-rs"]
        return subprocess.run(
            [pytest_itself, *arguments],
            cwd=ROOT,
            env=kept | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return take_seat


@pytest.mark.process
def test_live_tests_send_their_requests_over_the_network(take_seat):
    done = take_seat(TWILIO_ACCOUNT_SID="AC" + "1" * 32, TWILIO_AUTH_TOKEN="a token")

    assert done.returncode == 0, done.stdout
    assert "calls of {'requests'}" in done.stdout
    assert " deselected" in done.stdout
    assert " skipped" not in done.stdout


@pytest.mark.process
def test_live_tests_without_credentials_send_nothing(take_seat):
    done = take_seat()

    assert done.returncode == 0, done.stdout
    assert "0 calls" in done.stdout
    assert "'TWILIO_ACCOUNT_SID' is not set" in done.stdout
