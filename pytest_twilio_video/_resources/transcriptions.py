"""Transcriptions: what is said in a room, in writing. A room has one at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Json, OneOf
from .._engine.records import Record, Selection, StrEnum, internal, struct
from .._engine.refusals import Refusal
from . import participants, transcription_configuration
from .rooms import Room, RoomStatus


class TranscriptionStatus(StrEnum):
    """Whether speech is transcribed. Nothing leads back from ``failed``."""

    STARTED = "started"
    STOPPED = "stopped"
    FAILED = "failed"


@struct(kw_only=True, slots=True)
class Transcription(Record):
    """The transcriptions of a room, as they are at one moment."""

    # The page documents "video_transcriptions_", but every sample shows this.
    sid_prefix: ClassVar[str] = "video_extension_"
    indexed: ClassVar[tuple[str, ...]] = ("room_sid",)

    sid: str = internal()
    ttid: str
    account_sid: str
    room_sid: str
    source_sid: str
    status: TranscriptionStatus
    date_updated: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration: int | None = None
    configuration: dict[str, str]
    running_since: datetime | None = internal(default=None)
    time_run: timedelta = internal(default=timedelta(0))


@struct(kw_only=True)
class CreateTranscription:
    """How the speech in a room is to be recognised."""

    configuration: Annotated[Any, Json()] = None


@struct(kw_only=True)
class UpdateTranscription:
    """What can be changed: whether it runs, and how speech is recognised from now on."""

    status: Annotated[
        str | None,
        OneOf((TranscriptionStatus.STARTED.value, TranscriptionStatus.STOPPED.value)),
    ] = None
    configuration: Annotated[Any, Json()] = None


# There are no callbacks of transcriptions, so the events are in no page of Twilio's.
LIFECYCLE: Final = Lifecycle(
    Step(TranscriptionStatus.STARTED, TranscriptionStatus.STOPPED),
    Step(TranscriptionStatus.STOPPED, TranscriptionStatus.STARTED),
    otherwise=20409,
)


def create(account: Account, room: Room, params: CreateTranscription) -> Transcription:
    """Begin to transcribe *room*.

    Inferred: where nothing is said of how, it is what was said when the room
    was made; and a second one is refused with Twilio's generic "Conflict".
    """
    _check_open(room)
    if account.select(Transcription, room_sid=room.sid).first():
        raise Refusal(20409, "The room has a Transcriptions resource already")
    said = transcription_configuration.read(params.configuration, "Configuration")
    return _begin(account, room, said or room.transcriptions_configuration)


def begin_with_room(account: Account, room: Room) -> None:
    """Begin to transcribe a room that was made with ``TranscribeParticipantsOnConnect``."""
    if room.transcribe_participants_on_connect:
        _begin(account, room, room.transcriptions_configuration)


def find(account: Account, room: Room, ttid: str) -> Transcription:
    """Return a transcription by its ttid."""
    found = account.get(Transcription, ttid)
    if found is None or found.room_sid != room.sid:
        raise Refusal(20404)
    return found


def fetch(_account: Account, _room: Room, transcription: Transcription) -> Transcription:
    """Return *transcription*, in whatever status."""
    return transcription


def list_all(account: Account, room: Room) -> Selection[Transcription]:
    """Return the one that *room* has, if it has one."""
    return account.select(Transcription, room_sid=room.sid)


def update(
    account: Account, room: Room, transcription: Transcription, params: UpdateTranscription
) -> Transcription:
    """Start it, stop it, or set more of its configuration.

    A status that it has already is no transition, and a configuration none either.
    """
    _check_open(room)
    said = transcription_configuration.read(params.configuration, "Configuration")
    status = TranscriptionStatus(params.status or transcription.status)
    if status is not transcription.status:
        transcription = LIFECYCLE.move(account, transcription, status)
        _follow(account, transcription)
    configuration = transcription.configuration | said
    if configuration != transcription.configuration:
        account.change(account.now(transcription), configuration=configuration)
    return account.now(transcription)


def follow(account: Account, participant: participants.Participant) -> None:
    """Let the transcription of a room run while somebody is there, and pause when nobody is."""
    transcription = account.select(Transcription, room_sid=participant.room_sid).first()
    if transcription is not None:
        _follow(account, transcription)


def _begin(account: Account, room: Room, configuration: dict[str, str]) -> Transcription:
    ttid = Transcription.sid_prefix + account.random.uuid("transcription")
    transcription = account.add(
        Transcription,
        sid=ttid,
        ttid=ttid,
        account_sid=room.account_sid,
        room_sid=room.sid,
        source_sid=account.random.new("CA"),
        status=TranscriptionStatus.STARTED,
        configuration=configuration,
    )
    _follow(account, transcription)
    return account.now(transcription)


def _follow(account: Account, transcription: Transcription) -> None:
    """Begin to run, or pause, as its status and who is in the room demand.

    Inferred: this is no update that ``date_updated`` tells of; while it runs
    there is no end, and the duration is that up to the last pause. And
    Inferred: it stays started when its room has ended, since nobody stopped it.
    """
    room = account.table(Room)[transcription.room_sid]
    is_started = transcription.status is TranscriptionStatus.STARTED
    runs = is_started and bool(participants.present(account, room))
    if runs is not (transcription.running_since is not None):
        turn = _running if runs else _pausing
        changes = turn(transcription, account.clock.now)
        account.change(transcription, date_updated=transcription.date_updated, **changes)


def _running(transcription: Transcription, now: datetime) -> dict[str, Any]:
    """Return what changes where it begins to run."""
    start = transcription.start_time or now
    return {"running_since": now, "start_time": start, "end_time": None}


def _pausing(transcription: Transcription, now: datetime) -> dict[str, Any]:
    """Return what changes where it pauses."""
    since = transcription.running_since or now
    time_run = transcription.time_run + (now - since)
    duration = int(time_run.total_seconds())
    return {"running_since": None, "end_time": now, "time_run": time_run, "duration": duration}


def _check_open(room: Room) -> None:
    if room.status is not RoomStatus.IN_PROGRESS:
        raise Refusal(53118)
