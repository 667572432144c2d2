"""What a test holds: rooms, participants, tracks, as they are whenever one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .._engine.arguments import truth
from .._engine.parameters import enum_values
from .._resources import (
    composition_hooks,
    compositions,
    participants,
    published_tracks,
    recordings,
    rooms,
    sample_data,
)
from ..errors import InvalidArgumentError, InvalidFieldError, TwilioVideoError
from .collection import Collection, View


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import ModuleType

    from .._resources.compositions import CompositionStatus, Format
    from .._resources.participants import ParticipantStatus
    from .._resources.published_tracks import TrackKind
    from .._resources.recordings import RecordingStatus
    from .._resources.rooms import RoomStatus, RoomType
    from .._simulation import Simulation

__all__ = ["Composition", "CompositionHook", "Participant", "PublishedTrack", "Recording", "Room"]

__tracebackhide__ = True  # A report shows the line of the test.


class Room(View):
    """A room. Made by the application over HTTP, or by ``twilio_video.rooms.create``."""

    _kind = rooms.Room
    _name_field = "unique_name"

    status: RoomStatus
    """``"in-progress"``, ``"completed"`` or ``"failed"``."""
    date_updated: datetime
    """When it was changed last: created, or ended."""
    account_sid: str
    """The account that made it, ``AC…``."""
    enable_turn: bool
    """Always `True`: Twilio takes the parameter, and does not heed it any more."""
    unique_name: str
    """Its name, or its SID where it was given none."""
    status_callback: str | None
    """The URL that is told what happens here; `None` where nobody is."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""
    end_time: datetime | None
    """When it ended; `None` while in progress."""
    duration: int | None
    """Whole seconds from creation to end; `None` while in progress."""
    type: RoomType
    """``"group"``; older accounts know ``"group-small"``, ``"peer-to-peer"`` and ``"go"`` too."""
    max_participants: int
    """How many may be in at once; 50 in a group room, unless said."""
    max_participant_duration: int
    """Seconds that one participant may stay."""
    max_concurrent_published_tracks: int
    """How many tracks may be published at once; 0 is without a limit."""
    record_participants_on_connect: bool
    """Whether everything was to be recorded from the beginning."""
    video_codecs: list[str]
    """``"VP8"`` and ``"H264"``; none where it is for audio only."""
    media_region: str | None
    """Where media are handled, ``"us1"``; `None` where no server does."""
    audio_only: bool
    """Whether video is refused (53125)."""
    empty_room_timeout: int
    """Minutes after which the room closes when the last participant has left."""
    unused_room_timeout: int
    """Minutes after which the room closes when nobody has come."""
    large_room: bool
    """Of Twilio's former rooms for more than 50."""

    @property
    def participants(self) -> Collection[Participant]:
        """Everybody who was ever in the room, the earliest first."""
        return Collection(self._simulation, Participant, room_sid=self.sid)

    @property
    def recordings(self) -> Collection[Recording]:
        """All that was ever recorded in the room, deleted or not, the earliest first."""
        return Collection(self._simulation, Recording, room_sid=self.sid)

    def connect(
        self, identity: str | None = None, *, automatic_subscription: bool = True
    ) -> Participant:
        """Let *identity* join, as a client SDK does, without the need of a token.

        Without one it is somebody plausible, whose name nobody in the room has or had.
        Without *automatic_subscription*, a client's own option, they begin by getting nobody's
        tracks.

        Raises:
            VideoSdkError: the room is over (53118) or full (53105), the account has too many
                participants (53206), or *identity* is none (53200, 53201, 53202).
            InvalidArgumentError: *automatic_subscription* is no truth value.

        """
        truth("automatic_subscription", automatic_subscription)
        simulation: Simulation = self._simulation
        if identity is None:
            from ..faker import drawing_from

            names = drawing_from(simulation.account.random.generator("identities"))
            identity = sample_data.random_identity(simulation.account, names, self.sid)
        joined = simulation.act_as_sdk(
            participants.connect,
            self._record,
            identity,
            automatic_subscription=automatic_subscription,
        )
        return Participant(simulation, joined.sid)

    def complete(self) -> None:
        """End the room, as the REST API would. Nothing happens if it is over already."""
        self._simulation.act(rooms.end, self._record)


