"""What can only be measured in processes of their own: starts, and whole runs of pytest."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from table import Row
from timing import Comparison


HEAVY = ("requests", "httpx", "responses", "respx", "faker")

_START = """\
    import json, sys, time
    import pytest

    # As far as pytest itself goes, with all that it imports by the way.
    pytest.main(["--collect-only", "-qq", "-p", "no:twilio_video", "-p", "no:cacheprovider"])
    before = time.process_time()
    from pytest_twilio_video import plugin
    with plugin.Guard():
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


class Sandbox:
    """A folder to run Python in, with what is installed compiled as after an installation."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self._environment = {
            **os.environ,
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.folder / "pycache"),
        }

    def answer(self, script: str) -> Any:
        """Return what *script* prints last, as JSON."""
        script = dedent(script).replace("HEAVY", repr(HEAVY))
        return json.loads(self._python("-c", script).splitlines()[-1])

    def pytest(self, *arguments: str) -> float:
        """Run pytest, and return the seconds of processor time that it took."""
        before = _children_time()
        self._python("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
        return _children_time() - before

    def help(self, *arguments: str) -> str:
        """Return what pytest says of its options."""
        return self._python("-m", "pytest", "--help", *arguments)

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
        yield _first_use(sandbox)
        yield _thousand_tests(sandbox)
        yield _html_report(sandbox)


def _start(sandbox: Sandbox) -> Row:
    answers = [sandbox.answer(_START) for _ in range(10)][1:]  # the first one compiles
    taken = statistics.median(seconds for seconds, _ in answers) * 1e3
    imported = sorted({name for _, names in answers for name in names})
    note = f"imports {', '.join(imported)}" if imported else f"none of {', '.join(HEAVY)} imported"
    return Row("what the plugin adds to pytest's start", "", 5, "ms", taken, note)


def _first_use(sandbox: Sandbox) -> Row:
    taken = [sandbox.answer(_FIRST_USE)[0] * 1e3 for _ in range(10)][1:]
    what = "first use of the fixture, beyond importing the clients"
    note = f"from {min(taken):.0f} to {max(taken):.0f} ms"
    return Row(what, "", 10, "ms", statistics.median(taken), note)


def _thousand_tests(sandbox: Sandbox) -> Row:
    _write_tests(sandbox, "test_fake.py", "twilio_video")
    _write_tests(sandbox, "test_empty.py", "empty")
    ours = ("-p", "pytest_twilio_video.plugin", "test_fake.py")
    comparison = Comparison([], [])
    for _ in range(7):
        comparison.ours.append(sandbox.pytest(*ours))
        comparison.theirs.append(sandbox.pytest("test_empty.py"))
    mine, other = (statistics.median(each) for each in comparison)
    return Row(
        "1,000 tests using the fixture",
        "1,000 tests using an empty `yield` fixture, without the plugin",
        1.3,
        "x",
        comparison.ratio,
        f"{mine:.2f} s and {other:.2f} s",
    )


def _html_report(sandbox: Sandbox) -> Row:
    """Compare 1,000 tests with the report and without."""
    what = "HTML report of 1,000 tests"
    plugin = ("-p", "pytest_twilio_video.plugin", "test_fake.py")
    if "--twilio-video-report" not in sandbox.help(*plugin):
        return Row(what, "", 5, "s", None, "there is no report yet")
    taken = [
        sandbox.pytest(*plugin, "--twilio-video-report=report.html") - sandbox.pytest(*plugin)
        for _ in range(3)
    ]
    return Row(what, "", 5, "s", statistics.median(taken), "more than the same run without it")


def _write_tests(sandbox: Sandbox, name: str, fixture: str) -> None:
    tests = "\n".join(f"def test_{number}({fixture}): ..." for number in range(1000))
    (sandbox.folder / name).write_text(f"{dedent(_EMPTY_FIXTURE)}\n\n{tests}\n")


def _children_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
