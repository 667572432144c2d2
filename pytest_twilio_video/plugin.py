"""The pytest plugin: its hooks and fixtures. Other modules are imported when a test needs them."""

from __future__ import annotations

import os

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from . import _guarding
from ._engine.late_warnings import Place
from ._engine.settings import SETTINGS
from ._fake import running_test
from ._fake.running_test import RunningTest
from ._guarding import GUARD, INI, PREFIX, settings_of
from ._interceptors.guard import is_blocked_request
from ._report import SECTION, width
from .errors import OpenRoomsWarning, TwilioVideoError, UnusedFaultWarning


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ._fake.fake import FakeTwilioVideo
    from ._interceptors.guard import Guard
    from ._server.listener import Listener
    from ._server.server import FakeTwilioVideoServer


FAILED = pytest.StashKey[bool]()
WIDTH_KEY = "twilio_video_width"  # a key in the input of a worker of xdist


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the settings of the ini file, ``twilio_video_<name>``, and two command line options."""
    pluginmanager.register(_guarding, "twilio_video_guarding")
    for name, setting in SETTINGS.items():
        parser.addini(f"{PREFIX}{name}", setting.metadata["meaning"], default=None)
    group = parser.getgroup("twilio-video", "reports of what happened in the fake Twilio Video")
    group.addoption(
        "--twilio-video-timeline",
        action="store_true",
        help="show the timeline of every test (by default, only of failed tests)",
    )
    group.addoption(
        "--twilio-video-report",
        metavar="FILE.html",
        help="write an HTML page with a chart of each test's rooms",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the plugin that writes the page of ``--twilio-video-report``."""
    names = ", ".join(SETTINGS)
    config.addinivalue_line(
        "markers", f"twilio_video(**settings): settings of the fake Twilio Video ({names})"
    )
    workerinput = getattr(config, "workerinput", {})
    if WIDTH_KEY in workerinput:
        width.fix(workerinput[WIDTH_KEY])
    page = config.getoption("twilio_video_report")
    if page is not None and not hasattr(
        config, "workerinput"
    ):  # A worker of xdist writes no page.
        from ._report.collector import ReportCollector

        collector = ReportCollector.for_option(config.invocation_params.dir, page)
        config.pluginmanager.register(collector)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Record which test runs, and its file and line."""
    path, line, _ = item.reportinfo()
    running_test.stack.append(RunningTest(Place(str(path), (line or 0) + 1)))
    try:
        return (yield)
    finally:
        running_test.stack.pop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget what an earlier run of the same item recorded. Only the last run counts."""
    item.stash[FAILED] = False
    item.config.stash[GUARD].blocked.clear()
    running_test.stack[-1] = RunningTest(running_test.stack[-1].place)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest's own hook, which handles xfail
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record whether the test failed, and add to its report what happened in the fake."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    if hasattr(report, "wasxfail") and call.excinfo and is_blocked_request(call.excinfo.value):
        item.config.stash[GUARD].blocked.clear()  # The test was expected to fail by it.
    test = running_test.stack[-1]
    if call.excinfo and report.when == "setup" and _is_scope_mismatch(call.excinfo):
        _add_section(report, SECTION, WIDER_SCOPE)
    is_always_wanted = item.config.getoption("twilio_video_timeline") and report.when == "call"
    if (report.failed or is_always_wanted) and test.fakes:
        error = call.excinfo.value if call.excinfo else None
        for title, text in _sections(test.fakes, error, item.config.option.verbose):
            _add_section(report, title, text)
    is_page_wanted = item.config.getoption("twilio_video_report") and report.when == "teardown"
    if is_page_wanted and test.entered:
        from ._fake.timeline import chart_json

        charts = {
            "" if fake is test.fixture else f"({running_test.name_of(fake)})": chart_json(
                fake.timeline
            )
            for fake in test.fakes
            if fake in test.entered  # Other fakes also show what earlier tests did.
        }
        if charts:
            from ._report.collector import REPORT_KEY

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
    # The test's own monkeypatch sets the environment, because two patches would undo each other.
    # Unused faults fail the test below, because here it is known whether it has already failed.
    fake = FakeTwilioVideo(**vars(settings) | {"environ": False, "unused_faults": "ignore"})
    if settings.environ:
        for name, value in settings.environment.items():
            if name not in os.environ:
                monkeypatch.setenv(name, value)
    running_test.stack[-1].fixture = fake
    with _noting_end(request.config.stash[GUARD]), fake:
        if "faker" in request.fixturenames:  # Faker's own fixture gets our provider.
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

    In tests without ``twilio_video_server``, every request to this address gets status 503.
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
    # Outside of the `except` block, so that pytest does not show that exception as well.
    pytest.fail(complaint, pytrace=False)


@pytest.fixture
def twilio_video_server(
    twilio_video: FakeTwilioVideo, twilio_video_listener: Listener
) -> Iterator[FakeTwilioVideoServer]:
    """A server through which browsers and other processes use the fake ``twilio_video``."""
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
    """Issue the warning *complaint* if *setting* is ``"warn"``. Otherwise fail the test."""
    if setting == "warn":
        item.warn(complaint)
    elif not item.stash.get(FAILED, False):  # A test fails for one reason only.
        pytest.fail(str(complaint), pytrace=False)


WIDER_SCOPE = """\
The fixture twilio_video is for one test. A fixture of a wider scope must create its own fake:

    from pytest_twilio_video import FakeTwilioVideo

    @pytest.fixture(scope="module")
    def twilio_video_of_module():
        with FakeTwilioVideo() as fake:
            yield fake

It answers while no other fake is active. Tests that use it do not need twilio_video."""


def _is_scope_mismatch(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    words = str(excinfo.value)
    return words.startswith("ScopeMismatch") and "fixture twilio_video " in words


def _sections(
    fakes: list[FakeTwilioVideo], error: BaseException | None, verbosity: int
) -> list[tuple[str, str]]:
    from ._fake.failure import sections

    try:
        return list(sections(fakes, error, verbosity=verbosity))
    except Exception as broken:  # noqa: BLE001 -- in this hook, it would end the whole run
        return [(SECTION, f"this section could not be written: {broken!r}")]


def _add_section(report: pytest.TestReport, title: str, text: str) -> None:
    add = getattr(report.longrepr, "addsection", None)
    if report.failed and add is not None:
        # It is added to the failure itself, because the JUnit report has no other sections.
        add(title, text, "-")
    else:
        report.sections.append((title, text))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Send the width of the terminal to a worker of xdist, which has no terminal."""
    node.workerinput[WIDTH_KEY] = width.of_terminal()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Show our sections in color if pytest shows its own text in color."""
    longrepr: Any = report.longrepr
    if any(title.startswith(SECTION) for title, *_ in getattr(longrepr, "sections", ())):
        # Only the method is replaced. The text stays without colors, for the JUnit report.
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
    """Show our sections of the tests that passed."""
    is_wanted = terminalreporter.config.getoption("twilio_video_timeline")
    if not is_wanted or terminalreporter.hasopt("P"):  # With -rP, pytest shows the sections.
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
    # `type(left).__module__` is not used, because in a foreign class it may raise.
    module = vars(type(left)).get("__module__")
    if op != "==" or not isinstance(module, str) or not module.startswith("pytest_twilio_video"):
        return None
    from ._assertions.explanation import compare

    return compare(left, right)
