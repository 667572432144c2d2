"""The sockets of the server, asked by a client that is no browser."""

from __future__ import annotations

import json
import os
import threading
import time

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from meeting import make_token

from pytest_twilio_video import FakeTwilioVideo, FakeTwilioVideoServer


if find_spec("trustme") is None:
    pytest.skip("the extra `server` is not installed", allow_module_level=True)


@pytest.fixture
def server(fake):
    with FakeTwilioVideoServer(fake) as server:
        yield server


class Page:
    """What a page's SDK sends and gets."""

    def __init__(self, socket, token):
        self.socket, self.token = socket, token

    def send(self, **frame):
        self.socket.send(json.dumps(frame))

    def get(self, kind):
        """Return the next message of this *kind*."""
        while True:
            frame = json.loads(self.socket.recv(timeout=10))
            body = frame.get("body", frame)
            if body["type"] == kind:
                return body

    def join(self, tracks=()):
        self.send(type="hello", id="1", version=2, timeout=5000, body={"type": "ice"})
        self.get("iced")
        described = [
            {"id": each, "kind": each, "name": each, "enabled": True, "priority": "standard"}
            for each in tracks
        ]
        body = {"type": "connect", "name": "standup", "token": self.token}
        self.send(type="msg", body=body | {"participant": {"revision": 1, "tracks": described}})
        return self.get("connected")


@contextmanager
def page(server, fake, identity="alice", query=""):
    from websockets.sync.client import connect

    url = server.url.replace("http:", "ws:") + "/signaling" + query
    with connect(url) as socket:
        yield Page(socket, make_token(fake, identity))


def eventually(condition):
    for _ in range(500):
        if result := condition():
            return result
        time.sleep(0.01)
    return condition()


def test_a_client_joins_over_the_socket(server, fake, room):
    with page(server, fake) as alice:
        connected = alice.join(["audio"])

        assert connected["sid"] == room.sid
        assert room.participants["alice"].status == "connected"
        room.participants["alice"].published_tracks["audio"]


def test_a_client_learns_at_once_what_the_test_does(server, fake, room):
    with page(server, fake) as alice:
        alice.join()

        room.connect("bob", tracks=("video",))

        (bob,) = alice.get("update")["participants"]
        assert (bob["identity"], bob["tracks"][0]["kind"]) == ("bob", "video")
        room.complete()
        assert alice.get("disconnected")["status"] == "completed"


def test_dropping_the_network_closes_the_socket(server, fake, room):
    from websockets.exceptions import ConnectionClosedError

    with page(server, fake) as alice:
        alice.join()

        room.participants["alice"].drop_network()

        with pytest.raises(ConnectionClosedError) as closed:
            alice.get("never")
        assert closed.value.rcvd is None  # Not even a close frame.


def test_a_closed_socket_counts_as_a_lost_network(server, fake, room):
    with page(server, fake) as alice:
        alice.join()

    assert eventually(lambda: room.participants["alice"].status == "reconnecting")


def test_a_page_learns_of_a_reset_even_if_somebody_else_gets_its_sid_at_once(server, fake, room):
    with page(server, fake) as alice:
        sid = alice.join()["participant"]["sid"]
        is_over = threading.Event()
        server._listener._loop.call_soon_threadsafe(is_over.wait)  # The server is slower.

        fake.reset()
        bob = fake.rooms.create(unique_name="standup").connect("bob")
        is_over.set()

        assert bob.sid == sid
        assert alice.get("disconnected")["status"] == "completed"
    time.sleep(0.1)
    assert bob.status == "connected"


def test_a_reset_waits_until_the_step_of_a_page_is_over(fake):
    from pytest_twilio_video._fake.serving import Serving

    serving, accounts = Serving(fake), []
    resetting = threading.Thread(target=fake.reset)

    def step():
        accounts.append(serving.browsers.account)
        resetting.start()
        resetting.join(0.05)
        accounts.append(serving.browsers.account)

    serving.step(step)
    resetting.join()

    assert accounts[0] is accounts[1]
    assert serving.browsers.account is not accounts[0]


def test_a_step_that_waits_for_a_reset_holds_the_new_account(fake):
    from pytest_twilio_video._fake.serving import Serving

    serving, is_free = Serving(fake), []

    def step():
        lock = serving.browsers.account.clock.lock
        asking = threading.Thread(target=lambda: is_free.append(lock.acquire(blocking=False)))
        asking.start()
        asking.join()

    with serving.browsers.account.clock.lock:
        stepping = threading.Thread(target=serving.step, args=[step])
        stepping.start()
        time.sleep(0.05)
        fake.reset()
    stepping.join()

    assert is_free == [False]


def test_timers_that_are_due_run_before_what_a_page_does(server, fake):
    from freezegun import freeze_time

    with freeze_time("2030-01-01") as frozen, page(server, fake) as alice:
        room = fake.rooms.create(unique_name="standup")
        alice.token = make_token(fake, "alice")
        sid = alice.join(["audio"])["participant"]["sid"]
        frozen.tick(5 * 3600)
        muted = {"id": "audio", "kind": "audio", "name": "audio", "enabled": False}
        state = {"revision": 2, "tracks": [muted]}

        alice.send(type="msg", body={"type": "update", "participant": state})

        assert alice.get("error")["code"] == 53216
    assert room.participants[sid].disconnect_error == 53216


