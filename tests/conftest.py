"""What all tests share."""

import pytest

import pytest_twilio_video


def pytest_report_header() -> str:
    """Tell which copy of the package is tested: the wheel's, or the checkout's."""
    return f"pytest-twilio-video: {pytest_twilio_video.__file__}"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio alone: no client that we catch is at home on trio only."""
    return "asyncio"
