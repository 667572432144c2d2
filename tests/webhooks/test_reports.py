"""What a failing handler looks like in pytest's report."""

from __future__ import annotations

import pytest


TEST = """
from datetime import datetime, timezone
import flask
from pytest_twilio_video._webhooks.callbacks import Callbacks

def test_it():
    app = flask.Flask("hooks")

    @app.post("/hooks")
    def hook():
        raise ZeroDivisionError("in the handler")

    callbacks = Callbacks(token=lambda _sid: "12345", new_id=lambda: "an id")
    callbacks.deliver_to({target})
    callbacks.queue("room-created", {{}}, "https://app.example/hooks", "POST",
                    datetime.now(timezone.utc), None, "AC")
    callbacks.flush()
"""


@pytest.mark.parametrize("target", ["app", "app.test_client()", "lambda callback: hook()"])
def test_the_handlers_traceback_is_shown_and_none_of_our_frames(pytester, target):
    pytester.makepyfile(TEST.format(target=target))

    result = pytester.runpytest_inprocess("--show-capture=no", "-p", "no:asyncio")

    result.stdout.fnmatch_lines(['>*raise ZeroDivisionError("in the handler")'])
    result.stdout.no_fnmatch_line("*_webhooks*.py:*")
