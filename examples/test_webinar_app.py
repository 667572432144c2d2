"""An application in other processes, which are started once for all tests.

They get the listener's environment, and call https://video.twilio.com as in production.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from pathlib import Path

import pytest


pytest.importorskip("gunicorn")
pytest.importorskip("uvicorn", reason="the extra `server` is not installed")

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def webinars(twilio_video_listener, tmp_path_factory):
    """The address of the application, whose web server and worker run."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        **twilio_video_listener.environment,
        "WEBINARS": str(tmp_path_factory.mktemp("webinars") / "queue.sqlite"),
        "WEBINARS_URL": f"http://{address}",
    }
    gunicorn = ["-m", "gunicorn", "--bind", address, "--log-level", "error", "webinar_app:app"]
    processes = [
        subprocess.Popen([sys.executable, *arguments], cwd=HERE, env=environment)  # noqa: S603
        for arguments in (gunicorn, ["webinar_app.py"])
    ]
    try:
        until(lambda: is_listening(address))
        yield f"http://{address}/webinars"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)


@pytest.mark.usefixtures("twilio_video_server")
def test_a_webinar_ends_when_the_worker_has_ended_it(twilio_video, webinars):
    twilio_video.callbacks.deliver_to("network")  # The web server gets its webhooks at once.

    sid = ask("POST", f"{webinars}/launch")
    assert twilio_video.rooms["launch"].sid == sid
    assert ask("GET", f"{webinars}/launch") == "on"

    ask("DELETE", f"{webinars}/launch")

    until(lambda: ask("GET", f"{webinars}/launch") == "over")
    assert twilio_video.rooms["launch"].status == "completed"
    assert {call.client for call in twilio_video.calls} == {"server"}


@pytest.mark.usefixtures("twilio_video_server")
def test_an_outage_of_twilio_reaches_the_application(twilio_video, webinars):
    twilio_video.fail("POST", "/v1/Rooms", status=503)

    with pytest.raises(urllib.error.HTTPError, match="500"):
        ask("POST", f"{webinars}/second")
    assert len(twilio_video.rooms) == 0


def ask(method, url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, method=method)  # noqa: S310 -- it is our own
    with opener.open(request, timeout=30) as answer:
        return answer.read().decode()


def is_listening(address):
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
