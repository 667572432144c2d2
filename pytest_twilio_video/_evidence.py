"""Evidence: what there is in a fake for a claim to look at, and why there may be none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ._api.pattern import Pattern
from ._claims import names
from ._claims.fields import CALLBACK_PARAMS
from ._engine.parameters import snake
from .errors import InvalidArgumentError
from .live import Collection, ViewT
from .views import Participant, Room


if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._webhooks.callback import Callback
    from ._world import World
    from .calls import Call


__all__ = ["Evidence", "named"]

__tracebackhide__ = True  # A report shows the line of the test.


class Evidence:
    """What is, and what was said, in one world.

    *room*, wherever it is asked for, is a `Room`, or the name or SID of one; `None` is any.
    """

    def __init__(self, world: World, calls: list[Call]) -> None:
        self._world = world
        self._calls = calls

    def rooms(self, room: Room | str | None = None) -> list[Room]:
        """Return the rooms that *room* means: several may have borne its name.

        Raises:
            InvalidArgumentError: *room* is no room.

        """
        # The official client's own rooms have a SID as well.
        is_room = isinstance(room, str) or str(getattr(room, "sid", "")).startswith("RM")
        if room is not None and not is_room:
            msg = f"{room!r} is no room: say a Room, or the name or the SID of one"
            raise InvalidArgumentError(msg)
        rooms = Collection(self._world, Room)
        return [each for each in rooms if room is None or _is(each, room)]

    def rooms_made_by(self, whom: str) -> list[Room]:
        """Return the rooms made through the ``"api"``, by the ``"test"`` or by an ``"sdk"``."""
        return list(Collection(self._world, Room, lambda room: room.made_by == whom))

    def participants(self, room: Room | str) -> list[Participant]:
        """Return everybody who was ever in *room*."""
        return [each for found in self.rooms(room) for each in found.participants]

    def made_in(self, room: Room | str | None, view: type[ViewT]) -> list[ViewT]:
        """Return what of that *view* was made in, or of, *room*."""
        sids = {each.sid for each in self.rooms(room)}
        return list(
            Collection(self._world, view, lambda each: room is None or each.room_sid in sids)
        )

    def callbacks(self, event: str, room: Room | str | None) -> list[Callback]:
        """Return the callbacks of *event* in *room*; what is queued is delivered first."""
        self._world.touch()
        self._world.callbacks.settle()
        sids = None if room is None else {each.sid for each in self.rooms(room)}
        return [
            each
            for each in self._world.callbacks
            if each.event == event and (sids is None or each.room_sid in sids)
        ]

    def calls(self, method: str, path: str, params: Iterable[str]) -> list[Call]:
        """Return the calls of *method* and *path*, which may have these *params*.

        Raises:
            InvalidFieldError: they have none of such a name.
            InvalidArgumentError: *method* is none of HTTP's, or *path* none of the API's.

        """
        pattern = Pattern(str(method), str(path))  # a fault may mean any, a claim says which
        made = [each for each in self._calls if pattern.matches(each.method, each.path)]
        sent = [snake(name) for each in made for name in each.params]
        names.check_call(method.upper(), path, params, sent)
        return made

    def events(self) -> list[str]:
        """Return the names of what happened, the oldest first."""
        self._world.touch()
        return [event.name for event in self._world.account.events]

    def events_known(self) -> set[str]:
        """Return the names of what can happen."""
        return {*CALLBACK_PARAMS, *self.events()}

    def why_no_room(self, room: Room | str | None) -> str:
        """Say so where there is no *room*, and which there are."""
        if room is None or self.rooms(room):
            return ""
        known = ", ".join(each.unique_name for each in self.rooms())
        return f"there is no room{named(room)}{f'; there are: {known}' if known else ' at all'}"

    def why_nobody(self, room: Room | str) -> str:
        """Say so where there is no *room*, or nobody was ever in it."""
        return self.why_no_room(room) or (
            "" if self.participants(room) else "nobody has ever been in it"
        )

    def why_no_callback(self, event: str, room: Room | str | None) -> str:
        """Say why there is no callback of *event* in *room*."""
        if why := self.why_no_room(room):
            return why
        rooms = {each.sid: each for each in self.rooms(room)}
        happened = [each for each in self._world.account.events if each.name == event]
        for each in happened[::-1]:
            deaf = rooms.get(each.room_sid or "")
            if deaf is not None and deaf.status_callback is None:
                return f"{event} did happen to {deaf!r}, which has no status_callback to be told"
        return f"{event} has not happened{'' if room is None else ' to it'}"

    def calls_made(self) -> str:
        """Say what the application called, the most frequent first."""
        often = Counter(f"{each.method} {each.path}" for each in self._calls)
        if not often:
            return "the application has made no call at all"
        called = [
            f"    {call}" + (f" ({count} times)" if count > 1 else "")
            for call, count in often.most_common(5)
        ]
        return "\n".join(["the application called:", *called])


def named(room: object) -> str:
    """Return `` 'DailyStandup'``, or nothing where no *room* is said."""
    if room is None:
        return ""
    return f" {getattr(room, 'unique_name', room)!r}"


def _is(room: Room, wanted: object) -> bool:
    return wanted == room or getattr(wanted, "sid", wanted) in {room.sid, room.unique_name}
