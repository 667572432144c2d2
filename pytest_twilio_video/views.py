"""What a test holds: rooms, participants, tracks, as they are whenever one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from ._claims.names import unknown_field
from ._engine.parameters import words_of
from ._engine.records import Record, shown
from ._engine.refusals import Refusal
from ._resources import participants, published_tracks, rooms
from .errors import InvalidArgumentError, InvalidFieldError, VideoSdkError


if TYPE_CHECKING:
    from datetime import datetime

    from ._resources.participants import ParticipantStatus
    from ._resources.published_tracks import TrackKind
    from ._resources.rooms import RoomStatus, RoomType
    from ._world import World
    from .media_views import Recording


__all__ = ["Collection", "Participant", "PublishedTrack", "Room", "View"]

__tracebackhide__ = True  # A report shows the line of the test.


class View:
    """Something in the account, alive: each look shows its present state.

    Attributes bear the REST fields' names in snake_case. Times are aware
    `datetime` in UTC, statuses are `str` enumerations, equal to Twilio's words.
    """

    _kind: ClassVar[type[Record]]
    _name_field: ClassVar[str] = "sid"

    sid: str
    date_created: datetime

    def __init__(self, world: World, sid: str) -> None:
        self.__dict__.update(_world=world, _sid=sid)

    @property
    def _record(self) -> Any:
        world: World = self.__dict__["_world"]
        world.touch()
        return world.account.table(self._kind)[self.__dict__["_sid"]]

    def __getattr__(self, name: str) -> Any:
        if name in shown(self._kind):
            return getattr(self._record, name)
        raise AttributeError(unknown_field(self._kind, name))

    def __setattr__(self, name: str, value: object) -> None:
        if getattr(getattr(type(self), name, None), "fset", None) is not None:
            super().__setattr__(name, value)  # a property that may be set
            return
        msg = (
            f"{type(self).__name__}.{name} cannot be set to {value!r}: a resource changes by what "
            f"happens to it, through the API, the methods of this object or the clock"
        )
        raise AttributeError(msg)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, View):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *shown(self._kind)})

    def __repr__(self) -> str:
        record = self.__dict__["_world"].account.get(self._kind, self.__dict__["_sid"])
        if record is None:
            return f"<{type(self).__name__} {self.__dict__['_sid']}, deleted>"
        said = [getattr(record, self._name_field), getattr(record, "status", ""), record.sid]
        return f"<{type(self).__name__} {' '.join(dict.fromkeys(map(str, filter(None, said))))}>"

    @property
    def _identity(self) -> tuple[int, str]:
        return id(self.__dict__["_world"]), self.__dict__["_sid"]


ViewT = TypeVar("ViewT", bound=View)


class Collection(Sequence[ViewT], Generic[ViewT]):
    """Things of one kind, in the order of their creation, as they are whenever one looks."""

    def __init__(
        self,
        world: World,
        view: type[ViewT],
        condition: Callable[[Any], bool] | None = None,
        **equal: object,
    ) -> None:
        self._world = world
        self._view = view
        self._equal = equal
        self._condition = condition

    def where(self, **fields: object) -> list[ViewT]:
        """Return those whose *fields* have these values; compared with ``==``.

        Raises:
            InvalidFieldError: there is no field of that name.

        """
        for name in fields:
            if name not in shown(self._view._kind):  # noqa: SLF001 -- of our own kind
                raise InvalidFieldError(unknown_field(self._view._kind, name))  # noqa: SLF001
        return [
            self._view(self._world, record.sid)
            for record in self._records()
            if all(value == getattr(record, name) for name, value in fields.items())
        ]

    def __iter__(self) -> Iterator[ViewT]:
        return iter([self._view(self._world, record.sid) for record in self._records()])

    def __len__(self) -> int:
        return len(self._records())

    def __eq__(self, other: object) -> bool:
        """Compare as lists do, with any sequence: ``room.participants == [alice, bob]``."""
        if isinstance(other, Sequence) and not isinstance(other, str):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as lists have none: what it holds changes

    def __contains__(self, item: object) -> bool:
        if isinstance(item, View):
            return any(item == each for each in self)
        return isinstance(item, str) and self._named(item) is not None

    @overload
    def __getitem__(self, key: int | str) -> ViewT: ...
    @overload
    def __getitem__(self, key: slice) -> list[ViewT]: ...
    def __getitem__(self, key: int | str | slice) -> ViewT | list[ViewT]:
        """Return the one of that SID or name, or number, or those of that slice.

        Where several have borne the name, it is the latest of them.

        Raises:
            KeyError: none has that SID or name.
            IndexError: there are not so many.

        """
        if isinstance(key, slice):
            return list(self)[key]
        if isinstance(key, int):
            return self._view(self._world, self._records()[key].sid)
        record = self._named(key)
        if record is None:
            raise KeyError(self._nothing_named(key))
        return self._view(self._world, record.sid)

    def __repr__(self) -> str:
        return repr(list(self))

    def _records(self) -> list[Any]:
        self._world.touch()
        found = self._world.account.select(self._view._kind, **self._equal)  # noqa: SLF001
        return list(found if self._condition is None else found.where(self._condition))

    def _named(self, name: str) -> Any:
        field = self._view._name_field  # noqa: SLF001 -- of our own kind
        named = (
            each for each in self._records()[::-1] if name in {each.sid, getattr(each, field)}
        )
        return next(named, None)

    def _nothing_named(self, key: str) -> str:
        field = self._view._name_field  # noqa: SLF001 -- of our own kind
        known = [str(getattr(record, field)) for record in self._records()]
        return f"{key!r} is not among them; there are: {', '.join(known) or 'none'}"


class Room(View):
    """A room. Made by the application over HTTP, or by ``twilio_video.rooms.create``."""

    _kind = rooms.Room
    _name_field = "unique_name"

    status: RoomStatus
    date_updated: datetime
    account_sid: str
    enable_turn: bool
    unique_name: str
    """Its name, or its SID where it was given none."""
    status_callback: str | None
    status_callback_method: str
    end_time: datetime | None
    duration: int | None
    """Whole seconds from creation to end; `None` while in progress."""
    type: RoomType
    max_participants: int
    max_participant_duration: int
    """Seconds that one participant may stay."""
    max_concurrent_published_tracks: int
    record_participants_on_connect: bool
    video_codecs: tuple[str, ...]
    media_region: str | None
    audio_only: bool
    empty_room_timeout: int
    """Minutes after which the room closes when the last participant has left."""
    unused_room_timeout: int
    """Minutes after which the room closes when nobody has come."""
    large_room: bool

    @property
    def participants(self) -> Collection[Participant]:
        """Everybody who was ever in the room, the earliest first."""
        return Collection(self.__dict__["_world"], Participant, room_sid=self.sid)

    @property
    def recordings(self) -> Collection[Recording]:
        """All that was ever recorded in the room, deleted or not, the earliest first."""
        from .media_views import Recording  # which knows rooms

        return Collection(self.__dict__["_world"], Recording, room_sid=self.sid)

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

        """
        world: World = self.__dict__["_world"]
        if identity is None:
            from .faker import newcomer

            identity = newcomer(world.account, self.sid)
        joined = as_sdk(
            world,
            participants.connect,
            self._record,
            identity,
            automatic_subscription=automatic_subscription,
        )
        return Participant(world, joined.sid)

    def complete(self) -> None:
        """End the room, as the REST API would. Nothing happens if it is over already."""
        if self.end_time is None:
            self.__dict__["_world"].act(rooms.end, self._record)


