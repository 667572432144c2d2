"""Fixtures and hooks for all tests."""

from __future__ import annotations

import contextlib
import warnings

from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING

import certifi
import hypothesis
import pytest

import pytest_twilio_video

from pytest_twilio_video._interceptors.hooks import INTERCEPTORS
from pytest_twilio_video._report import width


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_twilio_video._engine.account import Account


pytest.register_assert_rewrite("invariants")  # imported from tests/support

# A busy machine is no failure.
hypothesis.settings.register_profile(
    "tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tests")


def pytest_report_header() -> str:
    """Show which copy of the package is tested: the wheel's or the checkout's."""
    return f"pytest-twilio-video: {pytest_twilio_video.__file__}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs the live tests against the service itself."""
    parser.addoption(
        "--twilio-live",
        action="store_true",
        help="run the tests marked `live`, and no others, against the real Twilio Video, "
        "by TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
    )
    parser.addoption(
        "--many-operations",
        action="store_true",
        help="let each of the 32 threads of test_many_threads.py do 1,000 operations, not 100",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select the tests that can run against the service, and allow their requests."""
    if not config.getoption("twilio_live"):
        return
    live = [item for item in items if item.get_closest_marker("live")]
    config.hook.pytest_deselected(items=[item for item in items if item not in live])
    items[:] = live
    for item in live:
        item.add_marker(pytest.mark.twilio_video(block=False))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show which guesses were observed, as a table that can be pasted into an issue."""
    if not terminalreporter.config.getoption("twilio_live"):
        return
    rows = [
        (*row, "confirmed" if row[1] == row[2] else "**refuted**")
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
        for name, row in report.user_properties
        if name == "guess about Twilio"
    ]
    if not rows:
        return
    refuted = sum(row[-1] != "confirmed" for row in rows)
    terminalreporter.section("guesses about Twilio")
    terminalreporter.line(
        f"{len(rows) - refuted} of {len(rows)} guesses confirmed, {refuted} refuted"
    )
    terminalreporter.line("")
    for cells in [("guess", "expected", "seen", ""), ("---",) * 4, *sorted(rows)]:
        terminalreporter.line(f"| {' | '.join(_cell(each) for each in cells)} |")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


@pytest.fixture(scope="session", autouse=True)
def _few_are_trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each client of httpx a file with one certificate, instead of the usual 140.

    Our tests use no certificate, and reading all of them would take a third of the time.
    """
    few = tmp_path_factory.mktemp("trusted") / "few.pem"
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    few.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(few))
        yield


@pytest.fixture(scope="session", autouse=True)
def _all_clients_are_hooked(_few_are_trusted: None) -> None:
    """Hook all clients before any test runs a pytest in this process.

    After such a run, its imports are forgotten, but the hooks stay.
    """
    for library in (*INTERCEPTORS, "trustme"):  # cryptography cannot be loaded twice.
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Deprecations of libraries do not matter here.
            import_module(library)
    with pytest_twilio_video.FakeTwilioVideo(environ=False) as fake:
        _ = fake.requests_adapter, fake.httpx_transport


@pytest.fixture(scope="session", autouse=True)
def _reports_have_one_width() -> None:
    """Set a fixed width for reports, so that it does not depend on the terminal."""
    width.fix(width.UNKNOWN)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio only: no client that we intercept needs trio."""
    return "asyncio"


@pytest.fixture
def account() -> Account:
    """An empty account, at 09:00 on January 1, 2026."""
    from pytest_twilio_video._engine.account import Account
    from pytest_twilio_video._resources.reactions import REACTIONS

    start = datetime(2026, 1, 1, 9, tzinfo=timezone.utc)
    return Account("AC" + "0" * 32, seed="a test", start=start, reactions=REACTIONS)
