"""Warnings about calls of the application, which wait until the test is over."""

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
"""Packages that may stand between a test and the fake that it enters."""


class Place(NamedTuple):
    """A line of a file."""

    path: str
    line: int


class LateWarnings:
    """Warnings about calls of the application, issued when the fake is left.

    Problem: with ``-W error`` a warning is an exception. Issued while a call is answered, it
    would pass through the application, which may handle it as if Twilio had failed.

    Solution: keep it, with the line of the test from which the call came, and issue it later,
    when only the test is there to receive it.
    """

    def __init__(self) -> None:
        self.test = Place("", 0)
        """The file of the test, and the line to name if a call came from elsewhere."""
        self._kept: dict[tuple[type[Warning], str], tuple[Warning, Place]] = {}

    def keep(self, warning: Warning) -> None:
        """Keep *warning*, unless the same one is kept already."""
        key = type(warning), str(warning)
        if key not in self._kept:
            self._kept[key] = warning, self._line_of_test()

    def issue(self, *, may_raise: bool) -> None:
        """Issue what was kept, once each.

        Raises:
            Warning: one of them counts as an error, and *may_raise* is true. The others are
                issued first.

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
        """Return the line of the test that runs now, by the frames of this thread."""
        line = self.test.line
        for frame in _frames():
            # The outermost function of the file is the test: an application that stands in
            # the same file is called by it.
            code = frame.f_code
            if code.co_filename == self.test.path and code.co_name != "<module>":
                line = frame.f_lineno
        return Place(self.test.path, line)


def calling_place() -> Place:
    """Return the line that entered a fake: the first outside this package."""
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
