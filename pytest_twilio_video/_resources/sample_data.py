"""Sample data: a random past for an empty account.

Meetings are planned at random. Then they are carried out by the operations that the API uses,
each at its moment of virtual time. So the account is always in a state that is possible in
Twilio.
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


# An empty room ends after 5 minutes, and the last participant may be disconnected only 30 seconds
# after they lost the network.
AFTERMATH = timedelta(minutes=6)


class Names(Protocol):
    """A source of random names, usually Faker."""

    def twilio_identity(self) -> str:
        """Return an identity, which may have been returned before."""

    def twilio_room_name(self) -> str:
        """Return a name for a room, which may have been returned before."""


@struct(kw_only=True)
class Plan:
    """A plan of meetings: how many there are, and who takes part."""

    meetings: int
    guests: int
    """The number of participants of each meeting."""
    is_recorded: bool
    over: timedelta
    """The time before now in which all meetings take place."""
    identities: list[str]
    """The identities of the people who take part in the meetings."""
    names: list[str]
    """The names of the meetings that take place several times."""
    new_name: Callable[[], str]


def plan(
    names: Names, rooms: int, participants: int, *, recordings: bool, over: timedelta
) -> Plan:
    """Return a plan of *rooms* meetings with *participants* participants each.

    Some people take part more often than others, and some meetings are held several times.
    """
    identities: dict[str, None] = {}
    while len(identities) < 2 * participants + rooms // 4:
        identities[names.twilio_identity()] = None
    return Plan(
        meetings=rooms,
        guests=participants,
        is_recorded=recordings,
        over=over,
        identities=list(identities),
        names=[names.twilio_room_name() for _ in range(rooms // 3 + 1)],
        new_name=names.twilio_room_name,
    )


def random_identity(account: Account, names: Names, room_sid: str) -> str:
    """Return an identity that no participant of this room has or has had."""
    earlier = account.select(Participant, room_sid=room_sid)
    taken = {participant.identity for participant in earlier}
    while (identity := names.twilio_identity()) in taken:
        pass
    return identity


def replay(account: Account, plan: Plan) -> None:
    """Carry out the meetings of *plan* in the past.

    The limits of the account do not apply to the past. If anything fails, the account is empty
    again.
    """
    quotas = dict(account.limits)
    account.limits.clear()

    def schedule() -> None:
        for _ in range(plan.meetings):
            _Meeting(account, plan).schedule()

    now = account.clock.now
    try:
        account.clock.replay(now - plan.over, now, schedule)
    except BaseException:
        account.clear()
        raise
    finally:
        account.limits.update(quotas)


class _Meeting:
    """One meeting, from the creation of its room to its end.

    Times are in whole seconds, as in REST documents. If a planned step has become impossible, it
    is skipped. For example, the room may end before a participant would leave it.
    """

    def __init__(self, account: Account, plan: Plan) -> None:
        self._account, self._plan = account, plan
        random = self._random = account.random.generator("past")
        self._length = min(timedelta(minutes=random.triangular(5, 90, 30)), plan.over / 2)
        self._guests = random.sample(plan.identities, plan.guests)
        # Some meetings are completed by their host. The others end by the timeout of the empty
        # room, if there is enough time.
        is_short_of_time = plan.over < self._length + AFTERMATH
        self._is_completed = self._is_true(0.6) or is_short_of_time
        self._room_sid = ""

    def schedule(self) -> None:
        rest = self._plan.over - self._length
        rest -= timedelta(0) if self._is_completed else AFTERMATH
        start = self._account.clock.now
        moments = [rest * self._random.random() for _ in range(3)]
        # Most people meet in the middle of the day.
        self._call_later(
            min(moments, key=lambda moment: abs((start + moment).hour - 13)), self._open
        )

    def _open(self) -> None:
        is_recorded = self._plan.is_recorded
        values = {"unique_name": self._name(), "record_participants_on_connect": is_recorded}
        params = build(rooms.CreateRoom, values)
        self._room_sid = rooms.create(self._account, params, created_by="test").sid
        for number, identity in enumerate(self._guests):
            # The first participant joins early, before the room would end unused.
            latest = min(self._length * 0.2, timedelta(minutes=10 if number else 1))
            self._call_later(latest * self._random.random(), partial(self._join, identity))
        if self._is_completed:
            self._call_later(self._length, self._end)

    def _name(self) -> str:
        name = self._random.choice(self._plan.names)
        while rooms.find_open(self._account, name) is not None:
            name = self._plan.new_name()
        return name

    def _join(self, identity: str) -> None:
        room = self._room
        if room.status is not RoomStatus.IN_PROGRESS:
            return
        guest = participants.connect(self._account, room, identity, is_admitted=True)
        moment = min(self._length * 0.05, timedelta(seconds=10))
        for kind in self._kinds():
            self._call_later(
                moment * self._random.random(), partial(self._publish, guest.sid, kind)
            )
        stay = self._length * self._random.uniform(0.4, 0.8)
        # A few lose the network, and some stay until the room is completed.
        if self._is_true(0.05):
            self._call_later(stay, partial(self._drop_network, guest.sid))
        elif not (self._is_completed and self._is_true(0.3)):
            self._call_later(stay, partial(self._leave, guest.sid))

    def _kinds(self) -> list[TrackKind]:
        extras = [(TrackKind.VIDEO, 0.8), (TrackKind.DATA, 0.1)]
        return [TrackKind.AUDIO, *(kind for kind, chance in extras if self._is_true(chance))]

    def _publish(self, sid: str, kind: TrackKind) -> None:
        guest = self._account.table(Participant)[sid]
        if guest.status is not ParticipantStatus.CONNECTED:
            return
        track = published_tracks.publish(self._account, self._room, guest, kind, None)
        if kind is not TrackKind.DATA and self._is_true(0.2):
            moment = self._length * self._random.uniform(0.1, 0.3)
            self._call_later(moment, partial(self._enable, track.sid, enabled=False))
            self._call_later(moment * 2, partial(self._enable, track.sid, enabled=True))

    def _enable(self, sid: str, *, enabled: bool) -> None:
        track = self._account.table(PublishedTrack)[sid]
        guest = self._account.table(Participant)[track.participant_sid]
        if track.is_published and guest.status is ParticipantStatus.CONNECTED:
            published_tracks.enable(self._account, guest, track, enabled=enabled)

    def _leave(self, sid: str) -> None:
        guest = self._account.table(Participant)[sid]
        if guest.status is ParticipantStatus.CONNECTED:
            participants.leave(self._account, guest)

    def _drop_network(self, sid: str) -> None:
        guest = self._account.table(Participant)[sid]
        if guest.status is ParticipantStatus.CONNECTED:
            participants.drop_network(self._account, guest)

    def _end(self) -> None:
        rooms.end(self._account, self._room)

    def _is_true(self, chance: float) -> bool:
        return self._random.random() < chance

    @property
    def _room(self) -> Room:
        return self._account.table(Room)[self._room_sid]

    def _call_later(self, delay: timedelta, action: Callable[[], object]) -> None:
        whole_seconds = timedelta(seconds=int(delay.total_seconds()))
        self._account.clock.call_later(whole_seconds, action, "something that happened long ago")
