"""Rules: the grammar that recording rules and subscribe rules have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from reprlib import repr as brief
from typing import Any, Final

from .._engine.records import struct
from .._engine.refusals import Refusal


__all__ = ["EVERYTHING", "NOTHING", "Rule", "chosen", "for_recording", "for_subscription"]

MOST_RULES: Final = 20
FILTERS: Final = ("all", "publisher", "track", "kind", "priority")
PRIORITIES: Final = ("low", "standard", "high")


@struct(slots=True)
class Rule:
    """What one rule includes or excludes. Several filters must all be met."""

    type: str
    all: bool | None = None
    publisher: str | None = None
    track: str | None = None
    kind: str | None = None
    priority: str | None = None

    def matches(self, publishers: Iterable[str], tracks: Iterable[str], kind: str) -> bool:
        """Tell whether a track of these names meets every filter."""
        return (
            (self.publisher is None or self.publisher in publishers)
            and (self.track is None or self.track in tracks)
            and (self.kind is None or self.kind == kind)
            # Inferred: a track has the priority that client SDKs give by themselves.
            and self.priority in {None, "standard"}
        )

    def document(self, *, nulls: bool) -> dict[str, Any]:
        """Return it as Twilio shows it, unset filters as *nulls* or not at all."""
        return {name: value for name, value in asdict(self).items() if nulls or value is not None}


EVERYTHING: Final = (Rule("include", all=True),)
NOTHING: Final = (Rule("exclude", all=True),)


def chosen(
    rules: Iterable[Rule], publishers: Iterable[str], tracks: Iterable[str], kind: str
) -> bool:
    """Tell whether *rules* choose a track.

    They start from nothing and are walked in order: an include adds what it
    matches, an exclude takes it away, so that later rules win.
    """
    verdict = False
    for rule in rules:
        if rule.matches(publishers, tracks, kind):
            verdict = rule.type == "include"
    return verdict


def for_recording(value: Any) -> tuple[Rule, ...]:
    """Read recording rules from what stood in JSON.

    Raises:
        Refusal: they break the grammar (53120), and the old rules stay.

    """
    return _parse(value, FILTERS[:-1], ("audio", "video"), 53120)


def for_subscription(value: Any) -> tuple[Rule, ...]:
    """Read subscribe rules from what stood in JSON.

    Raises:
        Refusal: they break the grammar (53215), and the old rules stay.

    """
    return _parse(value, FILTERS, ("audio", "video", "data"), 53215)


def _parse(
    value: Any, filters: tuple[str, ...], kinds: tuple[str, ...], code: int
) -> tuple[Rule, ...]:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_RULES:
        detail = f"rules are a list of 1 to {MOST_RULES} dictionaries, not {brief(value)}"
        raise Refusal(code, detail=detail)
    for number, each in enumerate(value, 1):
        complaint = next(_complaints(each, filters, kinds), None)
        if complaint is not None:
            raise Refusal(code, detail=f"rule {number}, {brief(each)}, {complaint}")
    return tuple(map(_rule, value))


def _complaints(value: Any, filters: tuple[str, ...], kinds: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong, one thing after the other; only the first is asked for."""
    if not isinstance(value, dict):
        yield "must be a dictionary"
    if value.get("type") not in ("include", "exclude"):
        yield "must have the type 'include' or 'exclude'"
    given = _given(value)
    unknown = [name for name in given if name not in filters]
    if unknown or not given:
        yield f"must have filters, which are {', '.join(filters)}, and nothing else"
    if "all" in given:
        is_true = given["all"] is True or given["all"] == "true"
        if len(given) > 1 or not is_true:
            yield "must have all=true, and no other filter beside it"
        return
    if not all(isinstance(each, str) and each for each in given.values()):
        yield "must have filters of text, which is not empty"
    if given.get("kind", kinds[0]) not in kinds:
        yield f"must have one of the kinds {', '.join(kinds)}"
    if given.get("priority", "low") not in PRIORITIES:
        yield f"must have one of the priorities {', '.join(PRIORITIES)}"


def _rule(value: dict[str, Any]) -> Rule:
    """Return the rule of what nothing is wrong with."""
    given = _given(value)
    if "all" in given:  # the text "true" is taken as well: Twilio's own integration tests send it
        given["all"] = True
    return Rule(value["type"], **given)


def _given(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name != "type" and each is not None}
