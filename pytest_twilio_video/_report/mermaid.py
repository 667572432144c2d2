"""Mermaid: the timeline as a sequence diagram."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Final

from .._engine.texts import printable
from .formatting import cut, shorten_sids


if TYPE_CHECKING:
    from collections.abc import Sequence

    from .lines import Line


__all__ = ["to_mermaid"]

_HEAD: Final = """\
sequenceDiagram
    participant app as Application
    participant twilio as Twilio Video
    participant test as Test"""


def to_mermaid(lines: Sequence[Line]) -> str:
    """Return *lines* as a Mermaid sequence diagram."""
    diagram = [_HEAD]
    moment = ""
    for line in lines:
        if (at := f"{line.at:%Y-%m-%d %H:%M:%S}") != moment:
            moment = at
            diagram.append(f"    Note over app,test: {at}")
        diagram += [f"    {statement}" for statement in _statements(line)]
    return "\n".join(diagram) + "\n"


def _statements(line: Line) -> list[str]:
    what, outcome = _escape(line.what), _escape(line.outcome)
    if line.kind == "call":
        # The response comes right after the call and before its effects, which reads best.
        arrow = "--x" if line.is_bad else "-->>"
        return [f"app->>twilio: {what}", f"twilio{arrow}app: {outcome}"]
    if line.kind == "callback":
        is_lost = line.is_bad or outcome.startswith("undelivered")
        return [f"twilio{'--x' if is_lost else '->>'}app: {what} ({outcome})"]
    if line.kind == "action":
        return [f"{line.who}->>twilio: {what}" + (f" ({outcome})" if outcome else "")]
    if line.kind == "jump":
        return [f"test->>twilio: clock {what}"]
    return [f"Note over twilio: {what}"]


def _escape(text: str) -> str:
    """Escape the characters in *text* that are special in Mermaid."""
    text = printable(cut(shorten_sids(text), 80))
    # A semicolon ends a statement, a hash begins an entity, and angle brackets are HTML.
    return re.sub(r"[#;<>]", lambda match: f"#{ord(match[0])};", text)
