"""The collector, which writes one page from the reports of all tests, in all processes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from .._engine.texts import without_password
from .page import Chart, page


__all__ = ["REPORT_KEY", "ReportCollector"]

REPORT_KEY: Final = "twilio_video"
"""The attribute with the charts of a test, in pytest's report of the test."""
MOST_LINES: Final = 40
"""How many lines of a message the page shows at most."""


class ReportCollector:
    """A pytest plugin that collects the charts of all tests and writes the page at the end.

    The charts of a test, one for each of its fakes, are in the report of its teardown.
    pytest-xdist sends reports with all their attributes from the workers, so the charts arrive
    with them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failure = ""
        self._outcomes: dict[str, str] = {}
        self._messages: dict[str, str] = {}
        self._charts: dict[str, dict[str, str]] = {}

    @classmethod
    def for_option(cls, folder: Path, page: str) -> ReportCollector:
        """Return the collector for *page*, the value of the option, relative to *folder*.

        Raises:
            UsageError: no file can be written there. The run ends before its first test.

        """
        try:
            path = folder / Path(page).expanduser()
            is_new = not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("a").close()
            if is_new:
                path.unlink()
        except (OSError, RuntimeError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            msg = (
                f"--twilio-video-report is {page!r}, but no file can be written there: {why}. "
                f"Give the name of a file, like report.html"
            )
            raise pytest.UsageError(msg) from None
        return cls(path)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store the outcome of the test and its charts."""
        test = report.nodeid
        if report.when == "setup":  # again, if the test is run again
            self._outcomes.pop(test, None)
            self._messages.pop(test, None)
        outcome = _outcome(report)
        if outcome is not None and self._outcomes.get(test) != "failed":
            self._outcomes[test] = outcome
        if report.failed:
            self._messages.setdefault(test, _message(report))
        charts = getattr(report, REPORT_KEY, None)
        if charts is not None:
            self._charts[test] = charts

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        charts = [
            Chart(
                f"{test} {fake}".rstrip(),
                self._outcomes.get(test, "passed"),
                self._messages.get(test, ""),
                chart,
            )
            for test, charts_of_test in self._charts.items()
            for fake, chart in charts_of_test.items()
        ]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(page(charts), encoding="utf-8")
        except OSError as error:  # It could be written when the run began.
            self._failure = str(error)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the URL of the page."""
        if self._failure:
            text = f"twilio video: warning: the report was not written: {self._failure}"
            terminalreporter.write_line(text, yellow=True)
        else:
            terminalreporter.write_sep("-", f"twilio video report: {self._path.as_uri()}")


def _outcome(report: pytest.TestReport) -> str | None:
    """Return the outcome of the test if *report* determines it, otherwise `None`."""
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.skipped:
        return "skipped"
    return "passed" if report.when == "call" else None


def _message(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text: str = crash.message if crash is not None else report.longreprtext
    # What happened is below the chart, in full.
    lines = text.strip().partition("\n\nwhat happened:")[0].splitlines()
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"… {len(lines) - MOST_LINES} more lines …"]
    return without_password("\n".join(lines))