class Participant(View):
    """A participant of a room, connected or gone."""

    _kind = participants.Participant
    _name_field = "identity"

    room_sid: str
    """The room that they are, or were, in, ``RM…``."""
    account_sid: str
    """The account, ``AC…``."""
    status: ParticipantStatus
    """``"connected"``, ``"reconnecting"`` or ``"disconnected"``."""
    identity: str
    """Who they are: 1 to 128 characters; their own SID once they are anonymized."""
    date_updated: datetime
    """When something about them was changed last."""
    start_time: datetime
    """When they joined."""
    end_time: datetime | None
    """When they left; `None` while connected."""
    duration: int | None
    """Whole seconds from joining to leaving; `None` while connected."""

    @property
    def disconnect_error(self) -> int | None:
        """The code that the client SDK gets with its disconnection.

        `None` while connected, and for who left or was kicked: a client cannot tell these two
        apart. 53001 where the network was gone for too long, 53118 where the room was completed,
        53205 where the identity joined again, 53216 where the session was too long.
        """
        error: int | None = self._record.disconnect_error
        return error

    @property
    def room(self) -> Room:
        """The room that they are, or were, in."""
        return Room(self._simulation, self.room_sid)

    @property
    def published_tracks(self) -> Collection[PublishedTrack]:
        """What they publish at the moment."""
        simulation = self._simulation
        return Collection(simulation, PublishedTrack, participant_sid=self.sid, is_published=True)

    def publish(self, kind: str, name: str | None = None) -> PublishedTrack:
        """Publish a track: *kind* is ``"audio"``, ``"video"`` or ``"data"``.

        Raises:
            VideoSdkError: the room takes no video (53125) or no further track (53203), or
                *name* is empty (53301), too long (53302), unprintable (53303) or taken (53304),
                or the participant has left or lost the network (53001).
            InvalidArgumentError: there is no such *kind*, or *name* is no text.

        """
        simulation: Simulation = self._simulation
        room = self.room._record  # noqa: SLF001 -- of our own kind
        track = simulation.act_as_sdk(
            published_tracks.publish, room, self._record, _kind_of_track(kind), _text(name)
        )
        return PublishedTrack(simulation, track.sid)

    def disconnect(self) -> None:
        """Leave the room. Nothing happens if they have left already.

        Raises:
            VideoSdkError: their network is gone, and the server hears nothing (53001).

        """
        self._simulation.act_as_sdk(participants.disconnect, self._record)

    def drop_network(self) -> None:
        """Vanish without a word, as who walks into a tunnel does.

        The status is ``reconnecting`` from now on. After 30 seconds of virtual time the server
        gives up: only then they are disconnected, with 53001, and the application is told.
        Nothing happens if they have left, or are away already.
        """
        self._simulation.act(participants.drop_network, self._record)

    def resume(self) -> None:
        """Be back on the network, as if nothing had been. Nothing happens if they are there.

        Raises:
            VideoSdkError: they were given up, or have left (53204).

        """
        self._simulation.act_as_sdk(participants.resume, self._record)


class PublishedTrack(View):
    """A track that a participant publishes, or has published."""

    _kind = published_tracks.PublishedTrack
    _name_field = "name"

    participant_sid: str
    """Who publishes it, ``PA…``."""
    room_sid: str
    """In which room, ``RM…``."""
    name: str
    """What the client called it; a UUID where it said nothing."""
    date_updated: datetime | None
    """When it was muted or unmuted last; `None` until then."""
    enabled: bool
    """Whether it is not muted."""
    kind: TrackKind
    """``"audio"``, ``"video"`` or ``"data"``."""

    def enable(self) -> None:
        """Unmute it.

        Raises:
            VideoSdkError: its publisher has left, or lost the network (53001), or it is
                published no more (53300).

        """
        self._switch(enabled=True)

    def disable(self) -> None:
        """Mute it.

        Raises:
            VideoSdkError: its publisher has left, or lost the network (53001), or it is
                published no more (53300).

        """
        self._switch(enabled=False)

    def unpublish(self) -> None:
        """Take it away. Nothing happens if it is gone already.

        Raises:
            VideoSdkError: its publisher has lost the network (53001).

        """
        self._do(published_tracks.unpublish)

    def _switch(self, *, enabled: bool) -> None:
        self._do(published_tracks.enable, enabled=enabled)

    def _do(self, operation: Callable[..., object], **said: bool) -> None:
        simulation: Simulation = self._simulation
        record = self._record
        publisher = simulation.account.table(participants.Participant)[record.participant_sid]
        simulation.act_as_sdk(operation, publisher, record, **said)


