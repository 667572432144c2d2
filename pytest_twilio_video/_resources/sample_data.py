"""The past: what a populated account has been through.

Meetings are planned by chance, and then held by the very operations that serve
the API, each at its moment of virtual time. So nothing in the account is such
as could not have come about.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Protocol

from .._engine.account import Account
from .._engine.parameters import build
from .._engine.records import struct
from . import participants, published_tracks, rooms
from .participants import Participant, ParticipantStatus
from .published_tracks import PublishedTrack, TrackKind
from .rooms import Room, RoomStatus


__all__ = ["Names", "Outline", "plan", "random_identity", "replay"]

# A room that everybody has left closes after 5 minutes, and the last to leave may be given up
# only 30 seconds after their network was gone.
AFTERMATH = timedelta(minutes=6)


class Names(Protocol):
    """Where the names of made-up people and rooms come from: Faker, as a rule."""

    def twilio_identity(self) -> str:
        """Return an identity; it may be one that was returned before."""

    def twilio_room_name(self) -> str:
        """Return a name for a room; it may be one that was returned before."""


@struct(kw_only=True)
class Outline:
    """How much happened, and to whom."""

    meetings: int
    guests: int
    """Of each meeting."""
    is_recorded: bool
    over: timedelta
    """Within how long a time, up to now."""
    identities: list[str]
    """Who may come."""
    names: list[str]
    """Of meetings that are held again and again."""
    new_name: Callable[[], str]


def plan(
    names: Names, rooms: int, participants: int, *, recordings: bool, over: timedelta
) -> Outline:
    """Return who meets in so many *rooms*, of so many *participants* each.

    Some people come more often than others, and some meetings are held again and again.
    """
    identities: dict[str, None] = {}
    while len(identities) < 2 * participants + rooms // 4:
        identities[names.twilio_identity()] = None
    return Outline(
        meetings=rooms,
        guests=participants,
        is_recorded=recordings,
        over=over,
        identities=list(identities),
        names=[names.twilio_room_name() for _ in range(rooms // 3 + 1)],
        new_name=names.twilio_room_name,
    )


def random_identity(account: Account, names: Names, room_sid: str) -> str:
    """Return an identity that nobody bears who is, or was, in the room of that SID."""
    taken = {each.identity for each in account.select(Participant, room_sid=room_sid)}
    while (identity := names.twilio_identity()) in taken:
        pass
    return identity


def replay(account: Account, outline: Outline) -> None:
    """Let the meetings of *outline* have been held.

    Quotas of the account hold from now on: they may have been others in those days. Where that
    fails, the account is empty, as it was before.
    """
    quotas = dict(account.limits)
    account.limits.clear()

    def schedule() -> None:
        for _ in range(outline.meetings):
            _Meeting(account, outline).plan()

    now = account.clock.now
    try:
        account.clock.replay(now - outline.over, now, schedule)
    except BaseException:
        account.clear()
        raise
    finally:
        account.limits.update(quotas)


class _Meeting:
    """One room, from its creation to its end.

    Times are drawn in whole seconds, as REST shows them. Whatever was planned is left undone
    where it makes no sense any more: chance may end a room before somebody would leave it.
    """

    def __init__(self, account: Account, outline: Outline) -> None:
        self._account, self._outline = account, outline
        dice = self._dice = account.random.stream("past")
        self._length = min(timedelta(minutes=dice.triangular(5, 90, 30)), outline.over / 2)
        self._guests = dice.sample(outline.identities, outline.guests)
        # Some are ended by their host, the others close when they are empty, if there is time.
        is_short_of_time = outline.over < self._length + AFTERMATH
        self._is_ended = self._happens(0.6) or is_short_of_time
        self._room_sid = ""

    def plan(self) -> None:
        rest = self._outline.over - self._length
        rest -= timedelta(0) if self._is_ended else AFTERMATH
        start = self._account.clock.now
        moments = [rest * self._dice.random() for _ in range(3)]
        # Most people meet in the middle of the day.
        self._later(min(moments, key=lambda moment: abs((start + moment).hour - 13)), self._open)

    def _open(self) -> None:
        is_recorded = self._outline.is_recorded
        said = {"unique_name": self._name(), "record_participants_on_connect": is_recorded}
        params = build(rooms.CreateRoom, said)
        self._room_sid = rooms.create(self._account, params, created_by="test").sid
        for number, identity in enumerate(self._guests):
            # The first is there in time, or the room would be closed again.
            latest = min(self._length * 0.2, timedelta(minutes=10 if number else 1))
            self._later(latest * self._dice.random(), partial(self._join, identity))
        if self._is_ended:
            self._later(self._length, self._end)

    def _name(self) -> str:
        name = self._dice.choice(self._outline.names)
        while rooms.find_open(self._account, name) is not None:
            name = self._outline.new_name()
        return name

    def _join(self, identity: str) -> None:
        room = self._room
        if room.status is not RoomStatus.IN_PROGRESS:
            return
        guest = participants.connect(self._account, room, identity)
        moment = min(self._length * 0.05, timedelta(seconds=10))
        for kind in self._kinds():
            self._later(moment * self._dice.random(), partial(self._publish, guest.sid, kind))
        stay = self._length * self._dice.uniform(0.4, 0.8)
        # Now and then a train enters a tunnel, and some stay until they are sent home.
        if self._happens(0.05):
            self._later(stay, partial(self._vanish, guest.sid))
        elif not (self._is_ended and self._happens(0.3)):
            self._later(stay, partial(self._leave, guest.sid))

    def _kinds(self) -> list[TrackKind]:
        extras = [(TrackKind.VIDEO, 0.8), (TrackKind.DATA, 0.1)]
        return [TrackKind.AUDIO, *(kind for kind, often in extras if self._happens(often))]

    def _publish(self, sid: str, kind: TrackKind) -> None:
        guest = self._account.table(Participant)[sid]
        if guest.status is not ParticipantStatus.CONNECTED:
            return
        track = published_tracks.publish(self._account, self._room, guest, kind, None)
        if kind is not TrackKind.DATA and self._happens(0.2):
            moment = self._length * self._dice.uniform(0.1, 0.3)
            self._later(moment, partial(self._switch, track.sid, enabled=False))
            self._later(moment * 2, partial(self._switch, track.sid, enabled=True))

    def _switch(self, sid: str, *, enabled: bool) -> None:
        track = self._account.table(PublishedTrack)[sid]
        guest = self._account.table(Participant)[track.participant_sid]
        if track.is_published and guest.status is ParticipantStatus.CONNECTED:
            published_tracks.enable(self._account, guest, track, enabled=enabled)

    def _leave(self, sid: str) -> None:
        guest = self._account.table(Participant)[sid]
        if guest.status is ParticipantStatus.CONNECTED:
            participants.leave(self._account, guest)

    def _vanish(self, sid: str) -> None:
        guest = self._account.table(Participant)[sid]
        if guest.status is ParticipantStatus.CONNECTED:
            participants.drop_network(self._account, guest)

    def _end(self) -> None:
        rooms.end(self._account, self._room)

    def _happens(self, often: float) -> bool:
        return self._dice.random() < often

    @property
    def _room(self) -> Room:
        return self._account.table(Room)[self._room_sid]

    def _later(self, delay: timedelta, act: Callable[[], object]) -> None:
        whole = timedelta(seconds=int(delay.total_seconds()))
        self._account.clock.call_later(whole, act, "something that happened long ago")
