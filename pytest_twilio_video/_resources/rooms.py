"""Rooms: where participants meet."""

from __future__ import annotations

import re

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Between, Json, OneOf, RefusedWith, Required, UpTo, Url, ValidText
from .._engine.records import Record, Selection, StrEnum, created_between, internal, struct
from .._engine.refusals import Refusal
from . import participants, rules, transcription_configuration


__all__ = ["cancel_empty_timeout", "cancel_timeouts", "start_empty_timeout", "start_timeouts"]


class RoomStatus(StrEnum):
    """What a room can be. Nothing documents how one would become ``failed``."""

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    FAILED = "failed"


class RoomType(StrEnum):
    """The kinds of rooms. All but ``group`` are kept for older accounts."""

    GROUP = "group"
    GO = "go"
    PEER_TO_PEER = "peer-to-peer"
    GROUP_SMALL = "group-small"


@struct(kw_only=True, slots=True)
class Room(Record):
    """A room, as it is at one moment."""

    sid_prefix: ClassVar[str] = "RM"
    indexed: ClassVar[tuple[str, ...]] = ("status", "unique_name")

    status: RoomStatus
    date_updated: datetime
    account_sid: str
    enable_turn: bool = True
    unique_name: str
    status_callback: str | None
    status_callback_method: str
    end_time: datetime | None = None
    duration: int | None = None
    type: RoomType
    max_participants: int
    max_participant_duration: int
    max_concurrent_published_tracks: int
    record_participants_on_connect: bool
    video_codecs: tuple[str, ...]
    media_region: str | None
    audio_only: bool
    empty_room_timeout: int
    unused_room_timeout: int
    large_room: bool
    recording_rules: tuple[rules.Rule, ...] = internal()
    recording_rules_updated: datetime = internal()
    is_ad_hoc: bool = internal(default=False)
    created_by: str = internal(default="api")
    transcribe_participants_on_connect: bool = internal(default=False)
    transcriptions_configuration: dict[str, str] = internal(default_factory=dict)


# The regions of Twilio's Insights description; gll is the nearest.
REGIONS: Final = ("au1", "br1", "de1", "ie1", "in1", "jp1", "sg1", "us1", "us2", "gll")


@struct(kw_only=True)
class CreateRoom:
    """What may be said when a room is asked for. Timeouts are in minutes, durations in seconds."""

    # Inferred: a name with control characters is one with "invalid characters".
    unique_name: Annotated[str | None, ValidText(), RefusedWith(53102)] = None
    type: Annotated[RoomType, RefusedWith(53108)] = RoomType.GROUP
    enable_turn: bool = True  # deprecated, and always considered to be true
    status_callback: Annotated[str | None, Url(1024), RefusedWith(53111)] = None
    status_callback_method: Annotated[str, OneOf(("GET", "POST")), RefusedWith(53110)] = "POST"
    max_participants: Annotated[int | None, Between(1, 50), RefusedWith(53107)] = None
    record_participants_on_connect: bool = False
    recording_rules: Annotated[Any, Json(), RefusedWith(53120)] = None
    transcribe_participants_on_connect: bool = False
    transcriptions_configuration: Annotated[Any, Json()] = None
    # Both, in the order of the documentation's sample of 2025; older samples show VP8 alone.
    video_codecs: Annotated[list[str] | None, OneOf(("VP8", "H264"))] = None
    # Inferred: us1, as in that sample; an account's own default is set in the Console.
    media_region: Annotated[str, OneOf(REGIONS), RefusedWith(53115)] = "us1"
    audio_only: bool = False
    # The page gives no minimum; 600 is in the error dictionary, and was seen to be kept.
    max_participant_duration: Annotated[int, Between(600, 86400), RefusedWith(53123)] = 14400
    empty_room_timeout: Annotated[int, Between(1, 60), RefusedWith(53109)] = 5
    unused_room_timeout: Annotated[int, Between(1, 60), RefusedWith(53109)] = 5
    large_room: bool = False


@struct(kw_only=True)
class UpdateRoom:
    """All that can be changed of a room: that it is over."""

    status: Annotated[
        str, Required(), OneOf((RoomStatus.COMPLETED.value,)), RefusedWith(53112)
    ] = ""