class Participant(View):
    """A participant of a room, connected or gone."""

    _kind = participants.Participant
    _name_field = "identity"

    room_sid: str
    account_sid: str
    status: ParticipantStatus
    identity: str
    date_updated: datetime
    start_time: datetime
    end_time: datetime | None
    duration: int | None
    """Whole seconds from joining to leaving; `None` while connected."""

    @property
    def disconnect_error(self) -> int | None:
        """The code that the client SDK gets with its disconnection.

        `None` while connected, and for who left or was kicked: a client cannot tell these two
        apart. 53118 where the room was completed, 53205 where the identity joined again, 53216
        where the session was too long.
        """
        error: int | None = self._record.disconnect_error
        return error

    @property
    def room(self) -> Room:
        """The room that they are, or were, in."""
        return Room(self.__dict__["_world"], self.room_sid)

    @property
    def published_tracks(self) -> Collection[PublishedTrack]:
        """What they publish at the moment."""
        world = self.__dict__["_world"]
        return Collection(world, PublishedTrack, participant_sid=self.sid, is_published=True)

    def publish(self, kind: str, name: str | None = None) -> PublishedTrack:
        """Publish a track: *kind* is ``"audio"``, ``"video"`` or ``"data"``.

        Raises:
            VideoSdkError: the room takes no video (53125) or no further track (53203), or
                *name* is empty (53301), too long (53302), unprintable (53303) or taken (53304),
                or the participant has left or lost the network (53001).
            InvalidArgumentError: there is no such *kind*, or *name* is no text.

        """
        world: World = self.__dict__["_world"]
        room = self.room._record  # noqa: SLF001 -- of our own kind
        track = as_sdk(
            world, published_tracks.publish, room, self._record, _kind_of_track(kind), _text(name)
        )
        return PublishedTrack(world, track.sid)

    def disconnect(self) -> None:
        """Leave the room. Nothing happens if they have left already."""
        if self.end_time is None:
            self.__dict__["_world"].act(participants.leave, self._record)

    def drop_network(self) -> None:
        """Vanish without a word, as who walks into a tunnel does.

        The status is ``reconnecting`` from now on. After 30 seconds of virtual time the server
        gives up: only then they are disconnected, with 53001, and the application is told.
        Nothing happens if they have left, or are away already.
        """
        if self.status == "connected":
            self.__dict__["_world"].act(participants.lose, self._record)

    def resume(self) -> None:
        """Be back on the network, as if nothing had been. Nothing happens if they are there.

        Raises:
            VideoSdkError: they were given up, or have left (53204).

        """
        if self.status != "connected":
            as_sdk(self.__dict__["_world"], participants.resume, self._record)


