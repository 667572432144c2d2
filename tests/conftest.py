"""What all tests share."""

import pytest_twilio_video


def pytest_report_header() -> str:
    """Tell which copy of the package is tested: the wheel's, or the checkout's."""
    return f"pytest-twilio-video: {pytest_twilio_video.__file__}"
