"""The fake: Twilio Video, for the length of one test."""

from __future__ import annotations

import os

from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from ._api import pipeline
from ._api.arguments import truth, whole
from ._api.faults import Faults
from ._claims.names import check_taken
from ._engine import wall
from ._engine.credentials import AUTH_TOKEN
from ._engine.parameters import build
from ._engine.refusals import Refusal
from ._engine.settings import Settings
from ._interceptors import Catch
from ._resources import admission, past, rooms
from ._resources.rooms import MOST_PARTICIPANTS, RoomType
from ._world import World
from .assertions import Claims
from .calls import Call
from .catching import Catching
from .errors import InvalidArgumentError, RefusedError, TwilioVideoError
from .faults import Orders
from .live import Collection, as_sdk
from .media_views import Composition, CompositionHook, Recording
from .timeline import Timeline
from .views import Participant, Room


if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ._engine.clock import Clock
    from ._engine.events import Event
    from ._http import Request, Response
    from ._webhooks.delivery import Callbacks


__all__ = ["FakeTwilioVideo", "Rooms"]

__tracebackhide__ = True  # A report shows the line of the test.

SHORTEST_PAST = timedelta(minutes=10)  # in less, a meeting would last no time at all


class Rooms(Collection[Room]):
    """All rooms of the account, in the order of their creation."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Room)

    def create(self, **values: Any) -> Room:
        """Arrange a room without HTTP.

        *values* are the parameters of the REST call, in snake_case; limits, defaults and
        callbacks are the same.

        Raises:
            InvalidFieldError: the call has no such parameter.
            RefusedError: Twilio would refuse it.

        """
        check_taken("rooms.create()", rooms.CreateRoom, values)
        try:
            params = build(rooms.CreateRoom, values)
            room = self._world.act(rooms.create, params, made_by="test")
        except Refusal as refusal:
            raise RefusedError.of(refusal) from None
        return Room(self._world, room.sid)


class FakeTwilioVideo(Claims, Orders, Catching):
    """A Twilio Video account that lives in this process, for the length of one test.

    The fixture ``twilio_video`` is one that was entered. Without pytest it is
    a context manager: while it is entered, what the application asks of
    video.twilio.com is answered by it, and leaving it restores everything.

    Keywords are the settings; see the table in the README.

    Raises:
        InvalidSettingError: there is no such setting, or it cannot be set to that.

    """

    def __init__(self, **settings: Any) -> None:
        self._settings = Settings.of(settings)
        # Whole seconds, as REST documents have them: so what the test reads here and what the
        # application reads there is equal.
        self._start = self._settings.starting_moment or wall.now().replace(microsecond=0)
        self._catch = Catch(self.handle)
        self._entered: list[ExitStack] = []
        self.reset()

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            if self._settings.environ:
                for name, value in self.environment.items():
                    os.environ[name] = value
                    entered.callback(_unset, name, value)
            if self._settings.sleep == "virtual":
                # Only then: it needs asyncio, which a plain test may do without.
                from ._engine.sleep import virtual_sleep

                entered.enter_context(virtual_sleep(lambda: self.clock))
            entered.enter_context(self._catch)
            self._entered.append(entered.pop_all())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._entered:
            msg = (
                "this fake was not entered, so it cannot be left: use it as "
                "`with FakeTwilioVideo() as twilio_video: ...`"
            )
            raise TwilioVideoError(msg)
        self._entered.pop().close()
        if not self._entered:
            self._world.callbacks.close()

    def reset(self) -> None:
        """Go back to an empty account and the starting time.

        Faults, the targets of callbacks and your own routes are dropped as well.
        """
        if hasattr(self, "_world"):
            self._world.callbacks.close()
        self._catch.forget_routes()
        self._world = World(self._settings, self._start)
        self._faults = Faults()
        self._calls: list[Call] = []

    def handle(self, request: Request) -> Response:
        """Answer what an interceptor caught."""
        world = self._world
        with world.account.clock.lock:
            entry = world.journal.note("call", request)
            proceed = partial(pipeline.answer, world.account, world.credentials, request)
            before, response = self._faults.tally(), None
            try:
                response = self._faults.answer(world.account, request, proceed)
                return response
            finally:  # a fault may let there be no answer
                entry.subject = Call.of(request, response, entry.at)
                entry.outcome = self._faults.struck_since(before)
                self._calls.append(entry.subject)

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
        joined = as_sdk(
            self._world,
            admission.connect,
            self._world.credentials,
            token,
            wanted,
            ad_hoc_rooms=self._settings.ad_hoc_rooms,
            automatic_subscription=automatic_subscription,
        )
        return Participant(self._world, joined.sid)

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
        account = self._world.account
        _check_past(rooms, participants, recordings, over, account.clock.now)
        if not account.is_empty:
            msg = (
                "populate() makes up the past of an empty account, and something has happened "
                "in this one already: call it first, or after reset()"
            )
            raise TwilioVideoError(msg)
        from .faker import outline

        meetings = outline(account, rooms, participants, recordings=recordings, over=over)
        self._world.journal.note("act", partial(past.play, account, meetings))
        with self._world.journal.closed():
            self._world.act(past.play, meetings)
        return list(self.rooms)

    @property
    def account_sid(self) -> str:
        """The SID of the account, ``AC…``."""
        return self._settings.account_sid

    @property
    def auth_token(self) -> str:
        """The auth token of the account."""
        return self._settings.auth_token or AUTH_TOKEN

    @property
    def api_key_sid(self) -> str:
        """The SID of an API key of the account, ``SK…``."""
        return self._settings.api_key_sid

    @property
    def api_key_secret(self) -> str:
        """The secret of that API key; access tokens are signed with it."""
        return self._settings.api_key_secret

    @property
    def open_rooms(self) -> str:
        """What becomes of a test that leaves rooms open: the setting of that name."""
        return self._settings.open_rooms

    @property
    def clock(self) -> Clock:
        """Virtual time, which stands still until it is moved."""
        return self._world.account.clock

    @property
    def callbacks(self) -> Callbacks:
        """The status callbacks (webhooks), sent and to be sent."""
        self._world.touch()
        return self._world.callbacks

    @property
    def calls(self) -> list[Call]:
        """The calls of the API that came in, the oldest first."""
        return list(self._calls)

    @property
    def events(self) -> list[Event]:
        """Everything that happened, the oldest first."""
        self._world.touch()
        return list(self._world.account.events)

    @property
    def timeline(self) -> Timeline:
        """All that happened, in order, to be read."""
        return Timeline(self._world, self._faults)

    @property
    def rooms(self) -> Rooms:
        """All rooms of the account, in the order of their creation."""
        return Rooms(self._world)

    @property
    def recordings(self) -> Collection[Recording]:
        """All recordings of the account, deleted or not, in the order of their creation."""
        return Collection(self._world, Recording)

    @property
    def compositions(self) -> Collection[Composition]:
        """All compositions of the account, deleted or not, in the order of their creation."""
        return Collection(self._world, Composition)

    @property
    def composition_hooks(self) -> Collection[CompositionHook]:
        """The composition hooks of the account, in the order of their creation."""
        return Collection(self._world, CompositionHook)

    def __repr__(self) -> str:
        count = len(self.rooms)
        rooms = f"{count} room{'s' if count != 1 else ''}"
        return f"<FakeTwilioVideo {rooms}, {self.clock.now:%Y-%m-%d %H:%M:%S}>"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that an application looks for, and that are not set."""
        wanted = {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_KEY_SID": self.api_key_sid,
            "TWILIO_API_KEY_SECRET": self.api_key_secret,
        }
        return {name: value for name, value in wanted.items() if name not in os.environ}


def _unset(name: str, value: str) -> None:
    """Take our own variable away, and no other: `mock.patch.dict` undoes what others set since."""
    if os.environ.get(name) == value:
        del os.environ[name]


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
