"""Text: the timeline, the section of a report, and the history in a failed assertion."""

from __future__ import annotations

import re

from datetime import timedelta
from textwrap import indent, wrap
from typing import TYPE_CHECKING, Final, NamedTuple

from .._engine.texts import printable
from . import width as widths
from .formatting import format_duration, shorten_sids
from .lines import lines, with_lines


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .._engine.journal import Entry
    from .._simulation import Simulation
    from .lines import Line


__all__ = ["Shown", "colored", "history", "is_bad", "pending_timers", "section", "to_text"]

SECTION_LINES: Final = 40
"""How many lines a section shows at most, without ``-v``."""
HISTORY_LINES: Final = 12
"""How many lines a failed assertion shows at most. The section shows the other lines."""
PENDING_TIMERS: Final = 3
SHORTEST_START: Final = 40
"""How many characters of a line are always shown, even if the outcome after them is long."""
MARGIN: Final = len("E     ")
"""The width of what pytest writes before the message of a failed assertion."""
CUT: Final = "… marks what is left out. pytest -v shows everything"


class Rendered(NamedTuple):
    """The text of some lines, and whether anything was left out."""

    text: str
    is_short: bool = False
    """Whether lines were left out."""
    has_cut: bool = False
    """Whether the end of a line was left out."""

    @property
    def is_cut(self) -> bool:
        return self.is_short or self.has_cut


class Shown(NamedTuple):
    """What the message of a failed assertion shows of the history.

    The entries are kept, not the number of their lines, because the line of a queued callback
    disappears when the callback is delivered later.
    """

    simulation: Simulation
    length: int
    """How many entries the journal had."""
    left_out: Sequence[Entry]
    """The entries among these whose lines the message leaves out."""
    has_cut: bool
    """Whether the end of a line was left out."""


def to_text(lines: Sequence[Line], *, verbose: bool = False) -> str:
    """Return *lines* as text, each with its time and its outcome.

    Long lines are cut, unless *verbose* is true. The width does not depend on the terminal,
    because tests compare this text.
    """
    return _render(lines, widths.UNKNOWN, verbose=verbose).text


def section(
    simulation: Simulation,
    never_triggered: Sequence[str],
    *,
    verbose: bool,
    shown: Shown | None = None,
) -> str:
    """Return the section of a report: what happened in *simulation*, and what is pending.

    *never_triggered* describes the injected faults without effect, which are a common reason for
    a failed test. If a failed assertion has already *shown* some lines, these lines are not
    repeated. The section may be empty.
    """
    parts = []
    is_cut = False
    if shown is None or verbose:
        happened = lines(simulation)
        body = _render(happened, widths.of_terminal(), verbose=verbose, most=SECTION_LINES)
        parts += [body.text, *_pending(simulation, None if verbose else PENDING_TIMERS)]
        is_cut = body.is_cut
    else:
        is_cut = shown.has_cut
        entries = [*shown.left_out, *simulation.journal.entries[shown.length :]]
        left = [line for _, line in with_lines(simulation, entries)]
        if left:
            body = _render(left, widths.of_terminal(), most=SECTION_LINES)
            parts += ["what the message above leaves out:", body.text]
            is_cut = is_cut or body.is_cut
    if never_triggered:
        parts.append("injected, but never triggered:")
        parts += [f"  {printable(fault)}" for fault in never_triggered]
    if is_cut:
        parts.append(CUT)
    return "\n".join(parts)


def history(simulation: Simulation) -> tuple[str, Shown]:
    """Return what happened in *simulation*, for the message of a failed assertion."""
    entries = simulation.journal.entries.copy()
    pairs = with_lines(simulation, entries)
    if not pairs:
        return "nothing has happened", Shown(simulation, len(entries), (), has_cut=False)
    body = _render([line for _, line in pairs], _history_width(), most=HISTORY_LINES)
    head, tail = _head_and_tail(len(pairs), HISTORY_LINES)
    left_out = [entry for entry, _ in pairs[head : len(pairs) - tail]]
    text = "\n".join(
        ["what happened:", indent(body.text, "  "), *_pending(simulation, PENDING_TIMERS)]
    )
    return text, Shown(simulation, len(entries), left_out, body.has_cut)


def colored(text: str, bad: Callable[[str], str]) -> str:
    """Return *text*, with *bad* applied to each line about something that went wrong."""
    return "\n".join(bad(line) if is_bad(line) else line for line in text.split("\n"))


def is_bad(line: str) -> bool:
    """Return whether *line* is about something that went wrong, by its mark ``!``."""
    return _IS_BAD.match(line) is not None


_IS_BAD: Final = re.compile(r"(?:\d\d-\d\d )?\d\d:\d\d:\d\d(?:\.\d{3})? !")


