"""Text: the timeline, a report section and the history below a failed assertion."""

from __future__ import annotations

from datetime import timedelta
from textwrap import indent
from typing import TYPE_CHECKING, Final

from .._engine.texts import printable
from .formatting import cut, format_duration, shorten_sids
from .lines import lines


if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .._simulation import Simulation
    from .lines import Line


__all__ = ["history", "section", "to_text"]

WIDTH: Final = 110
SECTION_LINES: Final = 40
"""Lines of a report without ``-v``: few people read a longer one to the end."""
HISTORY_LINES: Final = 12
"""Lines below a failed assertion: in pytest the section of the report follows, with the rest."""
PENDING_TIMERS: Final = 3
SHORTEST_OUTCOME: Final = 40
"""Characters of the outcome that are always shown, however long the line before it is."""


def to_text(lines: Sequence[Line], *, verbose: bool = False, most: int | None = None) -> str:
    """Return *lines* as text: the moment, who, what, and the outcome.

    Wide lines are cut, and if there are more than *most* lines, those in the middle are left
    out. With *verbose* nothing is cut or left out.
    """
    if not lines:
        return "nothing has happened"
    width, moments = max(len(line.who) for line in lines), _moment_format(lines)
    shown = [_line(line, moments, width, verbose=verbose) for line in lines]
    if not verbose and most is not None and len(shown) > most:
        # The beginning shows what the test is about, and the end what went wrong.
        head, tail = most // 4, most - most // 4
        left_out = f"… {len(shown) - most} more …"
        shown = [*shown[:head], left_out, *shown[-tail:]]
    return printable("\n".join(shown))


def section(simulation: Simulation, never_triggered: Sequence[str], *, verbose: bool) -> str:
    """Return the section of a report: what happened in *simulation*, and what is pending.

    *never_triggered* describes the faults that the test injected and no call met, which is why
    many tests fail.
    """
    happened = lines(simulation)
    parts = [
        to_text(happened, verbose=verbose, most=SECTION_LINES),
        *_pending(simulation, None if verbose else PENDING_TIMERS),
    ]
    if never_triggered:
        parts.append("injected, but never triggered:")
        parts += [f"  {printable(fault)}" for fault in never_triggered]
    return "\n".join(parts)


def history(simulation: Simulation) -> str:
    """Return what happened in *simulation*, for the message of a failed assertion."""
    happened = lines(simulation)
    if not happened:
        return "nothing has happened"
    text = indent(to_text(happened, most=HISTORY_LINES), "  ")
    return "\n".join(["what happened:", text, *_pending(simulation, PENDING_TIMERS)])


def _pending(simulation: Simulation, most: int | None) -> list[str]:
    simulation.sync()
    clock = simulation.account.clock
    # The time from now, because that is what clock.advance() takes.
    pending = [
        (f"in {format_duration(max(timer.due - clock.now, timedelta(0)))}", timer.what)
        for timer in clock.timers()[:most]
    ]
    width = max((len(when) for when, _ in pending), default=0)
    lines = [printable(shorten_sids(f"  {when:{width}}  {what}")) for when, what in pending]
    return ["still to come:", *lines] if lines else []


def _line(line: Line, moments: str, width: int, *, verbose: bool) -> str:
    mark = "!" if line.is_bad else " "
    start = f"{_moment(line.at, moments)} {mark} {line.who:{width}}  {line.what}"
    end = f" -> {line.outcome}" if line.outcome else ""
    if verbose:
        return start + (f"  {line.more}" if line.more else "") + end
    start = shorten_sids(start)
    more = shorten_sids(f"  {line.more}") if line.kind == "call" else ""
    if end:
        end = " " + cut(shorten_sids(end), max(WIDTH - 1 - len(start), SHORTEST_OUTCOME))
    available = max(WIDTH - len(end), 0)
    text = start + more.rstrip()
    # Not cut(): it would collapse the spaces between the columns.
    if len(text) > available:
        text = f"{text[: available - 1]}…"
    return text + end


def _moment_format(lines: Sequence[Line]) -> str:
    """Return the format of the times: with the date, if the lines are of several days."""
    days = {line.at.date() for line in lines}
    return "%H:%M:%S" if len(days) == 1 else "%m-%d %H:%M:%S"


def _moment(at: datetime, moments: str) -> str:
    return at.strftime(moments) + (f".{at.microsecond // 1000:03}" if at.microsecond else "")
