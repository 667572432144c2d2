"""Rooms: where participants meet. It includes the timeouts that end a room."""

from __future__ import annotations

import re

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step, whole_seconds
from .._engine.parameters import (
    Between,
    Json,
    OneOf,
    RefusedWith,
    Required,
    UpTo,
    Url,
    ValidText,
    build,
    enum_values,
    sid_pattern,
)
from .._engine.records import Record, Selection, StrEnum, created_between, internal, struct
from .._engine.refusals import (
    INVALID_MAX_PARTICIPANTS,
    INVALID_RECORDING_RULES,
    INVALID_ROOM_STATUS,
    NOT_FOUND,
    RECORDING_NOT_SUPPORTED,
    ROOM_COMPLETED,
    Refusal,
)
from ..errors import LegacyRoomTypeWarning
from . import participants, rules, transcription_configuration


# participants.py imports this module for type checking only, because this module imports it.


class RoomStatus(StrEnum):
    """The status of a room. Twilio does not document how a room becomes ``failed``."""

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    FAILED = "failed"


class RoomType(StrEnum):
    """The type of a room. All types except ``group`` exist for older accounts only."""

    GROUP = "group"
    GO = "go"
    PEER_TO_PEER = "peer-to-peer"
    GROUP_SMALL = "group-small"


@struct(kw_only=True, slots=True)
class Room(Record):
    """A room at one moment."""

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
    video_codecs: tuple[str, ...] | None
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
    dominant_speaker_sid: str | None = internal(default=None)


# The regions of Twilio's Insights description; gll is the nearest.
REGIONS: Final = ("au1", "br1", "de1", "ie1", "in1", "jp1", "sg1", "us1", "us2", "gll")


@struct(kw_only=True)
class CreateRoom:
    """The parameters of a new room. Timeouts are in minutes, durations in seconds."""

    # Inferred: a room name with control characters has "invalid characters" (53102).
    unique_name: Annotated[str | None, ValidText(), RefusedWith(53102)] = None
    type: Annotated[RoomType, RefusedWith(53108)] = RoomType.GROUP
    enable_turn: bool = True  # deprecated, and always considered to be true
    status_callback: Annotated[str | None, Url(1024), RefusedWith(53111)] = None
    status_callback_method: Annotated[str, OneOf(("GET", "POST")), RefusedWith(53110)] = "POST"
    max_participants: Annotated[
        int | None, Between(1, 50), RefusedWith(INVALID_MAX_PARTICIPANTS)
    ] = None
    record_participants_on_connect: bool = False
    recording_rules: Annotated[Any, Json(), RefusedWith(INVALID_RECORDING_RULES)] = None
    transcribe_participants_on_connect: bool = False
    transcriptions_configuration: Annotated[Any, Json()] = None
    # Both, in the order of the documentation's sample of 2025; older samples show VP8 alone.
    video_codecs: Annotated[list[str] | None, OneOf(("VP8", "H264"))] = None
    # As in that sample; an account's own default is set in the Console: see `with_defaults`.
    media_region: Annotated[str, OneOf(REGIONS), RefusedWith(53115)] = "us1"
    audio_only: bool = False
    # The page gives no minimum. The error dictionary has 600, and it was seen to be enforced.
    max_participant_duration: Annotated[int, Between(600, 86400), RefusedWith(53123)] = 14400
    empty_room_timeout: Annotated[int, Between(1, 60), RefusedWith(53109)] = 5
    unused_room_timeout: Annotated[int, Between(1, 60), RefusedWith(53109)] = 5
    large_room: bool = False


@struct(kw_only=True)
class UpdateRoom:
    """The parameters of an update. The only possible update completes the room."""

    status: Annotated[
        str, Required(), OneOf((RoomStatus.COMPLETED.value,)), RefusedWith(INVALID_ROOM_STATUS)
    ] = ""


@struct(kw_only=True)
class ListRooms:
    """The filters of a list of rooms. By default, rooms in progress are listed."""

    # Inferred: a list of rooms refuses an invalid status with the code of an update (53112).
    status: Annotated[RoomStatus, RefusedWith(INVALID_ROOM_STATUS)] = RoomStatus.IN_PROGRESS
    unique_name: Annotated[str | None, UpTo(128)] = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None


