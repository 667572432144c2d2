"""Browsers: the operations of the fake for participants who are in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._browser.seam import Broadcast, Person, Track, View
from .._engine.account import record_of
from .._engine.random_source import unrepeatable
from .._engine.refusals import Refusal
from .._resources import (
    access_tokens,
    messages,
    participants,
    published_tracks,
    recorder,
    rooms,
    subscribed_tracks,
    transcriptions,
)
from ..errors import VideoSdkError


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._browser.seam import NewTrack
    from .._engine.account import Account, Event
    from .._resources.participants import Participant
    from .._resources.published_tracks import PublishedTrack
    from .fake import FakeTwilioVideo


__all__ = ["Browsers"]

PAGE = "the page"


class Browsers:
    """A fake, as signaling sees it. `_browser/seam.py` describes each method."""

    def __init__(self, fake: FakeTwilioVideo) -> None:
        self._fake = fake
        self._broadcasts: list[Broadcast] = []
        self._on_event: Callable[[], object] = lambda: None

    def start(self, on_event: Callable[[], object]) -> None:
        """From now on, call *on_event* when something happened that clients learn."""
        self._on_event = on_event
        self._fake._listeners.append(self._hear_event)  # noqa: SLF001 -- as below: the fake is ours

    def stop(self) -> None:
        """Stop calling *on_event*."""
        self._fake._listeners.remove(self._hear_event)  # noqa: SLF001

    @property
    def account(self) -> Account:
        return self._fake._simulation.account  # noqa: SLF001

    def new_session(self) -> str:
        return unrepeatable()

    def join(
        self,
        token: str,
        room: str | None,
        tracks: Sequence[NewTrack],
        *,
        automatic_subscription: bool,
    ) -> tuple[str, list[str | VideoSdkError]]:
        simulation = self._fake._simulation  # noqa: SLF001
        published: list[PublishedTrack | None] = []
        joined: Participant = self._act(
            access_tokens.join_with_token,
            simulation.credentials,
            token,
            room,
            what=f"joins {room or 'a room'} with a token",
            ad_hoc_rooms=self._fake._settings.ad_hoc_rooms,  # noqa: SLF001
            automatic_subscription=automatic_subscription,
            tracks=[_new_track(track) for track in tracks],
            on_track=published.append,
            page=PAGE,
        )
        return joined.sid, [
            self._try_to_publish(joined.sid, wanted) if track is None else track.sid
            for wanted, track in zip(tracks, published, strict=True)
        ]

    def leave(self, participant: str) -> None:
        record = self._participant(participant)
        self._act(participants.leave, record, what=f"{record.identity} leaves")

    def lose(self, participant: str) -> None:
        record = self._participant(participant)
        if record.status is participants.ParticipantStatus.CONNECTED:
            what = f"{record.identity} loses the connection"
            self._act(participants.drop_network, record, what=what)

    def check_token(self, token: str) -> None:
        simulation = self._fake._simulation  # noqa: SLF001
        at = self.account.clock.application_now
        try:
            access_tokens.read(token, simulation.credentials, at)
        except Refusal as refusal:
            self.note(f"cannot return: {refusal}")
            raise VideoSdkError(refusal.code, refusal.message, refusal.detail) from None

    def come_back(self, participant: str) -> None:
        record = self._participant(participant)
        if record.status is participants.ParticipantStatus.RECONNECTING:
            self._act(participants.resume, record, what=f"{record.identity} is connected again")

    def publish(self, participant: str, track: NewTrack) -> str:
        record = self._participant(participant)
        room = self.account.table(rooms.Room)[record.room_sid]
        new = _new_track(track)
        published: PublishedTrack = self._act(
            published_tracks.publish,
            room,
            record,
            new.kind,
            new.name,
            what=f"{record.identity} publishes {track.kind}",
            enabled=new.enabled,
            priority=new.priority,
        )
        return published.sid

    def unpublish(self, track: str) -> None:
        self._act_on_track(published_tracks.unpublish, track, "unpublishes")

    def enable(self, track: str, *, enabled: bool) -> None:
        verb = "unmutes" if enabled else "mutes"
        self._act_on_track(published_tracks.enable, track, verb, enabled=enabled)

    def prioritize(self, track: str, priority: str) -> None:
        record = self._track(track)
        what = f"gives {record.kind.value} the priority {priority}"
        self._act(published_tracks.prioritize, record, priority, what=what)

    def hear(self, participant: str, track: str, data: str | bytes) -> None:
        record, sent = self._participant(participant), self._track(track)
        what = f"{record.identity} sends a message"
        self._act(messages.send, record, sent, data, what=what)

    def view(self, participant: str) -> View:
        account, record = self.account, self._participant(participant)
        room = account.table(rooms.Room)[record.room_sid]
        present = participants.present(account, room)
        error = record.disconnect_error
        return View(
            room_sid=room.sid,
            room_name=room.unique_name,
            media_region=room.media_region,
            me=self._person(record),
            has_left=record.end_time is not None,
            is_cut=record.is_cut_off,
            error=None if error is None else VideoSdkError(error, Refusal(error).message),
            is_recording=recorder.is_recorded(room),
            others=tuple(self._person(other) for other in present if other.sid != record.sid),
            subscribed=frozenset(
                subscribed.sid for subscribed in subscribed_tracks.list_all(account, room, record)
            ),
            dominant_speaker=room.dominant_speaker_sid,
        )

    def take_broadcasts(self) -> list[Broadcast]:
        broadcast, self._broadcasts = self._broadcasts, []
        return broadcast

    def note(self, what: str) -> None:
        self._fake._simulation.journal.note("action", (what, ())).who = "page"  # noqa: SLF001

    def hint(self, text: str) -> None:
        # Any page may send a hint. A hint of several lines could look like entries of its own.
        text = "\\n".join(text.splitlines())
        if text not in self._fake._hints:  # noqa: SLF001
            self._fake._hints[text] = None  # noqa: SLF001
            self.note(text)

    def keep_frame(self, identity: str | None, arrow: str, text: str) -> None:
        clock = self.account.clock
        with clock.lock:  # A report may be reading them.
            self._fake._frames.append((clock.now, identity or "a page", arrow, text))  # noqa: SLF001

    def _hear_event(self, event: Event) -> None:
        record = record_of(event)
        if isinstance(record, (messages.Message, transcriptions.Utterance)):
            broadcast = _broadcast_of(record, self._pages_that_hear(record))
            if broadcast.receivers:
                self._broadcasts.append(broadcast)
        self._on_event()

    def _pages_that_hear(self, record: messages.Message | transcriptions.Utterance) -> list[str]:
        """Return the SIDs of the participants in browsers who receive *record* now."""
        connected = self.account.select(
            participants.Participant,
            room_sid=record.room_sid,
            status=participants.ParticipantStatus.CONNECTED,
        )
        return [
            participant.sid
            for participant in connected
            if participant.page is not None
            and (
                isinstance(record, transcriptions.Utterance)
                or participant.sid in record.receiver_sids
            )
        ]

    def _participant(self, sid: str) -> Participant:
        return self.account.table(participants.Participant)[sid]

    def _track(self, sid: str) -> PublishedTrack:
        return self.account.table(published_tracks.PublishedTrack)[sid]

    def _act(self, operation: Callable[..., Any], *args: Any, what: str, **kwargs: Any) -> Any:
        return self._fake._simulation.act_as_sdk(operation, *args, what=what, who="page", **kwargs)  # noqa: SLF001

    def _act_on_track(
        self, operation: Callable[..., Any], sid: str, verb: str, **kwargs: Any
    ) -> None:
        track = self._track(sid)
        publisher = self._participant(track.participant_sid)
        what = f"{publisher.identity} {verb} {track.kind.value}"
        self._act(operation, publisher, track, what=what, **kwargs)

    def _try_to_publish(self, participant: str, track: NewTrack) -> str | VideoSdkError:
        """Publish a track that the join has left out, and return its SID or the error."""
        try:
            return self.publish(participant, track)
        except VideoSdkError as refusal:
            return refusal

    def _person(self, record: Participant) -> Person:
        tracks = published_tracks.of_participant(self.account, record)
        return Person(
            sid=record.sid,
            identity=record.identity,
            state=record.status.value,
            tracks=tuple(
                Track(
                    track.sid,
                    track.kind.value,
                    track.name,
                    track.enabled,
                    track.priority,
                    track.is_switched_off,
                )
                for track in tracks
            ),
            is_in_browser=record.page is not None,
            network_quality=record.network_quality,
        )


def _new_track(track: NewTrack) -> published_tracks.NewTrack:
    kind = published_tracks.TrackKind(track.kind)
    return published_tracks.NewTrack(kind, track.name, track.enabled, track.priority)


def _broadcast_of(
    record: messages.Message | transcriptions.Utterance, receivers: list[str]
) -> Broadcast:
    if isinstance(record, messages.Message):
        return Broadcast(record.participant_sid, record.track_sid, record.data, tuple(receivers))
    return Broadcast(
        record.participant_sid,
        record.track_sid,
        record.transcription,
        tuple(receivers),
        {
            "language_code": record.language_code,
            "partial_results": record.partial_results,
            "sequence_number": record.sequence_number,
            "timestamp": f"{record.date_created:%Y-%m-%dT%H:%M:%S.%f}000Z",
        },
    )
