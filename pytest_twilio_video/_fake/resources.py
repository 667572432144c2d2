"""Resources: the classes of the rooms, participants, tracks and media that a test uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from .._engine import arguments
from .._engine.parameters import enum_values
from .._report.formatting import cut, describe_record, name_of
from .._resources import (
    composition_hooks,
    compositions,
    messages,
    participants,
    published_tracks,
    recordings,
    rooms,
    transcriptions,
)
from ..errors import InvalidArgumentError, TwilioVideoError
from .collection import Collection, Resource


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import ModuleType

    from .._assertions.fields import AnyTrackKind
    from .._resources.compositions import CompositionStatus, Format
    from .._resources.participants import ParticipantStatus
    from .._resources.published_tracks import TrackKind
    from .._resources.recordings import RecordingStatus
    from .._resources.rooms import RoomStatus, RoomType
    from .._simulation import Simulation

__all__ = [
    "Composition",
    "CompositionHook",
    "Message",
    "Participant",
    "PublishedTrack",
    "Recording",
    "Room",
]

__tracebackhide__ = True

BEST_NETWORK_QUALITY: Final = 5
LONGEST_SHOWN: Final = 40
"""How many characters of a message the timeline shows."""


class Room(Resource):
    """A room. The application creates it over HTTP, or the test by `rooms.create()`."""

    _kind = rooms.Room
    _name_field = "unique_name"

    status: RoomStatus
    """``"in-progress"``, ``"completed"`` or ``"failed"``."""
    date_updated: datetime
    """When the room was created, or when it ended."""
    account_sid: str
    """The SID of the account, ``AC…``."""
    enable_turn: bool
    """Always `True`, because Twilio accepts the parameter but ignores it."""
    unique_name: str
    """The name of the room. A room without a name has its SID as its name."""
    status_callback: str | None
    """The URL to which the callbacks of the room are sent, or `None`."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""
    end_time: datetime | None
    """When the room ended, or `None` while it is in progress."""
    duration: int | None
    """Whole seconds from creation to end, or `None` while the room is in progress."""
    type: RoomType
    """``"group"``. Older accounts also have ``"group-small"``, ``"peer-to-peer"`` and ``"go"``."""
    max_participants: int
    """How many participants may be in the room at once. The default in a group room is 50."""
    max_participant_duration: int
    """How many seconds a participant may stay in the room."""
    max_concurrent_published_tracks: int
    """How many tracks may be published at once. 0 means no limit."""
    record_participants_on_connect: bool
    """Whether the room records all tracks from the beginning."""
    video_codecs: list[str] | None
    """``"VP8"`` and ``"H264"``. It is empty in an audio-only room, `None` without media server."""
    media_region: str | None
    """The region of the media server, such as ``"us1"``, or `None` without a media server."""
    audio_only: bool
    """Whether the room refuses video tracks (53125)."""
    empty_room_timeout: int
    """The room ends this many minutes after the last participant has left. 0: immediately."""
    unused_room_timeout: int
    """If nobody joins, the room ends this many minutes after its creation."""
    large_room: bool
    """Whether the room is a large room, Twilio's former kind for more than 50 participants."""

    @property
    def participants(self) -> Collection[Participant]:
        """All participants that have ever joined the room, in the order in which they joined."""
        return Collection(self._simulation, Participant, room_sid=self.sid)

    @property
    def recordings(self) -> Collection[Recording]:
        """All recordings of the room, including deleted ones, in the order of creation."""
        return Collection(self._simulation, Recording, room_sid=self.sid)

    def connect(
        self,
        identity: str | None = None,
        *,
        automatic_subscription: bool = True,
        tracks: Sequence[str] = (),
    ) -> Participant:
        """Join the room as *identity*, like a client SDK, but without a token.

        If *identity* is omitted, the participant gets a plausible identity that nobody in the
        room has used. *automatic_subscription* is an option of the client SDK. If it is false,
        the participant is not subscribed to any track at first.

        *tracks* are the kinds of the tracks that the participant joins with, for example
        ``("audio", "video")``. As in Twilio, the ``track-added`` events of the first participant
        of a room come before ``participant-connected``. For later participants, they come after
        it. A track that the room refuses, like video in an audio-only room, is left out.

        Raises:
            VideoSdkError: the room is completed (53106) or full (53105), the account has too many
                participants (53206), or *identity* is invalid (53200, 53201, 53202).
            InvalidArgumentError: *automatic_subscription* is not a bool, or *tracks* is not a list
                or tuple of kinds.

        """
        arguments.truth("automatic_subscription", automatic_subscription)
        kinds = _track_kinds(tracks)
        account, record = self._simulation.account, self._record
        if identity is None:
            from .._resources import sample_data
            from ..faker import drawing_from

            names = drawing_from(account.random.generator("identities"))
            identity = sample_data.random_identity(account, names, self.sid)
        participant = self._simulation.act_as_sdk(
            participants.connect,
            record,
            identity,
            automatic_subscription=automatic_subscription,
            tracks=[published_tracks.NewTrack(kind) for kind in kinds],
            what=f"{identity or repr(identity)} joins {name_of(record)}{_with_tracks(kinds)}",
        )
        return Participant(self._simulation, participant.sid)

    def complete(self) -> None:
        """Complete the room, like the REST API. If the room is completed, nothing happens."""
        record = self._record
        self._simulation.act(rooms.end, record, what=f"completes {name_of(record)}")

    @property
    def dominant_speaker(self) -> Participant | None:
        """The participant whom pages show as the loudest, or `None` if there is none.

        Set it to a participant who is in the room, or to `None`. When that participant leaves, it
        becomes `None`.

        Raises:
            InvalidArgumentError: when set to something else.

        """
        sid = self._record.dominant_speaker_sid
        return None if sid is None else Participant(self._simulation, sid)

    @dominant_speaker.setter
    def dominant_speaker(self, speaker: Participant | None) -> None:
        record = self._record
        present = [
            participant for participant in self.participants if participant.end_time is None
        ]
        if speaker is not None and speaker not in present:
            msg = (
                f"dominant_speaker is {speaker!r}, but must be a participant who is in the room "
                f"{name_of(record)}, or None"
            )
            raise InvalidArgumentError(msg)
        everybody = self._simulation.account.table(participants.Participant)
        speaking = None if speaker is None else everybody[speaker.sid]
        who = "nobody" if speaking is None else name_of(speaking)
        what = f"makes {who} the dominant speaker of {name_of(record)}"
        self._simulation.act(rooms.set_dominant_speaker, record, speaking, what=what)