class PublishedTrack(View):
    """A track that a participant publishes, or has published."""

    _kind = published_tracks.PublishedTrack
    _name_field = "name"

    participant_sid: str
    room_sid: str
    name: str
    date_updated: datetime | None
    enabled: bool
    kind: TrackKind

    def enable(self) -> None:
        """Unmute it."""
        self._switch(enabled=True)

    def disable(self) -> None:
        """Mute it."""
        self._switch(enabled=False)

    def unpublish(self) -> None:
        """Take it away. Nothing happens if it is gone already."""
        if self._record.is_published:
            self.__dict__["_world"].act(published_tracks.unpublish, self._record)

    def _switch(self, *, enabled: bool) -> None:
        if self._record.is_published:
            self.__dict__["_world"].act(published_tracks.enable, self._record, enabled=enabled)


def as_sdk(world: World, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Do what a client SDK does; what Twilio refuses then is the SDK's own error."""
    try:
        return world.act(operation, *args, **kwargs)
    except Refusal as refusal:
        raise VideoSdkError(refusal.code, refusal.message, refusal.detail) from None


def _kind_of_track(kind: str) -> published_tracks.TrackKind:
    kinds = words_of(published_tracks.TrackKind)
    if kind not in kinds:
        msg = f"publish() takes one of the kinds {', '.join(map(repr, kinds))}, not {kind!r}"
        raise InvalidArgumentError(msg)
    return published_tracks.TrackKind(kind)


def _text(name: object) -> str | None:
    if not isinstance(name, (str, type(None))):
        msg = f"publish() takes text for the name of a track, not {name!r}"
        raise InvalidArgumentError(msg)
    return name
