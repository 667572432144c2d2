"""Callbacks that another process causes."""

from __future__ import annotations

import threading
import time
import warnings

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from pytest_twilio_video import UndeliverableCallbackError


@pytest.fixture
def application():
    """A live server that stores the callbacks that it receives."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            time.sleep(slow[0])
            got.append(parse_qs(body)["StatusCallbackEvent"][0])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    slow = [0]
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/hook", got, slow
        served.shutdown()
        thread.join()


def eventually(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_live_server_gets_callbacks_immediately_while_the_test_waits(fake, ask, application):
    url, got, _ = application
    fake.callbacks.deliver_to("network")

    ask("POST", "/v1/Rooms", StatusCallback=url)

    eventually(lambda: got == ["room-created"])


def test_callbacks_arrive_in_order_and_before_a_move_of_the_clock_ends(fake, ask, application):
    url, got, slow = application
    slow[0] = 0.02
    fake.callbacks.deliver_to("network")
    room = fake.rooms.create(status_callback=url, unique_name="x")
    room.connect("alice")
    room.connect("bob")
    ask("POST", "/_fake/clock/advance", json={"hours": 5})
    joined = ["room-created", "participant-connected", "participant-connected"]

    assert got == [*joined, *["participant-disconnected"] * 2, "room-ended"]
    assert [callback.response.status_code for callback in fake.callbacks] == [204] * 6


def test_a_target_in_the_process_gets_callbacks_on_the_thread_of_the_test(fake, ask):
    threads = []
    fake.callbacks.deliver_to(lambda _: threads.append(threading.current_thread()))

    ask("POST", "/v1/Rooms", StatusCallback="https://app.example/hook")
    assert threads == []
    fake.clock.advance(seconds=1)

    assert threads == [threading.main_thread()]


def test_both_kinds_of_targets_work_side_by_side(fake, ask, application):
    url, got, _ = application
    here = []
    fake.callbacks.deliver_to("network", url)
    fake.callbacks.deliver_to(lambda callback: here.append(callback.event), "https://app.example")
    ask("POST", "/v1/Rooms", StatusCallback="https://app.example/hook")
    ask("POST", "/v1/Rooms", StatusCallback=url)

    eventually(lambda: got == ["room-created"])
    assert here == []
    fake.callbacks.flush()
    assert here == ["room-created"]


def test_a_callback_without_a_target_causes_a_warning_only_on_the_thread_of_the_test(fake, ask):
    """
    Warnings are errors here, and on the thread of the server nobody could catch them.
    """
    fake.callbacks.deliver_to("network", "http://127.0.0.1:1/")
    ask("POST", "/v1/Rooms", StatusCallback="https://app.example/hook")
    assert ask("POST", "/_fake/clock/advance", json={"seconds": 1}).status == 200

    with pytest.raises(UndeliverableCallbackError, match="no target takes"):
        fake.callbacks.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fake.clock.advance(seconds=1)


def test_a_callback_url_on_another_machine_fails_the_test(fake, ask):
    fake.callbacks.deliver_to("network")
    ask("POST", "/v1/Rooms", StatusCallback="https://app.example/hook")

    with pytest.raises(UndeliverableCallbackError, match="on this machine"):
        fake.callbacks.flush()


def test_held_callbacks_wait_until_they_are_released(fake, ask, application):
    url, got, _ = application
    fake.callbacks.deliver_to("network")
    held = ask("POST", "/_fake/callbacks/hold").json
    ask("POST", "/v1/Rooms", StatusCallback=url)
    time.sleep(0.05)

    assert held == {"callbacks": []}
    assert got == []
    released = ask("POST", "/_fake/callbacks/release").json["callbacks"]
    assert [(each["event"], each["status_code"]) for each in released] == [("room-created", 204)]
    again = ask("POST", f"/_fake/callbacks/{released[0]['id']}/redeliver")
    assert again.status == 200
    assert got == ["room-created"] * 2


def test_the_test_can_move_time_while_a_callback_is_being_delivered(fake, ask, application):
    url, got, slow = application
    slow[0] = 0.2
    fake.callbacks.deliver_to("network")
    ask("POST", "/v1/Rooms", StatusCallback=url)
    time.sleep(0.05)

    fake.clock.advance(minutes=10)

    assert got == ["room-created", "room-ended"]


def test_the_server_can_stop_while_a_callback_is_being_delivered(fake, application):
    from plain_http import asked

    from pytest_twilio_video import FakeTwilioVideoServer

    url, _, slow = application
    slow[0] = 1.5
    fake.callbacks.deliver_to("network")
    with FakeTwilioVideoServer(fake) as server:
        asked(server.url, "POST", "/v1/Rooms", StatusCallback=url)
        time.sleep(0.1)

    assert "failed" in fake.callbacks[0].problem


def test_handlers_that_cause_endless_callbacks_are_stopped_and_fail_the_test():
    from plain_http import asked

    from pytest_twilio_video import EndlessCallbacksError, FakeTwilioVideo, FakeTwilioVideoServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            asked(server.url, "POST", "/v1/Rooms", StatusCallback=url)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    fake = FakeTwilioVideo(callback_limit=5)
    fake.callbacks.deliver_to("network")
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served,
        FakeTwilioVideoServer(fake) as server,
    ):
        url = f"http://127.0.0.1:{served.server_port}/hook"
        thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        asked(server.url, "POST", "/v1/Rooms", StatusCallback=url)

        with pytest.raises(EndlessCallbacksError, match="without end"):
            fake.callbacks.flush()

        assert len(fake.callbacks.pending) == 0
        served.shutdown()
        thread.join()
