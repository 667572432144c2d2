"""What can be attached, and what is said of everything else."""

from __future__ import annotations

import asyncio

from importlib.util import find_spec

import pytest

from pytest_twilio_video import FakeTwilioVideo, TwilioVideoError
from pytest_twilio_video._browser import attaching


class Page:
    """A page of a driver, by the names of its class."""

    def __init__(self) -> None:
        self.scripts = []
        self.handlers = {}

    url = "about:blank"

    def on(self, event, handler):
        self.handlers[event] = handler

    def add_init_script(self, script):
        self.scripts.append(script)


@pytest.mark.parametrize(
    "target", [None, "page", object(), Page()], ids=["None", "text", "object", "page"]
)
def test_attach_refuses_anything_else_and_names_what_it_takes(target):
    with pytest.raises(TwilioVideoError) as refused:
        attaching.attach(target, "script", print)

    assert "a Page or BrowserContext of playwright.sync_api" in str(refused.value)
    assert type(target).__qualname__ in str(refused.value)
    with pytest.raises(TwilioVideoError, match="of playwright"):
        asyncio.run(attaching.aattach(target, "script", print))


def test_a_target_is_recognized_by_the_names_of_its_classes():
    module = "playwright.sync_api._generated"
    page = type("Page", (Page,), {"__module__": module})()
    derived = type("OurPage", (type(page),), {})()

    for target in (page, derived):
        attaching.attach(target, "script", print)
        assert target.scripts == ["script"]


def test_attach_refuses_an_async_page_and_names_aattach():
    page = type("Page", (Page,), {"__module__": "playwright.async_api._generated"})()

    with pytest.raises(TwilioVideoError, match="`await twilio_video_server"):
        attaching.attach(page, "script", print)


def test_the_script_contains_the_address_of_the_server():
    script = attaching.browser_script("http://127.0.0.1:4080")

    assert '"ws://127.0.0.1:4080"' in script
    assert "SERVER_URL" not in script
    assert '"wss://fake.example"' in attaching.browser_script("https://fake.example")


@pytest.mark.skipif(find_spec("trustme") is None, reason="the extra is not installed")
def test_the_server_has_the_script_and_the_flags():
    from pytest_twilio_video import FakeTwilioVideoServer

    with FakeTwilioVideoServer(FakeTwilioVideo()) as server:
        script, flags = server.browser_script, server.resolver_args
        address = server.url.removeprefix("http://")

    assert f"ws://{address}" in script
    assert flags[0].startswith("--host-resolver-rules=MAP *.twilio.com 127.0.0.1:")
    assert not flags[0].endswith(address)
    assert isinstance(FakeTwilioVideoServer.chromium_args, tuple)
