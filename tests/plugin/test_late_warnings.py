"""Warnings about calls of the application: recorded at once, issued when the test is over."""

from __future__ import annotations

import unittest
import warnings

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo, UnknownEndpointWarning


def call(path="/v1/Room"):
    """Call Twilio, as an application does. A warning must not name this line."""
    url = f"https://video.twilio.com{path}"
    return requests.get(url, auth=("AC" + "1" * 32, "a token"), timeout=5)


APP = """
import requests
def call(path="/v1/Room"):
    url = f"https://video.twilio.com{path}"
    return requests.get(url, auth=("AC" + "1" * 32, "a token"), timeout=5)
"""


@pytest.fixture
def run(pytester):
    def run(source, *args):
        pytester.makepyfile(app=APP)
        pytester.makepyfile(test_it=source)
        return pytester.runpytest_inprocess("-p", "no:randomly", *args)

    return run


ERROR = "error::pytest_twilio_video.UnknownEndpointWarning"

TWICE = """from app import call

def test_it(twilio_video):
    assert call().status_code == 404
    assert call().status_code == 404
"""


def test_a_warning_that_is_an_error_does_not_pass_through_the_application(run):
    result = run(TWICE, "-W", ERROR)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "E *UnknownEndpointWarning: Twilio Video has no GET /v1/Room, *",
        ]
    )


def test_a_warning_is_issued_once_at_the_line_of_the_test(run):
    result = run(TWICE, "-W", "default")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*test_it.py:4: UnknownEndpointWarning: * GET /v1/Room, *"])


def test_a_warning_names_the_test_if_the_call_came_from_a_thread(run):
    source = """import threading
from app import call

def test_it(twilio_video):
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
"""
    run(source, "-W", "default").stdout.fnmatch_lines(["*test_it.py:4: UnknownEndpointWarning: *"])


def test_a_warning_has_the_line_of_the_outermost_function_of_the_file(run):
    source = """from app import call

def application_in_the_same_file():
    call()

def test_it(twilio_video):
    application_in_the_same_file()
"""
    run(source, "-W", "default").stdout.fnmatch_lines(["*test_it.py:7: UnknownEndpointWarning: *"])


def test_a_reset_keeps_the_warnings(run):
    source = """from app import call

def test_it(twilio_video):
    call()
    twilio_video.reset()
"""
    run(source, "-W", "default").assert_outcomes(passed=1, warnings=1)


def test_a_test_can_ignore_a_warning(run):
    mark = "@pytest.mark.filterwarnings('ignore::pytest_twilio_video.UnknownEndpointWarning')"
    source = TWICE.replace("def test", f"{mark}\ndef test")

    run("import pytest\n" + source, "-W", ERROR).assert_outcomes(passed=1)


def test_a_warning_is_in_the_timeline_immediately():
    with warnings.catch_warnings(), FakeTwilioVideo(start="2026-01-31T09:00:00Z") as fake:
        warnings.simplefilter("ignore")
        call()
        lines = str(fake.timeline).splitlines()

    note = "Twilio Video has no GET /v1/Room, so it was refused with 20404"
    assert lines[1:] == [f"09:00:00 ! warning   UnknownEndpointWarning ({note})"]


def test_a_fake_that_the_test_creates_issues_its_warnings_when_it_is_exited():
    def issued(function):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function()
        return [(each.category, each.filename) for each in caught]

    fake = FakeTwilioVideo()

    def left_twice():
        with fake:
            with fake:
                call()
            assert issued(call) == []

    assert issued(left_twice) == [(UnknownEndpointWarning, __file__)]
    assert issued(lambda: fake.__enter__().__exit__(None, None, None)) == []


def test_in_unittest_a_warning_is_issued_at_the_end_of_the_test():
    class Case(unittest.TestCase):
        def setUp(self):
            fake = FakeTwilioVideo()
            fake.__enter__()
            self.addCleanup(fake.__exit__, None, None, None)

        def test_it(self):
            call()

    with pytest.warns(UnknownEndpointWarning) as caught:
        result = Case("test_it").run()

    assert result.wasSuccessful()
    assert [each.filename for each in caught] == [__file__]


def test_the_exception_of_the_application_is_not_replaced():
    def divide():
        with FakeTwilioVideo():  # Warnings are errors here.
            call()
            return 1 / 0

    with pytest.raises(ZeroDivisionError):
        divide()


def test_all_warnings_are_issued_before_one_is_raised_as_an_error():
    def call_two():
        with FakeTwilioVideo():
            call("/v1/One")
            call("/v1/Two")

    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("error", message=".*One")
        warnings.filterwarnings("always", message=".*Two")
        with pytest.raises(UnknownEndpointWarning, match="One"):
            call_two()

    assert len(caught) == 1