LIFECYCLE: Final = Lifecycle(
    Step(RoomStatus.IN_PROGRESS, RoomStatus.COMPLETED, "room-ended"),
    otherwise=INVALID_ROOM_STATUS,
)

# Source: Twilio's limits page; for types that Twilio no longer offers, older versions of the page.
MOST_PARTICIPANTS: Final = {
    RoomType.GROUP: 50,
    RoomType.GROUP_SMALL: 4,
    RoomType.PEER_TO_PEER: 10,
    RoomType.GO: 2,
}
# Media pass from client to client: Twilio can neither record them nor select among them.
WITHOUT_MEDIA_SERVER: Final = {RoomType.PEER_TO_PEER, RoomType.GO}

LONGEST: Final = timedelta(hours=24)
"""How long a room lasts at most."""

_LEGACY: Final = (
    "the room {0.unique_name} has the type {0.type!s}, but accounts that began after 2024-10-21 "
    "have group rooms only (53126). Set legacy_room_types='refuse' to test such an account, or "
    "'allow' for an older one"
)

_SID: Final = re.compile(sid_pattern(Room.sid_prefix))

# The purposes of the timers that end a room, each with its description.
_TIMEOUTS: Final = {
    "unused": "unused room timeout",
    "empty": "empty room timeout",
    "longest": "24-hour limit",
}


def create(
    account: Account, params: CreateRoom, *, is_ad_hoc: bool = False, **internal_fields: Any
) -> Room:
    """Create a room, which is in progress, and return it.

    If *is_ad_hoc* is true, the room ends as soon as its last participant leaves: its timeout is
    0, unless Twilio's Console has another default.
    """
    _check_name(account, params.unique_name)
    recording_rules, configuration = check(params)
    _check_legacy_type(account, params.type)
    _check_quota(account)
    fields = _new_fields(account, params, recording_rules, configuration) | internal_fields
    if is_ad_hoc:
        timeout = account.console.get("room_defaults", {}).get("empty_room_timeout") or 0
        fields |= {"is_ad_hoc": True, "empty_room_timeout": timeout}
    room = account.add(Room, **fields)
    account.announce("room-created", room)
    if room.type is not RoomType.GROUP and account.console.get("legacy_room_types") == "warn":
        account.warn(LegacyRoomTypeWarning(_LEGACY.format(room)))
    return room