class Participant(Resource):
    """A participant of a room, who may be connected or may have left."""

    _kind = participants.Participant
    _name_field = "identity"

    room_sid: str
    """The SID of the room that the participant joined, ``RM…``."""
    account_sid: str
    """The SID of the account, ``AC…``."""
    status: ParticipantStatus
    """``"connected"``, ``"reconnecting"`` or ``"disconnected"``."""
    identity: str
    """The name of the participant, of 1 to 128 characters. An anonymized one has the SID here."""
    date_updated: datetime
    """When the status of the participant last changed."""
    start_time: datetime
    """When the participant joined."""
    end_time: datetime | None
    """When the participant left, or `None` while connected."""
    duration: int | None
    """Whole seconds from joining to leaving, or `None` while connected."""

    @property
    def disconnect_error(self) -> int | None:
        """The error code that the client SDK gets when the participant is disconnected.

        It is 53001 if the network was lost for too long, 53118 if the room was completed, 53205 if
        the identity joined again, and 53216 if the session was too long. It is `None` while the
        participant is connected. It is also `None` if the participant left or was removed, which
        a client SDK cannot tell apart.
        """
        error: int | None = self._record.disconnect_error
        return error

    @property
    def room(self) -> Room:
        """The room that the participant joined."""
        return Room(self._simulation, self.room_sid)

    @property
    def published_tracks(self) -> Collection[PublishedTrack]:
        """The tracks that the participant publishes now."""
        return Collection(
            self._simulation, PublishedTrack, participant_sid=self.sid, is_published=True
        )

    def publish(self, kind: AnyTrackKind, name: str | None = None) -> PublishedTrack:
        """Publish a track of *kind* ``"audio"``, ``"video"`` or ``"data"``, and return it.

        If *name* is omitted, the name is a UUID, as from a client SDK.

        Raises:
            VideoSdkError: the room accepts no video (53125) or no more tracks (53203), *name* is
                empty (53301), too long (53302), unprintable (53303) or taken (53304), or the
                participant has left or lost the network (53001).
            InvalidArgumentError: *kind* is not one of the three, or *name* is not text.
            TwilioVideoError: the participant is in a browser.

        """
        simulation, record = self._simulation, self._record
        _require_arranged(record, "publish()")
        room = simulation.account.table(rooms.Room)[record.room_sid]
        track_kind, track_name = _track_kind(kind), _track_name(name)
        what = f"{name_of(record)} publishes {track_kind.value}"
        if track_name:
            what += f" {track_name!r}"
        track = simulation.act_as_sdk(
            published_tracks.publish, room, record, track_kind, track_name, what=what
        )
        return PublishedTrack(simulation, track.sid)

    def disconnect(self) -> None:
        """Leave the room. If the participant has already left, nothing happens.

        Raises:
            VideoSdkError: the participant has lost the network, so the server cannot be reached
                (53001).
            TwilioVideoError: the participant is in a browser.

        """
        record = self._record
        _require_arranged(record, "disconnect()")
        what = f"{name_of(record)} leaves"
        self._simulation.act_as_sdk(participants.disconnect, record, what=what)

    def drop_network(self) -> None:
        """Lose the network connection without notice.

        The status becomes ``reconnecting``. After 30 seconds of virtual time the server gives up.
        Then the participant is disconnected, with error 53001, and the callback is sent. If the
        participant is in a browser, the page loses its connection until `resume`. If the
        participant is not connected, nothing happens.
        """
        record = self._record
        what = f"{name_of(record)} loses the network"
        self._simulation.act(participants.cut_off, record, what=what)

    def resume(self) -> None:
        """Regain the network, and be connected as before. If it was not lost, nothing happens.

        A page in a browser needs a moment to return: until then it is still ``reconnecting``.

        Raises:
            VideoSdkError: the participant has left, or the server has given up (53204).

        """
        record = self._record
        what = f"{name_of(record)} is back on the network"
        self._simulation.act_as_sdk(participants.restore, record, what=what)

    @property
    def network_quality(self) -> int | None:
        """The network quality level that pages show: from 0 to 5, or `None` until it is set.

        Raises:
            InvalidArgumentError: when set to anything but a whole number from 0 to 5.
            TwilioVideoError: when set after the participant has left.

        """
        level: int | None = self._record.network_quality
        return level

    @network_quality.setter
    def network_quality(self, level: int) -> None:
        arguments.whole("network_quality", level, at_most=BEST_NETWORK_QUALITY)
        record = self._record
        if record.end_time is not None:
            msg = f"{name_of(record)} has left the room, and has no network quality any more"
            raise TwilioVideoError(msg)
        what = f"sets the network quality of {name_of(record)} to {level}"
        self._simulation.act(participants.set_network_quality, record, level, what=what)

    @property
    def messages(self) -> list[Message]:
        """The messages that the participant has received over data tracks, the oldest first."""
        self._simulation.sync()
        received = messages.received_by(self._simulation.account, self._record)
        return [_message(self._simulation, record) for record in received]

    def say(self, text: str, language_code: str = "en-US", partial: bool = False) -> None:  # noqa: FBT001, FBT002
        """Say *text*, which Twilio transcribes: pages get it as the event ``transcription``.

        If *partial* is true, a later result will replace this one.

        Raises:
            TwilioVideoError: the room is not being transcribed, or the participant has left, has
                lost the network, or publishes no audio track that is unmuted.
            InvalidArgumentError: *text* or *language_code* is not text, or *partial* is not a
                bool.

        """
        arguments.text("text", text)
        arguments.text("language_code", language_code)
        arguments.truth("partial", partial)
        simulation, record = self._simulation, self._record
        track = _microphone(simulation, record)
        what = f"{name_of(record)} says {cut(repr(text), LONGEST_SHOWN)}"
        simulation.act(transcriptions.say, track, text, language_code, partial=partial, what=what)


