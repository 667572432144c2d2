"""What a test holds of media: recordings, as they are whenever one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._resources import recordings
from .errors import InvalidFieldError, TwilioVideoError
from .views import Room, View


if TYPE_CHECKING:
    from ._resources.published_tracks import TrackKind
    from ._resources.recordings import RecordingStatus


__all__ = ["Recording"]


class Recording(View):
    """A recording of a track."""

    _kind = recordings.Recording

    account_sid: str
    room_sid: str
    status: RecordingStatus
    source_sid: str
    """The track that was recorded, ``MT…``."""
    size: int
    """Bytes of :attr:`media`; 0 until the recording is complete."""
    type: TrackKind
    duration: int
    """Seconds, rounded to the nearest and at least 1; 0 until the recording is complete."""
    container_format: str
    codec: str
    grouping_sids: dict[str, str]
    track_name: str
    offset: int
    """Milliseconds since a moment that is the same for all recordings."""
    media_external_location: str | None
    status_callback: str | None
    status_callback_method: str

    @property
    def media(self) -> bytes:
        """The bytes that a download returns: a small file that players accept, unless set.

        Where it is set to nothing, Twilio has no media, and a download is answered 404.
        """
        record = self._record
        is_deleted = record.status is recordings.RecordingStatus.DELETED
        return b"" if is_deleted else recordings.media_of(record)

    @media.setter
    def media(self, content: bytes) -> None:
        self.__dict__["_world"].act(recordings.set_media, self._record, _bytes(content))

    @property
    def room(self) -> Room:
        """The room that it was made in."""
        return Room(self.__dict__["_world"], self.room_sid)

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


def _bytes(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    msg = f"media are bytes, not {content!r}"
    raise InvalidFieldError(msg)
