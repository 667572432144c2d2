"""The page in a real browser, if CHROMIUM names one: ``tox run -e browser``."""

# ruff: noqa: E501 -- scripts for the page are not ours to break

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._fake.timeline import chart_json
from pytest_twilio_video._report.page import Chart, page


TOLD = "https://app.example/told"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--window-size=1400,1000",
    "--enable-logging=stderr",
)


@pytest.fixture(name="chromium", scope="module")
def _chromium():
    browser = shutil.which(os.environ.get("CHROMIUM", ""))
    if browser is None:
        pytest.skip("CHROMIUM names no browser")
    return browser


@pytest.fixture(name="look")
def _look(chromium, tmp_path):
    """Show charts in the browser, run a script on the page, and return its result."""

    def look(charts, script, *flags):
        asking = f"document.title = JSON.stringify((() => {{ {script} }})())"
        html = page(charts).replace("</body>", f"<script>{asking}</script></body>")
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [chromium, *FLAGS, *flags, profile, "--dump-dom", path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
        title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)[1]
        return json.loads(title.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))

    return look


@pytest.fixture(name="chart", scope="module")
def _chart():
    """The chart of a test in which everything happens once."""
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z", seed="a test") as fake:
        auth = fake.account_sid, fake.auth_token
        url = "https://video.twilio.com/v1/Rooms"
        data = {"UniqueName": "Daily </script>", "StatusCallback": TOLD}
        requests.post(url, data=data, auth=auth, timeout=5)
        requests.post(url, data=data, auth=auth, timeout=5)
        fake.callbacks.deliver_to(lambda callback: 500 if callback.event == "track-added" else 200)
        room = fake.rooms[0]
        alice = room.connect("alice")
        alice.publish("audio").disable()
        fake.clock.advance(minutes=3)
        fake.callbacks.drop("participant-disconnected")
        alice.disconnect()
        fake.clock.advance(hours=1)
        fake.callbacks.hold()
        fake.rooms.create(unique_name="open", status_callback=TOLD)
        return chart_json(fake.timeline)


@pytest.fixture(name="charts")
def _charts(chart):
    return [
        Chart("tests/test_a.py::test_one[<b>]", "passed", "", chart),
        Chart("tests/test_a.py::test_two", "failed", "AssertionError: <i>no</i>", chart),
        Chart("tests/test_b.py::test_three", "skipped", "", '{"start":"2026-01-31T09:00:00.000Z","end":0,"left_out":0,"rows":[],"steps":[]}'),
    ]  # fmt: skip


ALL = "dispatchEvent(new Event('beforeprint'));"
FIRST = ALL + "const first = document.querySelector('article');"
POINT = "const point = (each) => each.dispatchEvent(new PointerEvent('pointerenter', {clientX: 50, clientY: 50}));"


def test_failed_tests_come_first_with_their_reason(look, charts):
    assert look(
        charts,
        "return [...document.querySelectorAll('article')].map((each) => "
        "[each.querySelector('.name').textContent, each.querySelector('.message')?.textContent ?? ''])",
    ) == [
        ["tests/test_a.py test_two", "AssertionError: <i>no</i>"],
        ["tests/test_a.py test_one[<b>]", ""],
        ["tests/test_b.py test_three", ""],
    ]


def test_rooms_participants_and_tracks_have_their_rows(look, charts):
    assert look(
        charts,
        FIRST + "return [...first.querySelectorAll('.names div')].map((each) => each.textContent)",
    ) == ["API calls", "test", "Daily </script>", "alice", "audio", "callbacks", "open", "callbacks"]  # fmt: skip


def test_the_shape_of_a_mark_shows_the_outcome(look, charts):
    marks = look(
        charts,
        FIRST
        + """
        const number = (kind) => first.querySelectorAll('.chart ' + kind).length;
        return Object.fromEntries(
            ['.call', '.call.bad', '.action', '.timer', '.jump', '.delivered', '.cross', '.never',
             '.lost', '.gap', '.bar.room', '.bar.participant', '.bar.audio', '.muted', '.tail']
            .map((kind) => [kind, number(kind)]))
        """,
    )
    assert marks == {
        ".call": 2,
        ".call.bad": 1,
        ".action": 5,
        ".timer": 1,
        ".jump": 2,
        ".delivered": 4,
        ".cross": 1,
        ".never": 2,
        ".lost": 1,
        ".gap": 3,
        ".bar.room": 3,  # one of them with the tail of what goes on
        ".bar.participant": 1,
        ".bar.audio": 1,
        ".muted": 1,
        ".tail": 1,
    }


def test_a_tooltip_explains_what_the_pointer_is_on(look, charts):
    told = look(
        charts,
        FIRST
        + POINT
        + """
        const say = (kind) => {
            point(first.querySelector(kind).closest('.hover'));
            return [...document.getElementById('tip').children].map((each) => each.textContent);
        };
        return [say('.call.bad'), say('.bar.participant'), say('.lost')];
        """,
    )
    assert told == [
        [
            "POST /v1/Rooms",
            "09:00:00, requests",
            f"UniqueName=Daily </script> StatusCallback={TOLD}",
            "400 (code 53113)",
        ],
        ["participant alice", "from 09:00:00, until 09:03:00: 3 min"],
        [
            "participant-disconnected alice in Daily </script>",
            "09:03:00, callback",
            f"POST {TOLD}",
            "undelivered",
            "lost: callbacks.drop()",
        ],
    ]


