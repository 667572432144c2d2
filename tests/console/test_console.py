"""The console in Chromium: what it does, what it shows, and for whom. ``tox run -e browser``."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tarfile
import threading
import time

from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

from plain_http import asked

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer
from pytest_twilio_video._server.server import listen, serve


sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=15_000)

AXE = "axe-core@4.10.3"
NOON = datetime(2026, 1, 31, 9, tzinfo=timezone.utc)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def told(page):
    """The live region."""
    return page.get_by_role("status")


def room_card(page, name):
    return page.get_by_role("article", name=name)


def person(page, identity):
    return page.get_by_role("group", name=identity, exact=True)


def section(page, title):
    return page.get_by_role("region", name=title)


class Waiting:
    """Waits until the fake is as it should be: a press takes effect a moment later."""

    def __init__(self, page):
        self._page = page

    def until(self, is_so):
        for _ in range(300):
            if is_so():
                return
            self._page.wait_for_timeout(50)
        pytest.fail("it did not happen")


@pytest.fixture
def wait(page):
    return Waiting(page)


# Doing.


def test_a_room_is_created(fake, page):
    page.get_by_label("Room name").fill("standup")
    press(page, "Create room")

    expect(room_card(page, "standup")).to_be_visible()
    expect(told(page)).to_contain_text("standup")
    expect(page.get_by_label("Room name")).to_have_value("")
    assert [room.unique_name for room in fake.rooms] == ["standup"]


def test_a_room_has_its_callback_url_and_is_recorded(fake, page):
    page.get_by_label("Room name").fill("standup")
    page.get_by_label("Callback URL").fill("https://app.example/hook")
    page.get_by_label("Record").check()
    press(page, "Create room")

    expect(room_card(page, "standup")).to_be_visible()
    room = fake.rooms["standup"]
    assert room.status_callback == "https://app.example/hook"
    assert room.record_participants_on_connect


def test_somebody_joins_without_tracks(fake, page):
    fake.rooms.create(unique_name="standup")
    page.get_by_label("Identity").fill("alice")
    press(page, "Join standup")

    expect(person(page, "alice")).to_be_visible()
    expect(page.get_by_label("Identity")).to_have_value("")
    assert len(fake.rooms["standup"].participants["alice"].published_tracks) == 0


def test_somebody_joins_with_tracks(fake, page):
    fake.rooms.create(unique_name="standup")
    page.get_by_label("Identity").fill("alice")
    page.get_by_role("checkbox", name="audio").check()
    page.get_by_role("checkbox", name="video").check()
    press(page, "Join standup")

    for name in ("Mute audio", "Unpublish audio", "Mute video", "Unpublish video"):
        expect(person(page, "alice").get_by_role("button", name=name)).to_be_visible()
    tracks = fake.rooms["standup"].participants["alice"].published_tracks
    assert [track.kind for track in tracks] == ["audio", "video"]


def test_without_an_identity_the_fake_makes_one_up(fake, page):
    room = fake.rooms.create(unique_name="standup")
    press(page, "Join standup")

    expect(page.get_by_role("button", name="Publish audio")).to_be_visible()
    expect(person(page, room.participants[0].identity)).to_be_visible()


@pytest.mark.parametrize("kind", ["audio", "video", "data"])
def test_a_track_is_published_muted_unmuted_and_unpublished(fake, page, wait, kind):
    alice = fake.rooms.create(unique_name="standup").connect("alice")
    press(page, f"Publish {kind}")
    expect(page.get_by_role("button", name=f"Mute {kind}", exact=True)).to_be_visible()
    track = alice.published_tracks[0]
    assert (track.kind, track.enabled) == (kind, True)

    press(page, f"Mute {kind}")
    expect(page.get_by_role("button", name=f"Unmute {kind}")).to_be_focused()
    assert not track.enabled

    press(page, f"Unmute {kind}")
    expect(page.get_by_role("button", name=f"Mute {kind}", exact=True)).to_be_focused()
    assert track.enabled

    press(page, f"Unpublish {kind}")
    expect(page.get_by_role("button", name=f"Unpublish {kind}")).to_have_count(0)
    assert len(alice.published_tracks) == 0


def test_a_track_with_a_name_is_called_by_it(fake, page):
    alice = fake.rooms.create(unique_name="standup").connect("alice")
    alice.publish("audio", "microphone")
    alice.publish("audio")
    alice.publish("audio")

    for name in ("Mute microphone", "Mute audio", "Mute audio 2"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    press(page, "Mute microphone")
    expect(page.get_by_role("button", name="Unmute microphone")).to_be_visible()
    assert [track.enabled for track in alice.published_tracks] == [False, True, True]


def test_somebody_leaves(fake, page):
    room = fake.rooms.create(unique_name="standup")
    alice, bob = room.connect("alice"), room.connect("bob")
    press(page, "Leave alice")

    expect(page.get_by_role("button", name="Leave alice")).to_have_count(0)
    expect(room_card(page, "standup")).to_contain_text("Left: alice")
    assert (alice.status, bob.status) == ("disconnected", "connected")


def test_somebody_loses_the_network_and_comes_back(fake, page):
    alice = fake.rooms.create(unique_name="standup").connect("alice")
    press(page, "Drop network alice")
    expect(page.get_by_role("button", name="Resume alice")).to_be_focused()
    expect(person(page, "alice")).to_contain_text("reconnecting")
    assert alice.status == "reconnecting"

    press(page, "Resume alice")
    expect(page.get_by_role("button", name="Drop network alice")).to_be_focused()
    assert alice.status == "connected"


def test_a_room_is_completed(fake, page):
    room = fake.rooms.create(unique_name="standup")
    press(page, "Complete standup")

    expect(page.get_by_role("button", name="Complete standup")).to_have_count(0)
    expect(page.get_by_role("button", name="Join standup")).to_have_count(0)
    expect(page.get_by_text("1 ended room")).to_be_visible()
    expect(room_card(page, "standup")).to_contain_text("completed")
    assert room.status == "completed"


def test_the_next_timer_runs(fake, page):
    room = fake.rooms.create(unique_name="standup")
    expect(section(page, "Next timers")).to_contain_text("in 5 min unused room timeout of standup")
    press(page, "Run next timer")

    expect(told(page)).to_have_text("Run next timer: unused room timeout of standup")
    expect(page.locator("#now")).to_contain_text("09:05:00")
    assert room.status == "completed"


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("1 s", timedelta(seconds=1)),
        ("1 min", timedelta(minutes=1)),
        ("5 min", timedelta(minutes=5)),
        ("1 h", timedelta(hours=1)),
    ],
)
def test_time_is_advanced(fake, page, name, by):
    press(page, f"Advance {name}")

    expect(page.locator("#now")).to_contain_text(f"{NOON + by:%H:%M:%S}")
    assert fake.clock.now == NOON + by


def test_callbacks_are_flushed(fake, page, receiver):
    with_hook = {"unique_name": "standup", "status_callback": receiver.url}
    fake.rooms.create(**with_hook)
    expect(section(page, "Webhooks")).to_contain_text("waiting")
    fake.callbacks.hold()
    fake.callbacks.deliver_to("network")
    press(page, "Flush callbacks")
    expect(told(page)).to_have_text("Flush callbacks: 0 callbacks delivered")
    expect(section(page, "Webhooks")).to_contain_text("held: callbacks.release() delivers it")

    asked(url_of(page), "POST", "/_fake/callbacks/release", {})
    expect(section(page, "Webhooks")).to_contain_text("200 room-created standup")


def test_the_account_is_reset(fake, page):
    fake.rooms.create(unique_name="standup").connect("alice")
    fake.clock.advance(minutes=1)
    expect(room_card(page, "standup")).to_be_visible()
    press(page, "Reset")

    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.locator("#now")).to_contain_text("09:00:00")
    expect(section(page, "Over time")).to_contain_text("Nothing has happened yet")
    expect(page.get_by_role("button", name="Reset")).to_be_focused()
    assert len(fake.rooms) == 0


def test_an_error_is_shown_where_it_was_caused_with_the_message_of_the_api(fake, page):
    fake.rooms.create(unique_name="standup").connect("alice").drop_network()
    page.get_by_label("Room name").fill("standup")
    press(page, "Create room")
    refused = "Twilio would refuse this: Room exists (code 53113, HTTP 400)"
    expect(page.locator("form#create").get_by_role("alert")).to_have_text(refused)
    expect(page.get_by_label("Room name")).to_have_accessible_description(refused)

    page.get_by_label("Identity").fill("bob\0")
    press(page, "Join standup")
    shown = room_card(page, "standup").locator("form").get_by_role("alert")
    expect(shown).to_contain_text("53202")

    press(page, "Leave alice")
    expect(person(page, "alice").get_by_role("alert")).to_contain_text("53001")

    page.get_by_label("Room name").fill("another")
    press(page, "Create room")
    expect(page.locator("form#create").get_by_role("alert")).to_have_count(0)


def test_an_error_of_the_clock_is_shown_below_the_clock(show):
    with FakeTwilioVideoServer(FakeTwilioVideo(start="9999-12-31T23:30:00Z")) as server:
        page = show(server.url)
        press(page, "Advance 1 h")

        shown = page.get_by_role("group", name="Clock").get_by_role("alert")
        expect(shown).to_contain_text("the calendar has no moment that is {'hours': 1} after")


# Teaching.


def arrange(fake):
    room = fake.rooms.create(unique_name="standup")
    alice = room.connect("alice")
    alice.publish("audio", "microphone")
    alice.publish("video")
    room.connect("bob").drop_network()


def fill_in(page):
    page.get_by_label("Room name").fill("retro 'n' \"co\"")
    page.get_by_label("Callback URL").fill("https://app.example/hook")
    page.get_by_label("Record").check()
    page.get_by_label("Identity").fill("zoë")
    page.get_by_role("checkbox", name="audio").check()


CONTROLS = [
    "Create room",
    "Join standup",
    "Complete standup",
    "Leave alice",
    "Drop network alice",
    "Resume bob",
    "Mute microphone",
    "Unpublish microphone",
    "Mute video",
    "Publish data",
    "Run next timer",
    "Advance 1 s",
    "Advance 1 min",
    "Advance 5 min",
    "Advance 1 h",
    "Flush callbacks",
    "Reset",
]


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_shows_the_python_call_and_the_curl_that_do_the_same(name, fake, page, wait):
    """
    The call is made in a second fake, and the command is sent to a third.
    """
    python_fake, curl_fake = (FakeTwilioVideo(seed="a test", start=NOON) for _ in range(2))
    for each in (fake, python_fake, curl_fake):
        arrange(each)
    fill_in(page)
    control = page.get_by_role("button", name=name, exact=True).first
    control.hover()
    python = page.get_by_role("group", name="Python").inner_text()
    command = page.get_by_role("group", name="curl").inner_text()
    said = told(page).inner_text()
    control.click()
    wait.until(lambda: told(page).inner_text() != said)

    eval(python, {"twilio_video": python_fake})  # noqa: S307 -- it is what the page teaches
    with FakeTwilioVideoServer(curl_fake) as server:
        send(command.replace(url_of(page), server.url), server.url)

    assert python.startswith("twilio_video.")
    assert str(fake.timeline) == str(python_fake.timeline) == str(curl_fake.timeline)
    assert fake.clock.now == python_fake.clock.now == curl_fake.clock.now


def send(command, url):
    """Send what *command* sends: with curl if there is one."""
    shell = shutil.which("sh")
    if shell and shutil.which("curl"):
        done = subprocess.run([shell, "-c", f"{command} --silent --fail"], check=False)
        assert done.returncode == 0
        return
    words = shlex.split(command)
    body = json.loads(words[words.index("-d") + 1]) if "-d" in words else {}
    assert asked(url, "POST", urlsplit(words[-1]).path, body).status < 300


def test_the_shown_curl_has_the_path_at_which_the_console_is_mounted(fake, show):
    import uvicorn

    from starlette.applications import Starlette
    from starlette.routing import Mount

    application = Starlette(routes=[Mount("/below", FakeTwilioVideoServer(fake))])
    hosting = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None))
    thread = threading.Thread(target=hosting.run)
    thread.start()
    try:
        while not hosting.started:
            time.sleep(0.005)
        port = hosting.servers[0].sockets[0].getsockname()[1]
        page = show(f"http://127.0.0.1:{port}/below/")
        page.get_by_label("Room name").focus()

        expect(page.get_by_role("group", name="curl")).to_contain_text(
            f"http://127.0.0.1:{port}/below/_fake/rooms"
        )
        page.close()  # Its stream of news would keep the hosting server open.
    finally:
        hosting.should_exit = hosting.force_exit = True
        thread.join()


def test_the_shown_call_has_what_is_typed_into_the_controls(fake, page):
    fake.rooms.create(unique_name="standup")
    python = page.get_by_role("group", name="Python")
    page.get_by_label("Room name").focus()
    expect(python).to_have_text("twilio_video.rooms.create()")
    page.get_by_label("Room name").fill("x")
    expect(python).to_have_text('twilio_video.rooms.create(unique_name="x")')
    page.get_by_label("Identity").fill("alice")
    expect(python).to_have_text('twilio_video.rooms["standup"].connect("alice")')


def test_the_shown_call_has_the_sid_of_a_room_if_the_name_is_not_unique(fake, page):
    first = fake.rooms.create(unique_name="standup")
    first.complete()
    room = fake.rooms.create(unique_name="a/b")
    expect(room_card(page, "a/b")).to_be_visible()
    page.get_by_role("button", name="Complete a/b").hover()

    expect(page.get_by_role("group", name="Python")).to_contain_text(f'rooms["{room.sid}"]')
    press(page, "Complete a/b")
    expect(page.get_by_role("button", name="Complete a/b")).to_have_count(0)
    assert room.status == "completed"


# Live.


def test_the_page_shows_at_once_what_a_test_does_in_python(fake, page):
    room = fake.rooms.create(unique_name="standup", record_participants_on_connect=True)
    expect(room_card(page, "standup")).to_be_visible()
    expect(told(page)).to_contain_text("room-created standup")
    alice = room.connect("alice", tracks=("audio",))
    expect(person(page, "alice")).to_be_visible()
    expect(room_card(page, "standup")).to_contain_text("recording, audio of alice: processing")
    alice.published_tracks[0].disable()
    expect(person(page, "alice")).to_contain_text("audio, muted")
    alice.drop_network()
    expect(person(page, "alice")).to_contain_text("reconnecting")
    fake.clock.advance(minutes=2)
    expect(page.locator("#now")).to_contain_text("09:02:00")
    expect(room_card(page, "standup")).to_contain_text("Left: alice (53001)")
    expect(room_card(page, "standup")).to_contain_text("recording, audio of alice: completed")
    room.complete()
    expect(page.get_by_text("1 ended room")).to_be_visible()


def test_rooms_are_drawn_over_time_as_in_the_report(fake, page):
    room = fake.rooms.create(unique_name="standup", status_callback="https://app.example/hook")
    room.connect("alice", tracks=("audio",)).published_tracks[0].disable()
    fake.clock.advance(minutes=3)
    chart = section(page, "Over time").locator("#chart")
    names = chart.locator(".names div")

    expect(names).to_have_text(["actions", "standup", "alice", "audio", "callbacks"])
    expect(chart.locator(".bar.room, .bar.participant, .bar.audio")).to_have_count(6)
    expect(chart.locator(".muted")).to_have_count(1)
    expect(chart.locator("svg")).to_contain_text("3 min")
    asked(url_of(page), "POST", "/v1/Rooms", UniqueName="by the app")
    expect(names.first).to_have_text("API calls")


def test_the_chart_scrolls_to_its_latest_entries(fake, page):
    for number in range(30):
        fake.rooms.create(unique_name=f"room-{number}").connect("alice")
        fake.clock.advance(seconds=1)
    chart = section(page, "Over time").locator("#chart")
    expect(chart).to_contain_text("room-29")

    def beyond():
        return chart.evaluate(
            """(down) => {
                const across = down.querySelector(".chart");
                return [down.scrollHeight - down.clientHeight - down.scrollTop,
                        across.scrollWidth - across.clientWidth - across.scrollLeft];
            }"""
        )

    assert max(beyond()) < 2
    chart.evaluate(
        """(down) => { down.scrollTop = 0; down.querySelector(".chart").scrollLeft = 0 }"""
    )
    fake.rooms.create(unique_name="late")
    expect(chart).to_contain_text("late")
    assert min(beyond()) > 100


def test_callbacks_are_shown_with_their_responses_and_problems(fake, page, receiver):
    fake.callbacks.deliver_to("network")
    receiver.statuses["participant-connected"] = 500
    room = fake.rooms.create(unique_name="standup", status_callback=receiver.url)
    room.connect("alice")
    hooks = section(page, "Webhooks")

    expect(hooks.get_by_role("listitem").nth(1)).to_contain_text("200 room-created standup")
    refused = hooks.get_by_role("listitem").nth(0)
    expect(refused).to_contain_text("500 participant-connected alice in standup")
    expect(refused).to_contain_text("the application answered 500")
    refused.locator("summary").click()
    expect(refused).to_contain_text("ParticipantIdentity")
    expect(refused).to_contain_text(receiver.url)


def test_calls_are_shown_with_their_status_and_error(fake, page):
    asked(url_of(page), "POST", "/v1/Rooms", UniqueName="x")
    asked(url_of(page), "POST", "/v1/Rooms", UniqueName="x")
    log = section(page, "Calls and events")

    expect(log).to_contain_text("POST /v1/Rooms → 400 (code 53113) UniqueName=x")
    expect(log).to_contain_text("POST /v1/Rooms → 201 UniqueName=x")


def test_faults_are_shown_with_their_hits(fake, page):
    faults = section(page, "Faults")
    fault = fake.fail("GET", "/v1/Rooms", status=503, times=None)
    expect(faults).to_contain_text("0 hits 503 (code 20503) for GET /v1/Rooms")
    asked(url_of(page), "GET", "/v1/Rooms")
    expect(faults).to_contain_text("1 hit 503")
    fault.stop()
    expect(faults).to_contain_text("No faults are injected")
    fake.callbacks.drop("room-ended")
    asked(url_of(page), "POST", "/_fake/callbacks/hold", {})
    expect(faults).to_contain_text("callbacks.drop('room-ended')")


def test_compositions_are_shown(fake, page):
    room = fake.rooms.create(unique_name="standup", record_participants_on_connect=True)
    room.connect("alice", tracks=("audio",))
    room.complete()
    fake.clock.advance(minutes=1)
    form = {"RoomSid": room.sid, "AudioSources": "*", "Format": "mp4"}
    assert asked(url_of(page), "POST", "/v1/Compositions", **form).status == 201
    page.get_by_role("button", name="standup", exact=True).click()

    expect(room_card(page, "standup")).to_contain_text("composition, mp4: enqueued")
    fake.clock.advance(hours=1)
    expect(room_card(page, "standup")).to_contain_text("composition, mp4: completed")


def test_a_made_up_past_is_shown(fake, page):
    fake.populate(rooms=5)

    expect(page.get_by_text("5 ended rooms")).to_be_visible()


def test_a_running_clock_runs_on_the_page(browser, show):
    with FakeTwilioVideoServer(FakeTwilioVideo(start=NOON, clock="running")) as server:
        page = show(server.url)
        expect(page.locator("#now")).to_contain_text("running")
        expect(page.locator("#now")).to_contain_text("09:00:02")


def test_the_page_receives_changes_without_polling(fake, show, server):
    page = show()
    asks = []
    page.on("request", lambda request: asks.append(request.url))
    fake.rooms.create(unique_name="standup").connect("alice")
    expect(person(page, "alice")).to_be_visible()
    page.wait_for_timeout(1500)

    assert asks == []


def test_the_page_sends_requests_only_to_its_server_and_sets_no_cookie(browser, server):
    context = browser.new_context()
    page = context.new_page()
    asks = []
    page.on("request", lambda request: asks.append(request.url))
    page.goto(server.url)
    page.locator("#connection.live").wait_for()

    asks = [url for url in asks if not url.startswith("data:")]
    assert asks == [f"{server.url}/", f"{server.url}/_fake/watch"]
    assert context.cookies() == []
    context.close()


def test_the_page_reconnects_when_the_server_returns(show):
    fakes = [FakeTwilioVideo(start=NOON) for _ in range(2)]
    fakes[0].rooms.create(unique_name="first")
    fakes[1].rooms.create(unique_name="second")
    with listen(fakes[0]) as listener:
        with serve(fakes[0], listener):
            page = show(listener.url)
            expect(room_card(page, "first")).to_be_visible()
        expect(page.locator("#connection")).to_have_text("disconnected")
        with serve(fakes[1], listener):
            expect(room_card(page, "second")).to_be_visible()
            expect(room_card(page, "first")).to_have_count(0)
            expect(told(page)).to_have_text("Connected again.")


# For everyone.


def test_there_is_one_h1_one_main_and_a_live_region(page):
    for selector in ("h1", "main", "[role=status]"):
        expect(page.locator(selector)).to_have_count(1)
    expect(page).to_have_title("Fake Twilio Video")


def focus_by_tab(page, role, name):
    target = page.get_by_role(role, name=name, exact=True)
    for _ in range(120):
        page.keyboard.press("Tab")
        if target.evaluate("(each) => each === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to the {role} {name}")


def test_every_control_can_be_used_with_the_keyboard(fake, page):
    focus_by_tab(page, "textbox", "Room name")
    page.keyboard.type("standup")
    page.keyboard.press("Enter")
    expect(room_card(page, "standup")).to_be_visible()
    focus_by_tab(page, "textbox", "Identity")
    page.keyboard.type("alice")
    focus_by_tab(page, "checkbox", "audio")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(person(page, "alice")).to_be_visible()
    for name in ("Advance 5 min", "Mute audio", "Drop network alice", "Run next timer"):
        focus_by_tab(page, "button", name)
        page.keyboard.press("Enter")
        expect(told(page)).to_contain_text(name.split()[0])
    focus_by_tab(page, "button", "Complete standup")
    page.keyboard.press("Space")

    expect(page.get_by_text("1 ended room")).to_be_visible()
    assert fake.rooms["standup"].participants["alice"].disconnect_error == 53001


def test_the_focus_stays_when_something_changes(fake, page):
    room = fake.rooms.create(unique_name="standup")
    room.connect("alice", tracks=("audio",))
    page.get_by_label("Identity").fill("bo")
    page.get_by_label("Identity").evaluate("(each) => each.setSelectionRange(1, 1)")
    room.connect("carol")
    fake.rooms.create(unique_name="another").connect("dave")
    fake.clock.advance(minutes=1)
    expect(person(page, "dave")).to_be_visible()
    page.keyboard.type("x")

    expect(room_card(page, "standup").get_by_label("Identity")).to_have_value("bxo")
    for number in range(20):  # So many are not unfolded at once.
        fake.rooms.create(unique_name=f"room-{number}")
    expect(room_card(page, "room-19")).to_be_visible()
    expect(room_card(page, "standup").get_by_label("Identity")).to_be_focused()
    page.get_by_role("button", name="Mute audio").focus()
    room.participants["alice"].published_tracks[0].disable()
    expect(page.get_by_role("button", name="Unmute audio")).to_be_focused()


def test_the_focus_moves_to_a_near_control_when_its_own_goes_away(fake, page):
    room = fake.rooms.create(unique_name="standup")
    alice, bob = room.connect("alice"), room.connect("bob")
    page.get_by_role("button", name="Leave alice").focus()
    alice.disconnect()
    expect(page.get_by_role("button", name="Drop network bob")).to_be_focused()
    bob.disconnect()
    expect(page.get_by_label("Identity")).to_be_focused()
    room.complete()
    expect(page.get_by_role("button", name="standup", exact=True)).to_be_focused()


def test_names_are_never_interpreted_as_markup(fake, page):
    evil = "<img src=x onerror=alert(1)>&amp;'\""
    room = fake.rooms.create(unique_name=evil, status_callback="https://app.example/hook")
    room.connect(evil).publish("audio", evil)
    fake.clock.advance(minutes=1)

    expect(room_card(page, evil)).to_be_visible()
    for name in (f"Join {evil}", f"Complete {evil}", f"Leave {evil}", f"Mute {evil}"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(page.locator("img")).to_have_count(0)
    press(page, f"Mute {evil}")
    expect(page.get_by_role("button", name=f"Unmute {evil}", exact=True)).to_be_visible()


def everything(fake, page):
    """Let the page show something of each kind."""
    room = fake.rooms.create(
        unique_name="standup",
        status_callback="https://app.example/a-rather-long-path/" + "x" * 90,
        record_participants_on_connect=True,
    )
    alice = room.connect("alice", tracks=("audio", "video", "data"))
    room.connect("bob-" + "b" * 100).drop_network()
    room.connect("carol").disconnect()
    alice.published_tracks[0].disable()
    fake.rooms.create(unique_name="past").complete()
    fake.rooms.create(unique_name="n" * 128)
    fake.fail(code=20429)
    asked(url_of(page), "GET", "/v1/Rooms")
    asked(url_of(page), "GET", "/v1/Rooms/nobody")
    fake.clock.advance(minutes=1)
    page.get_by_label("Room name").fill("standup")
    press(page, "Create room")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.locator("#callbacks summary").first.click()
    page.locator("#key summary").click()


@pytest.fixture(name="axe", scope="module")
def _axe(tmp_path_factory):
    """The script of axe-core, which npm fetches."""
    npm, place = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("there is no npm, which fetches axe-core")
    command = [npm, "pack", AXE, "--silent"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot fetch {AXE}: {done.stderr.strip()[-200:]}")
    with tarfile.open(next(place.glob("*.tgz"))) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_no_serious_accessibility_problem(fake, show, axe, theme, width):
    page = show(viewport={"width": width, "height": 900}, color_scheme=theme)
    everything(fake, page)
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")

    assert found["testEngine"]["name"] == "axe-core"
    assert len(found["violations"]) == 0, [
        (each["id"], each["impact"], [node["html"] for node in each["nodes"]])
        for each in found["violations"]
    ]
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_the_theme_can_be_chosen(show):
    page = show(color_scheme="light")
    for words, theme in (("dark", "dark"), ("light", "light"), ("system", "light")):
        page.get_by_role("button", name="Theme").click()
        expect(page.get_by_role("button", name=f"Theme: {words}")).to_be_visible()
        assert page.evaluate("document.documentElement.dataset.theme") == theme


@pytest.mark.parametrize("width", [390, 320, 768])
def test_nothing_on_the_page_is_wider_than_a_phone(fake, show, width):
    page = show(viewport={"width": width, "height": 844})
    everything(fake, page)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_controls_are_at_least_24_pixels_high_and_wide(fake, page):
    everything(fake, page)
    small = page.evaluate(
        """[...document.querySelectorAll("button, input, a, summary")]
        .filter((each) => each.checkVisibility())
        .map((each) => [each.outerHTML, each.getBoundingClientRect()])
        .filter(([, { width, height }]) => width < 24 || height < 24)
        .map(([html]) => html)"""
    )

    assert small == []


def test_a_thousand_rooms_are_shown_and_can_be_used(fake, page):
    for number in range(1000):
        fake.rooms.create(unique_name=f"room-{number}").connect("alice", tracks=("audio",))
    expect(page.get_by_text("1000 in progress")).to_be_visible()
    page.get_by_role("searchbox", name="Filter").fill("room-77")
    expect(page.get_by_role("article")).to_have_count(11)
    page.get_by_role("button", name="room-770", exact=True).click()
    press(page, "Complete room-770")

    expect(page.get_by_text("1 ended room")).to_be_visible()
    expect(page.get_by_text("999 in progress")).to_be_visible()
    fake.clock.advance(hours=25)
    expect(page.get_by_text("11 ended rooms")).to_be_visible()
    page.get_by_role("searchbox", name="Filter").fill("")
    expect(page.get_by_text("1000 ended rooms")).to_be_visible()


def test_the_policy_forbids_foreign_scripts(browser, server):
    policy = asked(server.url, "GET", "/").headers["content-security-policy"]
    page = browser.new_page()
    page.goto(server.url)
    page.evaluate(
        """document.body.append(Object.assign(
            document.createElement("script"), { textContent: "window.isRun = true" }))"""
    )

    assert page.evaluate("window.isRun") is None
    page.close()
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/=]+';", policy)


def url_of(page):
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"
