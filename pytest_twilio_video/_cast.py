"""The cast: who comes, and to which meetings, where a test does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._resources import participants
from ._resources.sample_data import Outline
from .faker import drawing_from


if TYPE_CHECKING:
    from datetime import timedelta

    from ._engine.account import Account


__all__ = ["newcomer", "outline"]


def outline(
    account: Account, rooms: int, participants: int, *, recordings: bool, over: timedelta
) -> Outline:
    """Return who meets in so many *rooms*, of so many *participants* each.

    Some people come more often than others, and some meetings are held again and again.
    """
    provider = drawing_from(account.sids.stream("cast"))
    identities: dict[str, None] = {}
    while len(identities) < 2 * participants + rooms // 4:
        identities[provider.twilio_identity()] = None
    return Outline(
        meetings=rooms,
        guests=participants,
        is_recorded=recordings,
        over=over,
        identities=list(identities),
        names=[provider.twilio_room_name() for _ in range(rooms // 3 + 1)],
        new_name=provider.twilio_room_name,
    )


def newcomer(account: Account, room_sid: str) -> str:
    """Return an identity that nobody bears who is, or was, in the room of that SID."""
    taken = {each.identity for each in account.select(participants.Participant, room_sid=room_sid)}
    provider = drawing_from(account.sids.stream("identities"))
    while (identity := provider.twilio_identity()) in taken:
        pass
    return identity