@struct(kw_only=True)
class ListRooms:
    """Which rooms are wanted: those in progress, where nothing else is said."""

    # Inferred: a list refuses a status that is none with the same code as an update does.
    status: Annotated[RoomStatus, RefusedWith(53112)] = RoomStatus.IN_PROGRESS
    unique_name: Annotated[str | None, UpTo(128)] = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


LIFECYCLE: Final = Lifecycle(
    Step(RoomStatus.IN_PROGRESS, RoomStatus.COMPLETED, "room-ended"),
    otherwise=53112,
)

# Twilio's limits page, in its older vintages for the types that are no longer offered.
MOST_PARTICIPANTS: Final = {
    RoomType.GROUP: 50,
    RoomType.GROUP_SMALL: 4,
    RoomType.PEER_TO_PEER: 10,
    RoomType.GO: 2,
}
# Media go from client to client there: Twilio can neither record them nor choose among them.
# Inferred: that this holds for go as well, which is told only of peer-to-peer.
WITHOUT_MEDIA_SERVER: Final = {RoomType.PEER_TO_PEER, RoomType.GO}


def create(account: Account, params: CreateRoom, **internal_fields: Any) -> Room:
    """Open a room."""
    _check_name(account, params.unique_name)
    _check_type(params)
    _check_quota(account)
    room = account.add(Room, **_fields(account, params), **internal_fields)
    account.announce("room-created", room)
    return room


def find(account: Account, name_or_sid: str) -> Room:
    """Return a room: by its SID always, by its name while it is in progress."""
    room = account.get(Room, name_or_sid) or find_open(account, name_or_sid)
    if room is None:
        raise Refusal(20404)
    return room


def find_by_sid(account: Account, sid: str) -> Room:
    """Return a room: by its SID alone."""
    room = account.get(Room, sid)
    if room is None:
        raise Refusal(20404)
    return room


def find_open(account: Account, name: str) -> Room | None:
    """Return the room in progress of that *name*, of which there is at most one."""
    return account.select(Room, unique_name=name, status=RoomStatus.IN_PROGRESS).first()


def fetch(_account: Account, room: Room) -> Room:
    """Return *room*, in whatever status."""
    return room


def list_all(account: Account, params: ListRooms) -> Selection[Room]:
    """Return the rooms that *params* ask for."""
    named = {} if params.unique_name is None else {"unique_name": params.unique_name}
    selection = account.select(Room, status=params.status, **named)
    return created_between(selection, params.date_created_after, params.date_created_before)


def update(account: Account, room: Room, _params: UpdateRoom) -> Room:
    """End *room* at once, as nothing else can be changed.

    Inferred: a room that is over already is refused with 53112, as the error
    dictionary has it; its 53118 is said to participants and to writes below the room.
    """
    if room.status is not RoomStatus.IN_PROGRESS:
        raise Refusal(53112)
    return end(account, room)


def end(account: Account, room: Room) -> Room:
    """Send everybody home, and close *room*.

    Inferred: the participants' events come before the room's own. Twilio says of
    neither order that it is kept.
    """
    participants.dismiss_all(account, room, 53118)
    room = account.now(room)
    if room.status is not RoomStatus.IN_PROGRESS:
        return room  # an ad-hoc room ended with the last who left
    now = account.clock.now
    # Whole seconds, the rest cut off, as in a real answer whose end - start was rounded up.
    duration = int((now - room.date_created).total_seconds())
    return LIFECYCLE.move(account, room, RoomStatus.COMPLETED, end_time=now, duration=duration)


def _fields(account: Account, params: CreateRoom) -> dict[str, Any]:
    """Return the fields of a new room: what was said, and what holds where nothing was."""
    default_rules = rules.EVERYTHING if params.record_participants_on_connect else rules.NOTHING
    recording_rules = (
        default_rules
        if params.recording_rules is None
        else rules.for_recording(params.recording_rules)
    )
    configuration = transcription_configuration.read(
        params.transcriptions_configuration, "TranscriptionsConfiguration"
    )
    # Drawn when nothing can be refused any more, so that a refusal moves no later SID.
    sid = account.random.new(Room.sid_prefix)
    return vars(params) | {
        "sid": sid,
        "status": RoomStatus.IN_PROGRESS,
        "date_updated": account.clock.now,
        "enable_turn": True,
        "unique_name": params.unique_name or sid,
        "max_participants": params.max_participants or MOST_PARTICIPANTS[params.type],
        "max_concurrent_published_tracks": _most_tracks(params),
        "video_codecs": _codecs(params),
        "recording_rules": recording_rules,
        "recording_rules_updated": account.clock.now,
        "transcriptions_configuration": configuration,
    }