def test_tests_are_filtered_by_outcome_and_by_words_in_their_names(look, charts):
    shown = look(
        charts,
        """
        const shown = () => [...document.querySelectorAll('article:not([hidden]) h2 .name')]
            .map((each) => each.textContent.trim().split(' ').at(-1));
        const search = document.getElementById('search');
        const type = (text) => { search.value = text; search.dispatchEvent(new Event('input')); };
        const press = (name) => [...document.querySelectorAll('#outcomes button')]
            .find((each) => each.textContent.includes(name)).click();
        const seen = [];
        type('TEST_A two'); seen.push(shown());
        type(''); press('failed'); seen.push(shown());
        type('nobody'); seen.push(shown(), document.getElementById('nothing').hidden);
        type(''); press('failed'); seen.push(shown(), document.getElementById('nothing').hidden);
        return seen;
        """,
    )
    everything = ["test_two", "test_one[<b>]", "test_three"]
    assert shown == [["test_two"], everything[1:], [], False, everything, True]


@pytest.mark.parametrize(("flags", "before"), [([], "light"), (["--force-dark-mode"], "dark")])
def test_the_theme_is_that_of_the_system_until_another_is_chosen(look, charts, flags, before):
    themes = look(
        charts,
        """
        const theme = () => [document.documentElement.dataset.theme,
                             getComputedStyle(document.body).backgroundColor];
        const press = () => { document.getElementById('theme').click(); return theme(); };
        return [theme(), press(), press()];
        """,
        *flags,
    )
    assert [name for name, _ in themes] == [before, "dark", "light"]
    assert themes[1][1] != themes[2][1]


def test_failures_are_marked_with_a_word(look, charts):
    words = look(
        charts,
        FIRST
        + """
        return [...first.querySelectorAll('.word')].map((each) =>
            [each.textContent, each.parentNode.dataset.kind]);
        """,
    )
    assert words == [["53113", "call"], ["500", "callback"], ["undelivered", "callback"]]


def test_words_and_marks_do_not_overlap(look, charts):
    overlapping = look(
        charts,
        FIRST
        + """
        const boxes = [...first.querySelectorAll('[data-kind]')].map((each) =>
            [...each.children].slice(1).map((part) => part.getBoundingClientRect()));
        const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        return boxes.flatMap((box, number) => boxes.slice(number + 1).filter((other) =>
            box.some((a) => other.some((b) => meet(a, b))))).length;
        """,
    )
    assert overlapping == 0


def test_the_timeline_of_a_failed_test_is_open_and_has_the_reasons(look, charts):
    is_open, text, others, summary = look(
        charts,
        """
        const [failed, passed] = document.querySelectorAll('details');
        return [failed.open, failed.querySelector('pre').textContent, passed.open,
                failed.querySelector('summary').textContent];
        """,
    )
    lines = text.splitlines()
    assert (is_open, others, summary) == (True, False, "Timeline as text")
    assert lines[0].split()[:4] == ["09:00:00", "requests", "POST", "/v1/Rooms"]
    assert " " * 20 + "the application answered 500, but for Twilio only 2xx is a success" in lines
    assert lines[-3:] == [
        "still to come:",
        "  in 5 min  unused room timeout of open",
        "  in 1 d  24-hour limit of open",
    ]


def test_the_timeline_of_a_passed_test_can_be_opened(look, charts):
    text = look(
        charts,
        "const details = [...document.querySelectorAll('details')].at(-1); details.open = true;"
        "details.dispatchEvent(new Event('toggle')); return details.querySelector('pre').textContent",
    )
    assert text.splitlines()[0].split()[:4] == ["09:00:00", "requests", "POST", "/v1/Rooms"]


def test_on_a_phone_the_legend_takes_one_line_and_nothing_is_wider_than_the_screen(look, chart):
    name = "tests/test_a.py::test_" + "with_a_rather_long_name_" * 5
    legend, page_width, screen, lines = look(
        [Chart(name, "failed", "AssertionError: " + "words of a message " * 20, chart)],
        """
        const name = document.querySelector('h2 .name');
        const starts = [...name.childNodes].filter((each) => each.nodeType === 3).map((each) => {
            const range = document.createRange(); range.selectNode(each);
            return range.getClientRects().length; });
        return [document.getElementById('legend').offsetHeight, document.body.scrollWidth,
                innerWidth, starts];
        """,
        "--window-size=500,900",
    )
    assert legend < 30
    assert page_width <= screen
    assert set(lines) == {1}  # No part of a name is broken within itself.


def test_three_hundred_tests_are_printed_with_four_on_a_page(chromium, tmp_path):
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z", seed="a test") as fake:
        fake.rooms.create(unique_name="one", status_callback=TOLD).connect("alice").publish(
            "audio"
        )
        fake.clock.advance(minutes=7)
        chart = chart_json(fake.timeline)
    path, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    charts = [
        Chart(f"tests/test_a.py::test_{number}", "passed", "", chart) for number in range(300)
    ]
    path.write_text(page(charts), encoding="utf-8")
    flags = [*FLAGS, "--virtual-time-budget=9000", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [chromium, *flags, f"--print-to-pdf={printed}", path.as_uri()]
    subprocess.run(command, capture_output=True, check=True, timeout=120)

    assert 50 < len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) <= 75


def test_a_thousand_tests_are_shown(look, chart):
    charts = [
        Chart(f"tests/test_{number // 50}.py::test_{number}", "passed", "", chart)
        for number in range(1000)
    ]

    drawn = look(charts, ALL + "return document.querySelectorAll('article svg').length")

    assert drawn == 1000


def test_the_page_of_a_run_without_tests_says_so(look):
    assert look([], "return document.getElementById('summary').textContent") == (
        "No test used the fake."
    )
