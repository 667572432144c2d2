"""The page of ``--twilio-video-report``: the data of each test, and that it is one file."""

from __future__ import annotations

import json
import re

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._fake.timeline import chart_json
from pytest_twilio_video._report.chart import MOST_STEPS
from pytest_twilio_video._report.page import Chart, page


TOLD = "https://app.example/told"


@pytest.fixture(name="fake")
def _fake():
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z") as fake:
        yield fake


def chart(fake):
    return json.loads(chart_json(fake.timeline))


def rows(fake):
    """Return the rows without their steps, indented."""
    return ["  " * level + f"{kind} {label}" for level, kind, label, *_ in chart(fake)["rows"]]


def test_participants_and_tracks_are_below_their_room(fake):
    one = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    two = fake.rooms.create(unique_name="two")
    alice = one.connect("alice")
    bob = one.connect("bob")
    bob.publish("video", "camera")
    two.connect("carol")
    alice.publish("audio")

    assert rows(fake) == [
        "room one",
        "  participant alice",
        "    audio audio",
        "    recording recording",
        "  participant bob",
        "    video camera",
        "    recording camera",
        "room two",
        "  participant carol",
    ]


def test_bars_last_from_one_step_to_another(fake):
    room = fake.rooms.create(unique_name="one")
    alice = room.connect("alice")
    track = alice.publish("audio")
    track.disable()
    track.enable()
    fake.clock.advance(minutes=2)
    alice.disconnect()

    drawn = chart(fake)
    names = [step[3] for step in drawn["steps"]]
    bars = {
        kind: (names[start], None if end < 0 else names[end], [names[each] for each in toggles])
        for _, kind, _, _, start, end, _, toggles in drawn["rows"]
    }
    of_alice = "audio of alice in one"
    assert bars == {
        "room": ("room-created one", None, []),
        "participant": (
            "participant-connected alice in one",
            "participant-disconnected alice in one",
            [],
        ),
        "audio": (
            f"track-added {of_alice}",
            "participant-disconnected alice in one",  # no event of its own
            [f"track-disabled {of_alice}", f"track-enabled {of_alice}"],
        ),
    }
    assert drawn["start"] == "2026-01-31T09:00:00.000Z"
    assert drawn["end"] == 120_000


def test_compositions_are_below_their_room(fake):
    url = "https://video.twilio.com/v1/CompositionHooks"
    hook = {"FriendlyName": "all", "AudioSources": "*", "StatusCallback": TOLD}
    requests.post(url, data=hook, auth=(fake.account_sid, fake.auth_token), timeout=5)
    room = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    room.complete()
    fake.clock.advance(hours=1)

    assert rows(fake) == [
        "room one",
        "  participant alice",
        "    audio audio",
        "    recording recording",
        "  composition composition",
    ]
    steps = chart(fake)["steps"]
    *_, (_, _, _, _, start, end, is_bad, toggles) = chart(fake)["rows"]
    assert steps[start][3].startswith("composition-enqueued")
    assert steps[end][3].startswith("composition-available")
    assert not is_bad
    assert toggles == []


def test_failures_are_marked(fake):
    room = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    fake.recordings[0].fail()

    assert [is_bad for *_, is_bad, _ in chart(fake)["rows"]] == [0, 0, 0, 1]


