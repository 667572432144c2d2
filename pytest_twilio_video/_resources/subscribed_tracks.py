"""Subscribed tracks: what participants hear and see of each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from .._engine.account import Account
from .._engine.parameters import Json, RefusedWith
from .._engine.records import Record, Selection, project, struct
from .._engine.refusals import Refusal
from . import rules
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .rooms import WITHOUT_MEDIA_SERVER, Room


# Subscribe rules: which tracks a participant gets, of those that others publish.


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


def fetch_rules(_account: Account, room: Room, participant: Participant) -> SubscribeRules:
    """Return the rules of *participant*: where none were given, everything is included."""
    return SubscribeRules(
        participant_sid=participant.sid,
        room_sid=room.sid,
        rules=[rule.document(nulls=True) for rule in participant.subscribe_rules],
    )


def update_rules(
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
    return fetch_rules(account, room, changed)


@struct(kw_only=True, slots=True)
class SubscribedTrack(Record):
    """A published track, as one who is subscribed to it sees it.

    Inferred: it bears the SID and the dates of the published track.
    """

    sid_prefix: ClassVar[str] = "MT"

    participant_sid: str
    """The subscriber."""
    publisher_sid: str
    room_sid: str
    name: str
    date_updated: datetime | None
    enabled: bool
    kind: TrackKind


def find(account: Account, _room: Room, participant: Participant, sid: str) -> SubscribedTrack:
    """Return a track that *participant* is subscribed to, by its SID alone."""
    track = account.get(PublishedTrack, sid)
    if track is None or not _gets(account, participant, track):
        raise Refusal(20404)
    return _seen_by(participant, track)


def fetch(
    _account: Account, _room: Room, _participant: Participant, track: SubscribedTrack
) -> SubscribedTrack:
    """Return *track*."""
    return track


def list_all(account: Account, room: Room, participant: Participant) -> Selection[SubscribedTrack]:
    """Return what *participant* is subscribed to at the moment, by the rules that hold now."""
    published = account.select(PublishedTrack, room_sid=room.sid, is_published=True)
    subscribed = published.where(lambda track: _gets(account, participant, track))
    return subscribed.map(lambda track: _seen_by(participant, track))


def _gets(account: Account, participant: Participant, track: PublishedTrack) -> bool:
    if participant.end_time is not None or not track.is_published:
        return False
    if track.room_sid != participant.room_sid or track.participant_sid == participant.sid:
        return False
    publisher = account.table(Participant)[track.participant_sid]
    return rules.chosen(
        participant.subscribe_rules,
        (publisher.sid, publisher.identity),
        (track.sid, track.name),
        track.kind,
    )


def _seen_by(participant: Participant, track: PublishedTrack) -> SubscribedTrack:
    return project(
        SubscribedTrack,
        track,
        participant_sid=participant.sid,
        publisher_sid=track.participant_sid,
    )
