"""Gathering: from the reports of tests, wherever they ran, to one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .page import Picture, page


if TYPE_CHECKING:
    import pytest


__all__ = ["Gathering"]


class Gathering:
    """A plugin of the process that hears of all tests, and writes the page at the end.

    Pictures come with the reports of their tests' teardown. pytest-xdist carries
    all that is on a report from its workers, so nothing else needs to be sent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outcomes: dict[str, str] = {}
        self._messages: dict[str, str] = {}
        self._drawings: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember how the test went, and its picture."""
        test = report.nodeid
        if report.when == "setup":  # also where a test is run again
            self._outcomes.pop(test, None)
            self._messages.pop(test, None)
        outcome = _outcome(report)
        if outcome is not None and self._outcomes.get(test) != "failed":
            self._outcomes[test] = outcome
        if report.failed:
            self._messages.setdefault(test, _message(report))
        drawing = getattr(report, "twilio_video", None)
        if drawing is not None:
            self._drawings[test] = drawing

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        pictures = [
            Picture(
                test, self._outcomes.get(test, "passed"), self._messages.get(test, ""), drawing
            )
            for test, drawing in self._drawings.items()
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(page(pictures), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where it is."""
        terminalreporter.write_sep("-", f"twilio video report: {self._path.as_uri()}")


def _outcome(report: pytest.TestReport) -> str | None:
    """Return the outcome of the test, if *report* decides on it."""
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
    return next(iter(text.strip().splitlines()), "")
