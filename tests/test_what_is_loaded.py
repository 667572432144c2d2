"""Libraries that a test does not need are not imported."""

from __future__ import annotations

import subprocess
import sys

import pytest


HEAVY = {
    "aiohttp",
    "anyio",
    "faker",
    "httpcore",
    "httpx",
    "jwt",
    "requests",
    "responses",
    "respx",
    "urllib3",
}


@pytest.mark.process
@pytest.mark.parametrize("name", ["pytest_twilio_video", "pytest_twilio_video.plugin"])
def test_importing_the_plugin_imports_no_client(name):
    """
    A run without the fixture does not pay for their import.
    """
    assert HEAVY & modules_after(f"import {name}") == set()


@pytest.mark.process
def test_an_imported_library_is_detected():
    assert "faker" in modules_after("import faker")


@pytest.mark.process
def test_delivery_to_a_wsgi_application_imports_no_event_loop_and_no_framework():
    script = """
from datetime import datetime, timezone
from pytest_twilio_video._webhooks.callbacks import Callbacks
from pytest_twilio_video._webhooks.queue import CallbackQueue

def app(environ, start_response):
    start_response("204 No Content", [])
    return []

queue = CallbackQueue(token=lambda _: "12345", new_id=lambda: "an id")
callbacks = Callbacks(queue)
callbacks.deliver_to(app)
queue.put(event="room-created", params={}, url="https://app.example/", method="POST",
          at=datetime.now(timezone.utc), room_sid=None, account_sid="AC")
callbacks.flush()
queue.close()
assert callbacks.pending == []
"""
    frameworks = {"anyio", "asyncio", "django", "flask", "starlette", "trio"}
    assert frameworks & modules_after(script) == set()


def modules_after(script):
    """Return the modules that a fresh interpreter has imported after *script*."""
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport sys\nprint(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())
