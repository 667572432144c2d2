"""The news that keep the console current, and the page itself as it is sent."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import time

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from http.client import HTTPConnection
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer
from pytest_twilio_video._server import console
from pytest_twilio_video._server.console import FEW_ROOMS, MOST_CALLBACKS, MOST_ENTRIES, View
from pytest_twilio_video._server.stream import Changes


HOOK = "https://app.example/hook"


@pytest.fixture
def watch(server):
    """Return a function that returns the next message; the first has everything."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    answers = []

    def following(is_it=lambda _news: True):
        """Return the next message for which *is_it* is true."""
        if not answers:
            connection.request("GET", "/_fake/watch")
            answers.append(connection.getresponse())
            assert answers[0].getheader("Content-Type").startswith("text/event-stream")
        while True:
            name, _, value = answers[0].readline().decode().partition(": ")
            if name == "data" and is_it(news := json.loads(value)):
                return news

    yield following
    connection.close()


def names(news):
    return [room["name"] for room in news["rooms"]]


def test_the_stream_begins_with_the_whole_state(fake, watch):
    news = watch()

    assert news["fresh"] is True
    assert news["account_sid"] == fake.account_sid
    assert (news["now"], news["is_running"]) == ("2026-01-01T09:00:00Z", False)
    assert (news["rooms"], news["callbacks"], news["lines"], news["timers"]) == ([], [], [], [])
    assert news["chart"]["steps"] == []


def test_later_messages_have_only_the_changes(fake, watch):
    watch()
    one = fake.rooms.create(unique_name="one", status_callback=HOOK)
    news = watch(names)
    assert "fresh" not in news
    assert names(news) == ["one"]
    assert [each["event"] for each in news["callbacks"]] == ["room-created"]
    assert [each["what"] for each in news["timers"]] == [
        "unused room timeout of one",
        "24-hour limit of one",
    ]
    fake.rooms.create(unique_name="two")
    assert names(watch(names)) == ["two"]

    alice = one.connect("alice", tracks=("audio",))
    watch(names)
    alice.drop_network()
    news = watch(names)
    assert names(news) == ["one"]
    person = news["rooms"][0]["participants"][0]
    assert (person["identity"], person["status"]) == ("alice", "reconnecting")
    assert [track["kind"] for track in person["tracks"]] == ["audio"]
    assert news["callbacks"] == []


def test_a_move_of_the_clock_is_sent_when_it_is_over(fake, watch):
    watch()
    fake.clock.advance(minutes=3)

    assert watch(lambda news: news["now"] != "2026-01-01T09:00:00Z")["now"] == (
        "2026-01-01T09:03:00Z"
    )


def test_a_callback_is_sent_again_when_it_was_delivered(fake, watch):
    watch()
    fake.rooms.create(status_callback=HOOK)
    first = watch(lambda news: news["callbacks"])
    fake.callbacks.deliver_to(lambda _callback: 204)
    fake.callbacks.flush()
    second = watch(lambda news: news["callbacks"])

    assert first["callbacks"][0]["status_code"] is None
    assert first["pending_callbacks"] == 1
    assert second["callbacks"][0]["id"] == first["callbacks"][0]["id"]
    assert (second["callbacks"][0]["status_code"], second["callbacks"][0]["attempts"]) == (204, 1)
    assert second["pending_callbacks"] == 0


def test_faults_are_sent_when_they_are_injected_and_stopped(fake, ask, watch):
    watch()
    fault = fake.fail("GET", status=503, times=None)
    assert watch(lambda news: news["faults"])["faults"] == [
        {"what": "503 (code 20503) for GET", "hits": 0}
    ]
    ask("GET", "/v1/Rooms")
    assert watch(lambda news: news["faults"][0]["hits"])["faults"][0]["hits"] == 1
    fault.stop()
    assert watch(lambda news: not news["faults"])["faults"] == []
    number = ask("POST", "/_fake/faults", json={"status": 500, "times": 2}).json["id"]
    watch(lambda news: news["faults"])
    ask("DELETE", f"/_fake/faults/{number}")
    watch(lambda news: not news["faults"])
    fake.callbacks.drop("room-ended", times=2)
    room = fake.rooms.create(status_callback=HOOK)
    fake.callbacks.deliver_to(lambda _callback: 200)
    room.complete()
    assert watch(lambda news: news["faults"] and news["faults"][0]["hits"])["faults"] == [
        {"what": "callbacks.drop('room-ended')", "hits": 1}
    ]


def test_after_a_reset_the_whole_state_is_sent_again(fake, watch):
    fake.rooms.create(unique_name="one")
    watch()
    fake.reset()

    news = watch(lambda news: news.get("fresh"))
    assert news["rooms"] == []


def test_a_message_never_has_rooms_of_before_a_reset(fake, server):
    """
    The account may be reset while a message is being made.
    """
    backend = server._listener._served.backend

    class Resetting:
        """The backend, which is reset as soon as somebody asks for the number of resets."""

        def __getattr__(self, name):
            if name == "resets" and fake.rooms:
                fake.reset()
            return getattr(backend, name)

    fake.rooms.create(unique_name="one")
    news = json.loads(View(Resetting(), vars).news())

    assert (news["fresh"], news["rooms"]) == (True, [])


