"""The section of the fake in pytest's report, and when it is shown."""

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
    def run(source, *args, ini=""):
        pytester.makeini(f"[pytest]\ntwilio_video_start = 2026-01-31T09:00:00Z\n{ini}")
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
def test_a_failure_for_any_reason_shows_what_happened(run, source):
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
def test_a_test_that_did_not_fail_shows_no_section(run, source):
    run(source).stdout.no_fnmatch_line("*- twilio video -*")


def test_verbose_shows_all_lines(run):
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


def test_faults_that_were_never_triggered_are_listed(run):
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


def test_triggered_faults_are_not_listed(run):
    source = """
def test_it(twilio_video):
    twilio_video.fail()
    create("standup")
    assert False
"""
    run(source).stdout.no_fnmatch_line("injected, but never triggered:")


def test_the_option_shows_the_section_of_each_test_once(run):
    source = "def test_it(twilio_video):\n    create('standup')\n    print('said')"

    for args in ([], ["-rP"], ["-ra"], ["-rA"], ["-v"]):
        result = run(source, "--twilio-video-timeline", *args)
        result.assert_outcomes(passed=1)
        assert str(result.stdout).count("event     room-created  standup") == 1, args


def test_the_option_shows_the_section_of_a_failed_test_once(run):
    result = run(
        "def test_it(twilio_video):\n    create('standup')\n    assert False",
        "--twilio-video-timeline",
    )

    assert str(result.stdout).count("event     room-created  standup") == 1


def test_the_junit_report_has_the_section(run, pytester):
    run(
        "def test_it(twilio_video):\n    create('standup')\n    assert False",
        "--junitxml=junit.xml",
    )

    text = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert text.count("event     room-created  standup") == 1


def test_the_page_of_pytest_html_has_the_section(run, pytester):
    pytest.importorskip("pytest_html")
    run(
        "def test_it(twilio_video):\n    create('standup')\n    assert False",
        "--html=page.html",
    )

    page = (pytester.path / "page.html").read_text(encoding="utf-8")
    assert page.count("event     room-created  standup") == 1


@pytest.mark.process
def test_workers_of_xdist_send_the_section(run):
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


def test_each_fake_that_a_test_used_has_a_section(run):
    source = """
from pytest_twilio_video import FakeTwilioVideo

def test_it(twilio_video):
    with FakeTwilioVideo() as other:
        create("of the other")
    create("standup")
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(
        [
            *SECTION,
            "*- twilio video: FakeTwilioVideo() of test_*.py:12 -*",
            "* requests  POST /v1/Rooms  UniqueName=of the other -> 201",
        ]
    )


def test_simulations_are_freed_after_their_test(run):
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


def test_a_python_fake_has_a_section_in_unittest(run):
    source = """
import unittest
from pytest_twilio_video import FakeTwilioVideo

class Case(unittest.TestCase):
    def setUp(self):
        fake = FakeTwilioVideo(start="2026-01-31T09:00:00Z")
        fake.start()
        self.addCleanup(fake.stop)

    def test_it(self):
        create("standup")
        self.fail()

def test_which_uses_none():
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(["*- twilio video: FakeTwilioVideo() of test_*", *SECTION[1:]])
    assert str(result.stdout).count("- twilio video") == 1


def test_a_fake_of_the_whole_module_has_a_section_for_each_test_that_used_it(run):
    source = """
from pytest_twilio_video import FakeTwilioVideo

@pytest.fixture(scope="module", autouse=True)
def fake():
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z") as fake:
        yield fake

def test_first():
    pass

def test_which_uses_it():
    create("standup")
    assert False

def test_which_does_not():
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(["*- twilio video: FakeTwilioVideo() of test_*", *SECTION[1:]])
    assert str(result.stdout).count("- twilio video") == 1


def test_a_fake_of_the_whole_module_that_is_reset_has_a_section_for_each_test(run):
    """
    After each reset, the second test does just as much as the first one.
    """
    source = """
