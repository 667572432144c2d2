"""The claims: what a test asserts of the fake."""

from __future__ import annotations

import fnmatch

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ._engine.parameters import pascal
from ._engine.records import shown
from ._explanations import as_text, explain, in_words, unmet
from ._resources.participants import ParticipantStatus
from ._resources.rooms import RoomStatus
from .errors import InvalidFieldError
from .views import Collection, Participant, Room, View, ViewT, unknown_field


if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ._webhooks.callback import Callback
    from ._world import World
    from .fake import Call


__all__ = ["Claims"]


class Claims:
    """What can be claimed of a fake.

    Each claim returns what it found, the latest where there are several, or raises
    `AssertionError`, which tells what was expected, what came nearest, and what did happen.
    Values are compared with ``==``, so that `unittest.mock.ANY` and dirty-equals work; a
    compiled regular expression is searched for in a text.
    """

    _world: World
    _calls: list[Call]

    def assert_room_created(self, **fields: Any) -> Room:
        """Claim that the application created a room with these *fields*, through the API."""
        __tracebackhide__ = True
        words = f"a room created through the API{in_words(fields)}"
        return self._find(words, self._created(), fields)

    def assert_no_room_created(self, **fields: Any) -> None:
        """Claim that the application created no room with these *fields*, or none at all."""
        __tracebackhide__ = True
        words = f"no room created through the API{in_words(fields)}"
        self._find_none(words, self._created(), fields)

    def assert_room_completed(self, room: Room | str | None = None, **fields: Any) -> Room:
        """Claim that *room*, a `Room`, a SID or a name, is over; without it, that any is."""
        __tracebackhide__ = True
        words = f"a completed room{_named(room)}{in_words(fields)}"
        return self._find(words, self._rooms(room), {"status": RoomStatus.COMPLETED, **fields})

    def assert_participant_connected(self, room: Room | str, identity: str) -> Participant:
        """Claim that *identity* is in *room* at this moment."""
        __tracebackhide__ = True
        words = f"{identity!r} connected to the room{_named(room)}"
        wanted = {"identity": identity, "status": ParticipantStatus.CONNECTED}
        return self._find(words, self._participants(room), wanted)

    def assert_participant_disconnected(self, room: Room | str, identity: str) -> Participant:
        """Claim that *identity* was in *room*, and is not any more."""
        __tracebackhide__ = True
        words = f"{identity!r} disconnected from the room{_named(room)}"
        latest = [each for each in self._participants(room) if each.identity == identity][-1:]
        candidates = latest or self._participants(room)
        wanted = {"identity": identity, "status": ParticipantStatus.DISCONNECTED}
        return self._find(words, candidates, wanted)

    def assert_callback(
        self, event: str, *, room: Room | str | None = None, **params: Any
    ) -> Callback:
        """Claim that the callback of *event* was sent; what is queued is delivered first.

        *params* are the callback's own, in snake_case: ``participant_identity="alice"``. A
        callback carries text; numbers are compared as the text they become.
        """
        __tracebackhide__ = True
        words = f"a callback {event!r}{_named(room)}{in_words(params)}"
        wanted = _on_the_wire(params)
        candidates = self._callbacks_of(event, room)
        found = [each for each in candidates if not unmet(wanted, each.params)]
        if not found:
            self._fail(words, [(repr(each), each.params) for each in candidates], wanted)
        return found[-1]

    def assert_no_callback(
        self, event: str, *, room: Room | str | None = None, **params: Any
    ) -> None:
        """Claim that no such callback was sent; what is queued is delivered first."""
        __tracebackhide__ = True
        words = f"no callback {event!r}{_named(room)}{in_words(params)}"
        wanted = _on_the_wire(params)
        for each in self._callbacks_of(event, room):
            if not unmet(wanted, each.params):
                self._fail(words, [(repr(each), each.params)], {})

    def assert_called(
        self, method: str, path: str, *, times: int | None = None, **params: Any
    ) -> list[Call]:
        """Claim that the application called the API so: at all, or just so many *times*.

        *path* is as in the URL, from ``/v1`` on; ``*`` stands for any run of characters.
        *params* are the call's own, in snake_case.
        """
        __tracebackhide__ = True
        wanted = _on_the_wire(params)
        candidates = self._calls_of(method, path)
        found = [each for each in candidates if not unmet(wanted, each.params)]
        if not found if times is None else len(found) != times:
            often = "" if times is None else f" {times} times, not {len(found)}"
            words = f"a call {method.upper()} {path}{often}{in_words(params)}"
            self._fail(words, [(repr(each), each.params) for each in candidates], wanted)
        return found

    def assert_not_called(self, method: str, path: str, **params: Any) -> None:
        """Claim that the application did not call the API so."""
        __tracebackhide__ = True
        words = f"no call {method.upper()} {path}{in_words(params)}"
        wanted = _on_the_wire(params)
        for each in self._calls_of(method, path):
            if not unmet(wanted, each.params):
                self._fail(words, [(repr(each), each.params)], {})

    def assert_events(self, *names: str) -> None:
        """Claim that events of these *names* happened, in this order, others between them."""
        __tracebackhide__ = True
        self._world.touch()
        happened = iter([event.name for event in self._world.account.events])
        missing = next((name for name in names if name not in happened), None)
        if missing is not None:
            words = f"the events {', '.join(names)}, in this order; {missing!r} is missing there"
            self._fail(words, [], {})

    def assert_no_open_rooms(self) -> None:
        """Claim that no room is in progress."""
        __tracebackhide__ = True
        wanted = {"status": RoomStatus.IN_PROGRESS}
        self._find_none("no room in progress", self._rooms(None), wanted)

    def _find(self, words: str, candidates: list[ViewT], wanted: dict[str, Any]) -> ViewT:
        __tracebackhide__ = True
        found = _those_with(candidates, wanted)
        if not found:
            self._fail(words, [(repr(each), _fields_of(each)) for each in candidates], wanted)
        return found[-1]

    def _find_none(self, words: str, candidates: list[ViewT], wanted: dict[str, Any]) -> None:
        __tracebackhide__ = True
        found = _those_with(candidates, wanted)
        if found:
            self._fail(words, [(repr(found[-1]), _fields_of(found[-1]))], {})

    def _fail(
        self, words: str, candidates: list[tuple[str, Mapping[str, Any]]], wanted: dict[str, Any]
    ) -> None:
        __tracebackhide__ = True
        raise AssertionError(explain(words, candidates, wanted, self._history()))

    def _history(self) -> list[tuple[datetime, str]]:
        """Return what happened, in the order of virtual time, in words."""
        account = self._world.account
        happened = [(event.at, f"{event.name}  {event.record.sid}") for event in account.events]
        happened += [(call.at, f"{call!r}") for call in self._calls]
        happened += [(each.at, f"{each!r}") for each in self._world.callbacks]
        return sorted(happened, key=itemgetter(0))

    def _created(self) -> list[Room]:
        made = Collection(self._world, Room, lambda room: room.made_by == "api")
        return list(made)

    def _rooms(self, room: Room | str | None) -> list[Room]:
        everything = list(Collection(self._world, Room))
        return [each for each in everything if room is None or _is(each, room)]

    def _participants(self, room: Room | str) -> list[Participant]:
        return [each for found in self._rooms(room) for each in found.participants]

    def _callbacks_of(self, event: str, room: Room | str | None) -> list[Callback]:
        self._world.touch()
        self._world.callbacks.flush()
        sids = {each.sid for each in self._rooms(room)} if room is not None else None
        return [
            each
            for each in self._world.callbacks
            if each.event == event and (sids is None or each.room_sid in sids)
        ]

    def _calls_of(self, method: str, path: str) -> list[Call]:
        return [
            each
            for each in self._calls
            if each.method == method.upper() and fnmatch.fnmatchcase(each.path, _literal(path))
        ]


def _those_with(candidates: list[ViewT], wanted: dict[str, Any]) -> list[ViewT]:
    return [each for each in candidates if not unmet(wanted, _fields_of(each, wanted))]


def _fields_of(view: View, wanted: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the fields of *view*, or just those that are *wanted*."""
    names = shown(view._kind)  # noqa: SLF001 -- of our own kind
    for name in wanted or ():
        if name not in names:
            raise InvalidFieldError(unknown_field(view._kind, name))  # noqa: SLF001
    return {name: getattr(view, name) for name in (names if wanted is None else wanted)}


def _on_the_wire(params: dict[str, Any]) -> dict[str, Any]:
    return {pascal(name): as_text(value) for name, value in params.items()}


def _is(room: Room, wanted: Room | str) -> bool:
    return wanted in {room.sid, room.unique_name} if isinstance(wanted, str) else room == wanted


def _named(room: Room | str | None) -> str:
    if room is None:
        return ""
    return f" {room if isinstance(room, str) else room.unique_name!r}"


def _literal(path: str) -> str:
    """Return *path* with no wildcard but ``*``."""
    return path.replace("[", "[[]").replace("?", "[?]")
