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
import warnings

import pytest

from pytest_twilio_video import FakeTwilioVideo

@pytest.fixture(scope="session", autouse=True)
def stand_in():
    fake = FakeTwilioVideo(environ=False)
    fake.start()
    yield
    fake.assert_no_open_rooms()
    print(len(fake.calls), "calls of", {call.client for call in fake.calls})
    with warnings.catch_warnings():  # Twilio itself does not warn of unknown paths.
        warnings.simplefilter("ignore")
        fake.stop()
"""


DIFFERENT = (
    STAND_IN.replace("FakeTwilioVideo(", "Different(")
    + """
import json

class Different(FakeTwilioVideo):
    # Like Twilio, but for three of our guesses.

    def _handle(self, request):
        answer = super()._handle(request)
        if request.fields.get("PageSize") == ["1001"]:
            document = {"code": 20007, "message": "Page size too large", "status": 400}
            return answer._replace(status=400, body=json.dumps(document).encode())
        if request.path.endswith("/RecordingRules") and request.method == "GET":
            document = json.loads(answer.body) | {"rules": []}
            return answer._replace(body=json.dumps(document).encode())
        if request.fields.get("UniqueName") == [" "]:
            return super()._handle(type(request)("POST", request.url, request.headers))
        return answer
"""
)


@pytest.fixture(name="take_seat")
def _take_seat(tmp_path):
    def take_seat(stand_in=STAND_IN, **environment):
        tmp_path.joinpath("stand_in.py").write_text(stand_in, encoding="utf-8")
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
def test_the_run_ends_with_a_table_of_the_guesses_that_were_observed(take_seat):
    """
    The table can be pasted into an issue. Here, Twilio differs from the fake in three places.
    """
    account = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "a token"}
    done = take_seat(DIFFERENT, **account)

    table = done.stdout.partition("guesses about Twilio ===")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    refuted = [row for row in rows if "**refuted**" in row]
    assert done.returncode == 1, done.stdout
    assert f"{len(rows) - 3} of {len(rows)} guesses confirmed, 3 refuted" in table
    assert len(rows) > 30
    assert [row.removesuffix(" | **refuted** |") for row in refuted] == [
        "| Creating a room whose name is blank | 400, code 53100 | 201",
        "| The page size that is used if 1001 is asked for | 1000 | 400, code 20007",
        "| The recording rules of a new room | [{'type': 'exclude', 'all': True}] | []",
    ]
    assert "| The order of a list of rooms | newest first | newest first | confirmed |" in rows
    assert account["TWILIO_ACCOUNT_SID"] not in table


@pytest.mark.process
def test_live_tests_without_credentials_send_nothing(take_seat):
    done = take_seat()

    assert done.returncode == 0, done.stdout
    assert "0 calls" in done.stdout
    assert "'TWILIO_ACCOUNT_SID' is not set" in done.stdout
