"""The plugin: all that pytest sees. It loads what it needs when a test asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ._engine.settings import SETTINGS, Settings
from ._interceptors.guard import Guard
from .errors import InvalidSettingError


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .fake import FakeTwilioVideo


GUARD = pytest.StashKey[Guard]()
FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let each setting stand in the ini file, as ``twilio_video_<name>``."""
    for name, setting in SETTINGS.items():
        parser.addini(f"twilio_video_{name}", setting.metadata["meaning"], default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and let nothing out to Twilio Video for the whole run."""
    guard = config.stash[GUARD] = Guard()
    guard.blocking = _from_ini(config).get("block", True)
    guard.__enter__()
    config.add_cleanup(lambda: guard.__exit__(None, None, None))
    names = ", ".join(SETTINGS)
    config.addinivalue_line(
        "markers", f"twilio_video(**settings): how the fake Twilio Video behaves ({names})"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tell the guard which test runs, and whether it may go out."""
    guard = item.config.stash[GUARD]
    usual = guard.blocking
    guard.test = item.nodeid
    guard.blocking = _said(item).get("block", usual)
    guard.refusals.clear()
    try:
        return (yield)
    finally:
        guard.test, guard.blocking = "", usual


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that the test has failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
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
def twilio_video(request: pytest.FixtureRequest) -> Iterator[FakeTwilioVideo]:
    """Twilio Video, with an empty account, for the length of one test."""
    from .fake import FakeTwilioVideo

    try:
        fake = FakeTwilioVideo(**_settings(request))
    except InvalidSettingError as error:
        pytest.fail(str(error), pytrace=False)
    with fake:
        if "faker" in request.fixturenames:  # Faker's own fixture: it learns our words
            from .faker import register

            register(request.getfixturevalue("faker"))
        yield fake


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the settings of one test: what it does not say, the ini file does."""
    for marker in request.node.iter_markers("twilio_video"):
        if marker.args:
            msg = f"@pytest.mark.twilio_video takes keywords, not {marker.args!r}"
            raise InvalidSettingError(msg)
    return {"seed": request.node.nodeid} | _from_ini(request.config) | _said(request.node)


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