class PublishedTrack(Resource):
    """A track that a participant publishes or has published."""

    _kind = published_tracks.PublishedTrack
    _name_field = "name"

    participant_sid: str
    """The SID of the participant who publishes the track, ``PA…``."""
    room_sid: str
    """The SID of the room, ``RM…``."""
    name: str
    """The name of the track. If the client SDK gave none, it is a UUID."""
    date_updated: datetime | None
    """When the track was last muted or unmuted, or `None` if it never was."""
    enabled: bool
    """Whether the track is not muted."""
    kind: TrackKind
    """``"audio"``, ``"video"`` or ``"data"``."""

    def enable(self) -> None:
        """Unmute the track.

        Raises:
            VideoSdkError: the participant has left or lost the network (53001), or the track is
                no longer published (53300).
            TwilioVideoError: the participant is in a browser.

        """
        self._act_as_publisher(
            published_tracks.enable, f"unmutes {self.kind}", "enable()", enabled=True
        )

    def disable(self) -> None:
        """Mute the track.

        Raises:
            VideoSdkError: the participant has left or lost the network (53001), or the track is
                no longer published (53300).
            TwilioVideoError: the participant is in a browser.

        """
        self._act_as_publisher(
            published_tracks.enable, f"mutes {self.kind}", "disable()", enabled=False
        )

    def unpublish(self) -> None:
        """Stop publishing the track. If it is no longer published, nothing happens.

        Raises:
            VideoSdkError: the participant has lost the network (53001).
            TwilioVideoError: the participant is in a browser.

        """
        self._act_as_publisher(
            published_tracks.unpublish, f"unpublishes {self.kind}", "unpublish()"
        )

    def send(self, data: str | bytes) -> None:
        """Send *data* over the data track, to everybody who is subscribed to it.

        What participants have received is in `Participant.messages`.

        Raises:
            VideoSdkError: the participant has left or lost the network (53001), or the track is
                no longer published (53300).
            InvalidArgumentError: *data* is neither text nor bytes.
            TwilioVideoError: the track is not a data track, or the participant is in a browser.

        """
        _check_data(data)
        record = self._record
        if record.kind is not published_tracks.TrackKind.DATA:
            msg = (
                f"{name_of(record)} is a track of {record.kind.value}, which carries no messages: "
                f"publish('data') returns a track that does"
            )
            raise TwilioVideoError(msg)
        what = f"sends {cut(repr(data), LONGEST_SHOWN)} over {self._description}"
        self._act_as_publisher(messages.send, what, "send()", data)

    def switch_off(self) -> None:
        """Switch the track off for its subscribers, as Twilio does if bandwidth is short.

        Nothing happens if it is already switched off.

        Raises:
            TwilioVideoError: the track is no longer published.

        """
        self._switch(f"switches off {self._description}", off=True)

    def switch_on(self) -> None:
        """Switch the track on again. Nothing happens if it is not switched off.

        Raises:
            TwilioVideoError: the track is no longer published.

        """
        self._switch(f"switches on {self._description}", off=False)

    def _act_as_publisher(
        self, operation: Callable[..., object], what: str, method: str, *args: Any, **kwargs: Any
    ) -> None:
        simulation, record = self._simulation, self._record
        publisher = simulation.account.table(participants.Participant)[record.participant_sid]
        _require_arranged(publisher, method)
        simulation.act_as_sdk(operation, publisher, record, *args, what=what, **kwargs)

    @property
    def _description(self) -> str:
        return describe_record(self._simulation.account, self._record)

    def _switch(self, what: str, *, off: bool) -> None:
        record = self._record
        if not record.is_published:
            msg = f"the track {name_of(record)} is no longer published, so nobody receives it"
            raise TwilioVideoError(msg)
        self._simulation.act(published_tracks.switch, record, off=off, what=what)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a participant received over a data track."""

    data: str | bytes
    """What was sent: text or bytes."""
    track: str
    """The name of the data track."""
    sender: Participant
    """The participant who sent it."""


def _message(simulation: Simulation, record: messages.Message) -> Message:
    track = simulation.account.table(published_tracks.PublishedTrack)[record.track_sid]
    sender = Participant(simulation, record.participant_sid)
    return Message(record.data, track.name, sender)


def _check_data(data: object) -> None:
    if not isinstance(data, (str, bytes)):
        msg = f"send() takes text or bytes, not {data!r}"
        raise InvalidArgumentError(msg)


def _require_arranged(record: participants.Participant, method: str) -> None:
    """Raise an error if the participant is in a browser, where only the page can do this."""
    if record.page is not None:
        msg = (
            f"{name_of(record)} is in a browser, so the test cannot call {method}: do it in "
            f"{record.page}"
        )
        raise TwilioVideoError(msg)


def _microphone(
    simulation: Simulation, speaker: participants.Participant
) -> published_tracks.PublishedTrack:
    """Return the audio track of *speaker* that is being transcribed, or raise an error."""
    account, name = simulation.account, name_of(speaker)
    room = account.table(rooms.Room)[speaker.room_sid]
    if transcriptions.running(account, room) is None:
        msg = (
            f"{name_of(room)} is not being transcribed, so nobody sees what {name} says: create "
            f"the room with transcribe_participants_on_connect=True, or start a transcription"
        )
        raise TwilioVideoError(msg)
    if speaker.status is not participants.ParticipantStatus.CONNECTED:
        msg = f"{name} cannot be heard: they have left the room or lost the network"
        raise TwilioVideoError(msg)
    audio = published_tracks.TrackKind.AUDIO
    tracks = [
        track
        for track in published_tracks.of_participant(account, speaker)
        if track.kind is audio and track.enabled
    ]
    if not tracks:
        msg = f"{name} cannot be heard: they publish no audio track, or have muted it"
        raise TwilioVideoError(msg)
    return tracks[0]


def _track_kinds(tracks: object) -> list[published_tracks.TrackKind]:
    kinds = enum_values(published_tracks.TrackKind)
    if isinstance(tracks, (list, tuple)) and all(kind in kinds for kind in tracks):
        return [published_tracks.TrackKind(kind) for kind in tracks]
    msg = (
        f"tracks is {tracks!r}, but must be a list or tuple of {', '.join(map(repr, kinds))}, "
        "like ('audio', 'video')"
    )
    raise InvalidArgumentError(msg)


def _with_tracks(kinds: list[published_tracks.TrackKind]) -> str:
    return f" with {' and '.join(kind.value for kind in kinds)}" if kinds else ""


def _track_kind(kind: str) -> published_tracks.TrackKind:
    kinds = enum_values(published_tracks.TrackKind)
    if kind not in kinds:
        msg = f"publish() takes one of the kinds {', '.join(map(repr, kinds))}, not {kind!r}"
        raise InvalidArgumentError(msg)
    return published_tracks.TrackKind(kind)


def _track_name(name: object) -> str | None:
    if not isinstance(name, (str, type(None))):
        msg = f"publish() takes text for the name of a track, not {name!r}"
        raise InvalidArgumentError(msg)
    return name


class _MediaResource(Resource):
    """A resource that has a media file until the resource is deleted."""

    _operations: ClassVar[ModuleType]
    """The module with the operations of the resource."""

    room_sid: str

    @property
    def media(self) -> bytes:
        """The bytes of the media file. By default it is a small file that players accept.

        Set this attribute to change the file. If it is ``b""``, there is no file, and a download
        gets status 404.

        Raises:
            InvalidArgumentError: it is set to something other than bytes.
            TwilioVideoError: it is set, but the resource was deleted.

        """
        record = self._record
        content: bytes = b"" if _is_deleted(record) else self._operations.media_of(record)
        return content

    @media.setter
    def media(self, content: bytes) -> None:
        record = self._record
        if _is_deleted(record):
            msg = f"the media of {record.sid} cannot be set: it was deleted"
            raise TwilioVideoError(msg)
        _check_bytes(content)
        what = f"sets the media of {name_of(record)} to {len(content)} bytes"
        self._simulation.act(self._operations.set_media, record, content, what=what)

    @property
    def room(self) -> Room:
        """The room that was recorded."""
        return Room(self._simulation, self.room_sid)


def _is_deleted(record: recordings.Recording | compositions.Composition) -> bool:
    return record.date_deleted is not None


def _check_bytes(content: object) -> None:
    if not isinstance(content, bytes):
        msg = f"media is {content!r}, but must be bytes"
        raise InvalidArgumentError(msg)


class Recording(_MediaResource):
    """A recording of a track."""

    _kind = recordings.Recording
    _operations: ClassVar[ModuleType] = recordings

    account_sid: str
    """The SID of the account, ``AC…``."""
    room_sid: str
    """The SID of the room, ``RM…``."""
    status: RecordingStatus
    """``"processing"``, ``"completed"``, ``"deleted"`` or ``"failed"``."""
    source_sid: str
    """The SID of the recorded track, ``MT…``."""
    size: int
    """The size of `media` in bytes. It is 0 until the recording is completed."""
    type: TrackKind
    """``"audio"`` or ``"video"``. Twilio does not record data tracks."""
    duration: int
    """The duration in rounded seconds, at least 1. It is 0 until the recording is completed."""
    container_format: str
    """``"mka"`` for audio and ``"mkv"`` for video."""
    codec: str
    """``"opus"``, ``"vp8"`` or ``"h264"``."""
    grouping_sids: dict[str, str]
    """The SIDs of the room and the participant, as ``room_sid`` and ``participant_sid``."""
    track_name: str
    """The name of the track."""
    offset: int
    """Milliseconds from 2015-09-20T12:00:00Z to the arrival of the room's first participant.

    All recordings of a room have the same offset.
    """
    media_external_location: str | None
    """The URL of the media in your S3 bucket, or `None` if no bucket is configured."""
    status_callback: str | None
    """The URL to which the callbacks of the recording are sent: the URL of the room."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""

    def fail(self, operation: str = "RecordingComplete") -> None:
        """Make the recording fail. Its status must be ``"processing"``.

        *operation* is ``"RecordingStart"``, ``"RecordingComplete"`` or ``"RecordingUpload"``. The
        callback has it as ``FailedOperation``.

        Raises:
            TwilioVideoError: the recording has another status, or *operation* is not one of the
                three texts.

        """
        if operation not in recordings.OPERATIONS:
            choices = ", ".join(map(repr, recordings.OPERATIONS))
            msg = f"operation is {operation!r}, but must be one of: {choices}"
            raise TwilioVideoError(msg)
        record = self._record
        if record.status is not recordings.RecordingStatus.PROCESSING:
            msg = (
                f"recording {record.sid} cannot fail, because it is {record.status}. Call fail() "
                f"before the track is unpublished, the participant leaves or the room ends"
            )
            raise TwilioVideoError(msg)
        what = f"makes {name_of(record)} fail"
        self._simulation.act(recordings.fail, record, operation, what=what)


