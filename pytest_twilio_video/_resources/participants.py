"""Participants: the people who are or were in a room."""

from __future__ import annotations

import re

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step, whole_seconds
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
from .._engine.refusals import (
    INVALID_IDENTITY,
    INVALID_IDENTITY_CHARACTERS,
    NOT_FOUND,
    PARTICIPANT_NOT_FOUND,
    ROOM_NOT_FOUND,
    SIGNALING_DISCONNECTED,
    Refusal,
)
from . import published_tracks, rules


# rooms.py imports this module, so this module imports rooms.py for type checking only.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .published_tracks import NewTrack, PublishedTrack
    from .rooms import Room


class ParticipantStatus(StrEnum):
    """The status of a participant."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    DISCONNECTED = "disconnected"


@struct(kw_only=True, slots=True)
class Participant(Record):
    """A participant at one moment."""

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
    network_quality: int | None = internal(default=None)
    page: str | None = internal(default=None)
    """The page of the participant's browser, or `None` if the test arranged the participant."""
    is_cut_off: bool = internal(default=False)
    """Whether the test has dropped the network of the page, and not restored it yet."""


class AnonymizedParticipant(Participant):
    """A participant, in the form of the response to an anonymization."""

    __slots__ = ()


@struct(kw_only=True)
class UpdateParticipant:
    """The parameters of an update. The only possible update disconnects the participant."""

    status: Annotated[
        str, Required(), OneOf((ParticipantStatus.DISCONNECTED.value,)), RefusedWith(53209)
    ] = ""


@struct(kw_only=True)
class ListParticipants:
    """The filters of a list of participants. `list_all` describes the default."""

    # Inferred: a list of participants refuses an invalid status with the code of an update
    # (53209).
    status: Annotated[ParticipantStatus | None, RefusedWith(53209)] = None
    identity: Annotated[str | None, UpTo(256)] = None
    # Inferred: a list of participants includes the moment of its filter `DateCreatedAfter`, and
    # excludes the moment of `DateCreatedBefore`, like a list of rooms.
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


LIFECYCLE: Final = Lifecycle(
    Step(ParticipantStatus.CONNECTED, ParticipantStatus.RECONNECTING),
    Step(ParticipantStatus.RECONNECTING, ParticipantStatus.CONNECTED),
    Step(ParticipantStatus.CONNECTED, ParticipantStatus.DISCONNECTED, "participant-disconnected"),
    Step(
        ParticipantStatus.RECONNECTING, ParticipantStatus.DISCONNECTED, "participant-disconnected"
    ),
    otherwise=PARTICIPANT_NOT_FOUND,
)

LONGEST_IDENTITY: Final = 128
RECONNECTION_TIMEOUT: Final = timedelta(seconds=30)
"""How long the server waits for a client that has lost the network.

About half a minute was seen in 2026. In earlier years, up to two minutes were reported.
"""


def _ignore(_track: PublishedTrack | None) -> None:
    """Do nothing with a track."""


@struct(kw_only=True)
class Joining:
    """How a participant joins a room."""

    automatic_subscription: bool = True
    """An option of client SDKs. Without it, a participant is subscribed to no tracks at first."""
    tracks: Sequence[NewTrack] = ()
    """The tracks to join with. A track that the room refuses is left out: in the SDK's own tests,
    joining an audio-only room with a video track succeeds, and only the track fails."""
    on_track: Callable[[PublishedTrack | None], object] = _ignore
    """Called for each of *tracks*, in order, with the track, or with `None` if it was refused."""
    page: str | None = None
    """A name for the page that joins, or `None` if the test arranges the participant."""
    is_admitted: bool = False
    """Whether injected faults have already been applied to this join."""


def connect(account: Account, room: Room, identity: str, **options: Any) -> Participant:
    """Join *room* as *identity*, as a client SDK does. *options* are the fields of `Joining`.

    Raises:
        Refusal: the room has ended (53106) or is full (53105), the account has too many
            participants (53206), or the identity is invalid (53200, 53201, 53202).

    """
    joining = Joining(**options)
    if not joining.is_admitted:
        account.before_join()
    check_identity(identity)
    earlier = find_present(account, room, identity)
    _check_capacity(account, room, earlier)
    is_first = account.select(Participant, room_sid=room.sid).first() is None
    participant = _add(account, room, identity, joining)
    added = _publish(account, room, participant, joining, earlier)
    published = [("track-added", track) for track in added]
    connected = ("participant-connected", participant)
    # Observed in 2023: the tracks of the first to join come a millisecond before their publisher,
    # those of the second come after.
    # Inferred: the ``track-added`` of tracks that a participant joins with come before
    # ``participant-connected`` only for the first participant who ever joins the room.
    order = [*published, connected] if is_first else [connected, *published]
    account.announce_together(*order)
    _limit_session(account, room, participant)
    # Inferred: if somebody joins with the identity of a participant in the room, the event of the
    # join comes before the event of the earlier participant, who leaves.
    if earlier is not None:
        leave(account, earlier, 53205)
    return participant