def _kind_of_track(kind: str) -> published_tracks.TrackKind:
    kinds = enum_values(published_tracks.TrackKind)
    if kind not in kinds:
        msg = f"publish() takes one of the kinds {', '.join(map(repr, kinds))}, not {kind!r}"
        raise InvalidArgumentError(msg)
    return published_tracks.TrackKind(kind)


def _text(name: object) -> str | None:
    if not isinstance(name, (str, type(None))):
        msg = f"publish() takes text for the name of a track, not {name!r}"
        raise InvalidArgumentError(msg)
    return name


# Media in the hands of a test: recordings, compositions, hooks, as they are when one looks.


class _Medium(View):
    """What leaves a file behind, which is there until it is deleted."""

    _operations: ClassVar[ModuleType]
    """The module of its resource."""

    room_sid: str

    @property
    def media(self) -> bytes:
        """The bytes that a download returns: a small file that players accept, unless set.

        Where it is set to nothing, Twilio has no media, and a download is answered 404.
        """
        record = self._record
        content: bytes = b"" if _is_deleted(record) else self._operations.media_of(record)
        return content

    @media.setter
    def media(self, content: bytes) -> None:
        record = self._record
        if _is_deleted(record):
            msg = f"the media of {record.sid} cannot be set: it was deleted, and they with it"
            raise TwilioVideoError(msg)
        self._simulation.act(self._operations.set_media, record, _bytes(content))

    @property
    def room(self) -> Room:
        """The room whose sound and pictures it has."""
        return Room(self._simulation, self.room_sid)


class Recording(_Medium):
    """A recording of a track."""

    _kind = recordings.Recording
    _operations: ClassVar[ModuleType] = recordings

    account_sid: str
    """The account, ``AC…``."""
    room_sid: str
    """The room that it was made in, ``RM…``."""
    status: RecordingStatus
    """``"processing"``, ``"completed"``, ``"deleted"`` or ``"failed"``."""
    source_sid: str
    """The track that was recorded, ``MT…``."""
    size: int
    """Bytes of `media`; 0 until the recording is complete."""
    type: TrackKind
    """``"audio"`` or ``"video"``; data are not recorded."""
    duration: int
    """Seconds, rounded to the nearest and at least 1; 0 until the recording is complete."""
    container_format: str
    """``"mka"`` of audio, ``"mkv"`` of video."""
    codec: str
    """``"opus"``, ``"vp8"`` or ``"h264"``."""
    grouping_sids: dict[str, str]
    """The SIDs of its room and its participant, by ``room_sid`` and ``participant_sid``."""
    track_name: str
    """The name of the track."""
    offset: int
    """Milliseconds since a moment that is the same for all recordings."""
    media_external_location: str | None
    """Where it lies in S3, if the settings send it there."""
    status_callback: str | None
    """The URL that is told of it: that of its room."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""

    def fail(self, operation: str = "RecordingComplete") -> None:
        """Let the recording come to nothing while it is in process.

        *operation* is what the callback names as FailedOperation: ``"RecordingStart"``,
        ``"RecordingComplete"`` or ``"RecordingUpload"``.

        Raises:
            TwilioVideoError: it is not in process any more, or there is no such *operation*.

        """
        if operation not in recordings.OPERATIONS:
            msg = f"{operation!r} cannot fail: it is one of {', '.join(recordings.OPERATIONS)}"
            raise TwilioVideoError(msg)
        record = self._record
        if record.status is not recordings.RecordingStatus.PROCESSING:
            msg = (
                f"recording {record.sid} cannot fail any more, it is {record.status}: let it fail "
                f"before its track is unpublished, its participant leaves or its room ends"
            )
            raise TwilioVideoError(msg)
        self._simulation.act(recordings.fail, record, operation)


class Composition(_Medium):
    """A composition of recordings of a room."""

    _kind = compositions.Composition
    _operations: ClassVar[ModuleType] = compositions

    account_sid: str
    """The account, ``AC…``."""
    status: CompositionStatus
    """``"enqueued"``, ``"processing"``, ``"completed"``, ``"deleted"`` or ``"failed"``."""
    date_completed: datetime | None
    """When it was complete."""
    date_deleted: datetime | None
    """When it was deleted."""
    room_sid: str
    """The room that it is composed of, ``RM…``."""
    audio_sources: list[str]
    """Tracks, by name or SID, whose audio it has; ``*`` stands for any characters."""
    audio_sources_excluded: list[str]
    """Tracks, in the same words, whose audio it does not have."""
    video_layout: dict[str, Any]
    """The regions by their names, all that was not said filled in."""
    resolution: str
    """Width and height in pixels, ``"640x480"``."""
    trim: bool
    """Whether times in which there is nothing are left out."""
    format: Format
    """``"webm"`` or ``"mp4"``."""
    bitrate: int
    """Bits per second; 0 until the composition is complete."""
    size: int
    """Bytes of `media`; 0 until the composition is complete."""
    duration: int
    """Seconds that the recordings fill; 0 until the composition is complete."""
    media_external_location: str | None
    """Where it lies in S3, if the settings send it there."""
    status_callback: str | None
    """The URL that is told of it; `None` where nobody is."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""

    def fail(self, message: str = "The media could not be processed") -> None:
        """Let the composition come to nothing while it is enqueued or in process.

        *message* is what the callback gives as ErrorMessage.

        Raises:
            TwilioVideoError: it is complete, has failed or was deleted.

        """
        record = self._record
        if record.status not in _UNDER_WAY:
            msg = (
                f"composition {record.sid} cannot fail any more, it is {record.status}: let it "
                f"fail within {compositions.WAITING + compositions.PROCESSING} of its room's end"
            )
            raise TwilioVideoError(msg)
        operation = _UNDER_WAY[record.status]
        self._simulation.act(compositions.fail, record, operation, message)


