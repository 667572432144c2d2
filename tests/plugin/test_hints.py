"""Common mistakes, and what the report says about them."""

from __future__ import annotations

import re

import pytest

from pytest_twilio_video._report import width


APP = """
import os
import requests

SID, TOKEN = os.environ.get("TWILIO_ACCOUNT_SID"), os.environ.get("TWILIO_AUTH_TOKEN")

def call(method="POST", path="/v1/Rooms", auth=(SID, TOKEN), **data):
    return requests.request(method, "https://video.twilio.com" + path, data=data, auth=auth)
"""

INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
twilio_video_start = 2026-01-31T09:00:00Z
"""


@pytest.fixture
def report(pytester, monkeypatch):
    """Run a test module, and return what pytest prints, without line breaks of our own."""
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET"):
        monkeypatch.delenv(f"TWILIO_{name}", raising=False)

    def report(source, *args, ini=INI):
        pytester.makepyfile(app=APP)
        pytester.makeini(ini)
        pytester.makepyfile(test_it=source)
        result = pytester.runpytest_inprocess("-p", "no:randomly", *args)
        return re.sub(r"\s*\n {21}", " ", result.stdout.str())

    return report


# Credentials that were read too early.

EARLY = (
    "If the application reads them from the environment while it is imported, the fixture sets "
    "them too late: set twilio_video_environ = early in pytest's configuration"
)
USER_NAMES = "an account SID (AC...) or the SID of an API key (SK...)"


@pytest.mark.parametrize(
    ("auth", "note"),
    [
        ("", f"the application has no account SID or API key. {EARLY}"),
        ("auth=('AC' + '1' * 32, '')", f"the application has no auth token or secret. {EARLY}"),
        ("auth=None", f"the request has no Basic credentials. {EARLY}"),
        ("auth=('me', 'x')", f"the user name is 'me', but must be {USER_NAMES}"),
    ],
)
def test_the_explanation_of_a_401_says_what_was_missing(report, auth, note):
    text = report(f"""
        from app import call

        def test_it(twilio_video):
            assert call({auth}).status_code == 201
    """)

    assert f"! requests  POST /v1/Rooms -> 401 (code 20003) {note}\n" in text


@pytest.mark.parametrize(
    ("auth", "what"),
    [
        ("twilio_video.account_sid, 'x'", "the secret is wrong"),
        ("'AC' + '1' * 32, 'x'", f"AC{'1' * 8}… is unknown"),
    ],
)
def test_the_explanation_of_a_401_lists_the_accepted_credentials(report, auth, what):
    text = report(f"""
        import pytest
        from app import call

        @pytest.mark.twilio_video(auth="strict")
        def test_it(twilio_video):
            assert call(auth=({auth})).status_code == 201
    """)

    assert (
        f'-> 401 (code 20003) {what}. With auth="strict", use the credentials of the fake: '
        "twilio_video.account_sid with auth_token, or api_key_sid with api_key_secret"
    ) in text


def test_an_injected_401_is_not_explained(report):
    text = report("""
        from app import call

        def test_it(twilio_video):
            twilio_video.fail(status=401)
            assert call().status_code == 201
    """)

    assert "401" in text
    assert "twilio_video_environ" not in text


# Scopes and the order of fixtures.


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_a_scope_mismatch_shows_what_to_use_instead(report, scope):
    text = report(f"""
        import pytest

        @pytest.fixture(scope="{scope}")
        def room(twilio_video):
            return twilio_video.rooms.create()

        def test_it(room):
            pass
    """)

    assert "ScopeMismatch: You tried to access the function scoped fixture twilio_video" in text
    assert "- twilio video -" in text
    assert "A fixture of a wider scope must create its own fake:" in text
    assert "        with FakeTwilioVideo() as fake:\n            yield fake" in text


def test_a_scope_mismatch_of_another_fixture_is_not_explained(report):
    text = report("""
        import pytest

        @pytest.fixture
        def other():
            pass

        @pytest.fixture(scope="module")
        def room(other):
            pass

        def test_it(room):
            pass
    """)

    assert "ScopeMismatch" in text
    assert "- twilio video -" not in text


ORDER = (
    "Fixtures are torn down in the reverse order of their setup. Add twilio_video to the "
    "arguments of the fixture that sends the request. Then that fixture is set up after "
    "twilio_video and torn down before it."
)


def test_the_message_about_a_call_in_the_teardown_of_an_earlier_fixture_explains_the_order(report):
    text = report("""
        import pytest
        from app import call

        @pytest.fixture
        def room():
            yield
            call()

        def test_it(room, twilio_video):
            pass
    """)

    assert f"has the fixture twilio_video, but the fixture is torn down already. {ORDER}" in text
    assert "Add the twilio_video fixture" not in text


def test_the_message_about_a_call_in_the_setup_of_an_earlier_fixture_explains_the_order(report):
    text = report("""
        import pytest
        from app import call

        @pytest.fixture
        def room():
            call()

        def test_it(room, twilio_video):
            pass
    """)

    assert f"has the fixture twilio_video, but the fixture is not set up yet. {ORDER}" in text


def test_the_message_tells_a_test_without_the_fixture_to_add_it(report):
    text = report("""
        from app import call

        def test_first(twilio_video):
            pass

        def test_it():
            call()
    """)

    assert "Add the twilio_video fixture to the test" in text


# Time that another library holds.

FROZEN = """
    import pytest
    from app import call
    from freezegun import freeze_time

    {mark}
    {freeze}
    def test_it(twilio_video):
        {before}
        call(auth=("AC" + "1" * 32, "x"))
        call(auth=("AC" + "1" * 32, "x"))
