"""Text: the timeline for a terminal."""

from __future__ import annotations

from datetime import timedelta
from textwrap import indent
from typing import TYPE_CHECKING, Final

from .lines import lines
from .words import cut, printable, shorten_sids, span_in_words


if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .._simulation import Simulation
    from .lines import Line


__all__ = ["account_of", "section", "to_text"]

WIDTH: Final = 110
MOST: Final = 40
"""Lines of a report without ``-v``: a test that does more is rarely read to the end."""
MOST_OF_CLAIM: Final = 12
"""Lines in the message of a claim: under pytest the report's section follows it, with the rest."""
MOST_AHEAD: Final = 3
SHORTEST_END: Final = 40
"""How much of what came of it is shown, however long the line has grown before it."""


def to_text(told: Sequence[Line], *, verbose: bool = False, most: int | None = None) -> str:
    """Return what is *told*, one line each: the moment, who, what, and what came of it.

    Wide values are cut, and where there are more than *most* lines, those in
    the middle are left out. With *verbose* nothing is.
    """
    if not told:
        return "nothing has happened"
    width, moments = max(len(line.who) for line in told), _moments(told)
    shown = [_line(line, moments, width, verbose=verbose) for line in told]
    if not verbose and most is not None and len(shown) > most:
        # The beginning says what it is about, the end what went wrong.
        head, tail = most // 4, most - most // 4
        left_out = f"… {len(shown) - most} more …"
        shown = [*shown[:head], left_out, *shown[-tail:]]
    return printable("\n".join(shown))


def section(simulation: Simulation, unmet: Sequence[str], *, verbose: bool) -> str:
    """Return what a report shows of *simulation*: what happened, and what is still to come.

    *unmet* is what a test ordered to go wrong, and did not: the reason why many a test fails.
    """
    told = lines(simulation)
    return "\n".join(
        [
            to_text(told, verbose=verbose, most=MOST),
            *_ahead(simulation, None if verbose else MOST_AHEAD),
            *(["ordered, and not met:"] if unmet else []),
            *(f"  {printable(each)}" for each in unmet),
        ]
    )


def account_of(simulation: Simulation) -> str:
    """Return what did happen in *simulation*, for the message of a claim."""
    told = lines(simulation)
    if not told:
        return "nothing has happened"
    happened = ["what did happen:", indent(to_text(told, most=MOST_OF_CLAIM), "  ")]
    return "\n".join([*happened, *_ahead(simulation, MOST_AHEAD)])


def _ahead(simulation: Simulation, most: int | None) -> list[str]:
    simulation.sync()
    clock = simulation.account.clock
    # How long from now, because that is what one would tell the clock to get there.
    ahead = [
        (f"in {span_in_words(max(each.due - clock.now, timedelta(0)))}", each.what)
        for each in clock.timers()[:most]
    ]
    width = max((len(when) for when, _ in ahead), default=0)
    lines = [printable(shorten_sids(f"  {when:{width}}  {what}")) for when, what in ahead]
    return ["still to come:", *lines] if lines else []


def _line(line: Line, moments: str, width: int, *, verbose: bool) -> str:
    mark = "!" if line.is_bad else " "
    start = f"{_moment(line.at, moments)} {mark} {line.who:{width}}  {line.what}"
    end = f" -> {line.outcome}" if line.outcome else ""
    if verbose:
        return start + (f"  {line.more}" if line.more else "") + end
    start = shorten_sids(start)
    more = shorten_sids(f"  {line.more}") if line.kind == "call" else ""
    end = end and " " + cut(shorten_sids(end), max(WIDTH - 1 - len(start), SHORTEST_END))
    room = max(WIDTH - len(end), 0)
    # Not cut(): it would close up the columns.
    whole = start + more.rstrip()
    return (whole if len(whole) <= room else f"{whole[: room - 1]}…") + end


def _moments(told: Sequence[Line]) -> str:
    """Return how moments are written: with the day, where there are several."""
    days = {line.at.date() for line in told}
    return "%H:%M:%S" if len(days) == 1 else "%m-%d %H:%M:%S"


def _moment(at: datetime, moments: str) -> str:
    return at.strftime(moments) + (f".{at.microsecond // 1000:03}" if at.microsecond else "")
