"""pytest's part of the guard: when it begins and ends, for which test it is, and what it reports.

It begins before pytest loads the first conftest file, because a conftest file
may send requests, and ends with the process. Only a run that returns to the
program that started it (`pytest.main()`) ends earlier, with the run.
"""

from __future__ import annotations

import sys

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from ._engine.credentials import in_environment
from ._engine.settings import SETTINGS, Settings
from ._interceptors.guard import Guard
from .errors import InvalidSettingError


if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from types import FrameType


GUARD = pytest.StashKey[Guard]()
INI = pytest.StashKey[dict[str, Any]]()
SECTION = "twilio video"
BLOCKED_KEY = "twilio_video_blocked"  # in the output of a worker of xdist
PREFIX = "twilio_video_"  # of our lines in the ini file


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Begin before the first conftest file, and before pytest-django reads Django's settings."""
    _begin(early_config)
    yield
    _refuse_unknown_lines(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Begin, if a conftest file has named us as its plugin."""
    _begin(config)
    _refuse_unknown_lines(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Set in the guard which test runs, and whether its requests are blocked."""
    guard = item.config.stash[GUARD]
    usual = guard.blocking
    guard.test = item.nodeid
    block = _marker_settings(item).get("block")
    guard.blocking = block if isinstance(block, bool) else usual
    has_fixture = "twilio_video" in getattr(item, "fixturenames", ())
    guard.fixture = "not set up yet" if has_fixture else ""
    try:
        return (yield)
    finally:
        guard.test, guard.fixture, guard.blocking = "", "", usual
        guard.refusals.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose marker is wrong, even if it does not use the fixture."""
    if item.get_closest_marker("twilio_video"):
        settings_of(item)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send from a worker of xdist which requests were blocked outside of tests."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[BLOCKED_KEY] = _taken(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Receive what a worker of xdist sends; a crashed worker sends nothing."""
    blocked = getattr(node, "workeroutput", {}).get(BLOCKED_KEY, ())
    node.config.stash[GUARD].outside_tests += blocked


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the requests blocked outside of tests."""
    for blocked in dict.fromkeys(_taken(terminalreporter.config)):
        terminalreporter.write_line(f"{SECTION}: warning: {blocked}", yellow=True)


def settings_of(item: pytest.Item) -> Settings:
    """Return the settings of one test; the ini file has those that no marker sets."""
    complaint = "@pytest.mark.twilio_video takes keywords only, like start='2030-01-01T09:00:00Z'"
    if not any(marker.args for marker in item.iter_markers("twilio_video")):
        ini = item.config.stash[INI]
        try:
            return _merge({"seed": item.nodeid}, ini, _marker_settings(item))
        except InvalidSettingError as error:
            complaint = str(error)
    # Outside of the handler, so that pytest does not show its exception as well.
    pytest.fail(complaint, pytrace=False)


def _marker_settings(item: pytest.Item) -> dict[str, Any]:
    """Merge the settings of all markers of a test; the closest marker wins."""
    settings: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("twilio_video"))):
        settings |= marker.kwargs
    return settings


def _begin(config: pytest.Config) -> None:
    if GUARD in config.stash:
        return
    try:
        ini = _from_ini(config)
        is_early = ini.get("environ") == "early"
        if is_early:
            ini["environ"] = True
        settings = _merge(ini)
    except InvalidSettingError as error:
        raise pytest.UsageError(str(error)) from None
    entered = ExitStack()
    guard = config.stash[GUARD] = entered.enter_context(Guard(blocking=settings.block))
    config.stash[INI] = ini
    if is_early:
        entered.enter_context(in_environment(settings.environment))
    config.add_cleanup(lambda: _end(config, guard, entered))


def _end(config: pytest.Config, guard: Guard, entered: ExitStack) -> None:
    for blocked in dict.fromkeys(_taken(config)):  # The summary was shown before, or not at all.
        _write_to_stderr(blocked)
    if _is_process_ending(config):
        guard.tell = _write_to_stderr  # Handlers of atexit and late threads are still to come.
    else:
        entered.close()


def _is_process_ending(config: pytest.Config) -> bool:
    """Whether this run of pytest is all that its process does."""
    if hasattr(config, "workerinput"):  # a worker of xdist
        return True
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 -- pytest does not say who calls it
    while frame is not None:
        caller = frame.f_back
        if frame.f_globals.get("__name__") == "_pytest.config":
            if frame.f_code.co_name in _COMMANDS:
                return True
            if frame.f_code.co_name == "main":  # The command calls it as well, in pytest 8.
                return caller is not None and caller.f_code.co_name in _COMMANDS
        frame = caller
    return False


_COMMANDS = ("console_main", "_console_main")
"""What `pytest` and `python -m pytest` call."""


def _write_to_stderr(blocked: str) -> None:
    print(f"{SECTION}: warning: {blocked}", file=sys.stderr)  # noqa: T201 -- pytest has finished


def _taken(config: pytest.Config) -> list[str]:
    """Return what was blocked outside of tests, and has not been taken before."""
    outside_tests = config.stash[GUARD].outside_tests
    taken = outside_tests[:]
    del outside_tests[: len(taken)]
    return taken


def _lines(config: pytest.Config) -> Mapping[str, Any]:
    """Return the lines of the ini file as they stand; pytest 9 deprecates the name that 8 has."""
    lines: Mapping[str, Any] | None = getattr(config, "_inicfg", None)
    return config.inicfg if lines is None else lines


def _merge(*layers: dict[str, Any]) -> Settings:
    """Merge *layers* of settings, and check what needs more than `Settings` knows."""
    settings = Settings.merge(*layers)
    if settings.room_defaults:
        from ._resources import room_defaults

        room_defaults.check(settings.room_defaults)
    return settings


def _from_ini(config: pytest.Config) -> dict[str, Any]:
    found = {name: _ini_value(config, name) for name in SETTINGS}
    return {name: value for name, value in found.items() if value is not None}


def _ini_value(config: pytest.Config, name: str) -> Any:
    line = _lines(config).get(PREFIX + name)
    value = getattr(line, "value", line)
    # The TOML of pytest 9 has true and false, which `getini` refuses: what it is told to expect
    # is text.
    if value is None or isinstance(value, str):
        value = config.getini(PREFIX + name)
    return Settings.value_from_text(name, value) if isinstance(value, str) else value


def _refuse_unknown_lines(config: pytest.Config) -> None:
    """End the run if the ini file, or an option ``-o``, has a setting that does not exist."""
    overrides = config.known_args_namespace.override_ini or ()
    names = [*_lines(config), *(override.partition("=")[0] for override in overrides)]
    for name in names:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in SETTINGS:
            try:
                config.getini(name)  # a conftest file may have added one of its own
            except (KeyError, ValueError):
                raise pytest.UsageError(_unknown_line(name)) from None


def _unknown_line(name: str) -> str:
    try:
        Settings.merge({name.removeprefix(PREFIX): None})
    except InvalidSettingError as error:
        return f"the configuration has {name}, but {error}; each begins with {PREFIX}"
    raise AssertionError(name)