"""
MARK = "@pytest.mark.twilio_video(start='2030-05-01T09:00:00Z')"
FREEZE = "@freeze_time('2025-01-01')"
IGNORED = (
    "IgnoredSettingWarning: start=2030-05-01T09:00:00Z has no effect: freezegun sets the time "
    "to 2025-01-01T00:00:00Z. Freeze the moment that you want, and remove start"
)


def test_a_start_that_freezegun_overrides_causes_a_warning(report):
    pytest.importorskip("freezegun")
    text = report(FROZEN.format(mark=MARK, freeze=FREEZE, before=""), "-W", "default")

    assert text.count(IGNORED) == 1
    assert re.search(r"test_it\.py:9: IgnoredSettingWarning", text)


@pytest.mark.parametrize(
    "parts",
    [
        {"mark": MARK, "freeze": "", "before": ""},
        {"mark": "", "freeze": FREEZE, "before": ""},
        {"mark": MARK, "freeze": "@freeze_time('2030-05-01 09:00')", "before": ""},
        {"mark": MARK, "freeze": "", "before": "twilio_video.clock.advance(hours=1)"},
    ],
    ids=["not frozen", "without start", "the same moment", "moved by the test"],
)
def test_a_start_that_takes_effect_causes_no_warning(report, parts):
    pytest.importorskip("freezegun")
    text = report(FROZEN.format(**parts), "-W", "default", ini="[pytest]")

    assert "1 passed" in text
    assert "IgnoredSettingWarning" not in text


# Colors and widths.

WIDE = """
    from app import call

    def test_it(twilio_video):
        call(auth=None)
        call(auth=("AC" + "1" * 32, "x"), UniqueName="x" * 50, StatusCallback="https://app.example/")
        assert False
"""


def test_the_section_shows_failures_in_red_if_pytest_uses_colors(report, pytester):
    text = report(WIDE, "--color=yes", "--junitxml=junit.xml")

    assert "\x1b[31m09:00:00 ! requests  POST /v1/Rooms -> 401 (code 20003)" in text
    assert "\x1b[31m09:00:00   requests" not in text
    junit = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert "09:00:00 ! requests" in junit
    assert "x1B" not in junit[junit.index("- twilio video -") :]


def test_the_section_has_no_colors_if_pytest_uses_none(report):
    assert "\x1b" not in report(WIDE)


@pytest.mark.parametrize("columns", [70, 160])
def test_the_section_is_as_wide_as_the_terminal(report, columns):
    width.fix(columns)
    try:
        text = report(WIDE, "-W", "ignore")
    finally:
        width.fix(width.UNKNOWN)

    section = text.partition("- twilio video -")[2]
    # Not the callback, since the reason below it was joined to its line.
    lines = re.findall(r"^\d\d:\d\d:\d\d  (?! callback).*", section, re.MULTILINE)
    longest = max(map(len, lines))
    assert columns - 25 < longest <= columns
    assert ("… marks what is left out. pytest -v shows everything" in text) == (columns == 70)


@pytest.mark.process
def test_the_workers_of_xdist_know_the_width_and_the_colors(report, monkeypatch):
    pytest.importorskip("xdist")
    width.fix(133)
    try:
        text = report(WIDE, "-n1", "--color=yes")
    finally:
        width.fix(width.UNKNOWN)

    assert re.search(r"\n09:00:00   requests [^\n]{100,115} -> 201", text)
    assert "\x1b[31m09:00:00 ! requests" in text
