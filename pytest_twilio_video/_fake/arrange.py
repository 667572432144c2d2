"""Arranging: what a test sets up by itself, rooms, who joins them, and a whole past."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Final

from .._assertions.names import check_parameters
from .._engine.arguments import truth, whole
from .._engine.parameters import build
from .._engine.refusals import Refusal
from .._resources import access_tokens, rooms, sample_data
from .._resources.rooms import MOST_PARTICIPANTS, RoomType
from ..errors import InvalidArgumentError, RefusedError, TwilioVideoError
from .collection import Collection
from .resources import Participant, Room


if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._assertions.fields import NewRoom
    from .._engine.settings import Settings
    from .._simulation import Simulation


__all__ = ["Arranging", "Rooms"]

__tracebackhide__ = True  # A report shows the line of the test.

SHORTEST_PAST: Final = timedelta(minutes=10)  # in less, a meeting would last no time at all


class Rooms(Collection[Room]):
    """All rooms of the account, in the order of their creation."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation, Room)

    def create(self, **values: Unpack[NewRoom]) -> Room:
        """Arrange a room without HTTP.

        *values* are the parameters of the REST call, in snake_case; limits, defaults and
        callbacks are the same.

        Raises:
            InvalidFieldError: the call has no such parameter.
            RefusedError: Twilio would refuse it.

        """
        check_parameters("rooms.create()", rooms.CreateRoom, values)
        try:
            params = build(rooms.CreateRoom, dict(values))
            room = self._simulation.act(rooms.create, params, created_by="test")
        except Refusal as refusal:
            raise RefusedError.of(refusal) from None
        return Room(self._simulation, room.sid)


class Arranging:
    """What brings people and their rooms into an account, without a call of the API."""

    _simulation: Simulation
    _settings: Settings

    def connect(
        self,
        token: str,
        room: Room | str | None = None,
        *,
        automatic_subscription: bool = True,
    ) -> Participant:
        """Join as a client SDK would, with the access token that the application minted.

        *token* is what ``AccessToken(...).to_jwt()`` returned. Its times are read against the
        machine's clock, and as much later as the virtual one was advanced; against that of
        freezegun or time-machine, while one is active. *room* is a `Room`, a name or a SID;
        without it, the room that the token is for. Without *automatic_subscription*, a
        client's own option, the participant begins by getting nobody's tracks.

        Raises:
            VideoSdkError: the token is not good (20101 to 20107), or not for that room (20106);
                there is no such room (53103, 53106), or it is over (53118) or full (53105); the
                identity is none (53200, 53201, 53202), or the account has too many participants
                (53206).
            InvalidArgumentError: *token* is no text, *room* no room, or *automatic_subscription*
                no truth value.

        """
        _check_joining(token, room)
        truth("automatic_subscription", automatic_subscription)
        wanted = room.sid if isinstance(room, Room) else room
        joined = self._simulation.act_as_sdk(
            access_tokens.join_with_token,
            self._simulation.credentials,
            token,
            wanted,
            ad_hoc_rooms=self._settings.ad_hoc_rooms,
            automatic_subscription=automatic_subscription,
        )
        return Participant(self._simulation, joined.sid)

    def populate(
        self,
        rooms: int = 20,
        participants: int = 4,
        *,
        recordings: bool = True,
        over: timedelta = timedelta(days=30),
    ) -> list[Room]:
        """Give the account a plausible past, for tests of lists, reports and billing.

        Within the time *over* up to now so many *rooms* were created, joined by so many
        *participants* each, who published, muted, left or were cut off, and all were closed,
        with *recordings* or without. It is the same past for the same seed. The time that it
        is does not change; callbacks of those days are not sent again, and the quotas of the
        account did not hold then.

        Return the rooms, the oldest first.

        Raises:
            InvalidArgumentError: a number is negative, no room holds so many participants,
                *recordings* is no truth value, or *over* is no time, or too short or too long.
            TwilioVideoError: the account is not empty.

        """
        account = self._simulation.account
        _check_past(rooms, participants, recordings, over, account.clock.now)
        if not account.is_empty:
            msg = (
                "populate() makes up the past of an empty account, and something has happened "
                "in this one already: call it first, or after reset()"
            )
            raise TwilioVideoError(msg)
        from ..faker import drawing_from

        names = drawing_from(account.random.generator("cast"))
        meetings = sample_data.plan(names, rooms, participants, recordings=recordings, over=over)
        self._simulation.journal.note("act", partial(sample_data.replay, account, meetings))
        with self._simulation.journal.closed():
            self._simulation.act(sample_data.replay, meetings)
        return list(Rooms(self._simulation))


def _check_joining(token: object, room: object) -> None:
    if not isinstance(token, (str, bytes)):
        msg = f"connect() takes a token as text, like AccessToken(...).to_jwt(), not {token!r}"
        raise InvalidArgumentError(msg)
    if not isinstance(room, (Room, str, type(None))):
        msg = f"connect() takes a room, its name or its SID, not {room!r}"
        raise InvalidArgumentError(msg)


def _check_past(
    rooms: object, participants: object, recordings: object, over: object, now: datetime
) -> None:
    whole("rooms", rooms)
    whole("participants", participants, at_most=MOST_PARTICIPANTS[RoomType.GROUP])
    truth("recordings", recordings)
    if not isinstance(over, timedelta) or over < SHORTEST_PAST:
        minutes = SHORTEST_PAST // timedelta(minutes=1)
        msg = (
            f"over is {over!r}, but must be a timedelta of {minutes} minutes or more, like "
            f"timedelta(days=30): meetings need some time"
        )
        raise InvalidArgumentError(msg)
    if over > now - datetime.min.replace(tzinfo=timezone.utc):
        msg = f"over is {over!r}, but the calendar does not reach so far back from {now}"
        raise InvalidArgumentError(msg)
