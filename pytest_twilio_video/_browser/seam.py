"""The seam: what signaling needs from the fake, and what a client may know about its room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol


if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..errors import VideoSdkError


__all__ = ["Backend", "Broadcast", "NewTrack", "Person", "Track", "View"]


class NewTrack(NamedTuple):
    """A track that a client wants to publish."""

    kind: str
    name: str | None
    enabled: bool
    priority: str


class Track(NamedTuple):
    """A track that is published."""

    sid: str
    kind: str
    name: str
    enabled: bool
    priority: str
    is_switched_off: bool = False


class Person(NamedTuple):
    """A participant in the room."""

    sid: str
    identity: str
    state: str
    """``connected`` or ``reconnecting``."""
    tracks: tuple[Track, ...]
    is_in_browser: bool
    network_quality: int | None = None


class View(NamedTuple):
    """What one client may know about its room now."""

    room_sid: str
    room_name: str
    media_region: str | None
    me: Person
    has_left: bool
    is_cut: bool
    """Whether the test interrupts the network of this client."""
    error: VideoSdkError | None
    """Why the client was disconnected, if there is a reason."""
    is_recording: bool
    others: tuple[Person, ...]
    subscribed: frozenset[str]
    """The SIDs of the tracks that the client is subscribed to."""
    dominant_speaker: str | None = None


class Broadcast(NamedTuple):
    """Something that is sent once, and never repeated: a message, or a transcription."""

    participant: str
    track: str
    data: str | bytes
    receivers: tuple[str, ...]
    """The SIDs of the participants who receive it."""
    transcription: dict[str, Any] | None = None
    """Further fields of a transcription."""


class Backend(Protocol):
    """A fake, as signaling sees it. Every method may raise `VideoSdkError`."""

    @property
    def account(self) -> object:
        """The account of the fake. After a reset it is another one, which may repeat SIDs."""

    def new_session(self) -> str:
        """Return a text for the session of a client. No other session has it, of any fake."""

    def join(
        self,
        token: str,
        room: str | None,
        tracks: Sequence[NewTrack],
        *,
        automatic_subscription: bool,
    ) -> tuple[str, list[str | VideoSdkError]]:
        """Join a room. Return the participant's SID, and for each track its SID or an error."""

    def leave(self, participant: str) -> None:
        """Leave the room, as the client asks."""

    def lose(self, participant: str) -> None:
        """Handle the loss of a client's socket."""

    def check_token(self, token: str) -> None:
        """Refuse a token that has expired, or is invalid for another reason."""

    def come_back(self, participant: str) -> None:
        """Handle the return of a client whose socket was lost."""

    def publish(self, participant: str, track: NewTrack) -> str:
        """Publish a track, and return its SID."""

    def unpublish(self, track: str) -> None:
        """Unpublish a track."""

    def enable(self, track: str, *, enabled: bool) -> None:
        """Unmute a track, or mute it."""

    def prioritize(self, track: str, priority: str) -> None:
        """Give a track another priority."""

    def hear(self, participant: str, track: str, data: str | bytes) -> None:
        """Record *data*, which a client has sent over its data track."""

    def view(self, participant: str) -> View:
        """Return what a client may know now."""

    def take_broadcasts(self) -> list[Broadcast]:
        """Return the messages and transcriptions since the last call, and forget them.

        Those that nobody in a browser receives are left out.
        """

    def note(self, what: str) -> None:
        """Add to the timeline what a page did."""

    def hint(self, text: str) -> None:
        """Add *text* to the timeline, and to the report if the test fails."""

    def keep_frame(self, identity: str | None, arrow: str, text: str) -> None:
        """Keep a frame for the report of a failed test. *identity* is that of the person."""
