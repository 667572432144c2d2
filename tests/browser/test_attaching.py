"""What can be attached, and what is said of everything else."""

from __future__ import annotations

import asyncio
import fnmatch
import socket

from importlib.util import find_spec
from types import SimpleNamespace

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


def playwright(name, module="sync_api"):
    """Return a target of Playwright, by the names of its class."""
    return type(name, (Page,), {"__module__": f"playwright.{module}._generated"})()


def test_a_driver_of_selenium_gets_the_script_by_cdp():
    class Driver:
        current_url = "data:,"
        commands = ()

        def execute_cdp_cmd(self, command, arguments):
            self.commands = (*self.commands, (command, arguments))

    Driver.__module__ = "selenium.webdriver.chromium.webdriver"
    Driver.__qualname__ = "ChromiumDriver"
    driver, hints = Driver(), []

    attaching.attach(driver, "script", hints.append)

    command = ("Page.addScriptToEvaluateOnNewDocument", {"source": "script"})
    assert driver.commands == (command,)
    assert hints == []
    driver.current_url = "http://localhost/"
    attaching.attach(driver, "script", hints.append)
    assert "was open already" in hints[0]


def test_each_page_of_a_context_is_watched():
    context, first, later, hints = playwright("BrowserContext"), Page(), Page(), []
    first.url = "https://app.example/"
    context.pages = [first]

    attaching.attach(context, "script", hints.append)
    context.handlers["page"](later)

    assert "https://app.example/ was open already" in hints[0]
    assert later.handlers.keys() == first.handlers.keys() == {"websocket", "console"}


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("wss://global.vss.twilio.com/signaling", True),
        ("wss://tsock.us1.twilio.com/v3/wsconnect", False),
        ("ws://127.0.0.1:1/signaling?attached", False),
        ("wss://twilio.com.evil.example/signaling", False),
    ],
)
def test_a_page_that_asks_the_real_service_is_told(url, is_told):
    page, hints = playwright("Page", "async_api"), []

    async def add_init_script(_script):
        pass

    page.add_init_script = add_init_script
    asyncio.run(attaching.aattach(page, "script", hints.append))
    page.handlers["websocket"](SimpleNamespace(url=url))

    assert bool(hints) is is_told


def test_a_browser_that_blocks_this_machine_is_told():
    page, hints = playwright("Page"), []
    attaching.attach(page, "script", hints.append)

    for text in (
        "hello",
        "WebSocket failed: net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS",
    ):
        page.handlers["console"](SimpleNamespace(text=text))

    (hint,) = hints
    assert "twilio_video_server.chromium_args" in hint


@pytest.mark.skipif(find_spec("trustme") is None, reason="the extra is not installed")
def test_the_server_has_the_script_and_the_flags():
    from pytest_twilio_video import FakeTwilioVideoServer

    with FakeTwilioVideoServer(FakeTwilioVideo()) as server:
        script, flags = server.browser_script, server.resolver_args
        address = server.url.removeprefix("http://")

    assert f"ws://{address}" in script
    assert not flags[0].endswith(address)
    assert isinstance(FakeTwilioVideoServer.chromium_args, tuple)


@pytest.mark.skipif(find_spec("trustme") is None, reason="the extra is not installed")
@pytest.mark.parametrize(
    ("host", "is_led_here"),
    [
        ("global.vss.twilio.com", True),
        ("de1.vss.twilio.com", True),
        ("global.vss.stage.twilio.com", True),
        ("sdkgw.us1.twilio.com", True),
        ("video.twilio.com", True),
        ("video.dublin.ie1.twilio.com", True),
        ("sdk.twilio.com", False),
        ("api.twilio.com", True),
        ("vss.twilio.com.evil.example", False),
    ],
)
def test_the_resolver_leads_all_hosts_of_twilio_here_but_one(host, is_led_here):
    """A page may load the SDK from sdk.twilio.com."""
    from pytest_twilio_video import FakeTwilioVideoServer

    with FakeTwilioVideoServer(FakeTwilioVideo()) as server:
        _, _, rules = server.resolver_args[0].partition("=")

    excluded, mapped = (rule.split(" ") for rule in rules.split(", "))
    assert (excluded[0], mapped[0]) == ("EXCLUDE", "MAP")
    is_mapped = fnmatch.fnmatchcase(host, mapped[1])
    assert (is_mapped and not fnmatch.fnmatchcase(host, excluded[1])) is is_led_here
    assert mapped[2].startswith("127.0.0.1:")


@pytest.mark.skipif(find_spec("trustme") is None, reason="the extra is not installed")
def test_what_a_target_reveals_stands_in_the_timeline():
    from pytest_twilio_video import FakeTwilioVideoServer

    fake, pages = FakeTwilioVideo(), [playwright("Page"), playwright("Page", "async_api")]
    with FakeTwilioVideoServer(fake) as server:
        server.attach(pages[0])
        pages[0].handlers["websocket"](
            SimpleNamespace(url="wss://global.vss.twilio.com/signaling")
        )
        assert server.browser_script in pages[0].scripts
        with pytest.raises(TwilioVideoError, match="not <"):
            asyncio.run(server.aattach(pages[0]))

    assert "asked the real Twilio" in str(fake.timeline)


@pytest.mark.skipif(find_spec("trustme") is None, reason="the extra is not installed")
def test_the_script_is_served_under_the_name_that_is_asked_for():
    from urllib.request import Request, urlopen

    from pytest_twilio_video import FakeTwilioVideoServer

    with FakeTwilioVideoServer(FakeTwilioVideo()) as server:
        url = f"{server.url}/_fake/browser.js"
        with urlopen(url, timeout=10) as answer:  # noqa: S310 -- it is ours
            assert answer.read().decode() == server.browser_script
            assert answer.headers["Content-Type"].startswith("text/javascript")
        request = Request(url, headers={"Host": "localhost:4080"})  # noqa: S310
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            assert '"ws://localhost:4080"' in answer.read().decode()


@pytest.mark.skipif(find_spec("trustme") is None, reason="the extra is not installed")
def test_the_resolver_leads_any_name_of_twilios_here_over_tls():
    import ssl

    from urllib.parse import urlsplit

    from pytest_twilio_video import FakeTwilioVideoServer

    with FakeTwilioVideoServer(FakeTwilioVideo()) as server:
        port = urlsplit("//" + server.resolver_args[0].rpartition(" ")[2]).port
        assert server.resolver_args == server.resolver_args
        context = ssl.create_default_context(cafile=server.ca_file)
        for name in ("global.vss.twilio.com", "sdkgw.us1.twilio.com"):
            with (
                socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
                context.wrap_socket(raw, server_hostname=name) as secure,
            ):
                names = secure.getpeercert()["subjectAltName"]
        assert names == (("DNS", "sdkgw.us1.twilio.com"),)
