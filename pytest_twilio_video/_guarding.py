"""The guard in pytest: when it begins and ends, which test it belongs to, and what it reports.

The guard begins before pytest loads the first conftest file, because a conftest
file may send requests. It ends with the process. If the run returns to the
program that started it (`pytest.main()`), the guard ends with the run.
"""

from __future__ import annotations

import sys

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from ._engine.credentials import in_environment
from ._engine.settings import SETTINGS, Settings
from ._interceptors.guard import Guard
from ._report import SECTION
from .errors import InvalidSettingError


if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from types import FrameType


GUARD = pytest.StashKey[Guard]()
INI = pytest.StashKey[dict[str, Any]]()
BLOCKED_KEY = "twilio_video_blocked"  # a key in the output of a worker of xdist
PREFIX = "twilio_video_"  # the beginning of our settings' names in the ini file


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the guard before the first conftest file, and before pytest-django's settings."""
    _begin(early_config)
    yield
    _reject_unknown_lines(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Start the guard here if a conftest file lists this plugin in ``pytest_plugins``."""
    _begin(config)
    _reject_unknown_lines(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Set the guard's test, and whether the requests of this test are blocked."""
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
        guard.blocked.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose marker is invalid, even if the test does not use the fixture."""
    if item.get_closest_marker("twilio_video"):
        settings_of(item)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the requests blocked outside of tests from a worker of xdist to the main process."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[BLOCKED_KEY] = _taken(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Receive the blocked requests of a worker of xdist. A crashed worker sends none."""
    blocked = getattr(node, "workeroutput", {}).get(BLOCKED_KEY, ())
    node.config.stash[GUARD].outside_tests += blocked


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the requests that were blocked outside of tests."""
    for blocked in dict.fromkeys(_taken(terminalreporter.config)):
        terminalreporter.write_line(f"{SECTION}: warning: {blocked}", yellow=True)


def settings_of(item: pytest.Item) -> Settings:
    """Return the settings of one test. A setting that no marker has comes from the ini file."""
    complaint = "@pytest.mark.twilio_video takes keywords only, like start='2030-01-01T09:00:00Z'"
    if not any(marker.args for marker in item.iter_markers("twilio_video")):
        ini = item.config.stash[INI]
        try:
            return _merge({"seed": item.nodeid}, ini, _marker_settings(item))
        except InvalidSettingError as error:
            complaint = str(error)
    # Outside of the `except` block, so that pytest does not show that exception as well.
    pytest.fail(complaint, pytrace=False)


def _marker_settings(item: pytest.Item) -> dict[str, Any]:
    """Merge the settings of all markers of a test. If two markers differ, the closest one wins."""
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
    for blocked in dict.fromkeys(_taken(config)):  # They came after the summary, or it was off.
        _write_to_stderr(blocked)
    if _is_process_ending(config):
        guard.tell = _write_to_stderr  # Threads and functions of atexit may still send requests.
    else:
        entered.close()


def _is_process_ending(config: pytest.Config) -> bool:
    """Return whether the process ends when this run of pytest has ended."""
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
"""The functions that `pytest` and `python -m pytest` call."""


def _write_to_stderr(blocked: str) -> None:
    print(f"{SECTION}: warning: {blocked}", file=sys.stderr)  # noqa: T201 -- pytest has finished


def _taken(config: pytest.Config) -> list[str]:
    """Remove the requests blocked outside of tests from the guard, and return their messages."""
    outside_tests = config.stash[GUARD].outside_tests
    taken = outside_tests[:]
    del outside_tests[: len(taken)]
    return taken


def _lines(config: pytest.Config) -> Mapping[str, Any]:
    """Return the unparsed lines of the ini file. pytest 9 has renamed the attribute."""
    lines: Mapping[str, Any] | None = getattr(config, "_inicfg", None)
    return config.inicfg if lines is None else lines


def _merge(*layers: dict[str, Any]) -> Settings:
    """Merge *layers* of settings, and check ``room_defaults``, which `Settings` does not check."""
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
    # In the TOML of pytest 9 a value may be true or false. `getini` does not accept these for a
    # setting that was registered as text.
    if value is None or isinstance(value, str):
        value = config.getini(PREFIX + name)
    return Settings.value_from_text(name, value) if isinstance(value, str) else value


def _reject_unknown_lines(config: pytest.Config) -> None:
    """End the run if the ini file, or an option ``-o``, sets an unknown setting of ours."""
    overrides = config.known_args_namespace.override_ini or ()
    names = [*_lines(config), *(override.partition("=")[0] for override in overrides)]
    for name in names:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in SETTINGS:
            try:
                config.getini(name)  # A conftest file may have added a setting of its own.
            except (KeyError, ValueError):
                raise pytest.UsageError(_unknown_line(name)) from None


def _unknown_line(name: str) -> str:
    try:
        Settings.merge({name.removeprefix(PREFIX): None})
    except InvalidSettingError as error:
        return (
            f"the configuration has {name}, but {error}\n"
            f"In the configuration, the name of each setting begins with {PREFIX}"
        )
    raise AssertionError(name)
