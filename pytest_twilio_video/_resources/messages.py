"""Messages: the data that participants send over data tracks."""

from __future__ import annotations

from typing import ClassVar

from .._engine.account import Account
from .._engine.records import Record, Selection, internal, struct
from .._engine.refusals import SIGNALING_DISCONNECTED, Refusal
from . import participants, subscribed_tracks
from .participants import Participant, ParticipantStatus
from .published_tracks import PublishedTrack
from .rooms import Room


@struct(kw_only=True, slots=True)
class Message(Record):
    """A message that was sent over a data track, and the participants who receive it."""

    sid_prefix: ClassVar[str] = "message_"
    indexed: ClassVar[tuple[str, ...]] = ("room_sid",)

    room_sid: str
    participant_sid: str
    track_sid: str
    receiver_sids: tuple[str, ...]
    data: str | bytes = internal()


def send(
    account: Account, sender: Participant, track: PublishedTrack, data: str | bytes
) -> Message:
    """Send *data* over the data track *track* of *sender* to everybody subscribed to it.

    Inferred: a message of a data track never reaches a participant who has lost the network.

    Raises:
        Refusal: the sender has left or lost the network (53001), or the track is no longer
            published (53300).

    """
    if sender.status is not ParticipantStatus.CONNECTED:
        detail = f"{sender.identity} has left, or lost the network"
        raise Refusal(SIGNALING_DISCONNECTED, detail=detail)
    if not track.is_published:
        raise Refusal(53300, detail=f"the track {track.name!r} was unpublished")
    room = account.table(Room)[track.room_sid]
    receivers = [
        participant.sid
        for participant in participants.present(account, room)
        if participant.status is ParticipantStatus.CONNECTED
        and subscribed_tracks.is_subscribed(account, participant, track)
    ]
    message = account.add(
        Message,
        room_sid=room.sid,
        participant_sid=sender.sid,
        track_sid=track.sid,
        receiver_sids=tuple(receivers),
        data=data,
    )
    account.signal("message-sent", message)
    return message


def received_by(account: Account, participant: Participant) -> Selection[Message]:
    """Return the messages that *participant* has received, the oldest first."""
    of_room = account.select(Message, room_sid=participant.room_sid)
    return of_room.where(lambda message: participant.sid in message.receiver_sids)
