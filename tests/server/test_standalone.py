"""The command ``fake-twilio-video``."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys

from contextlib import contextmanager
from pathlib import Path

import pytest

from plain_http import asked


pytestmark = pytest.mark.process


@contextmanager
def standing(*options, **environment):
    """Run the command at any free port, and yield its process, its URL and its banner."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_twilio_video", "--port", "0", *options],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = []
        while not lines or not lines[-1].startswith("  SSL_CERT_FILE="):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line)
        banner = "".join(lines)
        yield process, re.search(r"http://[\d.:]+\d", banner)[0], banner
    finally:
        process.terminate()  # Not kill: it removes its certificate.
        process.communicate()


def failing(*options):
    done = subprocess.run(
        [sys.executable, "-m", "pytest_twilio_video", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send these signals there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_a_signal_ends_it_at_once(number):
    with standing(PYTHONWARNINGS="error") as (process, url, banner):
        for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET"):
            assert f"TWILIO_{name}=" in banner
        assert asked(url, "GET", "/_fake").status == 200
        with socket.create_connection(url[7:].split(":")) as idle:
            idle.sendall(b"GET /_fake/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            idle.recv(100)
            process.send_signal(number)
            assert process.wait(5) == 0
        assert process.stderr.read() == ""


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ((), {}),
        ((), {"TWILIO_AUTH_TOKEN": "the secret of a developer"}),
        (("--auth", "strict"), {"TWILIO_AUTH_TOKEN": "the secret of a developer"}),
    ],
    ids=["alone", "with a variable that is set", "strict, with a variable that is set"],
)
def test_the_curl_command_in_the_banner_works(options, environment):
    """
    The banner has the credentials of the fake, never those of a real account.
    """
    with standing(*options, **environment) as (_, url, banner):
        assert "the secret of a developer" not in banner
        command = re.search(r"^  (curl .*)$", banner, re.MULTILINE)[1]
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True)

        assert '"unique_name": "standup"' in done.stdout
        assert asked(url, "GET", "/_fake/rooms/standup").status == 200
        assert Path(re.search(r"SSL_CERT_FILE=(.*)", banner)[1]).exists()


def test_the_clock_of_the_command_runs_and_its_callbacks_are_sent():
    with (
        standing("--start", "2026-01-01T09:00:00Z", "--log-level", "info") as (_, url, _banner),
        socket.create_server(("127.0.0.1", 0)) as application,
    ):
        hook = f"http://127.0.0.1:{application.getsockname()[1]}/hook"
        # Not under /_fake, where the answer comes after the callback.
        asked(url, "POST", "/v1/Rooms", StatusCallback=hook)
        connection, _ = application.accept()
        with connection:
            assert b"StatusCallbackEvent=room-created" in connection.recv(65536)
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n")
        first, second = (asked(url, "GET", "/_fake").json["now"] for _ in range(2))
        assert "2026-01-01T09:00:00" < first < second

        far = "http://192.0.2.1/hook"
        asked(url, "POST", "/_fake/rooms", {"status_callback": far})
        asked(url, "POST", "/_fake/callbacks/flush")
        redirected, elsewhere = asked(url, "GET", "/_fake/callbacks").json["callbacks"]
        assert redirected["status_code"] == 302
        assert "does not follow redirects" in redirected["problem"]
        assert "on this machine" in elsewhere["problem"]


def test_each_request_has_a_line_in_the_log():
    with standing("--log-level", "info") as (process, url, _banner):
        asked(url, "GET", "/v1/Rooms?PageSize=5")

        assert process.stderr.readline().endswith(" GET /v1/Rooms?PageSize=5 -> 200\n")


def test_settings_are_options_of_the_command():
    with standing("--clock", "still", "--auth", "strict", "--ad-hoc-rooms", "true") as (
        _,
        url,
        _b,
    ):
        assert asked(url, "GET", "/v1/Rooms").status == 401
        assert asked(url, "GET", "/_fake").json["now"] == asked(url, "GET", "/_fake").json["now"]


def test_the_command_ends_with_status_1_if_the_port_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = failing("--port", port)

    assert status == 1
    assert f"cannot listen at 127.0.0.1, port {port}" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--prot", "1"], "The options are: --help, --host, --port"),
        (["--port", "70000"], "from 0 to 65535"),
        (["--block", "maybe"], "--block is 'maybe', but must be true or false"),
        (["--clock", "fast"], "'still', 'running'"),
        (["--start", "noon"], "start is 'noon'"),
    ],
)
def test_a_wrong_option_ends_the_command_with_status_2_and_the_names_of_the_options(options, text):
    status, said = failing(*options)

    assert status == 2
    assert text in said


def test_help_loads_neither_pytest_nor_clients():
    script = (
        "import sys, pytest_twilio_video.__main__ as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print({'pytest', 'respx', 'faker', 'uvicorn', 'starlette'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "set()"
    assert "--callback-host NAME" in done.stdout


BLOCK = "import sys; sys.modules['uvicorn'] = None\n"


def test_without_the_extra_the_command_says_what_to_install():
    script = BLOCK + "from pytest_twilio_video.__main__ import main; sys.exit(main([]))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "pip install 'pytest-twilio-video[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_the_fixture_says_what_to_install(pytester, monkeypatch):
    pytester.makeconftest(BLOCK)
    pytester.makepyfile("def test_it(twilio_video_server): pass")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # Each takes its time.

    result = pytester.runpytest_subprocess("-p", "pytest_twilio_video.plugin")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*uvicorn, which is not installed*"])
    result.stdout.fnmatch_lines(["*pip install 'pytest-twilio-video[[]server[]]'*"])


def test_nothing_of_the_server_is_imported_before_the_fixture_is_used(pytester, monkeypatch):
    pytester.makepyfile(
        """
        import sys, threading

        def test_it(twilio_video):
            assert not [name for name in sys.modules if "twilio_video._server" in name]
            assert not {"uvicorn", "starlette", "trustme", "asyncio"} & sys.modules.keys()
            assert threading.active_count() == 1
        """
    )

    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # Others import what they like.

    result = pytester.runpytest_subprocess("-p", "pytest_twilio_video.plugin")

    result.assert_outcomes(passed=1)