def with_defaults(account: Account, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values*, the parameters of a new room, with the defaults from Twilio's Console.

    A default that the type of the room does not allow is left out, and so are default recording
    rules if *values* say whether to record.

    Inferred: the two timeouts in ``room_defaults`` do not apply to rooms created over REST, since
    Twilio documents no default of the Console for these.
    """
    defaults = {
        name: default
        for name, default in account.console.get("room_defaults", {}).items()
        if name not in {"empty_room_timeout", "unused_room_timeout"}
    }
    room_type = values.get("type") or defaults.get("type") or RoomType.GROUP
    if room_type not in enum_values(RoomType):
        return dict(values)  # It is refused.
    if values.get("record_participants_on_connect") is not None:
        defaults.pop("recording_rules", None)
    if room_type in WITHOUT_MEDIA_SERVER:
        defaults.pop("record_participants_on_connect", None)
        defaults.pop("recording_rules", None)
    if room_type != RoomType.GROUP:
        defaults.pop("audio_only", None)
    if (defaults.get("max_participants") or 1) > MOST_PARTICIPANTS[room_type]:
        del defaults["max_participants"]
    return defaults | {name: value for name, value in values.items() if value is not None}


def create_ad_hoc(account: Account, name: str | None) -> Room:
    """Create a room because a participant joins it, with the defaults from Twilio's Console."""
    defaults = account.console.get("room_defaults", {})
    params = build(CreateRoom, {**defaults, "unique_name": name})
    return create(account, params, is_ad_hoc=True, created_by="sdk")


def check(params: CreateRoom) -> tuple[tuple[rules.Rule, ...], dict[str, str]]:
    """Refuse parameters that exclude each other, and parameters with invalid JSON.

    Return what the JSON says: the recording rules and the transcription configuration.
    """
    _check_type(params)
    return _read_json(params)


def look_up(account: Account, name_or_sid: str) -> Room | None:
    """Return a room by its SID, or by its name while it is in progress. Otherwise, `None`."""
    return account.get(Room, name_or_sid) or find_open(account, name_or_sid)


def find(account: Account, name_or_sid: str) -> Room:
    """Return a room like `look_up`, but raise a refusal if there is none."""
    room = look_up(account, name_or_sid)
    if room is None:
        raise Refusal(NOT_FOUND)
    return room


def find_by_sid(account: Account, sid: str) -> Room:
    """Return the room with this SID. Names are not looked up."""
    room = account.get(Room, sid)
    if room is None:
        raise Refusal(NOT_FOUND)
    return room


def find_open(account: Account, name: str) -> Room | None:
    """Return the room in progress with this *name*, or `None`. There is at most one."""
    return account.select(Room, unique_name=name, status=RoomStatus.IN_PROGRESS).first()


def list_all(account: Account, params: ListRooms) -> Selection[Room]:
    """Return the rooms that match *params*."""
    named = {} if params.unique_name is None else {"unique_name": params.unique_name}
    selection = account.select(Room, status=params.status, **named)
    return created_between(selection, params.date_created_after, params.date_created_before)


def update(account: Account, room: Room, _params: UpdateRoom) -> Room:
    """Complete *room*, the only change of a room that is possible.

    By Twilio's page on 53112, the code also means that "the room is not in-progress".
    """
    if room.status is not RoomStatus.IN_PROGRESS:
        raise Refusal(INVALID_ROOM_STATUS)
    return end(account, room)


def end(account: Account, room: Room) -> Room:
    """Disconnect all participants of *room*, and complete it.

    Inferred: when a room ends, the events of its participants come before its own. Twilio
    guarantees no order.
    """
    participants.remove_all(account, room, ROOM_COMPLETED)
    room = account.now(room)
    if room.status is not RoomStatus.IN_PROGRESS:
        return room  # an ad-hoc room ended when the last participant left
    now = account.clock.now
    # In a real answer, end_time - date_created was one more.
    duration = whole_seconds(room.date_created, now)
    return LIFECYCLE.move(account, room, RoomStatus.COMPLETED, end_time=now, duration=duration)


def set_dominant_speaker(
    account: Account, room: Room, speaker: participants.Participant | None
) -> Room:
    """Make *speaker* the dominant speaker of *room*. A speaker who has left counts as `None`."""
    sid = speaker.sid if speaker is not None and speaker.end_time is None else None
    if room.dominant_speaker_sid == sid:
        return room
    changed = account.change(room, dominant_speaker_sid=sid, date_updated=room.date_updated)
    account.signal("dominant-speaker-changed", changed)
    return changed


def forget_dominant_speaker(account: Account, participant: participants.Participant) -> None:
    """Clear the dominant speaker of the room if it was *participant*, who has left."""
    room = account.get(Room, participant.room_sid)
    if room is not None and room.dominant_speaker_sid == participant.sid:
        set_dominant_speaker(account, room, None)


def start_timeouts(account: Account, room: Room) -> None:
    """Start the two timeouts of a new room: until somebody joins, and until its latest end."""
    _set_timeout(account, room, "unused", timedelta(minutes=room.unused_room_timeout))
    _set_timeout(account, room, "longest", LONGEST)


def cancel_empty_timeout(account: Account, participant: participants.Participant) -> None:
    """Cancel the timeouts of an empty room, because *participant* has joined it."""
    account.cancel_timer("unused", participant.room_sid)
    account.cancel_timer("empty", participant.room_sid)


def start_empty_timeout(account: Account, participant: participants.Participant) -> None:
    """If the room is empty now, end it after its timeout. If the timeout is 0, end it now."""
    room = account.get(Room, participant.room_sid)
    if room is None or room.status is not RoomStatus.IN_PROGRESS:
        return
    if participants.present(account, room):
        return
    if room.empty_room_timeout == 0:
        end(account, room)
    else:
        _set_timeout(account, room, "empty", timedelta(minutes=room.empty_room_timeout))


def cancel_timeouts(account: Account, room: Room) -> None:
    """Cancel the timeouts of a room that has ended."""
    for purpose in _TIMEOUTS:
        account.cancel_timer(purpose, room.sid)


def _new_fields(
    account: Account,
    params: CreateRoom,
    recording_rules: tuple[rules.Rule, ...],
    configuration: dict[str, str],
) -> dict[str, Any]:
    """Return the fields of a new room, from its parameters and the default values."""
    has_server = params.type not in WITHOUT_MEDIA_SERVER
    # Generated after all checks, so that a refusal does not change later SIDs.
    sid = account.random.sid(Room.sid_prefix)
    return vars(params) | {
        "sid": sid,
        "status": RoomStatus.IN_PROGRESS,
        "date_updated": account.clock.now,
        "enable_turn": True,
        "unique_name": params.unique_name or sid,
        "max_participants": params.max_participants or MOST_PARTICIPANTS[params.type],
        "max_concurrent_published_tracks": _max_tracks(params),
        # Null for peer-to-peer, in an output of 2020.
        # Inferred: ``go`` rooms show no codecs and no region, like ``peer-to-peer`` rooms.
        "video_codecs": _codecs(params) if has_server else None,
        "media_region": params.media_region if has_server else None,
        "recording_rules": recording_rules,
        "recording_rules_updated": account.clock.now,
        "transcriptions_configuration": configuration,
    }


def _read_json(params: CreateRoom) -> tuple[tuple[rules.Rule, ...], dict[str, str]]:
    """Return the recording rules and the transcription configuration from the JSON in *params*."""
    default_rules = rules.EVERYTHING if params.record_participants_on_connect else rules.NOTHING
    recording_rules = (
        default_rules
        if params.recording_rules is None
        else rules.for_recording(params.recording_rules)
    )
    configuration = transcription_configuration.read(
        params.transcriptions_configuration, "TranscriptionsConfiguration"
    )
    return recording_rules, configuration


def _max_tracks(params: CreateRoom) -> int:
    # 0 means "unconstrained". Large rooms had 16 while Twilio offered them.
    if params.type in WITHOUT_MEDIA_SERVER:
        return 0
    return 16 if params.large_room else 170


def _codecs(params: CreateRoom) -> tuple[str, ...]:
    if params.audio_only:
        return ()
    return tuple(params.video_codecs or ("VP8", "H264"))


def _check_name(account: Account, name: str | None) -> None:
    if name is None:
        return
    if len(name) > 128:  # noqa: PLR2004 -- characters, by Twilio's limits page
        raise Refusal(
            53101, detail=f"unique_name has {len(name)} characters, but may have up to 128"
        )
    # Inferred: a room name that is blank, or looks like the SID of a room, is "invalid" (53100).
    if _SID.fullmatch(name) or not name.strip():
        raise Refusal(
            53100, detail=f"unique_name is {name!r}, but must not be blank or look like a SID"
        )
    if find_open(account, name):
        raise Refusal(53113)


def _check_type(params: CreateRoom) -> None:
    """Refuse parameters that the type of the room does not allow."""
    of_type = f"a room of type {params.type}"
    most = MOST_PARTICIPANTS[params.type]
    if (params.max_participants or 1) > most:
        detail = f"{of_type} takes up to {most} participants, not {params.max_participants}"
        raise Refusal(INVALID_MAX_PARTICIPANTS, detail=detail)
    if params.audio_only and params.type is not RoomType.GROUP:
        raise Refusal(53124, detail=f"{of_type} cannot be audio_only")
    records = params.record_participants_on_connect or params.recording_rules is not None
    if records and params.type in WITHOUT_MEDIA_SERVER:
        detail = f"{of_type} cannot be recorded, because its media do not pass through a server"
        raise Refusal(RECORDING_NOT_SUPPORTED, detail=detail)


def _check_legacy_type(account: Account, room_type: RoomType) -> None:
    if room_type is not RoomType.GROUP and account.console.get("legacy_room_types") == "refuse":
        raise Refusal(53126)


def _check_quota(account: Account) -> None:
    most = account.limits.get("rooms")
    if most is not None and account.select(Room, status=RoomStatus.IN_PROGRESS).count() >= most:
        raise Refusal(53119)


def _set_timeout(account: Account, room: Room, purpose: str, delay: timedelta) -> None:
    what = f"{_TIMEOUTS[purpose]} of {room.unique_name}"
    account.set_timer(purpose, room, delay, end, what)
