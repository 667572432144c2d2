"""The report of pytest about a handler that fails."""

from __future__ import annotations

import pytest


TEST = """
from datetime import datetime, timezone
import flask
from pytest_twilio_video._webhooks.callbacks import Callbacks
from pytest_twilio_video._webhooks.queue import CallbackQueue

def test_it():
    app = flask.Flask("hooks")

    @app.post("/hooks")
    def hook():
        raise ZeroDivisionError("in the handler")

    queue = CallbackQueue(token=lambda _sid: "12345", new_id=lambda: "an id")
    callbacks = Callbacks(queue)
    callbacks.deliver_to({target})
    queue.put(event="room-created", params={{}}, url="https://app.example/hooks", method="POST",
              at=datetime.now(timezone.utc), room_sid=None, account_sid="AC")
    callbacks.flush()
"""


@pytest.mark.parametrize("target", ["app", "app.test_client()", "lambda callback: hook()"])
def test_the_handlers_traceback_is_shown_and_none_of_our_frames(pytester, target):
    pytester.makepyfile(TEST.format(target=target))

    result = pytester.runpytest_inprocess("--show-capture=no", "-p", "no:asyncio")

    result.stdout.fnmatch_lines(['>*raise ZeroDivisionError("in the handler")'])
    result.stdout.no_fnmatch_line("*_webhooks*.py:*")
