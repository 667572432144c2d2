"""What a report shows of the fake when a test fails, and when nobody asked."""

from __future__ import annotations

import re

import pytest


APP = """
import pytest
import requests

def create(name, **data):
    url = "https://video.twilio.com/v1/Rooms"
    auth = ("AC" + "1" * 32, "a token")
    requests.post(url, data={"UniqueName": name, **data}, auth=auth)
"""


@pytest.fixture
def run(pytester):
    def run(source, *args):
        pytester.makeini("[pytest]\ntwilio_video_start = 2026-01-31T09:00:00Z")
        pytester.makepyfile(APP + source)
        return pytester.runpytest_inprocess("-p", "no:randomly", *args)

    return run


SECTION = [
    "*- twilio video -*",
    "09:00:00   requests  POST /v1/Rooms  UniqueName=standup -> 201",
    "09:00:00   event     room-created  standup",
    "still to come:",
    "  in 5 min  unused room timeout of standup",
]


@pytest.mark.parametrize(
    "source",
    [
        """
def test_it(twilio_video):
    create("standup")
    assert False
""",
        """
@pytest.fixture
def arranged(twilio_video):
    create("standup")
    raise RuntimeError("in a fixture")

def test_it(arranged): pass
""",
        """
@pytest.fixture
def arranged(twilio_video):
    yield
    raise RuntimeError("in a teardown")

def test_it(arranged):
    create("standup")
""",
        """
@pytest.fixture
def arranged():
    yield
    raise RuntimeError("in a teardown that comes after the fake's own")

def test_it(arranged, twilio_video):
    create("standup")
""",
        """
@pytest.mark.xfail(strict=True)
def test_it(twilio_video):
    create("standup")
""",
    ],
    ids=["call", "setup", "teardown", "late teardown", "strict xfail"],
)
def test_a_failure_for_whatever_reason_shows_what_happened(run, source):
    run(source).stdout.fnmatch_lines(SECTION)


@pytest.mark.parametrize(
    "source",
    [
        "def test_it(twilio_video): create('standup')",
        "def test_it(twilio_video):\n    create('standup')\n    pytest.skip('not today')",
        "@pytest.mark.xfail\ndef test_it(twilio_video):\n    create('standup')\n    assert False",
        "def test_it(): assert False",
        "@pytest.mark.twilio_video(seed=1)\ndef test_it(twilio_video): pass",
    ],
    ids=["passed", "skipped", "xfailed", "without the fixture", "no fake came about"],
)
def test_else_it_is_not_shown(run, source):
    run(source).stdout.no_fnmatch_line("*- twilio video -*")


def test_verbose_shows_more(run):
    source = """
def test_it(twilio_video):
    create("standup", StatusCallback="https://app.example/" + "told/" * 30)
    for each in range(50):
        twilio_video.rooms.create()
    assert False
"""
    short, whole = run(source), run(source, "-v")

    short.stdout.fnmatch_lines(
        ["*UniqueName=standup StatusCallback=https:/*… -> 201", "… 63 more …"]
    )
    whole.stdout.fnmatch_lines(["*POST https://app.example/told/told/*"])
    whole.stdout.no_fnmatch_line("… * more …")
    assert len(whole.outlines) > len(short.outlines) + 60


def test_what_was_ordered_and_never_struck_is_named(run):
    source = """
def test_it(twilio_video):
    with twilio_video.fail("POST", "/v1/Compositions", error="reset"):
        create("standup")
    twilio_video.latency(1)
    twilio_video.latency(2)
    twilio_video.fail("POST", "/v1/Rooms")
    create("lesson")
    twilio_video.fail(status=429)
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(
        [
            "injected, but never triggered:",
            "  reset for POST /v1/Compositions",
            "  429 (code 20429) for all*",
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("  latency of *")
    result.stdout.no_fnmatch_line("  503 *")


def test_where_all_that_was_ordered_struck_nothing_is_said_of_it(run):
    source = """
def test_it(twilio_video):
    twilio_video.fail()
    create("standup")
    assert False
"""
    run(source).stdout.no_fnmatch_line("injected, but never triggered:")


def test_an_option_shows_it_always_and_once(run):
    source = "def test_it(twilio_video):\n    create('standup')\n    print('said')"

    for args in ([], ["-rP"], ["-ra"], ["-rA"], ["-v"]):
        result = run(source, "--twilio-video-timeline", *args)
        result.assert_outcomes(passed=1)
        assert str(result.stdout).count("event     room-created  standup") == 1, args


def test_the_option_shows_it_once_of_a_failure_too(run):
    result = run(
        "def test_it(twilio_video):\n    create('standup')\n    assert False",
        "--twilio-video-timeline",
    )

    assert str(result.stdout).count("event     room-created  standup") == 1


def test_it_is_in_the_junit_report(run, pytester):
    run(
        "def test_it(twilio_video):\n    create('standup')\n    assert False",
        "--junitxml=junit.xml",
    )

    text = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert text.count("event     room-created  standup") == 1


def test_it_is_in_the_page_of_pytest_html(run, pytester):
    pytest.importorskip("pytest_html")
    run(
        "def test_it(twilio_video):\n    create('standup')\n    assert False",
        "--html=page.html",
    )

    page = (pytester.path / "page.html").read_text(encoding="utf-8")
    assert page.count("event     room-created  standup") == 1


@pytest.mark.process
def test_it_comes_from_the_workers_of_xdist(run):
    pytest.importorskip("xdist")
    source = """
