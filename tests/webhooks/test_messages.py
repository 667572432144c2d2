"""Messages about webhooks that do not arrive: `messages.txt` has each mistake and its message."""

from __future__ import annotations

import re

from pathlib import Path

import pytest


SMALL_APPS = '''
import asyncio
import aiohttp.web
import fastapi
import flask
import requests
from twilio.request_validator import RequestValidator

clinic = flask.Flask("clinic", static_folder=None)

@clinic.post("/webhooks/video")
def video():
    validator = RequestValidator("the clinic's token")
    signature = flask.request.headers["X-Twilio-Signature"]
    is_valid = validator.validate(flask.request.url, flask.request.form, signature)
    return "", 204 if is_valid else 403

@clinic.post("/webhooks/voice")
def voice():
    return "", 204

telehealth = fastapi.FastAPI(openapi_url=None)
webhooks = fastapi.APIRouter(prefix="/webhooks")

@webhooks.post("/video")
async def receive():
    return fastapi.Response(status_code=204)

telehealth.include_router(webhooks)

def create_app(config=None):
    return clinic

def make_clinic_app(config):
    return clinic

def clinic_for(config):
    return clinic

def create_room(path, token="the clinic's token", **params):
    """Create a room as the application does."""
    requests.post(
        "https://video.twilio.com/v1/Rooms",
        {"UniqueName": "lesson", "StatusCallback": f"https://app.example{path}", **params},
        auth=("AC" + "1" * 32, token),
    )

async def in_a_task(function, *args):
    function(*args)

def show_problem(callback):
    raise AssertionError(callback.problem)

def test_it(twilio_video):
    callbacks = twilio_video.callbacks
    {mistake}
'''


def _cases():
    """Return the title, the mistake and the message of each case."""
    text = Path(__file__).with_name("messages.txt").read_text(encoding="utf-8")
    for block in text.split("\n\n\n")[1:]:
        title, mistake, message = block.strip("\n").split("\n", 2)
        yield pytest.param(
            mistake.removeprefix(">>> "), message.strip("\n"), id=title.removeprefix("# ")
        )


@pytest.mark.parametrize(("mistake", "message"), list(_cases()))
def test_the_message_about_a_webhook_that_does_not_arrive(pytester, mistake, message):
    assert _message_of(pytester, mistake) == message


def _message_of(pytester, mistake):
    pytester.makeini("[pytest]\ntwilio_video_start = 2026-01-31T09:00:00Z")
    pytester.makepyfile(SMALL_APPS.replace("{mistake}", mistake))

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    lines = [line[1:][7:] for line in result.outlines if re.match(r"E( |$)", line)]
    message = "\n".join(lines).partition("\n\nwhat happened:")[0]
    message = re.sub(r" (at )?0x[0-9a-f]+", "", message)
    return message.removeprefix("AssertionError: ")
