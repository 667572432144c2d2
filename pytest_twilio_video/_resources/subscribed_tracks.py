"""Subscribed tracks: which published tracks a participant receives, and the subscribe rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from .._engine.account import Account
from .._engine.parameters import Json, RefusedWith
from .._engine.records import Record, Selection, project, struct
from .._engine.refusals import (
    INVALID_SUBSCRIBE_RULES,
    NOT_FOUND,
    PARTICIPANT_NOT_FOUND,
    ROOM_COMPLETED,
    Refusal,
)
from . import rules
from .participants import Participant
from .published_tracks import PublishedTrack, TrackKind
from .rooms import WITHOUT_MEDIA_SERVER, Room


@struct(kw_only=True, slots=True)
class SubscribedTrack(Record):
    """A published track, in the form that a subscriber sees.

    It has the SID of the published track, as in the SDK's tests.

    Inferred: a subscribed track has the dates of the published track.
    """

    sid_prefix: ClassVar[str] = "MT"

    participant_sid: str
    """The SID of the subscriber."""
    publisher_sid: str
    room_sid: str
    name: str
    date_updated: datetime | None
    enabled: bool
    kind: TrackKind


@struct(kw_only=True, slots=True)
class SubscribeRules:
    """The subscribe rules of a participant. Responses show all filters, but no dates."""

    participant_sid: str
    room_sid: str
    rules: list[dict[str, Any]]
    date_created: None = None
    date_updated: None = None


@struct(kw_only=True)
class UpdateSubscribeRules:
    """The parameters of an update: the new rules, which replace all current rules."""

    rules: Annotated[Any, Json(), RefusedWith(INVALID_SUBSCRIBE_RULES)] = None


def find(account: Account, _room: Room, participant: Participant, sid: str) -> SubscribedTrack:
    """Return the track with this SID, to which *participant* must be subscribed."""
    track = account.get(PublishedTrack, sid)
    if track is None or not is_subscribed(account, participant, track):
        raise Refusal(NOT_FOUND)
    return _as_seen_by(participant, track)


def list_all(account: Account, room: Room, participant: Participant) -> Selection[SubscribedTrack]:
    """Return the tracks to which *participant* is subscribed by the current rules."""
    published = account.select(PublishedTrack, room_sid=room.sid, is_published=True)
    subscribed = published.where(lambda track: is_subscribed(account, participant, track))
    return subscribed.map(lambda track: _as_seen_by(participant, track))


def is_subscribed(account: Account, participant: Participant, track: PublishedTrack) -> bool:
    """Return whether *participant* receives *track* now, by their rules."""
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
        track.priority,
    )


def fetch_rules(_account: Account, room: Room, participant: Participant) -> SubscribeRules:
    """Return the rules of *participant*. By default, they include all tracks."""
    return SubscribeRules(
        participant_sid=participant.sid,
        room_sid=room.sid,
        rules=[rule.document(nulls=True) for rule in participant.subscribe_rules],
    )


def update_rules(
    account: Account, room: Room, participant: Participant, params: UpdateSubscribeRules
) -> SubscribeRules:
    """Replace the rules of *participant*.

    Inferred: subscribe rules of a participant who has left are refused as "not found" (53204).
    """
    if room.end_time is not None:
        raise Refusal(ROOM_COMPLETED)
    if room.type in WITHOUT_MEDIA_SERVER:
        raise Refusal(53117)
    if participant.end_time is not None:
        raise Refusal(PARTICIPANT_NOT_FOUND)
    changed = account.change(
        participant,
        subscribe_rules=rules.for_subscription(params.rules),
        # Inferred: new subscribe rules do not change the ``date_updated`` of the participant.
        date_updated=participant.date_updated,
    )
    account.signal("subscribe-rules-changed", changed)
    return fetch_rules(account, room, changed)


def _as_seen_by(participant: Participant, track: PublishedTrack) -> SubscribedTrack:
    return project(
        SubscribedTrack,
        track,
        participant_sid=participant.sid,
        publisher_sid=track.participant_sid,
    )