class Composition(_MediaResource):
    """A composition of the recordings of a room."""

    _kind = compositions.Composition
    _operations: ClassVar[ModuleType] = compositions

    account_sid: str
    """The SID of the account, ``AC…``."""
    status: CompositionStatus
    """``"enqueued"``, ``"processing"``, ``"completed"``, ``"deleted"`` or ``"failed"``."""
    date_completed: datetime | None
    """When the composition was completed, or `None` until then."""
    date_deleted: datetime | None
    """When the composition was deleted, or `None` until then."""
    room_sid: str
    """The SID of the room whose recordings are composed, ``RM…``."""
    audio_sources: list[str]
    """Names or SIDs of the tracks that can be heard. ``*`` stands for any characters."""
    audio_sources_excluded: list[str]
    """Names or SIDs of the tracks that cannot be heard. ``*`` stands for any characters."""
    video_layout: dict[str, Any]
    """The regions of the picture by name, including default values."""
    resolution: str
    """The width and height in pixels, such as ``"640x480"``."""
    trim: bool
    """Whether times without media are left out."""
    format: Format
    """``"webm"`` or ``"mp4"``."""
    bitrate: int
    """The bits per second. It is 0 until the composition is completed."""
    size: int
    """The size of `media` in bytes. It is 0 until the composition is completed."""
    duration: int
    """The duration of the recordings in seconds. It is 0 until the composition is completed."""
    media_external_location: str | None
    """The URL of the media in your S3 bucket, or `None` if no bucket is configured."""
    status_callback: str | None
    """The URL to which the callbacks of the composition are sent, or `None`."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""

    def fail(self, message: str = "The media could not be processed") -> None:
        """Make the composition fail. Its status must be ``"enqueued"`` or ``"processing"``.

        The callback has *message* as ``ErrorMessage``.

        Raises:
            TwilioVideoError: the composition is completed, failed or deleted.
            InvalidArgumentError: *message* is not text.

        """
        arguments.text("message", message)
        record = self._record
        operation = _OPERATION_BY_STATUS.get(record.status)
        if operation is None:
            longest = compositions.WAITING + compositions.PROCESSING
            msg = (
                f"composition {record.sid} cannot fail, because it is {record.status}. Call "
                f"fail() within {longest} after the end of the room"
            )
            raise TwilioVideoError(msg)
        what = f"makes {name_of(record)} fail"
        self._simulation.act(compositions.fail, record, operation, message, what=what)


_OPERATION_BY_STATUS = {
    compositions.CompositionStatus.ENQUEUED: "CompositionStart",
    compositions.CompositionStatus.PROCESSING: "CompositionComplete",
}
"""The operation that the callback names as failed, by the status of the composition."""


class CompositionHook(Resource):
    """A composition hook: it creates a composition of every room that ends."""

    _kind = composition_hooks.CompositionHook
    _name_field = "friendly_name"

    account_sid: str
    """The SID of the account, ``AC…``."""
    friendly_name: str
    """The name of the hook. It is unique in the account."""
    enabled: bool
    """Whether the hook creates compositions."""
    date_updated: datetime | None
    """When the hook was last changed, or `None` if it never was."""
    audio_sources: list[str]
    """Names or SIDs of the tracks that can be heard in the compositions."""
    audio_sources_excluded: list[str]
    """Names or SIDs of the tracks that cannot be heard in the compositions."""
    video_layout: dict[str, Any]
    """The regions of the picture by name, including default values."""
    resolution: str
    """The width and height in pixels, such as ``"640x480"``."""
    format: Format
    """``"webm"`` or ``"mp4"``."""
    trim: bool
    """Whether times without media are left out."""
    status_callback: str | None
    """The URL to which the callbacks of the compositions are sent, or `None`."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""

    @property
    def sid(self) -> str:  # type: ignore[override]
        """The SID of the hook. It can be read even after the hook was deleted."""
        return self._sid

    @property
    def _record(self) -> Any:
        self._simulation.sync()
        record = self._simulation.account.get(self._kind, self._sid)
        if record is None:
            msg = (
                f"composition hook {self._sid} was deleted, so its fields cannot be read. Read "
                f"them before, or check whether the hook is in twilio_video.composition_hooks"
            )
            raise TwilioVideoError(msg)
        return record

    def __repr__(self) -> str:
        is_deleted = self._simulation.account.get(self._kind, self._sid) is None
        return f"<CompositionHook {self._sid} deleted>" if is_deleted else super().__repr__()
