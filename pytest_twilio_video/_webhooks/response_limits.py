"""Limits of one response to a callback: how long it may take, and how many bytes it may have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from .._engine.time_sources import real_monotonic
from .._http import NetworkFailure


__all__ = ["ResponseLimits"]

__tracebackhide__ = True

LONGEST: Final = 30.0
"""How many real seconds a response may take, from its first piece on.

This is not Twilio's timeout: it only prevents a test from waiting forever for a response without
end. A handler that has not begun to respond is not limited, because it may be in a debugger.
"""
LARGEST: Final = 1024 * 1024
"""How many bytes a response may have.

Inferred: a response to a callback with more than 1 MiB is a broken connection. Twilio's pages name
no limit for status callbacks.
"""


class ResponseLimits:
    """Raises `NetworkFailure` as soon as the response to one request exceeds a limit.

    Problem: an application may stream a response without end. The delivery would never end, and
    the response would fill the memory.

    Solution: receivers call `add` for each piece of a response.
    """

    def __init__(self, url: str, timeout: timedelta, slept: Callable[[], timedelta]) -> None:
        """Create the limits of the response from *url*, which is about to be requested.

        *timeout* is how long Twilio waits. *slept* returns how much virtual time handlers have
        slept.
        """
        self._url, self._timeout, self._slept = url, timeout, slept
        self._slept_before = slept()
        self._size = 0
        self._longest = self._deadline = 0.0  # Set when the time starts.

    def add(self, size: int) -> None:
        """Count *size* bytes of the response, and check all limits.

        Raises:
            NetworkFailure: the response exceeds a limit.

        """
        self._size += size
        if self._size > LARGEST:
            msg = f"the response from {self._url} has more than {LARGEST} bytes"
            raise NetworkFailure(kind="reset", message=msg) from ConnectionAbortedError(msg)
        self.check_virtual_time()
        self._start(LONGEST)
        self.seconds_left()

    def check_virtual_time(self) -> None:
        """Check how much virtual time the handler has slept.

        Raises:
            NetworkFailure: it is more than Twilio waits.

        """
        took = self._slept() - self._slept_before
        if took > self._timeout:
            slept = f"the handler slept {took.total_seconds():g} s"
            raise self._too_late(self._timeout.total_seconds(), slept)

    def seconds_left(self) -> float:
        """Return how many real seconds are left, which is more than 0.

        Raises:
            NetworkFailure: no time is left.

        """
        # A live server takes real time, so Twilio's timeout is real, too.
        self._start(min(LONGEST, self._timeout.total_seconds()))
        left = self._deadline - real_monotonic()
        if left <= 0:
            raise self._too_late(self._longest, "the response did not end")
        return left

    def _start(self, longest: float) -> None:
        """Start the real time, if it was not started."""
        if not self._longest:
            self._longest, self._deadline = longest, real_monotonic() + longest

    def _too_late(self, limit: float, reason: str) -> NetworkFailure:
        msg = f"no answer from {self._url} within {limit:g} s: {reason}"
        failure = NetworkFailure(kind="timeout", message=msg)
        failure.__cause__ = TimeoutError(msg)
        return failure
