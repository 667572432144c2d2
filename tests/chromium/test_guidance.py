"""What is wrong with a browser or a page is recognized and named."""

from __future__ import annotations

import pytest

from pytest_twilio_video import FakeTwilioVideoServer


NOWHERE = "--host-resolver-rules=MAP *.twilio.com ~NOTFOUND"


@pytest.fixture
def hint(twilio_video):
    """Wait until the timeline has *text*."""

    def hint(page, text):
        for _ in range(200):
            if text in str(twilio_video.timeline):
                return
            page.wait_for_timeout(20)
        pytest.fail(f"{text!r} is not in\n{twilio_video.timeline}")

    return hint


@pytest.fixture
def launch(playwright, chromium):
    browsers = []

    def launch(*flags):
        browsers.append(
            playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *flags])
        )
        return browsers[-1]

    yield launch
    for browser in browsers:
        browser.close()


def test_a_hint_says_that_a_page_was_open_before_it_was_attached(
    launch, serve_page, twilio_video_server, token, hint
):
    context = launch(NOWHERE, *FakeTwilioVideoServer.chromium_args).new_context()
    url = serve_page(context)
    page = context.new_page()
    page.goto(url)

    twilio_video_server.attach(page)

    hint(page, "was open already when it was attached")
    joined = page.evaluate("(token) => join(token, { name: 'standup' })", token("alice"))
    assert joined["code"] == 53000
    hint(page, "asked the real Twilio at wss://global.vss.twilio.com/signaling")


def test_a_hint_says_that_a_page_has_no_secure_context(context, serve_page, hint):
    page = context.new_page()

    page.goto(serve_page(context, "http://app.example/"))

    hint(page, "http://app.example is not a secure context")


def test_a_hint_says_that_a_browser_has_no_camera(launch, serve_page, twilio_video_server, hint):
    context = launch("--ip-address-space-overrides=127.0.0.1:0=public").new_context()
    url = serve_page(context)
    twilio_video_server.attach(context)
    page = context.new_page()
    page.goto(url)

    page.evaluate("Twilio.Video.createLocalVideoTrack().catch(() => {})")

    hint(page, "the page got no camera or microphone (NotFoundError): start Chromium with")


def test_a_hint_says_that_a_browser_blocks_connections_to_this_machine(
    launch, serve_page, twilio_video_server, token, hint
):
    context = launch().new_context()
    url = serve_page(context)
    twilio_video_server.attach(context)
    page = context.new_page()
    page.goto(url)

    assert page.evaluate("(token) => join(token)", token("alice"))["code"] == 53000

    hint(page, "Chromium keeps the page from connecting to this machine")
