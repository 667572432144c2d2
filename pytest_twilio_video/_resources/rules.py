"""Rules: the common format of recording rules and subscribe rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from reprlib import repr as brief
from typing import Any, Final

from .._engine.parameters import require
from .._engine.records import struct
from .._engine.refusals import INVALID_RECORDING_RULES, INVALID_SUBSCRIBE_RULES, Refusal


__all__ = [
    "EVERYTHING",
    "NOTHING",
    "STANDARD_PRIORITY",
    "Rule",
    "chosen",
    "for_recording",
    "for_subscription",
]

MOST_RULES: Final = 20
FILTERS: Final = ("all", "publisher", "track", "kind", "priority")
PRIORITIES: Final = ("low", "standard", "high")
STANDARD_PRIORITY: Final = "standard"
"""The priority of a track unless its publisher sets another one; the default of client SDKs."""


@struct(slots=True)
class Rule:
    """One rule, which includes or excludes the tracks that match all its filters."""

    type: str
    all: bool | None = None
    publisher: str | None = None
    track: str | None = None
    kind: str | None = None
    priority: str | None = None

    def matches(
        self, publishers: Iterable[str], tracks: Iterable[str], kind: str, priority: str
    ) -> bool:
        """Return whether a track that has these SIDs and names matches all filters."""
        return (
            (self.publisher is None or self.publisher in publishers)
            and (self.track is None or self.track in tracks)
            and (self.kind is None or self.kind == kind)
            and self.priority in {None, priority}
        )

    def document(self, *, nulls: bool) -> dict[str, Any]:
        """Return the rule as Twilio shows it. With *nulls*, filters that are not set are null."""
        return {name: value for name, value in asdict(self).items() if nulls or value is not None}


EVERYTHING: Final = (Rule("include", all=True),)
NOTHING: Final = (Rule("exclude", all=True),)


def chosen(
    rules: Iterable[Rule],
    publishers: Iterable[str],
    tracks: Iterable[str],
    kind: str,
    priority: str = STANDARD_PRIORITY,
) -> bool:
    """Return whether *rules* include a track.

    If no rule matches, they do not include it. If several rules match, the last one decides.
    """
    is_chosen = False
    for rule in rules:
        if rule.matches(publishers, tracks, kind, priority):
            is_chosen = rule.type == "include"
    return is_chosen


def for_recording(value: Any) -> tuple[Rule, ...]:
    """Return the recording rules in *value*, which is parsed JSON.

    Raises:
        Refusal: they are not valid (53120).

    """
    return _parse(value, FILTERS[:-1], ("audio", "video"), INVALID_RECORDING_RULES)


def for_subscription(value: Any) -> tuple[Rule, ...]:
    """Return the subscribe rules in *value*, which is parsed JSON.

    Raises:
        Refusal: they are not valid (53215).

    """
    return _parse(value, FILTERS, ("audio", "video", "data"), INVALID_SUBSCRIBE_RULES)


def _parse(
    value: Any, filters: tuple[str, ...], kinds: tuple[str, ...], code: int
) -> tuple[Rule, ...]:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_RULES:
        detail = f"rules must be a list of 1 to {MOST_RULES} dictionaries, not {brief(value)}"
        raise Refusal(code, detail=detail)
    return tuple(_rule(number, rule, filters, kinds, code) for number, rule in enumerate(value, 1))


def _rule(
    number: int, value: Any, filters: tuple[str, ...], kinds: tuple[str, ...], code: int
) -> Rule:
    try:
        _check(value, filters, kinds)
    except ValueError as error:
        raise Refusal(code, detail=f"rule {number}, {brief(value)}, {error}") from None
    given = _given(value)
    if "all" in given:  # the text "true" is valid, too: Twilio's own integration tests send it
        given["all"] = True
    return Rule(value["type"], **given)


def _check(value: Any, filters: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Raise `ValueError` unless *value* is a rule of these *filters* and *kinds* of tracks."""
    require(isinstance(value, dict), "must be a dictionary")
    is_typed = value.get("type") in ("include", "exclude")
    require(is_typed, "must have the type 'include' or 'exclude'")
    given = _given(value)
    is_known = given and all(name in filters for name in given)
    require(is_known, f"must have filters, which are {', '.join(filters)}, and nothing else")
    if "all" in given:
        is_true = given["all"] is True or given["all"] == "true"
        is_alone = len(given) == 1 and is_true
        require(is_alone, "must have all=true, and no other filter beside it")
        return
    is_text = all(isinstance(text, str) and text for text in given.values())
    require(is_text, "must have filters that are texts and not empty")
    is_kind = given.get("kind", kinds[0]) in kinds
    require(is_kind, f"must have one of the kinds {', '.join(kinds)}")
    is_priority = given.get("priority", "low") in PRIORITIES
    require(is_priority, f"must have one of the priorities {', '.join(PRIORITIES)}")


def _given(value: dict[str, Any]) -> dict[str, Any]:
    return {name: text for name, text in value.items() if name != "type" and text is not None}
