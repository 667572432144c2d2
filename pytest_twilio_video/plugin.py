"""The plugin: all that pytest sees. It loads what it needs when a test asks for it."""

from __future__ import annotations

import inspect

from types import CodeType
from typing import TYPE_CHECKING, Any

import pytest

from ._engine.settings import SETTINGS, Settings
from ._interceptors.guard import Guard
from .errors import BlockedRequestError, InvalidSettingError, OpenRoomsWarning


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ._fake.fake import FakeTwilioVideo


GUARD = pytest.StashKey[Guard]()
INI = pytest.StashKey[dict[str, Any]]()
FAILED = pytest.StashKey[bool]()
FAKE = pytest.StashKey["FakeTwilioVideo"]()
SECTION = "twilio video"
STRAYS = "twilio_video_strays"  # what a worker of xdist hands over at its end
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
        from ._report.collector import ReportCollector

        config.pluginmanager.register(ReportCollector(config.invocation_params.dir / page))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tell the guard which test runs, and whether it may go out."""
    guard = item.config.stash[GUARD]
    usual = guard.blocking
    guard.test = item.nodeid
    guard.blocking = bool(_said(item).get("block", usual))
    try:
        return (yield)
    finally:
        guard.test, guard.blocking = "", usual


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin anew: an item may run several times, and the last time counts."""
    item.stash[FAILED] = False
    item.config.stash[GUARD].refusals.clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of pytest's own, which knows about xfail
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that the test has failed, and show what happened in the fake."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    if hasattr(report, "wasxfail") and call.excinfo and _is_refusal(call.excinfo.value):
        item.config.stash[GUARD].refusals.clear()  # It has reached pytest, and was expected.
    fake = item.stash.get(FAKE, None)
    if fake is not None:
        _explain(item.config, report, fake)
        if report.when == "teardown":
            if item.config.getoption("twilio_video_report"):
                from ._fake.timeline import chart_json

                # xdist carries what is on a report to where the page is written.
                vars(report)[DRAWING] = chart_json(fake.timeline)
            del item.stash[FAKE]  # items live as long as the run, and simulations are large
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose application swallowed that a request of it was refused."""
    outcome = yield
    refusals = item.config.stash[GUARD].refusals
    if refusals and not item.stash.get(FAILED, False) and not _names_refusals(item):
        pytest.fail(str(refusals[0]), pytrace=False)
    return outcome


def _is_refusal(error: BaseException) -> bool:
    """Whether *error* is a refusal of the guard, or came of one."""
    chain, seen = [error], set[int]()
    while chain:
        link = chain.pop()
        if isinstance(link, BlockedRequestError):
            return True
        if id(link) not in seen:
            seen.add(id(link))
            # Of nurseries and task groups there are several at once.
            links = (link.__cause__, link.__context__, *getattr(link, "exceptions", ()))
            chain += filter(None, links)
    return False


def _names_refusals(item: pytest.Item) -> bool:
    """Whether the test itself, in whatever ``except`` or `pytest.raises`, names the exception.

    Nobody tells pytest which exception a test has caught, and to keep the exception would keep
    all variables on its way. A test that names it has thought of it; ``except Exception`` has not.
    """
    function: Any = getattr(item, "function", None)
    waiting = [getattr(inspect.unwrap(function), "__code__", None)]
    while waiting:
        code = waiting.pop()
        if isinstance(code, CodeType):
            if BlockedRequestError.__name__ in code.co_names:
                return True
            waiting += code.co_consts  # the functions within
    return False


@pytest.fixture
def twilio_video(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeTwilioVideo]:
    """Twilio Video, with an empty account, for the length of one test."""
    from ._fake.fake import FakeTwilioVideo

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
    from ._fake.timeline import failure_section

    text = failure_section(fake.timeline, verbose=config.option.verbose > 0)
    add = getattr(report.longrepr, "addsection", None)
    if report.failed and add is not None:
        # Part of the failure itself, and so in the JUnit report too, which takes no other section.
        add(SECTION, text, "-")
    else:
        report.sections.append((SECTION, text))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker of xdist hand over what was refused outside of its tests."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[STRAYS] = [str(stray) for stray in session.config.stash[GUARD].strays]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of xdist hands over; one that has crashed hands over nothing."""
    strays = getattr(node, "workeroutput", {}).get(STRAYS, ())
    node.config.stash[GUARD].strays += map(BlockedRequestError, strays)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what no test tells: refusals outside of tests, and the sections of passing ones."""
    for stray in dict.fromkeys(map(str, terminalreporter.config.stash[GUARD].strays)):
        terminalreporter.write_line(f"{SECTION}: warning: {stray}", yellow=True)
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
    from ._assertions.explanation import compare

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
        name: Settings.value_from_text(name, text)
        for name, text in said.items()
        if text is not None
    }