def test_after_callbacks_were_cleared_the_whole_state_is_sent_again(fake, watch):
    fake.rooms.create(unique_name="one", status_callback=HOOK)
    watch(lambda news: news["callbacks"])
    fake.callbacks.clear()
    fake.rooms.create(unique_name="two")

    news = watch(lambda news: news.get("fresh"))
    assert (names(news), news["callbacks"]) == (["one", "two"], [])


def test_a_made_up_past_is_sent(fake, watch):
    """
    Its rooms have no entries in the timeline.
    """
    watch()
    rooms = fake.populate(rooms=3)

    news = watch(lambda news: len(news["rooms"]) == 3)
    assert {room["id"] for room in news["rooms"]} == {room.sid for room in rooms}


def test_many_rooms_that_change_at_once_are_all_sent(fake, watch):
    watch()
    for number in range(2 * FEW_ROOMS):
        fake.rooms.create(unique_name=f"room-{number}")
    told = []
    while len(told) < 2 * FEW_ROOMS:
        told += names(watch(names))

    assert told == [f"room-{number}" for number in range(2 * FEW_ROOMS)]


def test_only_the_latest_callbacks_and_entries_are_sent(fake, watch):
    for number in range(MOST_CALLBACKS + 10):
        fake.rooms.create(unique_name=f"room-{number}", status_callback=HOOK)
    news = watch()

    assert len(news["rooms"]) == MOST_CALLBACKS + 10
    assert len(news["callbacks"]) == MOST_CALLBACKS
    assert news["callbacks_before"] == 10
    assert 0 < len(news["lines"]) <= MOST_ENTRIES
    assert len(news["chart"]["steps"]) == MOST_ENTRIES
    assert news["lines"][-1]["what"].startswith("room-created  room-")


def test_recordings_and_compositions_are_sent(fake, ask, watch):
    room = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    room.connect("alice", tracks=("audio",))
    room.complete()
    fake.clock.advance(minutes=1)
    ask("POST", "/v1/Compositions", RoomSid=room.sid, AudioSources="*", Format="mp4")

    news = watch(lambda news: news["rooms"] and news["rooms"][0]["compositions"])
    (told,) = news["rooms"]
    assert told["recordings"][0]["what"] == "audio of alice"
    assert told["compositions"][0]["what"] == "mp4"


def test_deleted_recordings_and_compositions_are_sent(fake, ask, watch):
    """
    No event tells that they were deleted.
    """
    room = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    room.connect("alice", tracks=("audio",))
    room.complete()
    fake.clock.advance(minutes=1)
    made = ask("POST", "/v1/Compositions", RoomSid=room.sid, AudioSources="*", Format="mp4")
    fake.clock.advance(minutes=10)
    recording = room.recordings[0].sid
    watch(lambda news: news["rooms"] and news["rooms"][0]["compositions"])

    ask("DELETE", f"/v1/Recordings/{recording}")
    (told,) = watch(names)["rooms"]
    assert told["recordings"][0]["status"] == "deleted"
    ask("DELETE", f"/v1/Compositions/{made.json['sid']}")
    (told,) = watch(names)["rooms"]
    assert told["compositions"][0]["status"] == "deleted"


def test_passwords_in_urls_are_left_out_of_the_log(fake, watch):
    fake.rooms.create(status_callback="https://me:secret@app.example/hook")
    news = watch()

    assert "secret" not in json.dumps([news["lines"], news["chart"]])


def test_an_open_page_takes_no_virtual_time():
    with (
        FakeTwilioVideo(sleep="virtual", start="2026-01-01T09:00:00Z", block=False) as fake,
        FakeTwilioVideoServer(fake) as server,
    ):
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        connection.request("GET", "/_fake/watch")
        answer = connection.getresponse()
        for number in range(3):
            fake.rooms.create(unique_name=f"room-{number}")
            while f'"room-{number}"'.encode() not in answer.readline():
                pass
        connection.close()

        assert fake.clock.now == datetime(2026, 1, 1, 9, tzinfo=timezone.utc)


def test_a_head_request_for_the_stream_ends_at_once(ask):
    assert ask("HEAD", "/_fake/watch").body == b""


def test_the_page_is_one_file_and_its_policy_allows_its_own_script(ask):
    answer = ask("GET", "/")
    html, headers = answer.body.decode(), answer.headers

    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers
    for kind, name in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in headers["content-security-policy"]
    assert re.findall(r"\b(?:src|href)=\"(?!data:|_fake/)", html) == []
    assert "/* s" not in html
    assert "unsafe" not in headers["content-security-policy"]


def test_after_news_that_took_long_to_make_there_is_a_long_rest(monkeypatch):
    """
    An open page should hardly slow the test down.
    """
    rests, changes = [], Changes()

    async def rest(seconds):
        rests.append(seconds)

    def slow_news():
        time.sleep(0.5)
        return "{}"

    async def two_messages():
        with ThreadPoolExecutor(1) as workers:
            messages = console.news(SimpleNamespace(news=slow_news), changes, workers)
            assert await anext(messages) == f"retry: {console.RETRY}\n\n"
            assert await anext(messages) == "data: {}\n\n"
            changes.announce()
            assert await anext(messages) == "data: {}\n\n"
            await messages.aclose()

    monkeypatch.setattr(console, "_pass", rest)
    asyncio.run(two_messages())

    assert len(rests) == 1
    assert console.PAUSE < rests[0] < 10
