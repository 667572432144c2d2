"""Measurements that need their own processes: the start of pytest, and whole runs of it."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from table import Row
from timing import Comparison


HEAVY = ("requests", "httpx", "responses", "respx", "faker")
OURS = "pytest_twilio_video.plugin"
COMPANIONS = {
    "faker": "faker.contrib.pytest.plugin",
    "respx": "respx.plugin",
    "anyio": "anyio.pytest_plugin",
}
"""The plugins of our dependencies, which pytest loads as well."""
ALL = (OURS, *COMPANIONS.values())

_START = """\
    import json, sys, time
    import pytest

    # Pytest itself, with everything that it imports.
    pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider"])
    before = time.process_time()
    import PLUGIN
    taken = time.process_time() - before
    print(json.dumps([taken, [name for name in HEAVY if name in sys.modules]]))
"""

_FIRST_USE = """\
    import json, time
    import httpx, pytest, requests
    from pytest_twilio_video import plugin

    before = time.process_time()
    from pytest_twilio_video import FakeTwilioVideo
    with FakeTwilioVideo():
        taken = time.process_time() - before
    print(json.dumps([taken, []]))
"""

_EMPTY_FIXTURE = """\
    import pytest

    @pytest.fixture
    def empty():
        yield
"""


_ROOMS = """\
    import pytest

    @pytest.mark.parametrize("number", range(1000))
    def test_a_room(twilio_video, number):
        room = twilio_video.rooms.create(unique_name=f"room-{number}")
        room.connect("alice").publish("audio")
        twilio_video.clock.advance(minutes=10)
        room.complete()
"""


class Sandbox:
    """A folder to run Python in.

    Installed modules are compiled there, as an installer does. No plugin is loaded automatically.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self._environment = {
            **os.environ,
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.folder / "pycache"),
        }

    def answers(self, script: str) -> list[Any]:
        """Return what *script* prints last, as JSON, in nine processes."""
        script = dedent(script).replace("HEAVY", repr(HEAVY))
        runs = [self._python("-c", script) for _ in range(10)]
        # The first run compiles.
        return [json.loads(output.splitlines()[-1]) for output in runs[1:]]

    def pytest(self, *arguments: str, plugins: Iterable[str] = ALL) -> float:
        """Run pytest with *plugins*, and return the seconds of processor time that it took."""
        before = _children_time()
        options = [f"-p{plugin}" for plugin in plugins]
        self._python("-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *arguments)
        return _children_time() - before

    def _python(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self._environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


def rows() -> Iterator[Row]:
    """Measure the start of pytest, the first use of the fixture, and thousands of tests."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(folder)
        yield _start(sandbox)
        yield _whole_process(sandbox)
        yield from _companions(sandbox)
        yield _first_use(sandbox)
        yield _thousand_tests(sandbox)
        yield _html_report(sandbox)


def _start(sandbox: Sandbox) -> Row:
    answers = sandbox.answers(_START.replace("PLUGIN", OURS))
    taken = statistics.median(seconds for seconds, _ in answers) * 1e3
    imported = sorted({name for _, names in answers for name in names})
    note = f"imports {', '.join(imported)}" if imported else f"none of {', '.join(HEAVY)} imported"
    return Row("importing the plugin, after pytest", "", None, "ms", taken, note)


def _whole_process(sandbox: Sandbox) -> Row:
    """Compare a bare pytest, which runs one empty test, with one that loads the plugin."""
    (sandbox.folder / "test_one.py").write_text("def test_one(): ...\n")
    taken = [
        (sandbox.pytest("test_one.py", plugins=[OURS]) - sandbox.pytest("test_one.py", plugins=[]))
        * 1e3
        for _ in range(22)
    ][1:]  # The first run compiles.
    low, median, high = statistics.quantiles(taken, n=4)
    what, beside = "what the plugin adds to a whole process of pytest", "a bare pytest"
    return Row(what, beside, 6, "ms", median, f"middle half {low:.1f} to {high:.1f} ms")


def _companions(sandbox: Sandbox) -> Iterator[Row]:
    """Measure the plugins that are installed with ours as dependencies."""
    for name, plugin in COMPANIONS.items():
        answers = sandbox.answers(_START.replace("PLUGIN", plugin))
        taken = statistics.median(seconds for seconds, _ in answers) * 1e3
        what = f"what the plugin of {name}, a dependency, adds to it"
        yield Row(what, "", None, "ms", taken, f"not ours; `-p no:{name}` switches it off")


def _first_use(sandbox: Sandbox) -> Row:
    taken = [seconds * 1e3 for seconds, _ in sandbox.answers(_FIRST_USE)]
    what = "first use of the fixture, beyond importing the clients"
    note = f"from {min(taken):.0f} to {max(taken):.0f} ms"
    return Row(what, "", 15, "ms", statistics.median(taken), note)


def _thousand_tests(sandbox: Sandbox) -> Row:
    """Compare whole runs, with the plugins that are installed together with ours."""
    _write_tests(sandbox, "test_fake.py", "twilio_video")
    _write_tests(sandbox, "test_empty.py", "empty")
    comparison = Comparison([], [])
    for _ in range(7):
        comparison.ours.append(sandbox.pytest("test_fake.py"))
        comparison.theirs.append(sandbox.pytest("test_empty.py"))
    mine, other = (statistics.median(times) for times in comparison)
    return Row(
        "1,000 tests using the fixture",
        "1,000 tests using an empty `yield` fixture",
        1.15,
        "x",
        comparison.ratio,
        f"{mine:.2f} s and {other:.2f} s",
    )


def _html_report(sandbox: Sandbox) -> Row:
    """Compare 1,000 tests that each open and close a room, with the report and without."""
    (sandbox.folder / "test_rooms.py").write_text(dedent(_ROOMS))
    taken = [
        sandbox.pytest("test_rooms.py", "--twilio-video-report=report.html")
        - sandbox.pytest("test_rooms.py")
        for _ in range(3)
    ]
    size = (sandbox.folder / "report.html").stat().st_size / 1024 / 1024
    note = f"more than the same run without it; {size:.1f} MiB"
    return Row("HTML report of 1,000 tests", "", 5, "s", statistics.median(taken), note)


def _write_tests(sandbox: Sandbox, name: str, fixture: str) -> None:
    tests = "\n".join(f"def test_{number}({fixture}): ..." for number in range(1000))
    (sandbox.folder / name).write_text(f"{dedent(_EMPTY_FIXTURE)}\n\n{tests}\n")


def _children_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