def test_the_chart_of_a_long_test_is_cut_and_says_so(fake):
    for _ in range(MOST_STEPS // 2 + 5):
        fake.rooms.create()

    drawn = chart(fake)

    assert len(drawn["steps"]) == MOST_STEPS
    assert drawn["left_out"] == 10


def test_there_is_a_chart_of_an_empty_account(fake):
    assert chart(fake) == {
        "start": "2026-01-31T09:00:00.000Z",
        "end": 0,
        "left_out": 0,
        "rows": [],
        "steps": [],
    }


def test_the_chart_has_reasons_pending_timers_and_unused_faults(fake):
    fake.callbacks.deliver_to(lambda _: 500)
    fake.fail("POST", "/v1/Compositions", error="reset")
    fake.rooms.create(unique_name="one", status_callback=TOLD)

    drawn = chart(fake)

    assert (
        drawn["steps"][-1][8]
        == "the application answered 500, but for Twilio only 2xx is a success"
    )
    assert drawn["pending"] == [
        ["in 5 min", "unused room timeout of one"],
        ["in 1 d", "24-hour limit of one"],
    ]
    assert drawn["never_triggered"] == ["reset for POST /v1/Compositions"]


def test_the_chart_is_ascii_for_any_names(fake):
    fake.rooms.create(unique_name="one").connect("\N{GRINNING FACE}")
    fake.timeline.to_text().encode()

    assert chart_json(fake.timeline).isascii()


def test_the_page_needs_no_other_files(fake):
    html = page([Chart("test_it.py::test_it", "passed", "", chart_json(fake.timeline))])

    assert not re.search(r'(src|href)="(?!data:)', html)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", html)
    assert "default-src 'none'" in html
    assert not re.search(r"/\* (drawing )?(style|script|data) \*/", html)


def test_no_name_can_end_the_script_with_the_data(fake):
    fake.rooms.create(unique_name="</script><!--")
    name = "test_it.py::test_it[</script><script>]"
    html = page([Chart(name, "failed", "</script>", chart_json(fake.timeline))])

    data = re.search(r'type="application/json">(.*?)</script>', html, re.DOTALL)
    (told,) = json.loads(data[1])
    assert told["test"] == name
    assert told["message"] == "</script>"
    assert told["chart"]["rows"][0][2] == "</script><!--"


# Through pytest.

SUITE = """
import pytest
import requests

@pytest.fixture
def broken(twilio_video):
    twilio_video.rooms.create(unique_name="broken")
    raise RuntimeError("in a fixture")

@pytest.fixture
def breaking(twilio_video):
    yield
    raise RuntimeError("in a teardown")

def test_passed(twilio_video): twilio_video.rooms.create(unique_name="passed")

def test_failed(twilio_video):
    twilio_video.rooms.create(unique_name="failed")
    assert twilio_video.rooms == []

def test_failed_twice(breaking):
    assert False, "in the test\\nand more"

def test_broken(broken): pass
def test_breaking(breaking): pass
def test_skipped(twilio_video): pytest.skip("not today")

@pytest.mark.xfail
def test_xfailed(twilio_video): assert False

@pytest.mark.xfail
def test_xpassed(twilio_video): pass

def test_without_the_fixture(): pass
"""


def _tests_of(path):
    html = path.read_text(encoding="utf-8")
    data = re.search(r'type="application/json">(.*?)</script>', html, re.DOTALL)
    return {each["test"].partition("::")[2]: each for each in json.loads(data[1])}


@pytest.mark.process
@pytest.mark.parametrize("args", [[], ["-n2"]], ids=["one process", "xdist"])
def test_every_test_that_used_the_fake_is_on_the_page(pytester, args):
    if args:
        pytest.importorskip("xdist")
    pytester.makepyfile(test_it=SUITE)
    result = pytester.runpytest_inprocess("--twilio-video-report=out/of/this/page.html", *args)

    tests = _tests_of(pytester.path / "out" / "of" / "this" / "page.html")
    assert {name: each["outcome"] for name, each in tests.items()} == {
        "test_passed": "passed",
        "test_failed": "failed",
        "test_failed_twice": "failed",
        "test_broken": "error",
        "test_breaking": "error",
        "test_skipped": "skipped",
        "test_xfailed": "xfailed",
        "test_xpassed": "xpassed",
    }
    assert tests["test_broken"]["message"] == "RuntimeError: in a fixture"
    assert tests["test_failed_twice"]["message"].startswith(
        "AssertionError: in the test\n  and more"
    )
    assert tests["test_passed"]["message"] == ""
    assert tests["test_failed"]["chart"]["rows"][0][2] == "failed"
    result.stdout.fnmatch_lines(["*twilio video report: file://*/out/of/this/page.html*"])


CLAIMS = """
from pytest_twilio_video import FakeTwilioVideo

def test_claim(twilio_video):
    twilio_video.rooms.create(unique_name="one")
    twilio_video.assert_room_completed("one", max_participants=7)

def test_own():
    with FakeTwilioVideo() as fake:
        fake.rooms.create(unique_name="mine")

def test_long(twilio_video):
    assert False, "\\n".join(map(str, range(100)))
"""


def test_the_text_of_an_assertion_is_on_the_page_without_what_happened(pytester):
    pytester.makepyfile(test_it=CLAIMS)
    pytester.runpytest_inprocess("--twilio-video-report=page.html")

    tests = _tests_of(pytester.path / "page.html")
    message = tests["test_claim"]["message"]
    assert message.startswith("AssertionError: expected a completed room 'one' with max_partic")
    assert message.endswith("  > max_participants  50, expected 7")
    assert tests["test_long"]["message"].splitlines()[-1].startswith("… 6")


def test_a_fake_that_the_test_creates_is_on_the_page(pytester):
    pytester.makepyfile(test_it=CLAIMS)
    pytester.runpytest_inprocess("--twilio-video-report=page.html")

    tests = _tests_of(pytester.path / "page.html")
    own = tests["test_own (FakeTwilioVideo() of test_it.py:8)"]
    assert own["chart"]["rows"][0][2] == "mine"


def test_without_the_option_no_page_is_written(pytester):
    pytester.makepyfile(test_it=SUITE)
    result = pytester.runpytest_inprocess()

    result.stdout.no_fnmatch_line("*twilio video report*")
    assert not list(pytester.path.rglob("*.html"))


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (".", "directory"),
        ("", "directory"),
        ("folder/", "directory"),
        ("test_it.py/report.html", "exists|directory"),
        ("a\x00b.html", "null"),
        ("~nobody-of-that-name/report.html", "home directory"),
        ("x" * 300, "too long"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_run(pytester, page, why):
    pytester.mkdir("folder")
    pytester.makepyfile(test_it="def test_it(): open('ran', 'w').close()")

    result = pytester.runpytest_inprocess(f"--twilio-video-report={page}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    message = result.stderr.str()
    assert f"ERROR: --twilio-video-report is {page!r}, but no file can be" in message
    assert re.search(why, message, re.IGNORECASE)
    assert not (pytester.path / "ran").exists()


def test_a_tilde_is_the_home_directory(pytester, monkeypatch):
    home = pytester.mkdir("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    pytester.makepyfile("def test_it(twilio_video): pass")

    pytester.runpytest_inprocess("--twilio-video-report=~/new/report.html")

    assert (home / "new" / "report.html").exists()
    assert not (pytester.path / "~").exists()


def test_a_page_that_cannot_be_written_at_the_end_does_not_hide_failures(pytester):
    pytester.makepyfile(
        """
        import os

        def test_it(twilio_video):
            os.mkdir("report.html")
            assert False
        """
    )

    result = pytester.runpytest_inprocess("--twilio-video-report=report.html")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["twilio video: warning: the report was not written: *"])


def latest(fake, most):
    return fake_chart(fake, most)["rows"]


def fake_chart(fake, most):
    from pytest_twilio_video._report.chart import latest_chart

    return latest_chart(fake._simulation, most)


def test_the_latest_entries_have_a_chart_with_bars_that_began_before(fake):
    room = fake.rooms.create(unique_name="one")
    alice, bob = room.connect("alice"), room.connect("bob")
    track = alice.publish("audio")
    track.disable()
    bob.disconnect()
    fake.clock.advance(minutes=2)
    track.enable()
    start = len(fake.timeline)
    alice.publish("video")
    chart = fake_chart(fake, len(fake.timeline) - start + 2)

    assert [row[:3] for row in chart["rows"]] == [
        [0, "room", "one"],
        [1, "participant", "alice"],
        [2, "audio", "audio"],
        [2, "video", "video"],
    ]
    whole = json.loads(chart_json(fake.timeline))
    room_row, _, audio, video = chart["rows"]
    assert room_row[4:] == [0, -1, 0, [], -120_000]
    assert audio[7] == [0, 1]  # It was muted before, and is unmuted at the second step.
    assert chart["steps"] == [[step[0] - 120_000, *step[1:]] for step in whole["steps"][-4:]]
    assert len(video) == 8


def test_a_room_that_ended_before_the_latest_entries_has_no_bar(fake):
    fake.rooms.create(unique_name="one").complete()
    fake.rooms.create(unique_name="two")

    assert [row[2] for row in latest(fake, 2)] == ["two"]


def test_a_room_has_a_bar_as_long_as_something_of_it_goes_on(fake):
    room = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    room.connect("alice", tracks=("audio",))
    fake.clock.advance(minutes=1)
    room.complete()
    data = {"RoomSid": room.sid, "AudioSources": "*", "Format": "mp4"}
    auth = fake.account_sid, fake.auth_token
    requests.post("https://video.twilio.com/v1/Compositions", data=data, auth=auth, timeout=5)
    fake.clock.advance(hours=1)

    assert fake.timeline.to_text().splitlines()[-1].split()[2] == "composition-available"
    assert [row[:3] + row[4:6] for row in latest(fake, 1)] == [
        [0, "room", "one", 0, 0],
        [1, "composition", "composition", 0, 0],
    ]


def test_the_latest_chart_of_all_entries_is_the_chart_of_the_report(fake):
    room = fake.rooms.create(unique_name="one")
    room.connect("alice", tracks=("audio",)).disconnect()
    whole = json.loads(chart_json(fake.timeline))

    for name in ("start", "end", "rows", "steps"):
        assert fake_chart(fake, 1000)[name] == whole[name]


def test_a_folder_that_a_test_removes_is_made_again(pytester):
    pytester.makepyfile(
        """
import shutil

def test_it(twilio_video):
    shutil.rmtree("out")
"""
    )

    pytester.runpytest_inprocess("--twilio-video-report=out/of/tests/page.html")

    assert list(_tests_of(pytester.path / "out" / "of" / "tests" / "page.html")) == ["test_it"]