from pytest_twilio_video import FakeTwilioVideo

@pytest.fixture(scope="module")
def shared():
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z") as fake:
        yield fake

@pytest.fixture
def fake(shared):
    shared.reset()
    return shared

def test_one(fake):
    create("standup")
    assert False

def test_another(fake):
    create("standup")
    assert False

def test_which_does_nothing(fake):
    assert False
"""
    result = run(source)

    assert str(result.stdout).count("- twilio video: FakeTwilioVideo() of ") == 2
    assert str(result.stdout).count("room-created  standup") == 2


def test_a_fake_in_which_nothing_happened_has_no_section(run):
    source = """
from pytest_twilio_video import FakeTwilioVideo

def test_it(twilio_video):
    with FakeTwilioVideo():
        pass
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(["*- twilio video -*", "nothing has happened"])
    assert str(result.stdout).count("nothing has happened") == 1


# A failed assertion and its section.

CLAIM = """
def test_it(twilio_video):
    for number in range({rooms}):
        create(f"room{{number}}")
    twilio_video.assert_room_created(unique_name="standup")
"""


def test_the_report_section_does_not_repeat_the_message(run):
    result = run(CLAIM.format(rooms=6))

    result.stdout.fnmatch_lines(
        ["E *room-created  room5", "E *in 5 min  unused room timeout of *"]
    )
    assert str(result.stdout).count("room-created  room5") == 1
    result.stdout.no_fnmatch_line("*- twilio video -*")


def test_the_report_section_shows_what_the_message_omits(run):
    result = run(CLAIM.format(rooms=10))

    result.stdout.fnmatch_lines(
        [
            "E *… 8 more …",
            "*- twilio video -*",
            "what the message above leaves out:",
            "* event     room-created  room1",
        ]
    )
    for number in range(10):
        assert str(result.stdout).count(f"event     room-created  room{number}") == 1


def test_a_section_with_more_lines_than_fit_says_that_it_is_cut(run):
    source = """
def test_it(twilio_video):
    for number in range(60):
        create(f"r{number}")
    assert 0
"""
    cut = "… marks what is left out. pytest -v shows everything"

    assert cut in str(run(source).stdout)
    assert cut not in str(run(source, "-v").stdout)


def test_the_report_section_shows_a_callback_that_was_delivered_after_the_failure(run):
    """
    Then the line of the queued callback is gone, so there are no more lines than before.
    """
    source = """
def test_it(twilio_video):
    twilio_video.callbacks.deliver_to(lambda callback: 500)
    for number in range(10):
        create(f"room{number}")
    twilio_video.callbacks.hold()
    try:
        create("standup", StatusCallback="https://app.example/told")
        twilio_video.assert_room_completed("standup")
    finally:
        twilio_video.callbacks.release()
"""
    result = run(source)

    result.stdout.fnmatch_lines(
        [
            "E *room-created  standup -> undelivered *",
            "what the message above leaves out:",
            "* callback  room-created  standup -> 500",
        ]
    )
    for number in range(10):
        assert str(result.stdout).count(f"event     room-created  room{number}") == 1


def test_the_message_says_which_other_fake_answered(run):
    source = """
from pytest_twilio_video import FakeTwilioVideo

def test_it(twilio_video):
    with FakeTwilioVideo():
        create("standup")
    twilio_video.assert_room_created(unique_name="standup")
"""
    result = run(source)

    result.stdout.fnmatch_lines(
        [
            "E *expected a room created through the API with unique_name='standup'",
            "E *FakeTwilioVideo() of test_*.py:12 answered:",
            "E *    POST /v1/Rooms -> 201",
            "E *If several fakes are active, the one that was entered last answers: *",
            "E *nothing has happened",
        ]
    )
    assert str(result.stdout).count("nothing has happened") == 1


