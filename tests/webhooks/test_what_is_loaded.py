"""What a delivery does not need is not imported."""

from __future__ import annotations

import subprocess
import sys


def test_a_wsgi_application_needs_no_event_loop_and_no_framework():
    script = """
import sys
from datetime import datetime, timezone
from pytest_twilio_video._webhooks.callbacks import Callbacks

def app(environ, start_response):
    start_response("204 No Content", [])
    return []

callbacks = Callbacks(token=lambda _: "12345", new_id=lambda: "an id")
callbacks.deliver_to(app)
callbacks.queue("room-created", {}, "https://app.example/", "POST",
                datetime.now(timezone.utc), None, "AC")
callbacks.flush()
callbacks.close()
assert callbacks.pending == []
print({"anyio", "asyncio", "django", "flask", "starlette", "trio"} & sys.modules.keys())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
