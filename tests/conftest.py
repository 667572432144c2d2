"""What all tests share."""

from __future__ import annotations

import contextlib
import warnings

from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING

import certifi
import pytest

import pytest_twilio_video

from pytest_twilio_video._interceptors.hooks import INTERCEPTORS


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_twilio_video._engine.account import Account


pytest.register_assert_rewrite("invariants")  # In tests/support, which is imported by its path.


def pytest_report_header() -> str:
    """Tell which copy of the package is tested: the wheel's, or the checkout's."""
    return f"pytest-twilio-video: {pytest_twilio_video.__file__}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let somebody with an account hold us to the service itself."""
    parser.addoption(
        "--twilio-live",
        action="store_true",
        help="run the tests marked `live`, and no others, against the real Twilio Video, "
        "by TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose what the service can be asked as well, and let it out."""
    if not config.getoption("twilio_live"):
        return
    live = [item for item in items if item.get_closest_marker("live")]
    config.hook.pytest_deselected(items=[item for item in items if item not in live])
    items[:] = live
    for item in live:
        item.add_marker(pytest.mark.twilio_video(block=False))


@pytest.fixture(scope="session", autouse=True)
def _few_are_trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each client of httpx one certificate to read, not the 140 of all authorities.

    Nobody is asked for one in our tests, and reading them all is a third of what these take.
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

    What is imported inside of such a run is forgotten afterwards, but for the hooks.
    """
    for library in (*INTERCEPTORS, "trustme"):  # cryptography cannot be loaded twice.
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What a library deprecates is its own business.
            import_module(library)
    with pytest_twilio_video.FakeTwilioVideo(environ=False) as fake:
        _ = fake.requests_adapter, fake.httpx_transport


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio alone: no client that we catch is at home on trio only."""
    return "asyncio"


@pytest.fixture
def account() -> Account:
    """An account with nobody in it, at nine o'clock on the first day of 2026."""
    from pytest_twilio_video._engine.account import Account
    from pytest_twilio_video._resources.reactions import REACTIONS

    start = datetime(2026, 1, 1, 9, tzinfo=timezone.utc)
    return Account("AC" + "0" * 32, seed="a test", start=start, reactions=REACTIONS)
