"""Recording rules: what is recorded in a room, for as long as they hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from .._engine.account import Account
from .._engine.parameters import Json, RefusedWith
from .._engine.records import struct
from .._engine.refusals import Refusal
from . import recorder, rules
from .rooms import WITHOUT_MEDIA_SERVER, Room


@struct(kw_only=True, slots=True)
class RecordingRules:
    """The recording rules of a room, as Twilio shows them: without filters that are not set."""

    room_sid: str
    rules: list[dict[str, Any]]
    date_created: datetime
    date_updated: datetime


@struct(kw_only=True)
class UpdateRecordingRules:
    """The rules that are to hold from now on, instead of those before."""

    rules: Annotated[Any, Json(), RefusedWith(53120)] = None


def fetch(_account: Account, room: Room) -> RecordingRules:
    """Return the rules of *room*.

    Inferred: one that was never given any shows that everything is excluded.
    """
    return RecordingRules(
        room_sid=room.sid,
        rules=[rule.document(nulls=False) for rule in room.recording_rules],
        date_created=room.date_created,
        date_updated=room.recording_rules_updated,
    )


def update(account: Account, room: Room, params: UpdateRecordingRules) -> RecordingRules:
    """Let other rules hold in *room*, and recordings begin and end accordingly, at once."""
    if room.end_time is not None:
        raise Refusal(53118)
    if room.type in WITHOUT_MEDIA_SERVER:
        raise Refusal(53122)
    changed = account.change(
        room,
        recording_rules=rules.for_recording(params.rules),
        recording_rules_updated=account.clock.now,
        date_updated=room.date_updated,  # Inferred: they are no part of the room that shows it
    )
    recorder.follow_rules(account, changed)
    return fetch(account, changed)
