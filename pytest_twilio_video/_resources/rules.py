"""Rules: the grammar that recording rules and subscribe rules have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from .._engine.refusals import Refusal


__all__ = ["EVERYTHING", "NOTHING", "Rule", "chosen", "for_recording", "for_subscription"]

MOST_RULES: Final = 20
FILTERS: Final = ("all", "publisher", "track", "kind", "priority")
PRIORITIES: Final = ("low", "standard", "high")


@dataclass(frozen=True, slots=True)
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
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_RULES:
        raise Refusal(code)
    rules = tuple(_rule(each, filters) for each in value)
    if not all(rule is not None and rule.kind in (None, *kinds) for rule in rules):
        raise Refusal(code)
    return tuple(rule for rule in rules if rule is not None)


def _rule(value: Any, filters: tuple[str, ...]) -> Rule | None:
    """Return the rule, or nothing where it breaks the grammar."""
    if not isinstance(value, dict) or value.get("type") not in ("include", "exclude"):
        return None
    given = {name: each for name, each in value.items() if name != "type" and each is not None}
    if not given or not given.keys() <= set(filters):
        return None
    # The text "true" is taken as well: Twilio's own integration tests send it.
    if "all" in given:
        is_alone = len(given) == 1 and (given["all"] is True or given["all"] == "true")
        return Rule(value["type"], all=True) if is_alone else None
    is_text = all(isinstance(each, str) and each for each in given.values())
    if not is_text or given.get("priority", "low") not in PRIORITIES:
        return None
    return Rule(value["type"], **given)
