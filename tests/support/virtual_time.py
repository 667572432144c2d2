"""The clock of an account that does not belong to a fake."""

from __future__ import annotations

from pytest_twilio_video import Clock


def clock_of(account):
    """Return the clock with which a test moves the time of *account*."""
    return Clock(account.clock)
