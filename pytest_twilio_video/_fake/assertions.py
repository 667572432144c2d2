"""The claims: what a test asserts of the fake."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from .._api.pattern import Pattern
from .._assertions import names
from .._assertions.explanation import Candidate, explain_missing, explain_present, in_words
from .._assertions.fields import CALLBACK_PARAMS
from .._assertions.matching import MISSING, fits, fits_text, has
from .._engine.arguments import whole
from .._engine.coroutines import finish
from .._engine.parameters import snake
from .._engine.suggestions import did_you_mean
from .._report import text
from .._report.lines import answer_in_words, call_in_words, callback_in_words
from .._resources.compositions import CompositionStatus
from .._resources.participants import ParticipantStatus
from .._resources.recordings import RecordingStatus
from .._resources.rooms import RoomStatus
from ..errors import InvalidArgumentError
from .collection import Collection, View, ViewT
from .resources import Composition, Participant, Recording, Room


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from typing_extensions import Unpack

    from .._assertions.fields import CallbackParams, CompositionFields, RecordingFields, RoomFields
    from .._simulation import Simulation
    from .._webhooks.callback import Callback
    from .call import Call

__all__ = ["Assertions", "Lookup", "named"]

__tracebackhide__ = True  # A report shows the line of the test.


# Lookup: what there is in a fake for a claim to look at, and why there may be none.


class Lookup:
    """What is, and what was said, in one simulation.

    *room*, wherever it is asked for, is a `Room`, or the name or SID of one; `None` is any.
    """

    def __init__(self, simulation: Simulation, calls: list[Call]) -> None:
        self._simulation = simulation
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
        rooms = Collection(self._simulation, Room)
        return [each for each in rooms if room is None or _is(each, room)]

    def rooms_made_by(self, whom: str) -> list[Room]:
        """Return the rooms made through the ``"api"``, by the ``"test"`` or by an ``"sdk"``."""
        return list(Collection(self._simulation, Room, lambda room: room.created_by == whom))

    def participants(self, room: Room | str) -> list[Participant]:
        """Return everybody who was ever in *room*."""
        return [each for found in self.rooms(room) for each in found.participants]

    def made_in(self, room: Room | str | None, view: type[ViewT]) -> list[ViewT]:
        """Return what of that *view* was made in, or of, *room*."""
        sids = {each.sid for each in self.rooms(room)}
        return list(
            Collection(self._simulation, view, lambda each: room is None or each.room_sid in sids)
        )

    def callbacks(self, event: str, room: Room | str | None) -> list[Callback]:
        """Return the callbacks of *event* in *room*; what is queued is delivered first."""
        self._simulation.sync()
        finish(self._simulation.deliver_pending(awaiting=False))
        sids = None if room is None else {each.sid for each in self.rooms(room)}
        return [
            each
            for each in self._simulation.callbacks
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
        self._simulation.sync()
        return [event.name for event in self._simulation.account.events]

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
        happened = [each for each in self._simulation.account.events if each.name == event]
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


class Assertions:
    """What can be claimed of a fake.

    Each claim returns what it found, the latest where there are several, or raises
    `AssertionError`, which tells what was expected, what came nearest, and what did happen.
    Values are compared with ``==``, so that `unittest.mock.ANY` and dirty-equals work; a
    compiled regular expression is searched for in a text. *room* is a `Room`, or the name or
    SID of one.

    Raises:
        InvalidFieldError: there is no field, parameter or event of that name.
        InvalidArgumentError: *room* is no room, *method* none of HTTP's, *path* none of the API's,
            *times* no number of calls; or a status, a type or a format is wanted that there never
            is.

    """

    _simulation: Simulation
    _calls: list[Call]

    def assert_room_created(self, **fields: Unpack[RoomFields]) -> Room:
        """Claim that the application created a room with these *fields*, through the API."""
        expected = f"a room created through the API{in_words(fields)}"
        made = self._lookup.rooms_made_by("api")
        return self._find(expected, Room, made, fields, partial(self._made_by_test, fields))

    def assert_no_room_created(self, **fields: Unpack[RoomFields]) -> None:
        """Claim that the application created no room with these *fields*, or none at all."""
        expected = f"no room created through the API{in_words(fields)}"
        self._find_none(expected, Room, self._lookup.rooms_made_by("api"), fields)

    def assert_room_completed(
        self, room: Room | str | None = None, **fields: Unpack[RoomFields]
    ) -> Room:
        """Claim that *room* is over; without it, that any is."""
        expected = f"a completed room{named(room)}{in_words(fields)}"
        wanted = {"status": RoomStatus.COMPLETED, **fields}
        hint = partial(self._lookup.why_no_room, room)
        return self._find(expected, Room, self._lookup.rooms(room), wanted, hint)

    def assert_no_open_rooms(self) -> None:
        """Claim that no room is in progress."""
        wanted = {"status": RoomStatus.IN_PROGRESS}
        self._find_none("no room in progress", Room, self._lookup.rooms(), wanted)

    def assert_participant_connected(self, room: Room | str, identity: object) -> Participant:
        """Claim that *identity*, a text or a matcher, is in *room* at this moment."""
        wanted = {"identity": identity, "status": ParticipantStatus.CONNECTED}
        return self._find_participant(room, wanted, self._lookup.participants(room))

    def assert_participant_disconnected(self, room: Room | str, identity: object) -> Participant:
        """Claim that *identity*, a text or a matcher, was in *room*, and is not any more."""
        everybody = self._lookup.participants(room)
        latest = [each for each in everybody if fits(identity, each.identity)][-1:]
        wanted = {"identity": identity, "status": ParticipantStatus.DISCONNECTED}
        return self._find_participant(room, wanted, latest or everybody)

    def assert_recording_completed(
        self, room: Room | str | None = None, **fields: Unpack[RecordingFields]
    ) -> Recording:
        """Claim that a recording, of *room* if one is said, is complete."""
        expected = f"a completed recording{_of(room)}{in_words(fields)}"
        wanted = {"status": RecordingStatus.COMPLETED, **fields}
        return self._find_made_in(room, expected, Recording, wanted)

    def assert_composition_created(
        self, room: Room | str | None = None, **fields: Unpack[CompositionFields]
    ) -> Composition:
        """Claim that there is a composition, of *room* if one is said; by whomever it was made."""
        expected = f"a composition{_of(room)}{in_words(fields)}"
        return self._find_made_in(room, expected, Composition, fields)

    def assert_composition_completed(
        self, room: Room | str | None = None, **fields: Unpack[CompositionFields]
    ) -> Composition:
        """Claim that a composition, of *room* if one is said, is complete."""
        expected = f"a completed composition{_of(room)}{in_words(fields)}"
        wanted = {"status": CompositionStatus.COMPLETED, **fields}
        return self._find_made_in(room, expected, Composition, wanted)

    def assert_callback(
        self, event: str, *, room: Room | str | None = None, **params: Unpack[CallbackParams]
    ) -> Callback:
        """Claim that the callback of *event* was sent; what is queued is delivered first.

        *params* are the callback's own, in snake_case: ``participant_identity="alice"``. A
        callback carries text: numbers, truth values and moments are compared with what they
        become there, and `None` stands for a parameter that is not sent.
        """
        names.check_callback(event, params)
        sent = self._lookup.callbacks(event, room)
        found = [each for each in sent if _says(each, params)]
        if not found:
            expected = f"a callback {event!r}{_of(room)}{in_words(params)}"
            hint = "" if sent else self._lookup.why_no_callback(event, room)
            told = [_told(callback_in_words(each), each) for each in sent]
            self._miss(expected, told, params, hint=hint, fits=fits_text)
        return found[-1]

    def assert_no_callback(
        self, event: str, *, room: Room | str | None = None, **params: Unpack[CallbackParams]
    ) -> None:
        """Claim that no such callback was sent; what is queued is delivered first."""
        names.check_callback(event, params)
        sent = self._lookup.callbacks(event, room)
        found = [each for each in sent if _says(each, params)]
        if found:
            expected = f"no callback {event!r}{_of(room)}{in_words(params)}"
            self._meet(expected, [_told(callback_in_words(each), each) for each in found])

    def assert_called(
        self, method: str, path: str, *, times: int | None = None, **params: object
    ) -> list[Call]:
        """Claim that the application called the API so: at all, or just so many *times*.

        *path* is as in the URL, from ``/v1`` on; ``*`` stands for any run of characters.
        *params* are the call's own, in snake_case, compared as those of a callback are.
        """
        if times is not None:
            whole("times", times)
        made = self._lookup.calls(method, path, params)
        found = [each for each in made if _says(each, params)]
        expected = f"{method.upper()} {path}{in_words(params)}"
        told = [_told(_answered(each), each) for each in found or made]
        if not found and times != 0:
            hint = "" if made else self._lookup.calls_made()
            self._miss(f"a call {expected}", told, params, hint=hint, fits=fits_text)
        if times is not None and len(found) != times:
            often = (
                f"{times} calls {expected}, not {len(found)}" if times else f"no call {expected}"
            )
            self._meet(often, told)
        return found

    def assert_not_called(self, method: str, path: str, **params: object) -> None:
        """Claim that the application did not call the API so."""
        self.assert_called(method, path, times=0, **params)

    def assert_events(self, *events: str) -> None:
        """Claim that these *events*, by their names, happened, in this order."""
        happened = iter(self._lookup.events())
        for place, name in enumerate(events):
            if name not in happened:
                after = f" after {events[place - 1]!r}" if place else ""
                expected = (
                    f"the events {', '.join(events)}, in this order; no {name!r} came{after}"
                )
                hint = did_you_mean(name, self._lookup.events_known()).strip()
                self._miss(expected, [], {}, hint=hint)

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self._simulation, self._calls)

    def _find(
        self,
        expected: str,
        view: type[ViewT],
        candidates: Sequence[ViewT],
        wanted: Mapping[str, Any],
        hint: Callable[[], str],
    ) -> ViewT:
        found = _those_with(view, candidates, wanted)
        if not found:
            told = [Candidate(repr(each), _fields_of(each)) for each in candidates]
            self._miss(expected, told, wanted, hint=hint())
        return found[-1]

    def _find_none(
        self,
        expected: str,
        view: type[ViewT],
        candidates: Sequence[ViewT],
        wanted: Mapping[str, Any],
    ) -> None:
        found = _those_with(view, candidates, wanted)
        if found:
            self._meet(expected, [Candidate(repr(each), {}) for each in found])

    def _find_participant(
        self, room: Room | str, wanted: Mapping[str, Any], candidates: Sequence[Participant]
    ) -> Participant:
        whom, status = in_words({"identity": wanted["identity"]}), wanted["status"].value
        expected = f"a participant{whom} {status} in{named(room)}"
        hint = partial(self._lookup.why_nobody, room)
        return self._find(expected, Participant, candidates, wanted, hint)

    def _find_made_in(
        self,
        room: Room | str | None,
        expected: str,
        view: type[ViewT],
        wanted: Mapping[str, Any],
    ) -> ViewT:
        made = self._lookup.made_in(room, view)
        return self._find(expected, view, made, wanted, partial(self._lookup.why_no_room, room))

    def _made_by_test(self, wanted: Mapping[str, Any]) -> str:
        mine = _those_with(Room, self._lookup.rooms_made_by("test"), wanted)
        return f"there is {mine[-1]!r}, but the test itself arranged it" if mine else ""

    def _miss(self, *what: Any, **more: Any) -> NoReturn:
        self._fail(explain_missing(*what, **more))

    def _meet(self, expected: str, found: Sequence[Candidate]) -> NoReturn:
        self._fail(explain_present(expected, found))

    def _fail(self, why: str) -> NoReturn:
        msg = f"{why}\n\n{text.account_of(self._simulation)}"
        raise AssertionError(msg)


def _those_with(
    view: type[ViewT], candidates: Iterable[ViewT], wanted: Mapping[str, Any]
) -> list[ViewT]:
    names.check_fields(view._kind, wanted)  # noqa: SLF001 -- of our own kind
    return [each for each in candidates if has(each, wanted)]


def _fields_of(view: View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in names.fields_of(view._kind)}  # noqa: SLF001


def _params_of(said: Callback | Call) -> dict[str, Any]:
    return {snake(name): value for name, value in said.params.items()}


def _says(said: Callback | Call, wanted: Mapping[str, Any]) -> bool:
    params = _params_of(said)
    return all(fits_text(value, params.get(name, MISSING)) for name, value in wanted.items())


def _told(title: str, said: Callback | Call) -> Candidate:
    return Candidate(f"{title}, at {said.at:%H:%M:%S}", _params_of(said))


def _answered(call: Call) -> str:
    return f"{call_in_words(call)} -> {answer_in_words(call)}"


def _of(room: object) -> str:
    return "" if room is None else f" of the room{named(room)}"
