"""Published tracks: the audio, video and data tracks that participants send to the room."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from .._engine.account import Account
from .._engine.parameters import ValidText
from .._engine.records import Record, Selection, StrEnum, internal, struct
from .._engine.refusals import NOT_FOUND, SIGNALING_DISCONNECTED, Refusal
from . import rules


# A participant unpublishes their tracks; the type of a track names its parents. So this circle of
# imports exists for the type checker only.
if TYPE_CHECKING:
    from .participants import Participant
    from .rooms import Room


class TrackKind(StrEnum):
    """The kind of a track."""

    AUDIO = "audio"
    VIDEO = "video"
    DATA = "data"


@struct(kw_only=True, slots=True)
class PublishedTrack(Record):
    """A track that a participant publishes, at one moment."""

    sid_prefix: ClassVar[str] = "MT"
    indexed: ClassVar[tuple[str, ...]] = ("participant_sid", "room_sid")

    participant_sid: str
    room_sid: str
    name: str
    date_updated: datetime | None = None  # null in real samples until a change
    enabled: bool = True
    kind: TrackKind
    is_published: bool = internal(default=True)
    is_switched_off: bool = internal(default=False)
    priority: str = internal(default=rules.STANDARD_PRIORITY)


class NewTrack(NamedTuple):
    """A track that a participant joins with. It has the parameters of `publish`."""

    kind: TrackKind
    name: str | None = None
    enabled: bool = True
    priority: str = rules.STANDARD_PRIORITY


LONGEST_NAME: Final = 128


def publish(
    account: Account,
    room: Room,
    participant: Participant,
    kind: TrackKind,
    name: str | None,
    **others: Any,
) -> PublishedTrack:
    """Publish a track of *kind* for *participant*. The default *name* is a UUID.

    *others* are further fields of `NewTrack`.

    Raises:
        Refusal: the participant has left or lost the network (53001), the room allows no
            video (53125) or no more tracks (53203), or the name is empty (53301), too long
            (53302), unprintable (53303) or taken (53304).

    """
    track = add(account, room, participant, NewTrack(kind, name, **others))
    account.announce("track-added", track)
    return track


def add(
    account: Account,
    room: Room,
    participant: Participant,
    new: NewTrack,
    *,
    leaving: Participant | None = None,
) -> PublishedTrack:
    """Publish a track like `publish`, but without its event, which the caller announces.

    The tracks of *leaving*, whom *participant* replaces, do not count.

    Inferred: there is no event ``track-disabled`` for a track that is muted from the beginning.
    """
    _check(account, room, participant, new, leaving)
    return account.add(
        PublishedTrack,
        participant_sid=participant.sid,
        room_sid=room.sid,
        # The default of client SDKs for media tracks.
        name=account.random.uuid("track name") if new.name is None else new.name,
        kind=new.kind,
        enabled=new.enabled,
        priority=new.priority,
    )


def unpublish(account: Account, publisher: Participant, track: PublishedTrack) -> PublishedTrack:
    """Unpublish *track* because the client of *publisher* asks for it.

    If it is already unpublished, nothing happens.

    Raises:
        Refusal: the client has lost the network, so the server receives no request (53001).

    """
    if not track.is_published:
        return track
    _check_network(publisher)
    return remove(account, track)


def remove(account: Account, track: PublishedTrack) -> PublishedTrack:
    """Unpublish *track*, whose publisher stays in the room."""
    removed = account.change(track, is_published=False)
    account.announce("track-removed", removed)
    return removed


def end_all(account: Account, participant: Participant) -> None:
    """Unpublish all tracks of *participant*, who is leaving. There are no events.

    There is no event: in captured callbacks of 2023 and 2024, the SequenceNumber shows no gap
    where a participant left, was lost, or was the last one to leave.

    Inferred: no ``track-removed`` is sent if a participant is removed or replaced, or if the
    room is completed.
    """
    for track in of_participant(account, participant):
        account.change(track, is_published=False)


def enable(
    account: Account, publisher: Participant, track: PublishedTrack, *, enabled: bool
) -> PublishedTrack:
    """Enable (unmute) or disable (mute) *track* of *publisher*.

    If the track is already enabled or disabled, nothing happens.

    Raises:
        Refusal: the publisher has left or lost the network (53001), or has unpublished the
            track (53300).

    """
    _check_network(publisher)
    if not track.is_published:
        # Inferred: muting a track that was unpublished is refused with 53300. A client SDK ignores
        # it silently, but in a test it is a mistake.
        raise Refusal(53300, detail=f"the track {track.name!r} was unpublished")
    if track.enabled is enabled:
        return track
    changed = account.change(track, enabled=enabled)
    account.announce("track-enabled" if enabled else "track-disabled", changed)
    return changed


def prioritize(account: Account, track: PublishedTrack, priority: str) -> PublishedTrack:
    """Give *track* another priority, as the page of its publisher asks."""
    if track.priority == priority:
        return track
    changed = account.change(track, priority=priority, date_updated=track.date_updated)
    account.signal("track-priority-changed", changed)
    return changed


def switch(account: Account, track: PublishedTrack, *, off: bool) -> PublishedTrack:
    """Switch *track* off for its subscribers, as if bandwidth were short, or on again."""
    if track.is_switched_off is off:
        return track
    changed = account.change(track, is_switched_off=off, date_updated=track.date_updated)
    account.signal("track-switched-off" if off else "track-switched-on", changed)
    return changed


def of_participant(account: Account, participant: Participant) -> Selection[PublishedTrack]:
    """Return the tracks that *participant* publishes now."""
    return account.select(PublishedTrack, participant_sid=participant.sid, is_published=True)


def find(
    account: Account, _room: Room, participant: Participant, name_or_sid: str
) -> PublishedTrack:
    """Return the published track of *participant* with this SID or name."""
    for track in of_participant(account, participant):
        if name_or_sid in {track.sid, track.name}:
            return track
    raise Refusal(NOT_FOUND)


def list_all(account: Account, _room: Room, participant: Participant) -> Selection[PublishedTrack]:
    """Return the tracks that *participant* publishes now."""
    return of_participant(account, participant)


def _check_network(publisher: Participant) -> None:
    """Refuse a request of a client that has left or lost the network.

    Inferred: a participant who has left, or has no network, cannot publish, mute or unpublish
    (53001). A client SDK may instead keep the request until the network is back.
    """
    if publisher.status != "connected":
        detail = f"{publisher.identity} has left, or lost the network"
        raise Refusal(SIGNALING_DISCONNECTED, detail=detail)


def _check(
    account: Account,
    room: Room,
    participant: Participant,
    new: NewTrack,
    leaving: Participant | None,
) -> None:
    _check_network(participant)
    if room.audio_only and new.kind is TrackKind.VIDEO:
        raise Refusal(53125)
    most = room.max_concurrent_published_tracks
    if most and _count(account, room, leaving) >= most:  # 0 means "unconstrained"
        raise Refusal(53203)
    if new.name is not None:
        _check_name(new.name)
    if any(track.name == new.name for track in of_participant(account, participant)):
        raise Refusal(53304)


def _count(account: Account, room: Room, leaving: Participant | None) -> int:
    """Return the number of tracks in *room*, without those of *leaving*.

    Inferred: if somebody joins with the identity of a participant in the room, the tracks of the
    earlier participant do not count against the limit of tracks.
    """
    count = account.select(PublishedTrack, room_sid=room.sid, is_published=True).count()
    return count if leaving is None else count - of_participant(account, leaving).count()


def _check_name(name: str) -> None:
    # Inferred: an empty track name is "invalid" (53301). Control characters and lone surrogates
    # in a track name are "invalid characters" (53303), as in room names and in identities.
    if not name:
        raise Refusal(53301)
    if len(name) > LONGEST_NAME:
        raise Refusal(53302)
    if ValidText().complaint(name):
        raise Refusal(53303)