@pytest.mark.parametrize("name", ["one", "two"])
def test_it(twilio_video, name):
    create(name)
    assert name == "one"
"""
    result = run(source, "-n2", "--twilio-video-timeline")

    result.assert_outcomes(passed=1, failed=1)
    for name in ("one", "two"):
        assert str(result.stdout).count(f"room-created  {name}") == 1


def test_what_was_done_in_a_fake_of_ones_own_is_not_the_fixtures(run):
    source = """
def test_it(twilio_video):
    from pytest_twilio_video import FakeTwilioVideo
    with FakeTwilioVideo() as other:
        create("of the other")
    create("standup")
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(SECTION)
    result.stdout.no_fnmatch_line("*of the other -> 201*")


def test_worlds_are_let_go_when_their_test_is_over(run):
    source = """
import gc, weakref
simulations = []

def test_one(twilio_video):
    create("standup")
    simulations.append(weakref.ref(twilio_video._simulation))

def test_two():
    gc.collect()
    assert simulations[0]() is None
"""
    run(source).assert_outcomes(passed=2)


# Comparisons.


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        (
            "standup.status == 'completed'",
            ["E *assert 'in-progress' == 'completed'"],
        ),
        (
            "standup.status == 'complete'",
            [
                "E *assert 'in-progress' == 'complete'",
                "E *it can be: 'in-progress', 'completed', 'failed'",
            ],
        ),
        (
            "standup == retro",
            [
                "E *assert <Room standup in-progress RM*> == <Room retro in-progress RM*>",
                "E *these two Rooms differ in:",
                "E *sid * 'RM*' != 'RM*'",
                "E *unique_name * 'standup' != 'retro'",
            ],
        ),
        (
            "standup == 'standup'",
            ["E *a Room is never equal to text; compare its unique_name"],
        ),
        (
            "standup == 'complete'",
            ["E *a Room is never equal to text; compare its fields"],
        ),
        (
            "rooms == [retro]",
            [
                "E *assert [[]<Room standu*>] == [[]<Room retro *>]",
                "E *At index 0 diff: <Room standup in-progress RM*> != <Room retro *>",
            ],
        ),
        ("len(rooms) == 3", ["E *where 2 = len([[]<Room standup *>, <Room retro *>])"]),
        ("'standupp' in rooms", ["E *'standupp' in [[]<Room standup *>, <Room retro *>]"]),
        ("standup == 1", ["E *assert <Room standup in-progress RM*> == 1"]),
        ("standup != standup", ["E *assert <Room standup *> != <Room standup *>"]),
    ],
)
def test_a_comparison_reads_well(run, claim, shown):
    source = f"""
def test_it(twilio_video):
    create("standup")
    create("retro")
    rooms = twilio_video.rooms
    standup, retro = rooms
    assert {claim}
"""
    run(source).stdout.fnmatch_lines(shown)


def test_collections_are_equal_to_lists_of_the_same(twilio_video):
    rooms = twilio_video.rooms
    one, two = rooms.create(), rooms.create()

    assert rooms == [one, two]
    assert [one, two] == rooms
    assert rooms == twilio_video.rooms
    assert rooms != [two, one]
    assert rooms != [one]
    assert rooms != "rooms"


# Rooms left open.

OPEN = "pytest_twilio_video.OpenRoomsWarning"
LEAVING = "def test_it(twilio_video):\n    create('standup')\n    create('over', Type='group')\n"


def test_rooms_left_open_are_nobodys_business_by_default(run):
    run(LEAVING, "-W", f"error::{OPEN}").assert_outcomes(passed=1)


def test_rooms_left_open_can_be_warned_of(run):
    result = run(
        "@pytest.mark.twilio_video(open_rooms='warn')\n" + LEAVING, "-W", f"default::{OPEN}"
    )

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*OpenRoomsWarning: the test left rooms open: <Room standup *"])


def test_rooms_left_open_can_fail_a_test(run):
    result = run("@pytest.mark.twilio_video(open_rooms='fail')\n" + LEAVING)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "the test left rooms open: <Room standup *>, <Room over *>. Complete them (*",
        ]
    )
    assert not re.search(r"plugin\.py:\d", str(result.stdout))


def test_rooms_that_ended_are_not_open(run):
    source = LEAVING + "    twilio_video.clock.advance(minutes=5)\n"

    run(f"@pytest.mark.twilio_video(open_rooms='fail')\n{source}").assert_outcomes(passed=1)


def test_a_test_that_failed_has_failed_once(run):
    source = f"@pytest.mark.twilio_video(open_rooms='fail')\n{LEAVING}    assert False\n"

    run(source).assert_outcomes(failed=1)
