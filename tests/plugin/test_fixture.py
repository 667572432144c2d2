"""The fixture, the marker and the settings in pytest."""

from __future__ import annotations

import os
import textwrap

import pytest


APP = """
import os
import requests

def call(method="POST", path="/v1/Rooms", **data):
    auth = (os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
    return requests.request(method, "https://video.twilio.com" + path, data=data, auth=auth).json()
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run a test module in its own pytest."""
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET"):
        monkeypatch.delenv(f"TWILIO_{name}", raising=False)
    pytester.makepyfile(app=APP)
    pytester.syspathinsert()

    def run(source, *args, ini="", conftest="", subprocess=False):
        pytester.makeconftest(conftest)
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makepyfile(test_it=source)
        start = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return start("-p", "no:randomly", *args)

    return run


def test_each_test_has_an_empty_account(run):
    result = run("""
        from app import call

        def test_one(twilio_video):
            call(UniqueName="standup")
            assert len(twilio_video.rooms) == 1

        def test_two(twilio_video):
            assert len(twilio_video.rooms) == 0
            assert call(UniqueName="standup")["status"] == "in-progress"
    """)

    result.assert_outcomes(passed=2)


def test_a_test_has_the_same_sids_in_every_run_and_other_tests_have_others(run):
    source = """
        from app import call

        def test_one(twilio_video):
            print("SID", call()["sid"])

        def test_two(twilio_video):
            print("SID", call()["sid"])
    """

    first, second = ([line for line in run(source, "-s").outlines if "SID" in line] for _ in "12")

    assert first == second
    assert len(set(first)) == 2