def leave(account: Account, participant: Participant, error: int | None = None) -> Participant:
    """Disconnect *participant*. *error* is the error code for the client SDK, or `None`.

    If the participant has already left, nothing happens.
    """
    if participant.status is ParticipantStatus.DISCONNECTED:
        return participant
    account.cancel_timer("session", participant.sid)
    account.cancel_timer("reconnecting", participant.sid)
    published_tracks.end_all(account, participant)
    now = account.clock.now
    return LIFECYCLE.move(
        account,
        participant,
        ParticipantStatus.DISCONNECTED,
        end_time=now,
        duration=whole_seconds(participant.start_time, now),
        disconnect_error=error,
    )


def disconnect(account: Account, participant: Participant) -> Participant:
    """Disconnect *participant*, because the client asks for it.

    Raises:
        Refusal: the client has lost the network, so the server receives no request (53001).

    """
    if participant.status is ParticipantStatus.RECONNECTING:
        raise Refusal(
            SIGNALING_DISCONNECTED,
            detail=f"{participant.identity} has lost the network: resume() first",
        )
    return leave(account, participant)


def drop_network(account: Account, participant: Participant) -> Participant:
    """Interrupt the network of *participant*, who is disconnected unless `resume` comes in time.

    There is no event until they are disconnected. Nothing happens if they have already left or
    lost the network.

    Inferred: while a participant's network is gone, their status is ``reconnecting``, and their
    tracks stay published. They are disconnected after 30 seconds, as was observed.
    """
    if participant.status is not ParticipantStatus.CONNECTED:
        return participant
    account.set_timer(
        "reconnecting",
        participant,
        RECONNECTION_TIMEOUT,
        partial(leave, error=SIGNALING_DISCONNECTED),
        f"end of the wait for {participant.identity}",
    )
    moved = LIFECYCLE.move(account, participant, ParticipantStatus.RECONNECTING)
    account.signal("participant-reconnecting", moved)
    return moved


def resume(account: Account, participant: Participant) -> Participant:
    """Restore the network of *participant*. If it was not lost, nothing happens.

    Raises:
        Refusal: the participant has left, or did not resume in time (53204).

    """
    if participant.status is ParticipantStatus.CONNECTED:
        return participant
    moved = LIFECYCLE.move(account, participant, ParticipantStatus.CONNECTED)
    account.cancel_timer("reconnecting", participant.sid)
    account.signal("participant-reconnected", moved)
    return moved


def cut_off(account: Account, participant: Participant) -> Participant:
    """Drop the network of *participant*, and of the participant's page if there is one."""
    if participant.page is not None and participant.status is not ParticipantStatus.DISCONNECTED:
        participant = _set_cut_off(account, participant, is_cut_off=True)
    return drop_network(account, participant)


def restore(account: Account, participant: Participant) -> Participant:
    """Restore the network of *participant*, which `cut_off` has dropped.

    A page connects again as soon as it can. Then the server calls `resume`.

    Raises:
        Refusal: they have left, or did not resume in time (53204).

    """
    if participant.page is None or participant.status is ParticipantStatus.DISCONNECTED:
        return resume(account, participant)
    return _set_cut_off(account, participant, is_cut_off=False)


def set_network_quality(account: Account, participant: Participant, level: int) -> Participant:
    """Set the network quality level of *participant*, from 0 to 5."""
    if participant.network_quality == level:
        return participant
    changed = account.change(
        participant, network_quality=level, date_updated=participant.date_updated
    )
    account.signal("network-quality-changed", changed)
    return changed


def remove_all(account: Account, room: Room, error: int) -> None:
    """Disconnect all participants of *room*. *error* is the error code for the client SDKs."""
    for participant in present(account, room):
        leave(account, participant, error)


def present(account: Account, room: Room) -> list[Participant]:
    """Return the participants in *room*, including reconnecting ones, in the order of joining."""
    return [
        participant
        for participant in account.select(Participant, room_sid=room.sid)
        if participant.status is not ParticipantStatus.DISCONNECTED
    ]


def find_present(account: Account, room: Room, identity: str) -> Participant | None:
    """Return the participant in *room* with this *identity*, or `None`. There is at most one."""
    return next(
        (
            participant
            for participant in present(account, room)
            if participant.identity == identity
        ),
        None,
    )


def find(account: Account, room: Room, identity_or_sid: str) -> Participant:
    """Return the participant with this SID, or the one with this identity who is in the room."""
    participant = account.get(Participant, identity_or_sid)
    if participant is None or participant.room_sid != room.sid:
        participant = find_present(account, room, identity_or_sid)
    if participant is None:
        raise Refusal(NOT_FOUND)
    return participant


