"""What a failed test shows: the history in a message, and the *twilio video* sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from .._engine.texts import printable, without_password
from .._report import text
from .._report.lines import describe_response
from . import running_test
from .leftovers import never_triggered


if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fake import FakeTwilioVideo


__all__ = ["SECTION", "fail", "sections"]

__tracebackhide__ = True

SECTION: Final = "twilio video"
MOST_CALLS: Final = 5
_HISTORY: Final = "_twilio_video_history"


def fail(fake: FakeTwilioVideo, explanation: str) -> NoReturn:
    """Raise an `AssertionError` with *explanation* and the history of *fake*."""
    simulation = fake._simulation  # noqa: SLF001 -- users need no such member
    parts = [explanation, *_answered_by_others(fake), text.history(simulation)]
    error = AssertionError(printable("\n\n".join(parts)))
    vars(error)[_HISTORY] = simulation, len(fake.timeline)
    raise error


def sections(
    fakes: list[FakeTwilioVideo], error: BaseException | None, *, verbose: bool
) -> Iterator[tuple[str, str]]:
    """Yield a title and a text for each of *fakes* in which anything happened.

    *error* is the exception of the test. Lines in its message are not repeated.
    """
    of, count = getattr(error, _HISTORY, (None, 0))
    for fake in fakes:
        simulation = fake._simulation  # noqa: SLF001
        unused = never_triggered(simulation, fake._faults)  # noqa: SLF001
        shown = count if of is simulation else None
        happened = text.section(simulation, unused, verbose=verbose, shown=shown)
        parts = [part for part in (happened, *fake._hints) if part]  # noqa: SLF001
        if parts:
            is_fixture = running_test.name_of(fake) == "the fixture twilio_video"
            title = SECTION if is_fixture else f"{SECTION}: {running_test.name_of(fake)}"
            yield title, printable(without_password("\n".join(parts)))


def _answered_by_others(fake: FakeTwilioVideo) -> Iterator[str]:
    """Yield a paragraph about calls that other fakes answered, if there are any."""
    lines = []
    for other in running_test.fakes_beside(fake):
        calls = [f"{each.method} {each.path} -> {describe_response(each)}" for each in other.calls]
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
