"""No request reaches the real service. `tripwire` observes what is looked up and sent.

Each test also makes the same request without the guard, which proves that the test can fail.
"""

from __future__ import annotations

import json
import os
import sys

from pathlib import Path

import leaks
import pytest
import tripwire


pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="it needs a network namespace"),
]

LEAKS = Path(leaks.__file__)


@pytest.fixture(scope="module", autouse=True)
def _tripwire():
    if reason := tripwire.why_not():
        pytest.skip(reason)


def run(*arguments):
    """Run Python in the tripwire, as a user's shell would, not as part of this run of pytest."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("PYTEST", "COV"))
    }
    return tripwire.run(*map(str, arguments), **environ)


@pytest.fixture(scope="module", params=["before", "after"])
def observed(request):
    """Every client, whose library was imported before or after the guard was entered."""
    found = run(LEAKS, request.param)
    assert found["status"] == 0, found["stderr"]
    return json.loads(found["stdout"]), found["names"]


@pytest.mark.parametrize(
    "number", range(len(leaks.CLIENTS)), ids=lambda n: leaks.CLIENTS[n].__name__
)
def test_each_client_is_blocked_before_the_name_is_looked_up(observed, number):
    outcomes, names = observed
    guarded, free = leaks.hosts_of(number)
    with_guard, without_guard = outcomes[leaks.CLIENTS[number].__name__]
    if with_guard.startswith("not installed"):
        pytest.skip(with_guard)

    assert with_guard == "blocked"
    assert guarded not in names
    assert free in names, without_guard


CONFTEST = """
import atexit, os, threading, urllib.request

from socket import getaddrinfo  # as Twisted does

def ask(where):
    try:
        urllib.request.urlopen(f"http://video.{where}.twilio.com/v1/Rooms", timeout=5)
    except Exception as error:
        print(f"{where}: {type(error).__name__}", flush=True)

def pytest_configure():
    ask("configure")

def late():
    threading.main_thread().join()
    ask("late-thread")

ask("conftest")
atexit.register(ask, "atexit")
"""
TEST = """
import threading

import conftest

def test_it():
    try:
        conftest.getaddrinfo("video.captured.twilio.com", 80)
    except Exception as error:
        print("captured:", type(error).__name__)
    threading.Thread(target=conftest.late).start()
"""
PLACES = ("conftest", "configure", "captured", "late-thread", "atexit")


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def asked(found):
    return {name.split(".")[1] for name in found["names"] if name.endswith("twilio.com")}


def pytest_there(suite, *arguments):
    return run("-m", "pytest", "-s", "-p", "no:randomly", "--rootdir", suite, suite, *arguments)


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["alone", "xdist"])
def test_nothing_leaves_from_the_first_conftest_file_to_the_end_of_the_process(suite, workers):
    found = pytest_there(suite, *workers)

    assert asked(found) == set()
    assert "1 passed, 1 error" in found["stdout"]  # It swallowed a BlockedRequestError.
    assert "twilio video: warning: A request to video.conftest.twilio.com" in found["stdout"]
    assert "twilio video: warning: A request to video.configure.twilio.com" in found["stdout"]
    assert "warning: A request to video.late-thread.twilio.com" in found["stderr"]
    assert "warning: A request to video.atexit.twilio.com" in found["stderr"]


@pytest.mark.parametrize("how", [("-o", "twilio_video_block=false"), ("-p", "no:twilio_video")])
def test_without_the_guard_a_request_leaves_from_each_place(suite, how):
    found = pytest_there(suite, *how)

    assert asked(found) == set(PLACES)


def test_a_run_that_returns_to_its_caller_leaves_the_network_as_it_was(suite):
    program = f"""if True:
        import os, pytest, urllib.request
        before = dict(os.environ)
        code = pytest.main(["-q", "-p", "no:randomly", "-o", "twilio_video_environ=early",
                            "--rootdir", {str(suite)!r}, {str(suite)!r}])
        assert code == 1, code
        assert os.environ == before
        urllib.request.urlopen("http://video.afterwards.twilio.com/", timeout=5)
    """
    found = run("-c", program)

    assert found["status"] == 0, found["stderr"]
    assert asked(found) == {"afterwards", "late-thread", "atexit"}


def test_a_fake_without_pytest_blocks_requests_that_it_does_not_intercept():
    program = """if True:
        import urllib.request
        from pytest_twilio_video import BlockedRequestError, FakeTwilioVideo

        def ask(where):
            try:
                urllib.request.urlopen(f"http://video.{where}.twilio.com/", timeout=5)
            except BlockedRequestError as error:
                print(error)

        with FakeTwilioVideo():
            ask("in-a-fake")
            with FakeTwilioVideo(block=False):
                ask("allowed")
        ask("afterwards")
    """
    found = run("-c", program)

    assert found["status"] == 0, found["stderr"]
    assert asked(found) == {"allowed", "afterwards"}
    assert "or allow it with FakeTwilioVideo(block=False)." in found["stdout"]


def test_a_shared_session_of_an_allowed_test_sends_nothing_in_a_later_test(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text("""if True:
        import pytest, requests, urllib3
        from pytest_twilio_video import BlockedRequestError

        pool = urllib3.PoolManager()

        def get(path):
            return pool.request("GET", f"http://video.twilio.com/{path}").data

        @pytest.mark.twilio_video(block=False)
        def test_allowed():
            assert get("allowed") == get("again") == b"{}"

        def test_blocked():
            with pytest.raises(BlockedRequestError):
                get("blocked")
    """)
    found = pytest_there(tmp_path)

    assert "2 passed" in found["stdout"]
    assert found["received"] == ["GET /allowed", "GET /again"]


def test_network_targets_are_on_this_machine_even_if_any_address_can_be_bound():
    program = """if True:
        import socket, subprocess
        from pathlib import Path
        from pytest_twilio_video._webhooks.network import _is_local

        Path("/proc/sys/net/ipv4/ip_nonlocal_bind").write_text("1")
        for command in ("addr add 198.51.100.7/32 dev lo",
                        "route add default dev lo src 198.51.100.7"):
            subprocess.run(["ip", *command.split()], check=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("203.0.113.9", 0))  # what used to be the proof of an address of ours
        for address in ("203.0.113.9", "198.51.100.1", "127.0.0.1", "127.0.0.2", "198.51.100.7"):
            print(address, _is_local(socket.AF_INET, (address, 80)))
    """
    found = run("-c", program)
    assert found["status"] == 0, found["stderr"]
    assert found["stdout"].splitlines() == [
        "203.0.113.9 False",
        "198.51.100.1 False",
        "127.0.0.1 True",
        "127.0.0.2 True",
        "198.51.100.7 True",
    ]


def test_twisted_logs_a_blocked_request_and_leaves_it_pending():
    """
    As `docs/other-mocks.md` says.
    """
    pytest.importorskip("twisted")
    program = """if True:
        from pytest_twilio_video import FakeTwilioVideo

        with FakeTwilioVideo():
            from twisted.internet import reactor
            from twisted.web.client import Agent

            found = []
            Agent(reactor).request(b"GET", b"http://video.twilio.com/").addBoth(found.append)
            reactor.callLater(1, reactor.stop)
            reactor.run()
            print(found)
    """
    found = run("-c", program)

    assert asked(found) == set()
    assert found["stdout"] == "[]\n"
    assert "Unhandled error in Deferred" in found["stderr"]
    assert "A request to video.twilio.com was blocked before it left" in found["stderr"]
