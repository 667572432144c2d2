"""Media in the hands of a test: recordings, compositions, hooks, as they are when one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ._resources import composition_hooks, compositions, recordings
from .errors import InvalidFieldError, TwilioVideoError
from .live import View
from .views import Room


if TYPE_CHECKING:
    from datetime import datetime
    from types import ModuleType

    from ._resources.composition_recipe import Format
    from ._resources.compositions import CompositionStatus
    from ._resources.published_tracks import TrackKind
    from ._resources.recordings import RecordingStatus


__all__ = ["Composition", "CompositionHook", "Recording"]


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
        self.__dict__["_world"].act(self._operations.set_media, record, _bytes(content))

    @property
    def room(self) -> Room:
        """The room whose sound and pictures it has."""
        return Room(self.__dict__["_world"], self.room_sid)


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
        self.__dict__["_world"].act(recordings.fail, record, operation)


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
        self.__dict__["_world"].act(compositions.fail, record, operation, message)


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
        sid: str = self.__dict__["_sid"]
        return sid

    @property
    def _record(self) -> Any:
        world = self.__dict__["_world"]
        world.touch()
        record = world.account.get(self._kind, self.sid)
        if record is None:
            msg = (
                f"composition hook {self.sid} was deleted, and nothing is left to be read: look "
                f"before, or ask whether it is in twilio_video.composition_hooks"
            )
            raise TwilioVideoError(msg)
        return record

    def __repr__(self) -> str:
        world = self.__dict__["_world"]
        is_there = world.account.get(self._kind, self.sid) is not None
        return super().__repr__() if is_there else f"<CompositionHook {self.sid} deleted>"


def _is_deleted(record: recordings.Recording | compositions.Composition) -> bool:
    return record.date_deleted is not None


def _bytes(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    msg = f"media are bytes, not {content!r}"
    raise InvalidFieldError(msg)