def test_the_message_names_the_fixture_if_its_fake_answered(run):
    source = """
from pytest_twilio_video import FakeTwilioVideo

def test_it(twilio_video):
    with FakeTwilioVideo() as mine:
        pass
    create("standup")
    mine.assert_room_created(unique_name="standup")
"""
    run(source).stdout.fnmatch_lines(
        ["E *the fixture twilio_video answered:", "E *    POST /v1/Rooms -> 201"]
    )


OVERDUE = """
from freezegun import freeze_time

def test_it(twilio_video):
    def handler(callback):
        if callback.event == "room-ended":
            raise ValueError("the handler is broken")

    twilio_video.callbacks.deliver_to(handler)
    with freeze_time("2026-01-31T09:00:00Z") as frozen:
        create("standup", StatusCallback="https://app.example/told")
        room, other = twilio_video.rooms["standup"], twilio_video.rooms.create()
        frozen.tick(400)
        {claim}
"""


@pytest.mark.parametrize(
    "claim",
    [
        "assert False, 'the reason'",
        "twilio_video.assert_not_called('POST', '/v1/Rooms')",
        "assert room == other",
        "assert room == 'standup'",
    ],
)
def test_a_failure_report_runs_no_overdue_timer_and_no_handler(run, claim):
    """
    A handler that raises in the report would end the whole run, or hide the reason.
    """
    result = run(OVERDUE.format(claim=claim))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*still to come:", "*  due * unused room timeout of standup"])
    result.stdout.no_fnmatch_line("*room-ended  standup*")
    result.stdout.no_fnmatch_line("E *ValueError*")


@pytest.mark.parametrize("option", ["--twilio-video-timeline", "--twilio-video-report=page.html"])
def test_the_report_of_a_passed_test_runs_no_overdue_timer(run, option):
    run(OVERDUE.format(claim="pass"), option).assert_outcomes(passed=1)


def test_a_page_that_waits_is_reported_without_running_timers(run):
    source = """
from freezegun import freeze_time
from pytest_twilio_video._fake import failure

def test_it(twilio_video):
    with freeze_time("2026-01-31T09:00:00Z") as frozen:
        create("standup")
        frozen.tick(400)
        list(failure.sections([twilio_video], None, verbosity=2))
    assert [event.name for event in twilio_video._simulation.account.events] == ["room-created"]
"""
    run(source).assert_outcomes(passed=1)


def test_an_error_in_a_section_does_not_end_the_run(run):
    source = """
from pytest_twilio_video._report import text

def test_it(twilio_video, monkeypatch):
    monkeypatch.setattr(text, "section", lambda *_, **__: 1 / 0)
    assert False

def test_that(): pass
"""
    result = run(source)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*- twilio video -*", "this section could not be written: ZeroDivisionError*"]
    )


# Stubs of other libraries.


def test_the_report_names_a_stub_of_responses_that_the_fake_leaves_unused(run):
    source = """
responses = pytest.importorskip("responses")

@responses.activate
def test_it(twilio_video):
    responses.add("POST", "https://video.twilio.com/v1/Rooms", status=503)
    responses.add("POST", "https://app.example/", status=503)
    create("standup")
    assert False
"""
    result = run(source)

    hint = (
        "responses has a stub for POST https://video.twilio.com/v1/Rooms, which is not used, "
        "because the fake answers for this host. Add the stub to twilio_video.responses, which "
        "has precedence over the fake."
    )
    result.stdout.fnmatch_lines(["*- twilio video -*", hint])
    result.stdout.no_fnmatch_line("*has a stub for*app.example*")


def test_the_report_does_not_name_a_mock_of_responses_that_has_ended(run):
    source = """
import re
responses = pytest.importorskip("responses")

def test_it(twilio_video):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add("GET", re.compile(r"https://video\\.twilio\\.com/.*"))
    create("standup")
    assert False
"""
    run(source).stdout.no_fnmatch_line("*has a stub*")


def test_the_report_names_a_stub_of_responses_for_a_pattern_of_urls(run):
    source = """
import re
responses = pytest.importorskip("responses")

def test_it(twilio_video):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add("GET", re.compile(r"https://video\\.twilio\\.com/.*"))
        create("standup")
    assert False
"""
    run(source).stdout.fnmatch_lines(["responses has a stub for GET https://video*"])