def test_telemetry_is_accepted_and_dropped(server, fake):
    from websockets.sync.client import connect

    url = server.url.replace("http:", "ws:") + "/v1/VideoEvents"
    with connect(url) as socket:
        socket.send(json.dumps({"type": "connect", "token": "x", "version": 1}))
        assert json.loads(socket.recv(timeout=10))["type"] == "connected"
        socket.send(json.dumps({"type": "event", "name": "x"}))
        socket.send("no JSON")
        socket.send("[" * 200_000)
        socket.send(json.dumps({"type": "connect", "token": "x", "version": 1}))
        assert json.loads(socket.recv(timeout=10))["type"] == "connected"
    assert list(fake.events) == []


@pytest.mark.parametrize("path", ["/signaling", "/v1/VideoEvents"])
def test_paths_of_web_sockets_refuse_plain_http(server, path):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    with pytest.raises(HTTPError) as refused:
        urlopen(server.url + path, timeout=10)  # noqa: S310 -- it is ours

    assert refused.value.code == 426
    refused.value.close()


@pytest.mark.parametrize(
    "path", ["/v1/Video", "/v1/VideoEventsX", "/signalingfoo", "/signaling/x"]
)
def test_paths_that_begin_like_those_of_web_sockets_are_answered_like_twilio(server, path):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    with pytest.raises(HTTPError) as refused:
        urlopen(server.url + path, timeout=10)  # noqa: S310 -- it is ours

    assert refused.value.code in {401, 404}
    refused.value.close()


def test_stopping_the_server_closes_the_sockets(fake, room):
    from websockets.exceptions import ConnectionClosed

    before = set(threading.enumerate())  # Another test may share a server of its own.
    server = FakeTwilioVideoServer(fake).__enter__()
    with page(server, fake) as alice:
        alice.join()
        server.__exit__(None, None, None)
        with pytest.raises(ConnectionClosed):
            alice.get("never")

    left = set(threading.enumerate()) - before
    assert not [each for each in left if each.name == "twilio-video-server"]
    assert room.participants["alice"].status == "connected"


def test_webhooks_of_a_page_arrive_on_the_thread_of_the_test(fake, server):
    threads = []
    fake.callbacks.deliver_to(lambda _: threads.append(threading.current_thread()) or 204)
    room = fake.rooms.create(unique_name="standup", status_callback="https://app.example/hook")
    before = len(threads)

    with page(server, fake) as alice:
        alice.join(["audio"])
        time.sleep(0.1)
        assert len(threads) == before
        fake.callbacks.flush()

    assert {each.name for each in threads} == {threading.current_thread().name}
    fake.assert_callback("participant-connected", participant_identity="alice")
    assert room.participants["alice"]


def test_webhooks_of_a_page_reach_a_live_server_at_once(fake, server):
    events = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            events.append(next(each for each in body.split("&") if "CallbackEvent=" in each))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as hook:
        thread = threading.Thread(target=hook.serve_forever)
        thread.start()
        fake.callbacks.deliver_to("network")
        url = f"http://127.0.0.1:{hook.server_port}/hook"
        fake.rooms.create(unique_name="standup", status_callback=url)
        with page(server, fake) as alice:
            alice.join(["audio", "video"])
            assert eventually(lambda: len(events) == 4)
        hook.shutdown()
        thread.join()

    names = [each.partition("=")[2] for each in events]
    assert names == ["room-created", "track-added", "track-added", "participant-connected"]


def test_a_page_does_not_move_virtual_time(request):
    with FakeTwilioVideo(sleep="virtual", seed="a test") as fake:
        fake.rooms.create(unique_name="standup")
        before = fake.clock.now
        with FakeTwilioVideoServer(fake) as server, page(server, fake) as alice:
            alice.join()
            threading.Event().wait(0.2)
            assert fake.clock.now == before


PROJECT = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

SECRET_KEY = "not one"
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["app.example"]
INSTALLED_APPS = ["django.contrib.contenttypes"]
USE_TZ = True
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": "db", "TEST": {"NAME": "test_db"},
}}


@csrf_exempt
def hook(request):
    from django.contrib.contenttypes.models import ContentType
    assert ContentType.objects.filter(app_label="from the test").count() == 1
    event = request.POST["StatusCallbackEvent"]
    ContentType.objects.create(app_label="from the hook", model=event)
    return HttpResponse(status=204)


urlpatterns = [path("hook", hook)]
"""

TESTS = """
import time
import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from test_server_end import page


@pytest.mark.django_db
def test_in_a_transaction(twilio_video, twilio_video_server):
    twilio_video.callbacks.deliver_to(Client())
    ContentType.objects.create(app_label="from the test", model="test")
    twilio_video.rooms.create(
        unique_name="standup", status_callback="https://app.example/hook"
    )

    with page(twilio_video_server, twilio_video) as alice:
        alice.join(["audio"])
        time.sleep(0.1)
        twilio_video.assert_callback("participant-connected", participant_identity="alice")

    seen = ContentType.objects.filter(app_label="from the hook").values_list("model", flat=True)
    assert sorted(seen) == ["participant-connected", "room-created", "track-added"]
    assert [each.response.status_code for each in twilio_video.callbacks] == [204] * 3
"""


@pytest.mark.process
def test_webhooks_of_a_page_see_the_rows_of_a_django_test(pytester, monkeypatch):
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent / "support")])
    inherited = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", f"{paths}{os.pathsep}{inherited}" if inherited else paths)
    pytester.makepyfile(project=PROJECT, test_django=TESTS)

    result = pytester.runpytest_subprocess("--ds=project", "-p", "no:randomly")

    result.assert_outcomes(passed=1)
