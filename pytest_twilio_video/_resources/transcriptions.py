"""Transcriptions: the speech in a room as text. A room has at most one transcription."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle, Step
from .._engine.parameters import Json, OneOf
from .._engine.records import Record, Selection, StrEnum, internal, struct
from .._engine.refusals import CONFLICT, NOT_FOUND, ROOM_COMPLETED, Refusal
from . import participants, transcription_configuration
from .published_tracks import PublishedTrack
from .rooms import Room, RoomStatus


class TranscriptionStatus(StrEnum):
    """The status of a transcription. ``failed`` is final."""

    STARTED = "started"
    STOPPED = "stopped"
    FAILED = "failed"


@struct(kw_only=True, slots=True)
class Transcription(Record):
    """The transcription of a room at one moment."""

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


@struct(kw_only=True, slots=True)
class Utterance(Record):
    """What a participant said, as text. Only clients in the room learn it."""

    sid_prefix: ClassVar[str] = "utterance_"
    indexed: ClassVar[tuple[str, ...]] = ("track_sid",)

    room_sid: str
    participant_sid: str
    track_sid: str
    transcription: str
    language_code: str
    partial_results: bool
    sequence_number: int
    """The number of the utterance on its track, from 1 on."""


@struct(kw_only=True)
class CreateTranscription:
    """The parameters of a new transcription."""

    configuration: Annotated[Any, Json()] = None


@struct(kw_only=True)
class UpdateTranscription:
    """The parameters of an update: the status, and some properties of the configuration."""

    status: Annotated[
        str | None,
        OneOf((TranscriptionStatus.STARTED.value, TranscriptionStatus.STOPPED.value)),
    ] = None
    configuration: Annotated[Any, Json()] = None


# Twilio sends no callbacks of transcriptions, so there are no events.
LIFECYCLE: Final = Lifecycle(
    Step(TranscriptionStatus.STARTED, TranscriptionStatus.STOPPED),
    Step(TranscriptionStatus.STOPPED, TranscriptionStatus.STARTED),
    otherwise=CONFLICT,
)


def create(account: Account, room: Room, params: CreateTranscription) -> Transcription:
    """Create a transcription of *room*, which starts immediately.

    Inferred: a second transcription of a room is refused with Twilio's generic "Conflict" (20409).
    By default, a transcription has the configuration that the room was created with.
    """
    _check_open(room)
    if account.select(Transcription, room_sid=room.sid).first():
        raise Refusal(CONFLICT, "The room has a Transcriptions resource already")
    configuration = transcription_configuration.read(params.configuration, "Configuration")
    return _start(account, room, configuration or room.transcriptions_configuration)


def start_with_room(account: Account, room: Room) -> None:
    """Create the transcription of a room that has ``TranscribeParticipantsOnConnect``."""
    if room.transcribe_participants_on_connect:
        _start(account, room, room.transcriptions_configuration)


def find(account: Account, room: Room, ttid: str) -> Transcription:
    """Return the transcription with this ttid."""
    found = account.get(Transcription, ttid)
    if found is None or found.room_sid != room.sid:
        raise Refusal(NOT_FOUND)
    return found


def list_all(account: Account, room: Room) -> Selection[Transcription]:
    """Return a selection with the transcription of *room*, or an empty one."""
    return account.select(Transcription, room_sid=room.sid)


def update(
    account: Account, room: Room, transcription: Transcription, params: UpdateTranscription
) -> Transcription:
    """Start or stop *transcription*, or change properties of its configuration.

    Setting the current status has no effect.
    """
    _check_open(room)
    changes = transcription_configuration.read(params.configuration, "Configuration")
    status = TranscriptionStatus(params.status or transcription.status)
    if status is not transcription.status:
        transcription = LIFECYCLE.move(account, transcription, status)
        _sync_running_state(account, transcription)
    configuration = transcription.configuration | changes
    if configuration != transcription.configuration:
        account.change(account.now(transcription), configuration=configuration)
    return account.now(transcription)


def running(account: Account, room: Room) -> Transcription | None:
    """Return the transcription of *room* if it is being transcribed now."""
    of_room = account.select(Transcription, room_sid=room.sid)
    return of_room.where(lambda record: record.running_since is not None).first()


def say(
    account: Account, track: PublishedTrack, text: str, language_code: str, *, partial: bool
) -> Utterance:
    """Transcribe *text*, which was said into the audio track *track*."""
    earlier = account.select(Utterance, track_sid=track.sid).count()
    utterance = account.add(
        Utterance,
        room_sid=track.room_sid,
        participant_sid=track.participant_sid,
        track_sid=track.sid,
        transcription=text,
        language_code=language_code,
        partial_results=partial,
        sequence_number=earlier + 1,
    )
    account.signal("transcription", utterance)
    return utterance


def sync_with_participants(account: Account, participant: participants.Participant) -> None:
    """Run or pause the transcription of a room, because *participant* has joined or left it."""
    transcription = account.select(Transcription, room_sid=participant.room_sid).first()
    if transcription is not None:
        _sync_running_state(account, transcription)


def _start(account: Account, room: Room, configuration: dict[str, str]) -> Transcription:
    ttid = Transcription.sid_prefix + account.random.uuid("transcription")
    transcription = account.add(
        Transcription,
        sid=ttid,
        ttid=ttid,
        account_sid=room.account_sid,
        room_sid=room.sid,
        source_sid=account.random.sid("CA"),
        status=TranscriptionStatus.STARTED,
        configuration=configuration,
    )
    _sync_running_state(account, transcription)
    return account.now(transcription)


def _sync_running_state(account: Account, transcription: Transcription) -> None:
    """Run *transcription* if it is started and its room has participants. Otherwise pause it.

    Inferred: while a transcription runs, its ``end_time`` is null and its ``duration`` counts up
    to the last pause. Pausing and resuming do not change its ``date_updated``.

    Inferred: a transcription stays started when its room has ended, since no request stopped it.
    """
    room = account.table(Room)[transcription.room_sid]
    is_started = transcription.status is TranscriptionStatus.STARTED
    runs = is_started and bool(participants.present(account, room))
    if runs is not (transcription.running_since is not None):
        fields_of = _resumed if runs else _paused
        changes = fields_of(transcription, account.clock.now)
        account.change(transcription, date_updated=transcription.date_updated, **changes)


def _resumed(transcription: Transcription, now: datetime) -> dict[str, Any]:
    """Return the fields that change when the transcription starts to run."""
    start = transcription.start_time or now
    return {"running_since": now, "start_time": start, "end_time": None}


def _paused(transcription: Transcription, now: datetime) -> dict[str, Any]:
    """Return the fields that change when the transcription pauses."""
    since = transcription.running_since or now
    time_run = transcription.time_run + (now - since)
    duration = int(time_run.total_seconds())
    return {"running_since": None, "end_time": now, "time_run": time_run, "duration": duration}


def _check_open(room: Room) -> None:
    if room.status is not RoomStatus.IN_PROGRESS:
        raise Refusal(ROOM_COMPLETED)