_UNDER_WAY = {
    compositions.CompositionStatus.ENQUEUED: "CompositionStart",
    compositions.CompositionStatus.PROCESSING: "CompositionComplete",
}
"""What fails in which status."""


class CompositionHook(View):
    """A standing order to compose every room that ends."""

    _kind = composition_hooks.CompositionHook
    _name_field = "friendly_name"

    account_sid: str
    """The account, ``AC…``."""
    friendly_name: str
    """Its name, of which there is one in the account."""
    enabled: bool
    """Whether it makes compositions."""
    date_updated: datetime | None
    """When it was changed last; `None` until then."""
    audio_sources: list[str]
    """As of the compositions that it makes, like all below."""
    audio_sources_excluded: list[str]
    """Tracks whose audio they do not have."""
    video_layout: dict[str, Any]
    """The regions by their names, all that was not said filled in."""
    resolution: str
    """Width and height in pixels, ``"640x480"``."""
    format: Format
    """``"webm"`` or ``"mp4"``."""
    trim: bool
    """Whether times in which there is nothing are left out."""
    status_callback: str | None
    """The URL that is told of them; `None` where nobody is."""
    status_callback_method: str
    """``"POST"`` or ``"GET"``."""

    @property
    def sid(self) -> str:  # type: ignore[override]
        """Its SID, which outlives it."""
        sid: str = self._sid
        return sid

    @property
    def _record(self) -> Any:
        simulation = self._simulation
        simulation.sync()
        record = simulation.account.get(self._kind, self.sid)
        if record is None:
            msg = (
                f"composition hook {self.sid} was deleted, and nothing is left to be read: look "
                f"before, or ask whether it is in twilio_video.composition_hooks"
            )
            raise TwilioVideoError(msg)
        return record

    def __repr__(self) -> str:
        simulation = self._simulation
        is_there = simulation.account.get(self._kind, self.sid) is not None
        return super().__repr__() if is_there else f"<CompositionHook {self.sid} deleted>"


def _is_deleted(record: recordings.Recording | compositions.Composition) -> bool:
    return record.date_deleted is not None


def _bytes(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    msg = f"media are bytes, not {content!r}"
    raise InvalidFieldError(msg)
