"""A front end on Twilio's SDK, in a real browser, without Twilio.

It needs pytest-playwright, a Chromium, and the SDK from npm: ``tox run -e browser`` has them.
"""

import os
import shutil
import threading

from pathlib import Path

import pytest


pytest.importorskip("uvicorn", reason="the extra `server` is not installed")
pytest.importorskip("pytest_playwright", reason="pytest-playwright is not installed")

import classroom_app

from playwright.sync_api import expect
from werkzeug.serving import WSGIRequestHandler, make_server

from pytest_twilio_video import FakeTwilioVideoServer


CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "")) or ""
SDK = Path(os.environ.get("TWILIO_VIDEO_JS", "nowhere"))
VERSIONS = ("2.36.0", "2.32.0")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="CHROMIUM names no browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Give the browser a camera and a microphone, and media over loopback."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", *FakeTwilioVideoServer.chromium_args],
    }


class Handler(WSGIRequestHandler):
    """Closes connections without a request, which Chromium opens in advance."""

    timeout = 1  # second


@pytest.fixture(params=VERSIONS)
def classroom(request, monkeypatch, twilio_video):  # noqa: ARG001 -- which sets the environment
    """The application, as a live server, with one version of the SDK."""
    bundle = SDK / request.param
    if not bundle.joinpath("twilio-video.js").exists():
        pytest.skip(f"TWILIO_VIDEO_JS has no {request.param}")
    monkeypatch.setenv("TWILIO_VIDEO_JS", str(bundle))
    server = make_server("127.0.0.1", 0, classroom_app.app, threaded=True, request_handler=Handler)
    server.daemon_threads = False  # Its end waits for requests of pages that have closed.
    monkeypatch.setenv("CLASSROOM_URL", f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    classroom_app.invitations.clear()
    classroom_app.present.clear()


@pytest.fixture
def room(twilio_video, classroom):  # noqa: ARG001 -- which is what opens it
    return twilio_video.rooms[classroom_app.open_class("biology")]


@pytest.fixture
def enter(classroom, context, twilio_video_server):
    """Open the classroom for somebody, in a page of their own."""
    twilio_video_server.attach(context)

    def enter(name):
        page = context.new_page()
        page.goto(f"{classroom}/?name={name}&room=biology")
        return page

    return enter


def test_two_people_meet(enter, room, twilio_video):
    alice, bob = enter("alice"), enter("bob")

    expect(alice.get_by_role("listitem")).to_have_text(["bob"])
    expect(bob.get_by_role("listitem")).to_have_text(["alice"])
    expect(alice.get_by_title("video of bob")).to_be_visible()
    twilio_video.assert_participant_connected(identity="bob", room=room)
    assert len(room.participants["alice"].published_tracks) == 2


def test_one_page_and_three_others(enter, room):
    people = [room.connect(name, tracks=("audio", "video")) for name in ("bob", "carol", "dave")]

    alice = enter("alice")

    expect(alice.get_by_role("listitem")).to_have_text(["bob", "carol", "dave"])
    for person in people:
        expect(alice.get_by_title(f"video of {person.identity}")).to_be_visible()
    people[1].disconnect()
    expect(alice.get_by_role("listitem")).to_have_text(["bob", "dave"])


def test_the_teacher_mutes(enter, room):
    teacher = room.connect("teacher", tracks=("audio",))
    alice = enter("alice")
    expect(alice.get_by_role("listitem")).to_have_text(["teacher"])

    teacher.published_tracks[0].disable()

    expect(alice.get_by_role("listitem")).to_have_text(["teacher (muted)"])


def test_the_network_drops(enter, room):
    alice, bob = enter("alice"), enter("bob")
    expect(bob.get_by_role("status")).to_have_text("Connected")

    room.participants["bob"].drop_network()

    expect(bob.get_by_role("status")).to_have_text("Reconnecting …")
    expect(alice.get_by_role("listitem")).to_have_text(["bob (away)"])
    room.participants["bob"].resume()
    expect(bob.get_by_role("status")).to_have_text("Connected")
    expect(alice.get_by_role("listitem")).to_have_text(["bob"])


def test_a_network_that_does_not_come_back(enter, room, twilio_video):
    alice, bob = enter("alice"), enter("bob")
    expect(bob.get_by_role("status")).to_have_text("Connected")
    room.participants["bob"].drop_network()

    twilio_video.clock.advance(seconds=30)

    expect(alice.get_by_role("listitem")).to_have_count(0)
    twilio_video.assert_participant_disconnected(room, "bob")


def test_the_page_shows_what_the_application_learns_by_webhooks(enter, twilio_video):
    """The page waits for webhooks while the test waits for the page: so they go to the network."""
    twilio_video.callbacks.deliver_to("network")
    classroom_app.open_class("biology")

    alice = enter("alice")

    expect(alice.get_by_label("In class")).to_have_text("alice")
    enter("bob")
    expect(alice.get_by_label("In class")).to_have_text("alice, bob")


def test_an_invitation_expires(enter, twilio_video):
    classroom_app.open_class("biology")
    classroom_app.invitations["alice"] = classroom_app.token_for("alice", "biology")

    twilio_video.clock.advance(hours=2)

    expect(enter("alice").get_by_role("status")).to_have_text("Your invitation has expired")


def test_class_is_over(enter, room):
    alice = enter("alice")
    expect(alice.get_by_role("status")).to_have_text("Connected")

    room.complete()

    expect(alice.get_by_role("status")).to_have_text("Class is over")


def test_somebody_is_replaced(enter, room):
    alice = enter("alice")
    expect(alice.get_by_role("status")).to_have_text("Connected")

    room.connect("alice")

    expect(alice.get_by_role("status")).to_contain_text("Disconnected")
