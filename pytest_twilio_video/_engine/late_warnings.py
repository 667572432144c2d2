"""Late warnings: warnings about calls of the application, issued at the end of the test."""

from __future__ import annotations

import sys
import warnings

from typing import TYPE_CHECKING, NamedTuple


if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


__all__ = ["LateWarnings", "Place", "calling_place"]

__tracebackhide__ = True

_BETWEEN = {__name__.partition(".")[0], "contextlib", "unittest"}
"""Packages whose frames may lie between a test and the fake that it enters."""


class Place(NamedTuple):
    """A line of a file."""

    path: str
    line: int


class LateWarnings:
    """Warnings about calls of the application, issued when the fake is exited.

    Problem: with ``-W error`` a warning is an exception. If it were issued while a call is being
    answered, the application would get it, and might handle it as a failure of Twilio.

    Solution: store the warning with the line of the test that made the call, and issue it when
    the application is no longer running.
    """

    def __init__(self) -> None:
        self.test = Place("", 0)
        """The file of the test, and the line to show if no line of this file made the call."""
        self._kept: dict[tuple[type[Warning], str], tuple[Warning, Place]] = {}

    def keep(self, warning: Warning) -> None:
        """Store *warning*, unless the same warning is stored already."""
        key = type(warning), str(warning)
        if key not in self._kept:
            self._kept[key] = warning, self._line_of_test()

    def issue(self, *, may_raise: bool) -> None:
        """Issue all stored warnings.

        Raises:
            Warning: a warning filter turns one of them into an error, and *may_raise* is true.
                The others are issued first.

        """
        kept, self._kept = self._kept, {}
        errors = []
        for warning, place in kept.values():
            try:
                warnings.warn_explicit(warning, type(warning), *place)
            except Warning as error:  # noqa: PERF203 -- each may be one
                errors.append(error)
        if errors and may_raise:
            raise errors[0]

    def _line_of_test(self) -> Place:
        """Return the line that this thread runs in the file of the test, or of its beginning."""
        line = self.test.line
        for frame in _frames():
            # The outermost function of the file is the test. If the application is in the same
            # file, the test calls it.
            code = frame.f_code
            if code.co_filename == self.test.path and code.co_name != "<module>":
                line = frame.f_lineno
        return Place(self.test.path, line)


def calling_place() -> Place:
    """Return the line that entered a fake: the innermost line outside this package."""
    outside = (frame for frame in _frames() if _package_of(frame) not in _BETWEEN)
    frame = next(outside, sys._getframe())  # noqa: SLF001 -- the documented name
    return Place(frame.f_code.co_filename, frame.f_lineno)


def _package_of(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


def _frames() -> Iterator[FrameType]:
    """Return the frames of this thread, the innermost first."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 -- the documented name
    while frame is not None:
        yield frame
        frame = frame.f_back
