"""Mermaid: the timeline as a sequence diagram."""

from __future__ import annotations

import re

from typing import TYPE_CHECKING, Final

from .words import cut, shorten_sids


if TYPE_CHECKING:
    from collections.abc import Sequence

    from .lines import Line


__all__ = ["to_mermaid"]

_HEAD: Final = """\
sequenceDiagram
    participant app as Application
    participant twilio as Twilio Video
    participant test as Test"""


def to_mermaid(told: Sequence[Line]) -> str:
    """Return what is *told* as a Mermaid sequence diagram."""
    drawn = [_HEAD]
    moment = ""
    for line in told:
        if (at := f"{line.at:%Y-%m-%d %H:%M:%S}") != moment:
            moment = at
            drawn.append(f"    Note over app,test: {at}")
        drawn += [f"    {each}" for each in _drawn(line)]
    return "\n".join(drawn) + "\n"


def _drawn(line: Line) -> list[str]:
    what, outcome = _plain(line.what), _plain(line.outcome)
    if line.kind == "call":
        # The answer follows at once, and what came of the call after it: so it reads best.
        head = "--x" if line.is_bad else "-->>"
        return [f"app->>twilio: {what}", f"twilio{head}app: {outcome}"]
    if line.kind == "callback":
        is_lost = outcome.startswith("undelivered")
        return [f"twilio{'--x' if line.is_bad or is_lost else '->>'}app: {what} ({outcome})"]
    if line.kind == "act":
        return [f"test->>twilio: {what}" + (f" ({outcome})" if outcome else "")]
    if line.kind == "jump":
        return [f"test->>twilio: clock {what}"]
    return [f"Note over twilio: {what}"]


def _plain(text: str) -> str:
    """Return *text* without what Mermaid would take for its own signs."""
    text = cut(shorten_sids(text), 80)
    # A semicolon ends a statement, a hash begins an entity, and angle brackets are HTML.
    return re.sub(r"[#;<>]", lambda match: f"#{ord(match[0])};", text)
