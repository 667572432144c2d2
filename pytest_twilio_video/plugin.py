"""The plugin: hooks and the fixture. It imports the rest when a test needs it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from . import _guarding
from ._engine.late_warnings import Place
from ._engine.settings import SETTINGS
from ._fake import running_test
from ._fake.running_test import RunningTest
from ._guarding import GUARD, INI, PREFIX, SECTION, settings_of
from ._interceptors.guard import is_refusal
from ._report import width
from .errors import OpenRoomsWarning, TwilioVideoError, UnusedFaultWarning


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ._fake.fake import FakeTwilioVideo
    from ._interceptors.guard import Guard
    from ._server.listener import Listener
    from ._server.server import FakeTwilioVideoServer


FAILED = pytest.StashKey[bool]()
REPORT_KEY = "twilio_video"  # in the report of a test
WIDTH_KEY = "twilio_video_width"  # in the input of a worker of xdist


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add each setting to the ini file, as ``twilio_video_<name>``, and the two options."""
    pluginmanager.register(_guarding, "twilio_video_guarding")
    for name, setting in SETTINGS.items():
        parser.addini(f"{PREFIX}{name}", setting.metadata["meaning"], default=None)
    group = parser.getgroup("twilio-video", "what happened in the fake Twilio Video")
    group.addoption(
        "--twilio-video-timeline",
        action="store_true",
        help="show the timeline of every test, not only of failed tests",
    )
    group.addoption(
        "--twilio-video-report",
        metavar="FILE.html",
        help="write an HTML page with a chart of the rooms of each test",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the page of the report."""
    names = ", ".join(SETTINGS)
    config.addinivalue_line(
        "markers", f"twilio_video(**settings): how the fake Twilio Video behaves ({names})"
    )
    workerinput = getattr(config, "workerinput", {})
    if WIDTH_KEY in workerinput:
        width.fix(workerinput[WIDTH_KEY])
    page = config.getoption("twilio_video_report")
    if page is not None and not hasattr(config, "workerinput"):  # xdist's workers do not write it
        from ._report.collector import ReportCollector

        collector = ReportCollector.for_option(config.invocation_params.dir, page)
        config.pluginmanager.register(collector)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which test runs, and where it is."""
    path, line, _ = item.reportinfo()
    running_test.stack.append(RunningTest(Place(str(path), (line or 0) + 1)))
    try:
        return (yield)
    finally:
        running_test.stack.pop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget an earlier run: an item may run several times, and the last time counts."""
    item.stash[FAILED] = False
    item.config.stash[GUARD].refusals.clear()
    running_test.stack[-1] = RunningTest(running_test.stack[-1].place)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest's own, which handles xfail
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test failed, and show what happened in the fake."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    if hasattr(report, "wasxfail") and call.excinfo and is_refusal(call.excinfo.value):
        item.config.stash[GUARD].refusals.clear()  # It reached pytest, and was expected.
    test = running_test.stack[-1]
    if call.excinfo and report.when == "setup" and _is_scope_mismatch(call.excinfo):
        _add_section(report, SECTION, WIDER_SCOPE)
    is_always_wanted = item.config.getoption("twilio_video_timeline") and report.when == "call"
    if (report.failed or is_always_wanted) and test.fakes:
        from ._fake.failure import sections

        error = call.excinfo.value if call.excinfo else None
        verbosity = item.config.option.verbose
        for title, text in sections(test.fakes, error, verbosity=verbosity):
            _add_section(report, title, text)
    is_page_wanted = item.config.getoption("twilio_video_report") and report.when == "teardown"
    if is_page_wanted and test.entered:
        from ._fake.timeline import chart_json

        charts = {
            "" if fake is test.fixture else f"({running_test.name_of(fake)})": chart_json(
                fake.timeline
            )
            for fake in test.fakes
            if fake in test.entered  # The others have what all earlier tests did.
        }
        if charts:
            # xdist sends the report to the process that writes the page.
            vars(report)[REPORT_KEY] = charts
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose application swallowed the exception of a blocked request."""
    outcome = yield
    swallowed = item.config.stash[GUARD].swallowed()
    if swallowed and not item.stash.get(FAILED, False):
        pytest.fail(swallowed, pytrace=False)
    return outcome


@pytest.fixture
def twilio_video(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeTwilioVideo]:
    """A fake Twilio Video with an empty account, for one test."""
    from ._fake.fake import FakeTwilioVideo
    from ._fake.leftovers import open_rooms, unused_faults

    settings = settings_of(request.node)
    # The test's own monkeypatch sets the environment, as two patches would undo each other.
    # Unused faults fail a test here, where it is known whether it has failed already.
    fake = FakeTwilioVideo(**vars(settings) | {"environ": False, "unused_faults": "ignore"})
    if settings.environ:
        for name, value in fake._environment.items():  # noqa: SLF001 -- kept from users
            monkeypatch.setenv(name, value)
    running_test.stack[-1].fixture = fake
    with _noting_end(request.config.stash[GUARD]), fake:
        if "faker" in request.fixturenames:  # Faker's own fixture gets our provider
            from .faker import register

            request.addfinalizer(register(request.getfixturevalue("faker")))  # noqa: PT021 -- one of two
        yield fake
        if settings.open_rooms != "ignore" and (left := open_rooms(fake)):
            _complain(request.node, settings.open_rooms, OpenRoomsWarning(left))
        if settings.unused_faults != "ignore" and (unused := unused_faults(fake)):
            _complain(request.node, settings.unused_faults, UnusedFaultWarning(unused))


@pytest.fixture(scope="session")
def twilio_video_listener(request: pytest.FixtureRequest) -> Iterator[Listener]:
    """The address of ``twilio_video_server``, for processes that are started once for all tests.

    Between the tests that use that fixture it answers 503.
    """
    from ._fake.fake import FakeTwilioVideo
    from ._server.server import listen

    try:
        listener = listen(FakeTwilioVideo(**request.config.stash[INI]))
    except TwilioVideoError as error:
        complaint = str(error)
    else:
        with listener:
            yield listener
        return
    # Outside of the handler, so that pytest does not show its exception as well.
    pytest.fail(complaint, pytrace=False)


@pytest.fixture
def twilio_video_server(
    twilio_video: FakeTwilioVideo, twilio_video_listener: Listener
) -> Iterator[FakeTwilioVideoServer]:
    """A server through which browsers and other processes meet ``twilio_video``."""
    from ._server.server import serve

    with serve(twilio_video, twilio_video_listener) as server:
        yield server


@contextmanager
def _noting_end(guard: Guard) -> Iterator[None]:
    try:
        yield
    finally:
        guard.fixture = "torn down already"


def _complain(item: pytest.Item, setting: str, complaint: Warning) -> None:
    """Issue *complaint* about what the test left behind, or fail the test, by *setting*."""
    if setting == "warn":
        item.warn(complaint)
    elif not item.stash.get(FAILED, False):  # one reason to fail is enough
        pytest.fail(str(complaint), pytrace=False)


WIDER_SCOPE = """\
The fixture twilio_video is for one test. A fixture of a wider scope has a fake of its own:

    from pytest_twilio_video import FakeTwilioVideo

    @pytest.fixture(scope="module")
    def twilio_video_of_module():
        with FakeTwilioVideo() as fake:
            yield fake

It answers while no other fake is entered, so tests that use it need no twilio_video."""


def _is_scope_mismatch(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    words = str(excinfo.value)
    return words.startswith("ScopeMismatch") and "fixture twilio_video " in words


def _add_section(report: pytest.TestReport, title: str, text: str) -> None:
    add = getattr(report.longrepr, "addsection", None)
    if report.failed and add is not None:
        # A part of the failure itself is in the JUnit report too, which has no other sections.
        add(title, text, "-")
    else:
        report.sections.append((title, text))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist how wide the terminal is, since it has none."""
    node.workerinput[WIDTH_KEY] = width.of_terminal()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Show our sections in color where pytest colors its own text."""
    longrepr: Any = report.longrepr
    if any(title.startswith(SECTION) for title, *_ in getattr(longrepr, "sections", ())):
        # The method, not the text: the JUnit report and others want it without colors.
        longrepr.toterminal = partial(_show_in_color, longrepr)


def _show_in_color(longrepr: Any, writer: Any) -> None:
    from ._report.text import colored

    plain = longrepr.sections
    if writer.hasmarkup:
        longrepr.sections = [
            (title, colored(text, partial(writer.markup, red=True)), separator)
            if title.startswith(SECTION)
            else (title, text, separator)
            for title, text, separator in plain
        ]
    try:
        type(longrepr).toterminal(longrepr, writer)
    finally:
        longrepr.sections = plain


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the sections of tests that passed."""
    is_wanted = terminalreporter.config.getoption("twilio_video_timeline")
    if not is_wanted or terminalreporter.hasopt("P"):  # then pytest shows the sections itself
        return
    from ._report.text import is_bad

    for report in terminalreporter.getreports("passed"):
        for name, text in report.sections:
            if name.startswith(SECTION):
                terminalreporter.section(f"{name}: {report.nodeid}", sep="-")
                for line in text.splitlines():
                    terminalreporter.write_line(line, red=is_bad(line))


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain why two objects of the fake are not equal."""
    # Not type(left).__module__: in other people's classes that may be anything, or raise.
    module = vars(type(left)).get("__module__")
    if op != "==" or not isinstance(module, str) or not module.startswith("pytest_twilio_video"):
        return None
    from ._assertions.explanation import compare

    return compare(left, right)
