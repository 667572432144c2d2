"""The fixture, the marker and the settings in pytest."""

from __future__ import annotations

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
        ["*there is no setting 'strat'. Did you mean 'start'?*account_sid*"]
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


def test_a_request_without_the_fixture_is_refused_with_both_solutions(run):
    result = run("""
        import requests

        def test_it():
            requests.get("https://video.twilio.com/v1/Rooms")
    """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        "*A request to video.twilio.com was about to leave this machine, during "
        "test_it.py::test_it. Add the twilio_video fixture to the test, or allow it with "
        "@pytest.mark.twilio_video(block=False)*twilio_video_block = false*"
    )


def test_a_refusal_that_the_application_catches_fails_the_test_at_teardown(run):
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
    result.stdout.fnmatch_lines(["*A request to video.twilio.com was about to leave*"])


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
            raise type("Group", (Exception,), {"exceptions": (refused(),)})
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
            with helpers.refused():
                ask()
            helpers.is_refused(ask)
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
def test_a_refusal_that_the_test_expects_does_not_fail_it(run, pytester, test):
    pytester.makepyfile(
        helpers="""
        import contextlib
        import pytest
        from pytest_twilio_video import errors

        @contextlib.contextmanager
        def refused():
            with pytest.raises(errors.BlockedRequestError):
                yield

        def is_refused(act):
            with refused():
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

            def refused():
                try:
                    ask()
                except Exception as error:
                    return error
        """)
        + textwrap.dedent(test)
    )

    result.assert_outcomes(xfailed=1)


def test_a_caught_refusal_fails_the_test_with_any_variables_of_the_application(run):
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
    result.stdout.fnmatch_lines(["*A request to video.twilio.com was about to leave*"])


def test_variables_that_a_refusal_keeps_alive_are_freed_after_the_test(run):
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


def test_a_skip_because_of_a_refusal_fails_the_test(run):
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
def test_a_refusal_outside_of_tests_is_shown_at_the_end(run, workers):
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
    result.stdout.fnmatch_lines("twilio video: warning: *leave this machine, outside of any test*")


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
    markers.fnmatch_lines(["@pytest.mark.twilio_video(*): how the fake Twilio Video behaves*"])
    run("", "--help").stdout.fnmatch_lines(["*twilio_video_start*", "*twilio_video_block*"])