def test_the_closest_marker_wins(run):
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.twilio_video(account_sid="ACmodule", auth_token="module")

        @pytest.mark.twilio_video(account_sid="ACclass")
        class TestIt:
            def test_class(self, twilio_video):
                assert (twilio_video.account_sid, twilio_video.auth_token) == ("ACclass", "module")

            @pytest.mark.twilio_video(account_sid="ACtest", start="2030-01-01T00:00:00Z")
            def test_test(self, twilio_video):
                assert twilio_video.account_sid == "ACtest"
                assert twilio_video.clock.now.year == 2030

        def test_module(twilio_video):
            assert twilio_video.account_sid == "ACmodule"
            assert twilio_video.api_key_sid == "SKini"
        """,
        ini="twilio_video_api_key_sid = SKini\ntwilio_video_account_sid = ACini",
    )

    result.assert_outcomes(passed=3)


def test_an_unknown_setting_is_refused_with_the_valid_names(run):
    result = run("""
        import pytest

        @pytest.mark.twilio_video(strat="2030-01-01T00:00:00Z")
        def test_it(twilio_video):
            pass
    """)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*there is no setting 'strat'. Did you mean 'start'?",
            "The settings are:",
            "*start, account_sid*",
        ]
    )
    result.stdout.no_fnmatch_line("*def of(*")


def test_positional_arguments_of_the_marker_are_refused(run):
    result = run("""
        import pytest

        @pytest.mark.twilio_video("2030-01-01")
        def test_it(twilio_video):
            pass
    """)

    result.stdout.fnmatch_lines(["*takes keywords only, like start='2030-01-01T09:00:00Z'*"])


def test_an_invalid_value_in_the_ini_file_is_refused(run):
    result = run("def test_it(twilio_video): pass", ini="twilio_video_auth = lax")

    result.stderr.fnmatch_lines(["ERROR: auth is 'lax', but must be one of: 'any', 'strict'"])


def test_unset_environment_variables_are_set_during_the_test(run, monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the user's")
    result = run("""
        import os
        import pytest

        def test_set(twilio_video):
            assert os.environ["TWILIO_ACCOUNT_SID"] == twilio_video.account_sid
            assert os.environ["TWILIO_AUTH_TOKEN"] == "the user's"
            assert os.environ["TWILIO_API_KEY_SID"] == twilio_video.api_key_sid
            assert os.environ["TWILIO_API_KEY_SECRET"] == twilio_video.api_key_secret

        def test_gone():
            assert "TWILIO_ACCOUNT_SID" not in os.environ
            assert os.environ["TWILIO_AUTH_TOKEN"] == "the user's"

        @pytest.mark.twilio_video(environ=False)
        def test_left_alone(twilio_video):
            assert "TWILIO_ACCOUNT_SID" not in os.environ
    """)

    result.assert_outcomes(passed=3)


def test_the_environment_is_restored_with_monkeypatch_in_any_order(run):
    result = run("""
        import os
        import pytest

        @pytest.mark.twilio_video(auth_token="mine")
        def test_one(monkeypatch, twilio_video):
            assert os.environ["TWILIO_AUTH_TOKEN"] == "mine"
            monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the test's")

        def test_two():
            assert "TWILIO_AUTH_TOKEN" not in os.environ
    """)

    result.assert_outcomes(passed=2)


def test_a_request_without_the_fixture_is_blocked_and_the_message_has_both_solutions(run):
    result = run("""
        import requests

        def test_it():
            requests.get("https://video.twilio.com/v1/Rooms")
    """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        "*A request to video.twilio.com was blocked before it left this machine, during "
        "test_it.py::test_it. Add the twilio_video fixture to the test, or allow it with "
        "@pytest.mark.twilio_video(block=False)*twilio_video_block = false*"
    )


def test_a_blocked_request_whose_exception_is_swallowed_fails_the_test_at_teardown(run):
    result = run("""
        import requests

        def test_swallowed():
            try:
                requests.get("https://video.twilio.com/v1/Rooms")
            except Exception:
                pass

        def test_after():
            pass
    """)

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*A request to video.twilio.com was blocked*"])


@pytest.mark.parametrize(
    "test",
    [
        """
        @pytest.mark.xfail(raises=BlockedRequestError, strict=True)
        def test_it():
            ask()
        """,
        """
        @pytest.mark.xfail
        def test_it():
            try:
                ask()
            except BaseException as error:
                raise RuntimeError from error
        """,
        """
        @pytest.mark.xfail
        def test_it():
            raise type("Group", (Exception,), {"exceptions": (blocked(),)})
        """,
        """
        def test_it():
            with pytest.raises(BlockedRequestError):
                ask()
            pytest.xfail("so that all of these end alike")
        """,
        """
        def test_it():
            def within():
                with pytest.raises(BlockedRequestError):
                    ask()

            within()
            pytest.xfail("so that all of these end alike")
        """,
        """
        def test_it():
            with helpers.blocked():
                ask()
            helpers.is_blocked(ask)
            pytest.xfail("so that all of these end alike")
        """,
        """
        from pytest_twilio_video import BlockedRequestError as Blocked

        def test_it():
            with pytest.raises(Blocked):
                ask()
            pytest.xfail("so that all of these end alike")
        """,
        """
        @pytest.mark.parametrize("error", [BlockedRequestError])
        def test_it(error):
            with pytest.raises(error):
                ask()
            pytest.xfail("so that all of these end alike")
        """,
        """
        def test_it():
            with pytest.raises(BlockedRequestError):
                asyncio.run(ask_async())
            pytest.xfail("so that all of these end alike")
        """,
    ],
    ids=[
        "xfail",
        "a cause",
        "a group",
        "raises",
        "raises within",
        "helpers",
        "an alias",
        "a parameter",
        "a thread",
    ],
)
def test_a_blocked_request_that_the_test_expects_does_not_fail_it(run, pytester, test):
    pytester.makepyfile(
        helpers="""
        import contextlib
        import pytest
        from pytest_twilio_video import errors

        @contextlib.contextmanager
        def blocked():
            with pytest.raises(errors.BlockedRequestError):
                yield

        def is_blocked(act):
            with blocked():
                act()
        """
    )
    result = run(
        textwrap.dedent("""
            import asyncio, helpers, pytest, requests
            from pytest_twilio_video.errors import BlockedRequestError

            def ask():
                requests.get("https://video.twilio.com/v1/Rooms")

            async def ask_async():
                await asyncio.get_running_loop().getaddrinfo("video.twilio.com", 443)

            def blocked():
                try:
                    ask()
                except Exception as error:
                    return error
        """)
        + textwrap.dedent(test)
    )

    result.assert_outcomes(xfailed=1)


def test_a_swallowed_exception_fails_the_test_whatever_variables_the_application_has(run):
    """
    NumPy arrays and data frames have no truth value.
    """
    result = run("""
        import requests

        class Array:
            def __bool__(self):
                raise ValueError("the truth value of an array is ambiguous")

            __eq__ = __bool__

        def ask(url):
            request = req = url
            try:
                requests.get("https://video.twilio.com/v1/Rooms")
            except Exception:
                pass

        def test_it():
            ask(Array())
    """)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*A request to video.twilio.com was blocked*"])


def test_variables_in_the_traceback_of_a_blocked_request_are_freed_after_the_test(run):
    result = run("""
        import gc
        import weakref
        import pytest
        import requests
        from pytest_twilio_video import BlockedRequestError

        alive = []

        class Thing:
            pass

        def ask():
            thing = Thing()
            alive.append(weakref.ref(thing))
            requests.get("https://video.twilio.com/v1/Rooms")

        def test_one():
            with pytest.raises(BlockedRequestError):
                ask()

        def test_two():
            gc.collect()
            assert alive[0]() is None
    """)

    result.assert_outcomes(passed=2)


def test_skipping_because_of_a_blocked_request_fails_the_test(run):
    result = run("""
        import pytest, requests

        def test_it():
            try:
                requests.get("https://video.twilio.com/v1/Rooms")
            except Exception:
                pytest.skip("no network")
    """)

    result.assert_outcomes(skipped=1, errors=1)


def test_a_test_that_runs_again_is_checked_again(run):
    """
    pytest-rerunfailures does this: it runs the same item again within one protocol.
    """
    result = run(
        """
        import requests

        runs = []

        def test_it():
            runs.append(1)
            assert len(runs) > 1
            try:
                requests.get("https://video.twilio.com/v1/Rooms")
            except Exception:
                pass
        """,
        conftest="""
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            runtestprotocol(item, nextitem=nextitem, log=False)
            item._initrequest()
            runtestprotocol(item, nextitem=nextitem)
            return True
        """,
    )

    result.assert_outcomes(passed=1, errors=1)


@pytest.mark.process
@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["alone", "xdist"])
def test_a_request_blocked_outside_of_tests_is_shown_at_the_end(run, workers):
    result = run(
        """
        import requests

        try:
            requests.get("https://video.twilio.com/v1/Rooms")
        except Exception:
            pass

        def test_it():
            pass
        """,
        *workers,
        subprocess=True,
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("twilio video: warning: *left this machine, outside of any test*")


def test_block_false_allows_a_request(run):
    """
    There is no network, so the request fails for another reason.
    """
    result = run("""
        import socket
        import pytest

        @pytest.mark.twilio_video(block=False)
        def test_it():
            with pytest.raises(OSError):
                socket.getaddrinfo("video.twilio.com", 443)
                raise OSError("there is a network after all")
    """)

    result.assert_outcomes(passed=1)


@pytest.mark.process
def test_tests_without_the_fixture_are_not_affected(run):
    result = run(
        """
        import os
        import sys

        def test_it():
            assert "pytest_twilio_video._engine.account" not in sys.modules
            assert "TWILIO_ACCOUNT_SID" not in os.environ
    """,
        subprocess=True,
    )

    result.assert_outcomes(passed=1)


def test_pytest_shows_the_marker_and_the_settings(run):
    run("").stdout.no_fnmatch_line("*PytestUnknownMarkWarning*")
    markers = run("", "--markers").stdout
    markers.fnmatch_lines(["@pytest.mark.twilio_video(*): settings of the fake Twilio Video*"])
    run("", "--help").stdout.fnmatch_lines(["*twilio_video_start*", "*twilio_video_block*"])


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("blok=False", "there is no setting 'blok'. Did you mean 'block'?"),
        ("block='false'", "block is 'false', but must be True or False"),
        ("'x'", "@pytest.mark.twilio_video takes keywords only"),
        ("environ='early'", "environ is 'early', which only the ini file can set"),
    ],
)
@pytest.mark.parametrize("fixture", ["", "twilio_video"])
def test_a_wrong_marker_is_an_error_with_the_fixture_and_without(run, marker, complaint, fixture):
    result = run(f"""
        import pytest

        @pytest.mark.twilio_video({marker})
        def test_it({fixture}):
            pass
    """)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{complaint.replace('[', '[[]')}*"])


def test_a_marker_with_an_invalid_value_for_block_does_not_allow_requests(run):
    result = run("""
        import pytest, requests

        pytestmark = pytest.mark.twilio_video(block=None)

        @pytest.fixture(scope="session", autouse=True)
        def ask():
            requests.get("https://video.twilio.com/v1/Rooms")

        def test_it():
            pass
    """)

    result.assert_outcomes(errors=1)


@pytest.mark.parametrize("args", [(), ("--strict-config",)], ids=["usual", "strict"])
@pytest.mark.parametrize("where", ["ini", "option"])
def test_a_misspelled_setting_in_the_ini_file_ends_the_run_and_the_error_lists_the_names(
    run, args, where
):
    line = "twilio_video_blok = false"
    option = ("-o", line.replace(" ", "")) if where == "option" else ()
    result = run("def test_it(): pass", *args, *option, ini=line if where == "ini" else "")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: the configuration has twilio_video_blok, but there is no setting 'blok'. *",
            "*block,*",
            "In the configuration, the name of each setting begins with twilio_video_",
        ]
    )


def test_a_setting_that_a_conftest_file_has_added_is_accepted(run):
    result = run(
        "def test_it(): pass",
        ini="twilio_video_account = AC1",
        conftest="def pytest_addoption(parser): parser.addini('twilio_video_account', 'ours')",
    )

    result.assert_outcomes(passed=1)


def test_true_and_false_in_the_toml_of_pytest_are_accepted(run, pytester):
    if int(pytest.__version__.partition(".")[0]) < 9:
        pytest.skip("pytest has its own TOML from 9 on")
    source = """
        import socket
        import pytest

        def test_it(twilio_video):
            with pytest.raises(OSError):
                socket.getaddrinfo("video.twilio.com", 443)
                raise OSError("there is a network after all")
    """
    pytester.makepyprojecttoml("[tool.pytest]\ntwilio_video_block = false\n")
    (pytester.path / "tox.ini").unlink(missing_ok=True)
    pytester.makepyfile(test_it=source)

    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=1)
    pytester.runpytest_inprocess("-o", "twilio_video_block=true").assert_outcomes(failed=1)
    pytester.makepyprojecttoml("[tool.pytest]\ntwilio_video_seed = 5\n")
    result = pytester.runpytest_inprocess()
    result.stderr.fnmatch_lines("ERROR: seed is 5, but must be text")


EARLY = """
    import os

    SEEN = {name: os.environ.get(f"TWILIO_{name}") for name in ("ACCOUNT_SID", "AUTH_TOKEN")}
