"""The plugin: hooks and the fixture. It imports the rest when a test needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ._engine.settings import SETTINGS, Settings
from ._interceptors.guard import Guard, is_refusal
from .errors import InvalidSettingError, OpenRoomsWarning, TwilioVideoError


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ._fake.fake import FakeTwilioVideo
    from ._server.listener import Listener
    from ._server.server import FakeTwilioVideoServer


GUARD = pytest.StashKey[Guard]()
INI = pytest.StashKey[dict[str, Any]]()
FAILED = pytest.StashKey[bool]()
FAKE = pytest.StashKey["FakeTwilioVideo"]()
SECTION = "twilio video"
BLOCKED_KEY = "twilio_video_blocked"  # in the output of a worker of xdist
REPORT_KEY = "twilio_video"  # in the report of a test


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add each setting to the ini file, as ``twilio_video_<name>``, and the two options."""
    for name, setting in SETTINGS.items():
        parser.addini(f"twilio_video_{name}", setting.metadata["meaning"], default=None)
    group = parser.getgroup("twilio-video", "what happened in the fake Twilio Video")
    group.addoption(
        "--twilio-video-timeline",
        action="store_true",
        help="show the timeline of each test, not only of those that fail",
    )
    group.addoption(
        "--twilio-video-report",
        metavar="FILE.html",
        help="write a page that shows the rooms of all tests over time",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and block requests to Twilio Video for the whole run."""
    guard = config.stash[GUARD] = Guard()
    try:
        ini = config.stash[INI] = _from_ini(config)
        guard.blocking = Settings.merge(ini).block
    except InvalidSettingError as error:
        raise pytest.UsageError(str(error)) from None
    guard.__enter__()
    config.add_cleanup(lambda: guard.__exit__(None, None, None))
    names = ", ".join(SETTINGS)
    config.addinivalue_line(
        "markers", f"twilio_video(**settings): how the fake Twilio Video behaves ({names})"
    )
    page = config.getoption("twilio_video_report")
    if page and not hasattr(config, "workerinput"):  # xdist's workers do not write it
        from ._report.collector import ReportCollector

        config.pluginmanager.register(ReportCollector(config.invocation_params.dir / page))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Set in the guard which test runs, and whether its requests are blocked."""
    guard = item.config.stash[GUARD]
    usual = guard.blocking
    guard.test = item.nodeid
    guard.blocking = bool(_marker_settings(item).get("block", usual))
    try:
        return (yield)
    finally:
        guard.test, guard.blocking = "", usual
        guard.refusals.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget an earlier run: an item may run several times, and the last time counts."""
    item.stash[FAILED] = False
    item.config.stash[GUARD].refusals.clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest's own, which handles xfail
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test failed, and show what happened in the fake."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    if hasattr(report, "wasxfail") and call.excinfo and is_refusal(call.excinfo.value):
        item.config.stash[GUARD].refusals.clear()  # It reached pytest, and was expected.
    fake = item.stash.get(FAKE, None)
    if fake is not None:
        _explain(item.config, report, fake)
        if report.when == "teardown":
            if item.config.getoption("twilio_video_report"):
                from ._fake.timeline import chart_json

                # xdist sends the report to the process that writes the page.
                vars(report)[REPORT_KEY] = chart_json(fake.timeline)
            del item.stash[FAKE]  # items live as long as the run, and fakes are large
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose application swallowed a refusal of the guard."""
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

    settings = _settings(request)
    # The test's own monkeypatch sets the environment, as two patches would undo each other.
    fake = FakeTwilioVideo(**vars(settings) | {"environ": False})
    if settings.environ:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
    request.node.stash[FAKE] = fake
    with fake:
        if "faker" in request.fixturenames:  # Faker's own fixture gets our provider
            from .faker import register

            request.addfinalizer(register(request.getfixturevalue("faker")))  # noqa: PT021 -- one of two
        yield fake
        _look_for_open_rooms(request, fake)


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


def _look_for_open_rooms(request: pytest.FixtureRequest, fake: FakeTwilioVideo) -> None:
    """Do what the setting ``open_rooms`` demands about rooms that the test left open."""
    setting = fake.open_rooms
    left = fake.rooms.where(status="in-progress") if setting != "ignore" else []
    if not left:
        return
    msg = (
        f"the test left rooms open: {', '.join(map(repr, left))}. Complete them "
        f"(room.complete(), the API or the clock), or set open_rooms='ignore'"
    )
    if setting == "warn":
        request.node.warn(OpenRoomsWarning(msg))
    elif not request.node.stash.get(FAILED, False):  # one reason to fail is enough
        pytest.fail(msg, pytrace=False)


def _explain(config: pytest.Config, report: pytest.TestReport, fake: FakeTwilioVideo) -> None:
    """Add a section about *fake* to *report* if the test failed or the option asks for it."""
    is_always_wanted = config.getoption("twilio_video_timeline") and report.when == "call"
    if not report.failed and not is_always_wanted:
        return
    from ._fake.timeline import failure_section

    text = failure_section(fake.timeline, verbose=config.option.verbose > 0)
    add = getattr(report.longrepr, "addsection", None)
    if report.failed and add is not None:
        # A part of the failure itself is in the JUnit report too, which has no other sections.
        add(SECTION, text, "-")
    else:
        report.sections.append((SECTION, text))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send from a worker of xdist which requests were blocked outside of tests."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[BLOCKED_KEY] = session.config.stash[GUARD].outside_tests


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Receive what a worker of xdist sends; a crashed worker sends nothing."""
    blocked = getattr(node, "workeroutput", {}).get(BLOCKED_KEY, ())
    node.config.stash[GUARD].outside_tests += blocked


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the requests blocked outside of tests, and the sections of tests that passed."""
    for blocked in dict.fromkeys(terminalreporter.config.stash[GUARD].outside_tests):
        terminalreporter.write_line(f"{SECTION}: warning: {blocked}", yellow=True)
    is_wanted = terminalreporter.config.getoption("twilio_video_timeline")
    if not is_wanted or terminalreporter.hasopt("P"):  # then pytest shows the sections itself
        return
    for report in terminalreporter.getreports("passed"):
        for name, text in report.sections:
            if name == SECTION:
                terminalreporter.section(f"{SECTION}: {report.nodeid}", sep="-")
                terminalreporter.line(text)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain why two objects of the fake are not equal."""
    if op != "==" or not type(left).__module__.startswith("pytest_twilio_video"):
        return None
    from ._assertions.explanation import compare

    return compare(left, right)


def _settings(request: pytest.FixtureRequest) -> Settings:
    """Return the settings of one test; the ini file has those that no marker sets."""
    complaint = "@pytest.mark.twilio_video takes keywords only, like start='2030-01-01T09:00:00Z'"
    if not any(marker.args for marker in request.node.iter_markers("twilio_video")):
        ini = request.config.stash[INI]
        try:
            return Settings.merge(
                {"seed": request.node.nodeid}, ini, _marker_settings(request.node)
            )
        except InvalidSettingError as error:
            complaint = str(error)
    # Outside of the handler, so that pytest does not show its exception as well.
    pytest.fail(complaint, pytrace=False)


def _marker_settings(node: pytest.Item) -> dict[str, Any]:
    """Merge the settings of all markers of a test; the closest marker wins."""
    settings: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("twilio_video"))):
        settings |= marker.kwargs
    return settings


def _from_ini(config: pytest.Config) -> dict[str, Any]:
    texts = {name: config.getini(f"twilio_video_{name}") for name in SETTINGS}
    return {
        name: Settings.value_from_text(name, text)
        for name, text in texts.items()
        if text is not None
    }