def test_the_report_names_a_stub_of_respx_that_the_fake_leaves_unused(run):
    source = """
respx = pytest.importorskip("respx")
httpx = pytest.importorskip("httpx")

def test_it(twilio_video):
    with respx.mock(assert_all_called=False) as router:
        router.get("https://video.twilio.com/v1/Rooms")
        router.get("https://app.example/")
        httpx.get("https://video.twilio.com/v1/Rooms", auth=("AC" + "1" * 32, "x"))
    assert False
"""
    result = run(source)

    result.stdout.fnmatch_lines(
        ["respx has a stub for *video.twilio.com*/v1/Rooms* Add the stub to twilio_video.respx*"]
    )
    result.stdout.no_fnmatch_line("*has a stub for*app.example*")


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
                "E *the values are: 'in-progress', 'completed', 'failed'",
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
            ["E *a Room is never equal to text: compare its unique_name"],
        ),
        (
            "standup == 'complete'",
            ["E *a Room is never equal to text: compare its fields"],
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
        (
            "rooms == twilio_video.callbacks",
            ["E *assert [[]<Room standu* == <Callbacks [[][]]>"],
        ),
        (
            "twilio_video.callbacks == rooms",
            ["E *assert <Callbacks [[][]]> == [[]<Room standu*"],
        ),
        (
            "twilio_video.calls[0] == twilio_video.calls[1]",
            ["E *assert <Call *> == <Call *>"],
        ),
        (
            "twilio_video.events[0] == twilio_video.events[1]",
            ["E *assert <Event room-c*> == <Event room-c*>", "E *[[]'_record'[]]"],
        ),
        ("standup == 1", ["E *assert <Room standup in-progress RM*> == 1"]),
        ("standup != standup", ["E *assert <Room standup *> != <Room standup *>"]),
    ],
)
def test_a_failed_comparison_is_explained(run, claim, shown):
    source = f"""
def test_it(twilio_video):
    create("standup")
    create("retro")
    rooms = twilio_video.rooms
    standup, retro = rooms
    assert {claim}
"""
    run(source).stdout.fnmatch_lines(shown)


@pytest.mark.parametrize(
    "module",
    [
        "__module__ = None",
        "__module__ = 7",
        "__module__ = property(lambda self: 1 / 0)",
        "__slots__ = ()",
    ],
)
def test_comparisons_of_foreign_classes_are_not_affected(run, module):
    """
    A comparison in a test that does not use Twilio must not fail because of the plugin.
    """
    source = f"""
class Meta(type):
    def __getattribute__(cls, name):
        if name == "__module__":
            raise RuntimeError
        return super().__getattribute__(name)

class A:
    {module}

class B(metaclass=Meta):
    __repr__ = lambda self: "<B>"

def test_it():
    assert A() == A()

def test_that():
    assert B() == B()
"""
    result = run(source)

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E *assert <B> == <B>"])
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_collections_are_equal_to_lists_of_the_same_resources(twilio_video):
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


def test_rooms_left_open_are_ignored_by_default(run):
    run(LEAVING, "-W", f"error::{OPEN}").assert_outcomes(passed=1)


def test_rooms_left_open_can_cause_a_warning(run):
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
            "the test left rooms open: <Room standup *>, <Room over *>. Complete them (by *",
        ]
    )
    assert not re.search(r"plugin\.py:\d", str(result.stdout))


def test_rooms_that_ended_are_not_open(run):
    source = LEAVING + "    twilio_video.clock.advance(minutes=5)\n"

    run(f"@pytest.mark.twilio_video(open_rooms='fail')\n{source}").assert_outcomes(passed=1)


def test_a_failed_test_does_not_fail_again_for_open_rooms(run):
    source = f"@pytest.mark.twilio_video(open_rooms='fail')\n{LEAVING}    assert False\n"

    run(source).assert_outcomes(failed=1)