def _history_width() -> int:
    """Return the width of the history in a failed assertion, which pytest indents."""
    width = widths.of_terminal()
    return width if width == widths.UNKNOWN else width - MARGIN


def _render(
    lines: Sequence[Line], width: int, *, verbose: bool = False, most: int | None = None
) -> Rendered:
    """Return *lines* as text. If there are more than *most* lines, leave out the middle.

    If *verbose* is true, nothing is cut or left out.
    """
    if not lines:
        return Rendered("nothing has happened")
    layout = _Layout(lines, width, verbose=verbose)
    is_short = not verbose and most is not None and len(lines) > most
    if is_short and most is not None:
        head, tail = _head_and_tail(len(lines), most)
        shown = [layout.rendered(line) for line in lines[:head]]
        shown.append(f"… {len(lines) - most} more …")
        shown += [layout.rendered(line) for line in lines[-tail:]]
    else:
        shown = [layout.rendered(line) for line in lines]
    return Rendered(printable("\n".join(shown)), is_short, layout.has_cut)


def _head_and_tail(count: int, most: int) -> tuple[int, int]:
    """Return how many of *count* lines to show at the beginning, and how many at the end."""
    # The beginning shows what the test is about, and the end what went wrong.
    return (most // 4, most - most // 4) if count > most else (count, 0)


class _Layout:
    """The layout of the lines of one text: its columns and its width."""

    def __init__(self, lines: Sequence[Line], width: int, *, verbose: bool) -> None:
        self._width, self._verbose = width, verbose
        self._who = max(len(line.who) for line in lines)
        self._moments = _moment_format(lines)
        self._notes: set[str] = set()
        self.has_cut = False

    def rendered(self, line: Line) -> str:
        """Return *line* as text. If its note does not fit, the note is on the next line.

        Parameters are cut first, then the description. Outcomes and notes are not cut.
        """
        mark = "!" if line.is_bad else " "
        before = f"{_moment(line.at, self._moments)} {mark} {line.who:{self._who}}  "
        end = f" -> {line.outcome}" if line.outcome else ""
        if self._verbose:
            start = before + line.what + (f"  {line.more}" if line.more else "")
            return start + end + (f" ({line.note})" if line.note else "")
        more = shorten_sids(f"  {line.more}") if line.kind == "call" else ""
        start = (shorten_sids(before + line.what) + more).rstrip()
        end = shorten_sids(end)
        if not line.note:
            return self._cut(start, end) + end
        note = shorten_sids(" ".join(line.note.split()))
        with_note = f"{end} ({note})"
        if len(start) + len(with_note) <= self._width:
            return start + with_note
        if note in self._notes:
            end += " (as above)"
            return self._cut(start, end) + end
        self._notes.add(note)
        below = wrap(note, self._width - len(before), break_long_words=False)
        return "\n".join(
            [self._cut(start, end) + end, *(" " * len(before) + part for part in below)]
        )

    def _cut(self, start: str, end: str) -> str:
        """Return *start*, cut so that *end* fits behind it into the width."""
        available = max(self._width - len(end), SHORTEST_START)
        if len(start) <= available:
            return start
        self.has_cut = True
        # `formatting.cut` is not used, because it joins the spaces between the columns.
        return f"{start[: available - 1]}…"


def pending_timers(simulation: Simulation, most: int | None) -> list[tuple[str, str]]:
    """Return when the next timers of *simulation* are due, and what each does.

    No timer runs here, because its callbacks would run code of the application in the middle of
    a report. If a timer should have run already, it is shown as ``due``.
    """
    clock = simulation.account.clock
    now = clock.now
    return [
        (_time_until(timer.due - now), printable(shorten_sids(timer.what)))
        for timer in clock.timers()[:most]
    ]


def _time_until(left: timedelta) -> str:
    # The time from now on is shown, because clock.advance() takes it.
    return f"in {format_duration(left)}" if left > timedelta(0) else "due"


def _pending(simulation: Simulation, most: int | None) -> list[str]:
    pending = pending_timers(simulation, most)
    width = max((len(when) for when, _ in pending), default=0)
    lines = [f"  {when:{width}}  {what}" for when, what in pending]
    return ["still to come:", *lines] if lines else []


def _moment_format(lines: Sequence[Line]) -> str:
    """Return the format of the times. It has the date if the lines are from several days."""
    days = {line.at.date() for line in lines}
    return "%H:%M:%S" if len(days) == 1 else "%m-%d %H:%M:%S"


def _moment(at: datetime, moments: str) -> str:
    return at.strftime(moments) + (f".{at.microsecond // 1000:03}" if at.microsecond else "")