"""


def test_early_variables_are_set_before_conftest_files_and_for_the_whole_run(run, monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the user's")
    result = run(
        """
        import os
        import conftest

        def test_without_the_fixture():
            assert conftest.SEEN == {"ACCOUNT_SID": "ACini", "AUTH_TOKEN": "the user's"}
            assert os.environ["TWILIO_ACCOUNT_SID"] == "ACini"

        def test_with_the_fixture(twilio_video):
            assert os.environ["TWILIO_ACCOUNT_SID"] == twilio_video.account_sid == "ACini"

        def test_after_it():
            assert os.environ["TWILIO_ACCOUNT_SID"] == "ACini"
        """,
        ini="twilio_video_environ = early\ntwilio_video_account_sid = ACini",
        conftest=textwrap.dedent(EARLY),
    )

    result.assert_outcomes(passed=3)
    assert "TWILIO_ACCOUNT_SID" not in os.environ
    assert os.environ["TWILIO_AUTH_TOKEN"] == "the user's"


@pytest.mark.process
def test_early_variables_are_set_when_pytest_django_reads_the_settings(run, pytester):
    pytest.importorskip("pytest_django")
    pytester.makepyfile(
        own_settings="""
        import os

        TWILIO_AUTH_TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
        SECRET_KEY = "own"
        """
    )
    result = run(
        """
        from django.conf import settings

        def test_it(twilio_video):
            assert settings.TWILIO_AUTH_TOKEN == twilio_video.auth_token
        """,
        ini="twilio_video_environ = early\nDJANGO_SETTINGS_MODULE = own_settings\npythonpath = .",
        subprocess=True,
    )

    result.assert_outcomes(passed=1)


def test_a_run_within_a_run_removes_only_its_own_guard(run):
    from pytest_twilio_video._interceptors.guard import Guard

    before = Guard.entered[:]
    run("def test_it(twilio_video): pass").assert_outcomes(passed=1)
    run("", ini="twilio_video_auth = lax")
    run("def test_it(): pass", conftest="raise RuntimeError")

    assert Guard.entered == before


def test_a_fake_that_the_test_creates_obeys_the_marker_unless_block_is_given(run):
    result = run("""
        import socket
        import pytest
        from pytest_twilio_video import BlockedRequestError, FakeTwilioVideo

        def look_up():
            try:
                socket.getaddrinfo("video.twilio.com", 443)
            except OSError:
                pass

        @pytest.mark.twilio_video(block=False)
        def test_marker():
            with FakeTwilioVideo():
                look_up()
            with FakeTwilioVideo(block=True), pytest.raises(BlockedRequestError):
                look_up()

        @pytest.mark.twilio_video(block=False)
        @FakeTwilioVideo()
        def test_marker_and_decorator():
            look_up()

        def test_keyword():
            with FakeTwilioVideo(block=False):
                look_up()
            with FakeTwilioVideo(), pytest.raises(BlockedRequestError):
                look_up()
    """)

    result.assert_outcomes(passed=3)


def test_a_request_blocked_by_a_fake_that_the_test_created_fails_the_test(run):
    result = run("""
        import socket
        from pytest_twilio_video import FakeTwilioVideo

        def test_it():
            with FakeTwilioVideo(block=True):
                try:
                    socket.getaddrinfo("video.twilio.com", 443)
                except Exception:
                    pass
    """)

    result.assert_outcomes(passed=1, errors=1)


@pytest.mark.process
def test_blocked_requests_are_shown_even_if_the_run_has_no_summary(run):
    result = run(
        "def test_it(): pass",
        *("-p", "no:terminal"),
        conftest="""
        import socket

        try:
            socket.getaddrinfo("video.twilio.com", 443)
        except Exception:
            pass
        """,
        subprocess=True,
    )

    result.stderr.fnmatch_lines(
        "twilio video: warning: A request to video.twilio.com was blocked*"
    )


@pytest.mark.process
def test_pytest_socket_does_not_remove_the_guard(run):
    """
    pytest-socket restores the functions that it found when it was imported, before the guard.
    """
    pytest.importorskip("pytest_socket")
    result = run(
        """
        import socket
        import pytest
        from pytest_twilio_video import BlockedRequestError

        @pytest.mark.enable_socket
        @pytest.mark.parametrize("number", range(2))
        def test_it(number):
            with pytest.raises(BlockedRequestError):
                socket.getaddrinfo("video.twilio.com", 443)
            with pytest.raises(BlockedRequestError):
                socket.gethostbyname("video.twilio.com")
        """,
        "--disable-socket",
        subprocess=True,
    )

    result.assert_outcomes(passed=2)


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_a_forked_child_has_its_own_copy_of_the_fake_and_of_the_guard(run):
    result = run(
        """
        import os
        import pytest
        import socket
        from app import call
        from pytest_twilio_video import BlockedRequestError

        def in_a_child(act):
            child = os.fork()
            if not child:
                try:
                    act()
                    os._exit(0)
                finally:
                    os._exit(1)
            assert os.waitpid(child, 0)[1] == 0

        def look_up():
            with pytest.raises(BlockedRequestError):
                socket.getaddrinfo("video.twilio.com", 443)

        def test_it(twilio_video):
            in_a_child(lambda: call(UniqueName="standup"))
            in_a_child(look_up)
            assert len(twilio_video.rooms) == 0
        """,
        subprocess=True,
    )

    result.assert_outcomes(passed=1)


@pytest.mark.process
def test_asgi_delivery_in_a_sync_test_needs_unix_sockets_of_pytest_socket(run):
    pytest.importorskip("pytest_socket")
    source = """
        async def app(scope, receive, send):
            await receive()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        def test_it(twilio_video):
            twilio_video.callbacks.deliver_to(app)
            twilio_video.rooms.create(status_callback="https://app.example/events")
            twilio_video.assert_callback("room-created")
    """
    options = ("--disable-socket", "-W", "ignore")

    run(source, *options, subprocess=True).assert_outcomes(failed=1)
    result = run(source, *options, "--allow-unix-socket", subprocess=True)
    result.assert_outcomes(passed=1)
