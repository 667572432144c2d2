"""Subscribe rules: which tracks a participant gets, of those that others publish."""

from __future__ import annotations

from typing import Annotated, Any

from .._engine.account import Account
from .._engine.parameters import Json, RefusedWith
from .._engine.records import struct
from .._engine.refusals import Refusal
from . import rules
from .participants import Participant
from .rooms import WITHOUT_MEDIA_SERVER, Room


@struct(kw_only=True, slots=True)
class SubscribeRules:
    """The subscribe rules of a participant, as Twilio shows them: all filters, and no dates."""

    participant_sid: str
    room_sid: str
    rules: list[dict[str, Any]]
    date_created: None = None
    date_updated: None = None


@struct(kw_only=True)
class UpdateSubscribeRules:
    """The rules that are to hold from now on, instead of those before."""

    rules: Annotated[Any, Json(), RefusedWith(53215)] = None


def fetch(_account: Account, room: Room, participant: Participant) -> SubscribeRules:
    """Return the rules of *participant*: where none were given, everything is included."""
    return SubscribeRules(
        participant_sid=participant.sid,
        room_sid=room.sid,
        rules=[rule.document(nulls=True) for rule in participant.subscribe_rules],
    )


def update(
    account: Account, room: Room, participant: Participant, params: UpdateSubscribeRules
) -> SubscribeRules:
    """Let other rules hold for *participant*.

    Inferred: who has left already is not found (53204).
    """
    if room.end_time is not None:
        raise Refusal(53118)
    if room.type in WITHOUT_MEDIA_SERVER:
        raise Refusal(53117)
    if participant.end_time is not None:
        raise Refusal(53204)
    changed = account.change(
        participant,
        subscribe_rules=rules.for_subscription(params.rules),
        date_updated=participant.date_updated,  # Inferred: it tells of comings and goings
    )
    return fetch(account, room, changed)
