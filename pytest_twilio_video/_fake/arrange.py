"""Arranging: how a test adds rooms, participants and a made-up past without the API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from .._assertions.names import check_parameters
from .._engine.arguments import truth, whole
from .._engine.parameters import build
from .._engine.refusals import Refusal
from .._resources import rooms
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

__tracebackhide__ = True

SHORTEST_PAST: Final = timedelta(minutes=10)  # A shorter past leaves no time for meetings.


class Rooms(Collection[Room]):
    """All rooms of the account, in the order of their creation."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation, Room)

    def create(self, /, **values: Unpack[NewRoom]) -> Room:
        """Create a room without an HTTP request.

        *values* are the parameters of the REST call in snake_case. They have the same limits and
        defaults as in a call, and the room has the same callbacks.

        Raises:
            InvalidFieldError: the REST call has no parameter of that name.
            RefusedError: Twilio would refuse the REST call.

        """
        check_parameters("rooms.create()", rooms.CreateRoom, values)
        try:
            given = rooms.with_defaults(self._simulation.account, dict(values))
            params = build(rooms.CreateRoom, given)
            room = self._simulation.act(
                rooms.create,
                params,
                created_by="test",
                what=f"creates the room {params.unique_name or 'without a name'}",
            )
        except Refusal as refusal:
            raise RefusedError.of(refusal) from None
        return Room(self._simulation, room.sid)


class Arranging:
    """Methods that add participants and rooms to the account without an API call."""

    _simulation: Simulation
    _settings: Settings

    def connect(
        self,
        token: str,
        room: Room | str | None = None,
        *,
        automatic_subscription: bool = True,
    ) -> Participant:
        """Join a room with an access token of the application, as a client SDK does.

        *token* is the text that ``AccessToken(...).to_jwt()`` returns. *room* is a `Room`, a name
        or a SID. If *room* is omitted, the token must name the room. *automatic_subscription* is
        an option of the client SDK. If it is false, the participant is not subscribed to any
        track at first.

        The times in the token are compared with the time of the machine, plus the time by which
        the test has advanced the virtual clock. While freezegun or time-machine is active, the
        time of that library replaces the time of the machine.

        Raises:
            VideoSdkError: the token is invalid (20101 to 20107) or for another room (20106), the
                room does not exist (53103, 53106), is completed (53106) or full (53105), the
                identity is invalid (53200, 53201, 53202), or the account has too many
                participants (53206).
            InvalidArgumentError: *token* is not text, *room* is not a room, or
                *automatic_subscription* is not a bool.

        """
        from .._resources import access_tokens

        _check_joining(token, room)
        truth("automatic_subscription", automatic_subscription)
        name_or_sid = room.sid if isinstance(room, Room) else room
        participant = self._simulation.act_as_sdk(
            access_tokens.join_with_token,
            self._simulation.credentials,
            token,
            name_or_sid,
            ad_hoc_rooms=self._settings.ad_hoc_rooms,
            automatic_subscription=automatic_subscription,
            # The event that follows shows the identity; an invalid token has none to show.
            what=f"joins {name_or_sid or 'a room'} with a token",
        )
        return Participant(self._simulation, participant.sid)

    def populate(
        self,
        rooms: int = 20,
        participants: int = 4,
        *,
        recordings: bool = True,
        over: timedelta = timedelta(days=30),
    ) -> list[Room]:
        """Give the account a plausible past, for tests of lists, reports and billing.

        The past has *rooms* completed rooms, which are spread over the time *over* before now.
        Each room had *participants* participants, who published and muted tracks, left, or lost
        the network. If *recordings* is true, all rooms were recorded. The same seed gives the
        same past. The clock does not move, no callbacks are sent, and the limits of the account
        are ignored.

        Return the rooms, the oldest first.

        Raises:
            InvalidArgumentError: a number is negative, *participants* is more than a room can
                have, *recordings* is not a bool, or *over* is not a `timedelta`, too short or too
                long.
            TwilioVideoError: the account is not empty.

        """
        from .._resources import sample_data

        account = self._simulation.account
        _check_past(rooms, participants, recordings, over, account.clock.now)
        if not account.is_empty:
            msg = (
                "populate() needs an empty account, but something has already happened in this "
                "one: call it first, or after reset()"
            )
            raise TwilioVideoError(msg)
        from ..faker import drawing_from

        names = drawing_from(account.random.generator("cast"))
        meetings = sample_data.plan(names, rooms, participants, recordings=recordings, over=over)
        what = "gives the account a made-up past"
        self._simulation.journal.note("action", (what, ()))
        with self._simulation.journal.closed():
            self._simulation.act(sample_data.replay, meetings, what=what)
        return list(Rooms(self._simulation))


def _check_joining(token: object, room: object) -> None:
    if not isinstance(token, (str, bytes)):
        # The token itself is not shown: it is a credential.
        kind = type(token).__name__
        msg = f"connect() takes a token as text, like AccessToken(...).to_jwt(), not {kind}"
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
            f"timedelta(days=30)"
        )
        raise InvalidArgumentError(msg)
    if over > now - datetime.min.replace(tzinfo=timezone.utc):
        msg = f"over is {over!r}, but the past must not begin before the year 1. Now is {now}"
        raise InvalidArgumentError(msg)