def list_all(account: Account, room: Room, params: ListParticipants) -> Selection[Participant]:
    """Return the participants that match *params*.

    The default status is ``connected``. If the room has ended, it is ``disconnected``.
    """
    has_ended = room.end_time is not None
    default = ParticipantStatus.DISCONNECTED if has_ended else ParticipantStatus.CONNECTED
    status = params.status or default
    named = {} if params.identity is None else {"identity": params.identity}
    selection = account.select(Participant, room_sid=room.sid, status=status, **named)
    return created_between(selection, params.date_created_after, params.date_created_before)


def update(
    account: Account, _room: Room, participant: Participant, _params: UpdateParticipant
) -> Participant:
    """Remove *participant* from the room.

    Inferred: removing a participant who has already left has no effect, and there is no event.
    """
    return leave(account, participant)


def anonymize(account: Account, _room: Room, participant: Participant) -> AnonymizedParticipant:
    """Replace the identity of *participant* by the SID.

    Inferred: a participant can be anonymized while connected, too. The answer shows a reconnecting
    participant as connected, because its description has no status ``reconnecting``.
    """
    unnamed = account.change(participant, identity=participant.sid)
    is_gone = unnamed.status is ParticipantStatus.DISCONNECTED
    status = ParticipantStatus.DISCONNECTED if is_gone else ParticipantStatus.CONNECTED
    return project(AnonymizedParticipant, unnamed, status=status)


def check_identity(identity: object) -> None:
    """Refuse an identity that is empty (53200), too long (53201) or unprintable (53202)."""
    if not isinstance(identity, str) or not identity:
        raise Refusal(
            INVALID_IDENTITY,
            detail=f"the identity is {identity!r}, but must be text that is not empty",
        )
    # Double-byte characters count as two, by the error dictionary.
    length = sum(2 if ord(character) > 0xFF else 1 for character in identity)  # noqa: PLR2004
    if length > LONGEST_IDENTITY:
        detail = (
            f"the identity has {length} characters, but may have up to {LONGEST_IDENTITY}. "
            "Wide characters count twice"
        )
        raise Refusal(53201, detail=detail)
    # Inferred: control characters and lone surrogates are the "invalid characters" of an identity
    # (53202).
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", identity):
        raise Refusal(INVALID_IDENTITY_CHARACTERS)


def check_quota(account: Account, leaving: Participant | None = None) -> None:
    """Refuse another participant if the account has too many, not counting *leaving*."""
    most = account.limits.get("participants")
    if most is None:
        return
    current = sum(
        account.select(Participant, status=status).count()
        for status in (ParticipantStatus.CONNECTED, ParticipantStatus.RECONNECTING)
    )
    if current - (leaving is not None) >= most:
        raise Refusal(53206)


def _check_capacity(account: Account, room: Room, earlier: Participant | None) -> None:
    if room.end_time is not None:
        # Reported in twilio-video.js issue 1801. 53118 is for other operations on such a room.
        raise Refusal(ROOM_NOT_FOUND, detail=f"{room.unique_name} is completed")
    # Inferred: a participant can join a full room with the identity of a participant in it, and
    # replaces that participant.
    if len(present(account, room)) - (earlier is not None) >= room.max_participants:
        raise Refusal(
            53105,
            detail=f"{room.unique_name} has room for {room.max_participants}, and is full",
        )
    check_quota(account, earlier)


def _set_cut_off(account: Account, participant: Participant, *, is_cut_off: bool) -> Participant:
    if participant.is_cut_off is is_cut_off:
        return participant
    changed = account.change(
        participant, is_cut_off=is_cut_off, date_updated=participant.date_updated
    )
    account.signal("network-cut-off" if is_cut_off else "network-restored", changed)
    return account.now(changed)


def _add(account: Account, room: Room, identity: str, joining: Joining) -> Participant:
    now = account.clock.now
    return account.add(
        Participant,
        room_sid=room.sid,
        account_sid=room.account_sid,
        status=ParticipantStatus.CONNECTED,
        identity=identity,
        date_updated=now,
        start_time=now,
        subscribe_rules=rules.EVERYTHING if joining.automatic_subscription else rules.NOTHING,
        page=joining.page,
    )


def _publish(
    account: Account,
    room: Room,
    participant: Participant,
    joining: Joining,
    earlier: Participant | None,
) -> Iterator[PublishedTrack]:
    for new in joining.tracks:
        track = None
        with suppress(Refusal):
            track = published_tracks.add(account, room, participant, new, leaving=earlier)
        joining.on_track(track)
        if track is not None:
            yield track


def _limit_session(account: Account, room: Room, participant: Participant) -> None:
    account.set_timer(
        "session",
        participant,
        timedelta(seconds=room.max_participant_duration),
        partial(leave, error=53216),
        f"longest session of {participant.identity} in {room.unique_name}",
    )
