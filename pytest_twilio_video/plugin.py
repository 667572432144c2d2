"""The plugin: all that pytest sees. It loads what it needs when a test asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ._engine.settings import SETTINGS, Settings
from ._interceptors.guard import Guard
from .errors import InvalidSettingError, OpenRoomsWarning


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .fake import FakeTwilioVideo


GUARD = pytest.StashKey[Guard]()
INI = pytest.StashKey[dict[str, Any]]()
FAILED = pytest.StashKey[bool]()
FAKE = pytest.StashKey["FakeTwilioVideo"]()
SECTION = "twilio video"
DRAWING = "twilio_video"  # what a report carries to the page


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let each setting stand in the ini file, as ``twilio_video_<name>``."""
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
    """Make the marker known, and let nothing out to Twilio Video for the whole run."""
    guard = config.stash[GUARD] = Guard()
    try:
        ini = config.stash[INI] = _from_ini(config)
        guard.blocking = Settings.of(ini).block
    except InvalidSettingError as error:
        raise pytest.UsageError(str(error)) from None
    guard.__enter__()
    config.add_cleanup(lambda: guard.__exit__(None, None, None))
    names = ", ".join(SETTINGS)
    config.addinivalue_line(
        "markers", f"twilio_video(**settings): how the fake Twilio Video behaves ({names})"
    )
    page = config.getoption("twilio_video_report")
    if page and not hasattr(config, "workerinput"):  # xdist's workers write none
        from ._report.gathering import Gathering

        config.pluginmanager.register(Gathering(config.invocation_params.dir / page))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tell the guard which test runs, and whether it may go out."""
    guard = item.config.stash[GUARD]
    usual = guard.blocking
    guard.test = item.nodeid
    guard.blocking = bool(_said(item).get("block", usual))
    guard.refusals.clear()
    try:
        return (yield)
    finally:
        guard.test, guard.blocking = "", usual


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that the test has failed, and show what happened in the fake."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    fake = item.stash.get(FAKE, None)
    if fake is not None:
        _explain(item.config, report, fake)
        if report.when == "teardown":
            if item.config.getoption("twilio_video_report"):
                # xdist carries what is on a report to where the page is written.
                vars(report)[DRAWING] = fake.timeline.drawing()
            del item.stash[FAKE]  # items live as long as the run, and worlds are large
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose application swallowed that a request of it was refused."""
    outcome = yield
    refusals = item.config.stash[GUARD].refusals
    if refusals and not item.stash.get(FAILED, False):
        pytest.fail(str(refusals[0]), pytrace=False)
    return outcome


@pytest.fixture
def twilio_video(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeTwilioVideo]:
    """Twilio Video, with an empty account, for the length of one test."""
    from .fake import FakeTwilioVideo

    settings = _settings(request)
    # The test's own monkeypatch sets the environment: two who do would undo each other.
    fake = FakeTwilioVideo(**vars(settings) | {"environ": False})
    if settings.environ:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
    request.node.stash[FAKE] = fake
    with fake:
        if "faker" in request.fixturenames:  # Faker's own fixture: it learns our words
            from .faker import register

            request.addfinalizer(register(request.getfixturevalue("faker")))  # noqa: PT021 -- one of two
        yield fake
        _look_for_open_rooms(request, fake)


def _look_for_open_rooms(request: pytest.FixtureRequest, fake: FakeTwilioVideo) -> None:
    """Do what the test wants about rooms that it leaves open."""
    wish = fake.open_rooms
    left = fake.rooms.where(status="in-progress") if wish != "ignore" else []
    if not left:
        return
    msg = (
        f"the test leaves rooms open: {', '.join(map(repr, left))}. Let them end, by "
        f"room.complete(), the API or the clock, or say open_rooms='ignore'"
    )
    if wish == "warn":
        request.node.warn(OpenRoomsWarning(msg))
    elif not request.node.stash.get(FAILED, False):  # one reason to fail is enough
        pytest.fail(msg, pytrace=False)


def _explain(config: pytest.Config, report: pytest.TestReport, fake: FakeTwilioVideo) -> None:
    """Let *report* have a section about *fake*, where it is wanted."""
    is_always_wanted = config.getoption("twilio_video_timeline") and report.when == "call"
    if not report.failed and not is_always_wanted:
        return
    text = fake.timeline.report(verbose=config.option.verbose > 0)
    add = getattr(report.longrepr, "addsection", None)
    if report.failed and add is not None:
        # Part of the failure itself, and so in the JUnit report too, which takes no other section.
        add(SECTION, text, "-")
    else:
        report.sections.append((SECTION, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the sections of passing tests, of which pytest shows none by itself."""
    is_wanted = terminalreporter.config.getoption("twilio_video_timeline")
    if not is_wanted or terminalreporter.hasopt("P"):  # then pytest shows the sections itself
        return
    for report in terminalreporter.getreports("passed"):
        for name, text in report.sections:
            if name == SECTION:
                terminalreporter.section(f"{SECTION}: {report.nodeid}", sep="-")
                terminalreporter.line(text)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain why two of what a test holds are not equal."""
    if op != "==" or not type(left).__module__.startswith("pytest_twilio_video"):
        return None
    from ._claims.comparison import compare

    return compare(left, right)


def _settings(request: pytest.FixtureRequest) -> Settings:
    """Return the settings of one test: what it does not say, the ini file does."""
    complaint = "@pytest.mark.twilio_video takes keywords alone, like start='2030-01-01T09:00:00Z'"
    if not any(marker.args for marker in request.node.iter_markers("twilio_video")):
        ini = request.config.stash[INI]
        try:
            return Settings.of({"seed": request.node.nodeid}, ini, _said(request.node))
        except InvalidSettingError as error:
            complaint = str(error)
    # Outside of the handler, whose own exception would be told as well.
    pytest.fail(complaint, pytrace=False)


def _said(node: pytest.Item) -> dict[str, Any]:
    """Merge what the markers of a test say; the closest wins."""
    said: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("twilio_video"))):
        said |= marker.kwargs
    return said


def _from_ini(config: pytest.Config) -> dict[str, Any]:
    said = {name: config.getini(f"twilio_video_{name}") for name in SETTINGS}
    return {
        name: Settings.from_text(name, text) for name, text in said.items() if text is not None
    }
