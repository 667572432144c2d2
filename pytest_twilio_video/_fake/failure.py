"""What a failed test shows: the history in a message, and the *twilio video* sections."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Final, NoReturn

from .._assertions.repetition import HISTORY
from .._engine.texts import printable, without_password
from .._report import SECTION, text
from .._report.formatting import cut
from .._report.lines import describe_response
from .._resources.participants import Participant
from . import running_test
from .leftovers import never_triggered


if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fake import FakeTwilioVideo


__all__ = ["fail", "sections"]

__tracebackhide__ = True

MOST_CALLS: Final = 5
LONGEST_FRAME: Final = 400
_LONG: Final = re.compile(r'"(sdp|token|candidates)": ?("(\\.|[^"\\])*"|\[[^\]]*\])')


def fail(fake: FakeTwilioVideo, explanation: str) -> NoReturn:
    """Raise an `AssertionError` with *explanation* and the history of *fake*."""
    history, shown = text.history(fake._simulation)  # noqa: SLF001 -- users need no such member
    parts = [explanation, *_answered_by_others(fake), history]
    error = AssertionError(printable("\n\n".join(parts)))
    vars(error)[HISTORY] = shown
    raise error


def sections(
    fakes: list[FakeTwilioVideo], error: BaseException | None, *, verbosity: int
) -> Iterator[tuple[str, str]]:
    """Yield a title and a text for each of *fakes* in which anything happened.

    *error* is the exception of the test. Lines in its message are not repeated. With a *verbosity*
    of 1 nothing is left out. With 2, the frames of pages are shown, too.
    """
    shown: text.Shown | None = getattr(error, HISTORY, None)
    for fake in fakes:
        simulation = fake._simulation  # noqa: SLF001
        unused = never_triggered(simulation, fake._faults)  # noqa: SLF001
        here = shown if shown and shown.simulation is simulation else None
        happened = text.section(simulation, unused, verbose=verbosity > 0, shown=here)
        frames = _frames(fake) if verbosity > 1 else []
        parts = [happened, *frames, *fake._hints, *_about_waiting_pages(fake)]  # noqa: SLF001
        parts = [part for part in parts if part]
        if parts:
            is_fixture = running_test.name_of(fake) == "the fixture twilio_video"
            title = SECTION if is_fixture else f"{SECTION}: {running_test.name_of(fake)}"
            yield title, printable(without_password("\n".join(parts)))


def _frames(fake: FakeTwilioVideo) -> Iterator[str]:
    """Yield the frames of pages, without the long texts in them."""
    with fake._simulation.account.clock.lock:  # noqa: SLF001 -- a server may be adding more
        frames = tuple(fake._frames)  # noqa: SLF001
    for at, who, arrow, frame in frames:
        short = _LONG.sub(r'"\1": …', frame)
        yield f"{at:%H:%M:%S}   {who} {arrow} {cut(short, LONGEST_FRAME)}"


def _about_waiting_pages(fake: FakeTwilioVideo) -> Iterator[str]:
    """Yield what to do if a page may have waited for a webhook that the test delivers."""
    account = fake._simulation.account  # noqa: SLF001
    has_pages = any(participant.page is not None for participant in account.select(Participant))
    # Unlike `fake.callbacks`, this runs no timers, so it delivers no callbacks either.
    pending = fake._simulation.callbacks.pending  # noqa: SLF001
    queued = sum((callback.problem or "").startswith("queued") for callback in pending)
    if has_pages and queued:
        waiting = "1 callback waits" if queued == 1 else f"{queued} callbacks wait"
        yield (
            f"{waiting} for the test, and Playwright's calls deliver none: if a "
            f"page waits for what a webhook does, run the application as a live server and use "
            f"callbacks.deliver_to('network')"
        )


def _answered_by_others(fake: FakeTwilioVideo) -> Iterator[str]:
    """Yield a paragraph about calls that other fakes answered, if there are any."""
    lines = []
    for other in running_test.fakes_beside(fake):
        calls = [f"{call.method} {call.path} -> {describe_response(call)}" for call in other.calls]
        if len(calls) > MOST_CALLS:
            calls[MOST_CALLS:] = [f"… and {len(calls) - MOST_CALLS} more"]
        if calls:
            lines += [f"{running_test.name_of(other)} answered:", *(f"    {c}" for c in calls)]
    if lines:
        advice = (
            "If several fakes are active, the one that was entered last answers: assert on it, "
            "or use only one."
        )
        yield "\n".join([*lines, advice])