def _most_tracks(params: CreateRoom) -> int:
    # 0 is "unconstrained"; 16 was for the large rooms of former years.
    if params.type in WITHOUT_MEDIA_SERVER:
        return 0
    return 16 if params.large_room else 170


def _codecs(params: CreateRoom) -> tuple[str, ...]:
    if params.audio_only:
        return ()
    return tuple(params.video_codecs or ("VP8", "H264"))


_LIKE_A_SID: Final = re.compile("RM[0-9a-fA-F]{32}")


def _check_name(account: Account, name: str | None) -> None:
    if name is None:
        return
    if len(name) > 128:  # noqa: PLR2004 -- characters, by Twilio's limits page
        raise Refusal(53101, detail=f"unique_name has {len(name)} characters, not up to 128")
    # Inferred: a name that could be taken for a SID, or for nothing, is "invalid".
    if _LIKE_A_SID.fullmatch(name) or not name.strip():
        raise Refusal(53100, detail=f"unique_name is blank, or could be a SID: {name!r}")
    if find_open(account, name):
        raise Refusal(53113)


def _check_type(params: CreateRoom) -> None:
    """Refuse what the type of the room does not go with."""
    of_type = f"a room of type {params.type}"
    most = MOST_PARTICIPANTS[params.type]
    if (params.max_participants or 1) > most:
        detail = f"{of_type} takes up to {most} participants, not {params.max_participants}"
        raise Refusal(53107, detail=detail)
    if params.audio_only and params.type is not RoomType.GROUP:
        raise Refusal(53124, detail=f"{of_type} cannot be audio_only")
    records = params.record_participants_on_connect or params.recording_rules is not None
    if records and params.type in WITHOUT_MEDIA_SERVER:
        raise Refusal(53122, detail=f"{of_type} cannot be recorded: its media pass no server")


def _check_quota(account: Account) -> None:
    most = account.limits.get("rooms")
    if most is not None and account.select(Room, status=RoomStatus.IN_PROGRESS).count() >= most:
        raise Refusal(53119)


# Room timeouts: when rooms end by themselves.


LONGEST: Final = timedelta(hours=24)

_WORDS: Final = {
    "unused": "unused room timeout",
    "empty": "empty room timeout",
    "longest": "24-hour limit",
}


def start_timeouts(account: Account, room: Room) -> None:
    """Begin to wait for the first participant, and for the longest that a room may last."""
    if not room.is_ad_hoc:
        _set(account, room, "unused", timedelta(minutes=room.unused_room_timeout))
    _set(account, room, "longest", LONGEST)


def cancel_empty_timeout(account: Account, participant: participants.Participant) -> None:
    """Forget the timeouts of a room that somebody is in."""
    account.cancel_timer("unused", participant.room_sid)
    account.cancel_timer("empty", participant.room_sid)


def start_empty_timeout(account: Account, participant: participants.Participant) -> None:
    """Close a room that everybody has left: after a while, or at once if it is ad-hoc."""
    room = account.get(Room, participant.room_sid)
    if room is None or room.status is not RoomStatus.IN_PROGRESS:
        return
    if participants.present(account, room):
        return
    if room.is_ad_hoc:
        end(account, room)
    else:
        _set(account, room, "empty", timedelta(minutes=room.empty_room_timeout))


def cancel_timeouts(account: Account, room: Room) -> None:
    """Forget the timeouts of a room that is over."""
    for purpose in _WORDS:
        account.cancel_timer(purpose, room.sid)


def _set(account: Account, room: Room, purpose: str, delay: timedelta) -> None:
    what = f"{_WORDS[purpose]} of {room.unique_name}"
    account.set_timer(purpose, room, delay, end, what)
