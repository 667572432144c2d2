"""Networks: participants who lose theirs, and who may be back on it in time."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from .._engine.account import Account
from . import participants
from .participants import Participant, ParticipantStatus


__all__ = ["lose", "regain"]

# How long the server waits for a client whose network is gone: about half a minute, as seen in
# 2026; in former years up to two minutes were reported.
PATIENCE: Final = timedelta(seconds=30)


def lose(account: Account, participant: Participant) -> Participant:
    """Let *participant* lose the network, and leave unless they come back in time.

    Until then nobody is told. Inferred: they are shown as reconnecting meanwhile, and what
    they publish stays published. Nothing happens if they have left, or are away already.
    """
    if participant.status is not ParticipantStatus.CONNECTED:
        return participant
    account.set_timer(
        "reconnecting",
        participant,
        PATIENCE,
        partial(participants.leave, error=53001),
        f"end of the wait for {participant.identity}",
    )
    return participants.LIFECYCLE.move(account, participant, ParticipantStatus.RECONNECTING)


def regain(account: Account, participant: Participant) -> Participant:
    """Let *participant* be back on it; nothing happens if they are there.

    Raises:
        Refusal: they have left, or were given up (53204).

    """
    if participant.status is ParticipantStatus.CONNECTED:
        return participant
    moved = participants.LIFECYCLE.move(account, participant, ParticipantStatus.CONNECTED)
    account.cancel_timer("reconnecting", participant.sid)
    return moved
