"""The ways in which a browser is pointed at the fake."""

from __future__ import annotations

import asyncio
import threading

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pytest_twilio_video import FakeTwilioVideoServer, TwilioVideoError


JOIN = "(token) => join(token, { name: 'standup' })"


@pytest.fixture
def website(sdk, tmp_path):
    """Our page, served by a web server."""
    (tmp_path / "twilio-video.js").symlink_to(sdk)
    (tmp_path / "index.html").symlink_to(Path(__file__).with_name("page.html"))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args):
            pass

    handler = partial(Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_single_page_can_be_attached(browser, website, twilio_video_server, token, room):
    page = browser.new_page()
    twilio_video_server.attach(page)

    page.goto(website)

    assert page.evaluate(JOIN, token("alice"))["identity"] == "alice"
    page.close()


def test_async_playwright_is_attached_with_await(
    chromium, website, twilio_video_server, token, room
):
    from playwright.async_api import async_playwright

    async def run():
        async with async_playwright() as playwright:
            flags = ["--no-sandbox", *twilio_video_server.chromium_args]
            browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
            page = await browser.new_page()
            with pytest.raises(TwilioVideoError, match="aattach"):
                twilio_video_server.attach(page)
            await twilio_video_server.aattach(page)
            await page.goto(website)
            joined = await page.evaluate(JOIN, token("alice"))
            await browser.close()
            return joined

    with ThreadPoolExecutor(1) as pool:  # This thread has the loop of the sync API.
        joined = pool.submit(asyncio.run, run()).result()

    assert joined["identity"] == "alice"


@pytest.fixture
def driver(chromium):
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    import shutil

    path = shutil.which("chromedriver")
    if path is None:
        pytest.skip("chromedriver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", *FakeTwilioVideoServer.chromium_args):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(path))
    yield driver
    driver.quit()


def test_selenium_is_attached(driver, website, twilio_video_server, token, room):
    twilio_video_server.attach(driver)
    room.connect("bob", tracks=("video",))

    driver.get(website)
    driver.set_script_timeout(15)
    joined = driver.execute_async_script(
        "join(arguments[0], { name: 'standup' }).then(arguments[1])", token("alice")
    )

    assert joined["others"] == ["bob"]
    moves = "becomes(moves, 'bob', 10000).then(arguments[0])"
    assert driver.execute_async_script(moves) is True


def test_resolver_flags_are_enough_for_pages_to_meet(
    playwright, chromium, website, twilio_video_server, token, room
):
    """The certificate is trusted by its key, so the flag that trusts everything is not needed."""
    room.connect("carol", tracks=("video",))
    flags = [
        "--no-sandbox",
        *twilio_video_server.chromium_args,
        *twilio_video_server.resolver_args,
    ]
    browser = playwright.chromium.launch(executable_path=chromium, args=flags)
    pages = {}
    for name in ("alice", "bob"):
        page = pages[name] = browser.new_page()
        page.goto(website)
        options = "{ name: 'standup', tracks: undefined, audio: true, video: true }"
        joined = page.evaluate(f"(token) => join(token, {options})", token(name))
        assert "carol" in joined["others"]

    for name, other in (("alice", "bob"), ("bob", "alice")):
        assert pages[name].evaluate("(other) => becomes(moves, other, 10000)", other)
        assert not pages[name].evaluate("sees(['trackSubscribed', 'video', 'carol'])")
    browser.close()


def test_the_sdk_can_be_given_the_url_of_the_server_instead_of_the_script(
    browser, website, twilio_video_server, token, room
):
    page = browser.new_page()
    page.goto(website)
    at = twilio_video_server.url.replace("http:", "ws:")

    joined = page.evaluate(
        "([token, at]) => join(token, { name: 'standup', wsServer: `${at}/signaling`,"
        " wsServerInsights: `${at}/v1/VideoEvents` })",
        [token("alice"), at],
    )

    assert joined["identity"] == "alice"
    page.close()


def test_a_suite_in_another_language_gets_the_script_from_the_server(
    browser, website, twilio_video_server, token, room
):
    from urllib.request import urlopen

    with urlopen(f"{twilio_video_server.url}/_fake/browser.js") as answer:  # noqa: S310 -- it is ours
        script = answer.read().decode()
    page = browser.new_page()
    page.add_init_script(script)
    page.goto(website)

    assert page.evaluate(JOIN, token("alice"))["identity"] == "alice"
    assert script == twilio_video_server.browser_script
    page.close()


@pytest.mark.parametrize("region", ["de1", "gll", "us1"])
def test_requests_for_every_region_reach_the_fake(join, room, region):
    assert join("alice", region=region).joined["identity"] == "alice"


def test_a_context_that_is_attached_again_uses_the_server_of_now(
    browser, website, twilio_video, token
):
    twilio_video.rooms.create(unique_name="standup")
    context = browser.new_context()
    for _ in range(2):
        with FakeTwilioVideoServer(twilio_video) as server:
            server.attach(context)
            page = context.new_page()
            page.goto(website)
            assert page.evaluate(JOIN, token("alice"))["identity"] == "alice"
            page.close()
    context.close()


def test_the_server_stops_at_once_while_pages_are_in_a_room(browser, website, twilio_video, token):
    import time

    twilio_video.rooms.create(unique_name="standup")
    page = browser.new_page()
    with FakeTwilioVideoServer(twilio_video) as server:
        server.attach(page)
        page.goto(website)
        assert page.evaluate(JOIN, token("alice"))["identity"] == "alice"
        before = time.monotonic()

    assert time.monotonic() - before < 5
    assert not [each for each in threading.enumerate() if each.name == "twilio-video-server"][1:]
    page.close()
