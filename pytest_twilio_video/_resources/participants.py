"""Participants: who is, or was, in a room."""

from __future__ import annotations

import re

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import OneOf, RefusedWith, Required, UpTo
from .._engine.records import (
    Record,
    Selection,
    StrEnum,
    created_between,
    internal,
    project,
    struct,
)
from .._engine.refusals import Refusal
from . import published_tracks, rules


if TYPE_CHECKING:
    from .rooms import Room

__all__ = ["drop_network", "resume"]


class ParticipantStatus(StrEnum):
    """Whether a participant is there."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    DISCONNECTED = "disconnected"


@struct(kw_only=True, slots=True)
class Participant(Record):
    """A participant, as they are at one moment."""

    sid_prefix: ClassVar[str] = "PA"
    indexed: ClassVar[tuple[str, ...]] = ("room_sid", "status")

    room_sid: str
    account_sid: str
    status: ParticipantStatus
    identity: str
    date_updated: datetime
    start_time: datetime
    end_time: datetime | None = None
    duration: int | None = None
    disconnect_error: int | None = internal(default=None)
    subscribe_rules: tuple[rules.Rule, ...] = internal(default=rules.EVERYTHING)


class AnonymizedParticipant(Participant):
    """A participant, as the answer to their anonymization shows them."""

    __slots__ = ()


@struct(kw_only=True)
class UpdateParticipant:
    """All that can be changed of a participant: that they are there."""

    status: Annotated[
        str, Required(), OneOf((ParticipantStatus.DISCONNECTED.value,)), RefusedWith(53209)
    ] = ""


@struct(kw_only=True)
class ListParticipants:
    """Which participants are wanted: those connected, where nothing else is said."""

    # Inferred: a list refuses a status that is none with the same code as an update does.
    status: Annotated[ParticipantStatus | None, RefusedWith(53209)] = None
    identity: Annotated[str | None, UpTo(256)] = None
    # Inferred: inclusive and exclusive as those of rooms.
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


LIFECYCLE: Final = Lifecycle(
    Step(ParticipantStatus.CONNECTED, ParticipantStatus.RECONNECTING),
    Step(ParticipantStatus.RECONNECTING, ParticipantStatus.CONNECTED),
    Step(ParticipantStatus.CONNECTED, ParticipantStatus.DISCONNECTED, "participant-disconnected"),
    Step(
        ParticipantStatus.RECONNECTING, ParticipantStatus.DISCONNECTED, "participant-disconnected"
    ),
    otherwise=53204,
)

LONGEST_IDENTITY: Final = 128


def connect(
    account: Account, room: Room, identity: str, *, automatic_subscription: bool = True
) -> Participant:
    """Let *identity* join *room*, as a client SDK does.

    Without *automatic_subscription*, a client's own option, they get nobody's tracks until
    subscribe rules say otherwise.

    Raises:
        Refusal: the room is over (53118) or full (53105), the account has too many
            participants (53206), or the identity is none (53200, 53201, 53202).

    """
    check_identity(identity)
    earlier = find_present(account, room, identity)
    _check_capacity(account, room, earlier)
    subscribe_rules = rules.EVERYTHING if automatic_subscription else rules.NOTHING
    participant = _add(account, room, identity, subscribe_rules)
    account.announce("participant-connected", participant)
    _limit_session(account, room, participant)
    # Inferred: the newcomer is in before the one with the same identity is out.
    if earlier is not None:
        leave(account, earlier, 53205)
    return participant


def leave(account: Account, participant: Participant, error: int | None = None) -> Participant:
    """Take *participant* out of the room, for the reason *error* where there is one.

    Nothing happens if they have left already.
    """
    if participant.status is ParticipantStatus.DISCONNECTED:
        return participant
    account.cancel_timer("session", participant.sid)
    account.cancel_timer("reconnecting", participant.sid)
    published_tracks.unpublish_all(account, participant)
    now = account.clock.now
    return LIFECYCLE.move(
        account,
        participant,
        ParticipantStatus.DISCONNECTED,
        end_time=now,
        duration=int((now - participant.start_time).total_seconds()),
        disconnect_error=error,
    )


def disconnect(account: Account, participant: Participant) -> Participant:
    """Let *participant* leave of their own accord, as their client asks the server.

    Raises:
        Refusal: their network is gone, and the server hears nothing (53001).

    """
    if participant.status is ParticipantStatus.RECONNECTING:
        raise Refusal(53001, detail=f"{participant.identity} has lost the network: resume() first")
    return leave(account, participant)


def dismiss_all(account: Account, room: Room, error: int) -> None:
    """Take everybody out of *room*."""
    for participant in present(account, room):
        leave(account, participant, error)


def present(account: Account, room: Room) -> list[Participant]:
    """Return who is in *room*, the earliest first. Who is reconnecting still is."""
    return [
        each
        for each in account.select(Participant, room_sid=room.sid)
        if each.status is not ParticipantStatus.DISCONNECTED
    ]


def find_present(account: Account, room: Room, identity: str) -> Participant | None:
    """Return the participant of that *identity* who is in *room*; there is at most one."""
    return next((each for each in present(account, room) if each.identity == identity), None)


def find(account: Account, room: Room, identity_or_sid: str) -> Participant:
    """Return a participant: by SID always, by identity while they are in the room."""
    participant = account.get(Participant, identity_or_sid)
    if participant is None or participant.room_sid != room.sid:
        participant = find_present(account, room, identity_or_sid)
    if participant is None:
        raise Refusal(20404)
    return participant


def fetch(_account: Account, _room: Room, participant: Participant) -> Participant:
    """Return *participant*, in whatever status."""
    return participant


def list_all(account: Account, room: Room, params: ListParticipants) -> Selection[Participant]:
    """Return the participants that *params* ask for: by themselves, those connected.

    Of a room that is over only the disconnected are ever returned.
    """
    is_over = room.end_time is not None
    usual = ParticipantStatus.DISCONNECTED if is_over else ParticipantStatus.CONNECTED
    status = params.status or usual
    named = {} if params.identity is None else {"identity": params.identity}
    selection = account.select(Participant, room_sid=room.sid, status=status, **named)
    return created_between(selection, params.date_created_after, params.date_created_before)


def update(
    account: Account, _room: Room, participant: Participant, _params: UpdateParticipant
) -> Participant:
    """Kick *participant*.

    Inferred: who has left already stays as they are, without another event.
    """
    return leave(account, participant)


def anonymize(account: Account, _room: Room, participant: Participant) -> AnonymizedParticipant:
    """Let *participant* be known by their SID from now on, and by no name.

    Inferred: that works on who is connected as well. This one answer knows no
    ``reconnecting``; who is, is shown as connected.
    """
    unnamed = account.change(participant, identity=participant.sid)
    is_gone = unnamed.status is ParticipantStatus.DISCONNECTED
    status = ParticipantStatus.DISCONNECTED if is_gone else ParticipantStatus.CONNECTED
    return project(AnonymizedParticipant, unnamed, status=status)


def check_identity(identity: object) -> None:
    """Refuse an identity that is none (53200), too long (53201) or unprintable (53202)."""
    if not isinstance(identity, str) or not identity:
        raise Refusal(53200, detail=f"the identity must be text, and not empty, not {identity!r}")
    # Double-byte characters count twice, by the error dictionary.
    length = sum(2 if ord(character) > 0xFF else 1 for character in identity)  # noqa: PLR2004
    if length > LONGEST_IDENTITY:
        detail = f"the identity has {length} characters, wide ones twice, not {LONGEST_IDENTITY}"
        raise Refusal(53201, detail=detail)
    # Inferred: control characters and lone surrogates are the "invalid characters".
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", identity):
        raise Refusal(53202)


def check_quota(account: Account, leaving: Participant | None = None) -> None:
    """Refuse one more participant than the account may have at once, but for who is *leaving*."""
    most = account.limits.get("participants")
    if most is None:
        return
    there = sum(
        account.select(Participant, status=status).count()
        for status in (ParticipantStatus.CONNECTED, ParticipantStatus.RECONNECTING)
    )
    if there - (leaving is not None) >= most:
        raise Refusal(53206)


def _check_capacity(account: Account, room: Room, earlier: Participant | None) -> None:
    if room.end_time is not None:
        raise Refusal(53118)
    # Inferred: who takes the place of an earlier self does not need another one.
    if len(present(account, room)) - (earlier is not None) >= room.max_participants:
        raise Refusal(53105, detail=f"{room.unique_name} takes {room.max_participants} of them")
    check_quota(account, earlier)


def _add(
    account: Account, room: Room, identity: str, subscribe_rules: tuple[rules.Rule, ...]
) -> Participant:
    now = account.clock.now
    return account.add(
        Participant,
        room_sid=room.sid,
        account_sid=room.account_sid,
        status=ParticipantStatus.CONNECTED,
        identity=identity,
        date_updated=now,
        start_time=now,
        subscribe_rules=subscribe_rules,
    )


def _limit_session(account: Account, room: Room, participant: Participant) -> None:
    account.set_timer(
        "session",
        participant,
        timedelta(seconds=room.max_participant_duration),
        partial(leave, error=53216),
        f"longest session of {participant.identity} in {room.unique_name}",
    )


# Networks: participants who drop_network theirs, and who may be back on it in time.


# How long the server waits for a client whose network is gone: about half a minute, as seen in
# 2026; in former years up to two minutes were reported.
PATIENCE: Final = timedelta(seconds=30)


def drop_network(account: Account, participant: Participant) -> Participant:
    """Let *participant* drop_network the network, and leave unless they come back in time.

    Until then nobody is told. Inferred: they are shown as reconnecting meanwhile, and what
    they publish stays published. Nothing happens if they have left, or are away already.
    """
    if participant.status is not ParticipantStatus.CONNECTED:
        return participant
    account.set_timer(
        "reconnecting",
        participant,
        PATIENCE,
        partial(leave, error=53001),
        f"end of the wait for {participant.identity}",
    )
    return LIFECYCLE.move(account, participant, ParticipantStatus.RECONNECTING)


def resume(account: Account, participant: Participant) -> Participant:
    """Let *participant* be back on it; nothing happens if they are there.

    Raises:
        Refusal: they have left, or were given up (53204).

    """
    if participant.status is ParticipantStatus.CONNECTED:
        return participant
    moved = LIFECYCLE.move(account, participant, ParticipantStatus.CONNECTED)
    account.cancel_timer("reconnecting", participant.sid)
    return moved
