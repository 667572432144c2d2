"""Assertions: what a test asserts about the fake, and how the fake looks it up."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from .._api.pattern import Pattern
from .._assertions import names
from .._assertions.explanation import (
    Candidate,
    describe_wanted,
    explain_missing,
    explain_present,
)
from .._assertions.fields import CALLBACK_PARAMS
from .._assertions.matching import MISSING, has_fields, matches, matches_text
from .._engine.arguments import whole
from .._engine.coroutines import finish
from .._engine.parameters import snake
from .._engine.suggestions import did_you_mean
from .._engine.texts import printable
from .._report import text
from .._report.lines import describe_call, describe_callback, describe_response
from .._resources.compositions import CompositionStatus
from .._resources.participants import ParticipantStatus
from .._resources.recordings import RecordingStatus
from .._resources.rooms import RoomStatus
from ..errors import InvalidArgumentError
from .collection import Collection, ResourceT, kind_of
from .resources import Composition, Participant, Recording, Room


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from typing_extensions import Unpack

    from .._assertions.fields import CallbackParams, CompositionFields, RecordingFields, RoomFields
    from .._simulation import Simulation
    from .._webhooks.callback import Callback
    from .call import Call

__all__ = ["Assertions"]

__tracebackhide__ = True


class Assertions:
    """What a test can assert about the fake.

    Each assertion returns what it found, the latest if there are several. Otherwise it raises
    `AssertionError`, with what was expected, the nearest candidate, and what happened.

    Values are compared with ``==``, so that `unittest.mock.ANY` and dirty-equals work; a compiled
    regular expression is searched for in the text. *room* is a `Room`, a room name or a room SID.

    Raises:
        InvalidFieldError: there is no field, parameter or event of that name.
        InvalidArgumentError: *room* is not a room, *method* is not an HTTP method, *path* is not
            a path of the API, or *times* is not a number of calls; or an enumeration never has
            the given value.

    """

    _simulation: Simulation
    _calls: list[Call]

    def assert_room_created(self, **fields: Unpack[RoomFields]) -> Room:
        """Assert that the application created a room with these *fields* through the API."""
        expected = f"a room created through the API{describe_wanted(fields)}"
        created = self._lookup.rooms_created_by("api")
        hint = partial(self._lookup.explain_room_of_test, fields)
        return self._find(expected, Room, created, fields, hint)

    def assert_no_room_created(self, **fields: Unpack[RoomFields]) -> None:
        """Assert that the application created no room with these *fields* through the API."""
        expected = f"no room created through the API{describe_wanted(fields)}"
        self._find_none(expected, Room, self._lookup.rooms_created_by("api"), fields)

    def assert_room_completed(
        self, room: Room | str | None = None, **fields: Unpack[RoomFields]
    ) -> Room:
        """Assert that *room* is completed; without *room*, that any room is."""
        expected = f"a completed room{_quoted(room)}{describe_wanted(fields)}"
        wanted = {"status": RoomStatus.COMPLETED, **fields}
        hint = partial(self._lookup.explain_no_room, room)
        return self._find(expected, Room, self._lookup.rooms(room), wanted, hint)

    def assert_no_open_rooms(self) -> None:
        """Assert that no room is in progress."""
        wanted = {"status": RoomStatus.IN_PROGRESS}
        self._find_none("no room in progress", Room, self._lookup.rooms(), wanted)

    def assert_participant_connected(self, room: Room | str, identity: object) -> Participant:
        """Assert that *identity*, a text or a matcher, is connected to *room* now."""
        wanted = {"identity": identity, "status": ParticipantStatus.CONNECTED}
        return self._find_participant(room, wanted, self._lookup.participants(room))

    def assert_participant_disconnected(self, room: Room | str, identity: object) -> Participant:
        """Assert that *identity*, a text or a matcher, was in *room* and has left it."""
        participants = self._lookup.participants(room)
        same_identity = [each for each in participants if matches(identity, each.identity)]
        wanted = {"identity": identity, "status": ParticipantStatus.DISCONNECTED}
        # Only the latest counts: whoever has joined again has not left.
        return self._find_participant(room, wanted, same_identity[-1:] or participants)

    def assert_recording_completed(
        self, room: Room | str | None = None, **fields: Unpack[RecordingFields]
    ) -> Recording:
        """Assert that a recording, of *room* if it is given, is completed."""
        expected = f"a completed recording{_of_room(room)}{describe_wanted(fields)}"
        wanted = {"status": RecordingStatus.COMPLETED, **fields}
        return self._find_of_room(room, expected, Recording, wanted)

    def assert_composition_created(
        self, room: Room | str | None = None, **fields: Unpack[CompositionFields]
    ) -> Composition:
        """Assert that there is a composition, of *room* if it is given, whoever created it."""
        expected = f"a composition{_of_room(room)}{describe_wanted(fields)}"
        return self._find_of_room(room, expected, Composition, fields)

    def assert_composition_completed(
        self, room: Room | str | None = None, **fields: Unpack[CompositionFields]
    ) -> Composition:
        """Assert that a composition, of *room* if it is given, is completed."""
        expected = f"a completed composition{_of_room(room)}{describe_wanted(fields)}"
        wanted = {"status": CompositionStatus.COMPLETED, **fields}
        return self._find_of_room(room, expected, Composition, wanted)

    def assert_callback(
        self, event: str, *, room: Room | str | None = None, **params: Unpack[CallbackParams]
    ) -> Callback:
        """Assert that a callback of *event* was sent. Queued callbacks are delivered first.

        *params* are the callback's parameters, in snake_case: ``participant_identity="alice"``.
        Callbacks carry text, so numbers, bools and times are compared with their text, and `None`
        means that the parameter is not sent.
        """
        names.check_callback(event, params)
        sent = self._lookup.callbacks(event, room)
        matching = [callback for callback in sent if _has_params(callback, params)]
        if not matching:
            expected = f"a callback {event!r}{_of_room(room)}{describe_wanted(params)}"
            hint = "" if sent else self._lookup.explain_no_callback(event, room)
            candidates = [_callback_candidate(callback) for callback in sent]
            self._fail(
                explain_missing(expected, candidates, params, hint=hint, matches=matches_text)
            )
        return matching[-1]

    def assert_no_callback(
        self, event: str, *, room: Room | str | None = None, **params: Unpack[CallbackParams]
    ) -> None:
        """Assert that no such callback was sent. Queued callbacks are delivered first."""
        names.check_callback(event, params)
        sent = self._lookup.callbacks(event, room)
        matching = [callback for callback in sent if _has_params(callback, params)]
        if matching:
            expected = f"no callback {event!r}{_of_room(room)}{describe_wanted(params)}"
            self._fail(explain_present(expected, list(map(_callback_candidate, matching))))

    def assert_called(
        self, method: str, path: str, *, times: int | None = None, **params: object
    ) -> list[Call]:
        """Assert that the application made such a call: at least once, or exactly *times* times.

        *path* is as in the URL, from ``/v1`` on; ``*`` stands for any run of characters.
        *params* are the call's parameters, in snake_case, compared as in `assert_callback`.
        """
        if times is not None:
            whole("times", times)
        calls = self._lookup.calls(method, path, params)
        matching = [call for call in calls if _has_params(call, params)]
        if times is None:
            is_met, expected = bool(matching), "a call"
        else:
            is_met = len(matching) == times
            expected = {0: "no call", 1: "1 call"}.get(times, f"{times} calls")
        if not is_met:
            expected = f"{expected} {method.upper()} {path}{describe_wanted(params)}"
            candidates = [_call_candidate(call) for call in matching or calls]
            if matching:
                self._fail(explain_present(expected, candidates))
            hint = "" if calls else self._lookup.describe_calls()
            self._fail(
                explain_missing(expected, candidates, params, hint=hint, matches=matches_text)
            )
        return matching

    def assert_not_called(self, method: str, path: str, **params: object) -> None:
        """Assert that the application made no such call; see `assert_called`."""
        self.assert_called(method, path, times=0, **params)

    def assert_events(self, *events: str) -> None:
        """Assert that these *events* happened in this order; others may lie between them."""
        for event in events:
            names.check_event(event, "assert_events('room-created', 'room-ended')")
        happened = iter(self._lookup.events())
        for index, name in enumerate(events):
            if name not in happened:
                expected = f"the events {', '.join(events)} in this order"
                after = f" after {events[index - 1]!r}" if index else ""
                suggestion = did_you_mean(name, self._lookup.known_events())
                hint = f"no {name!r} happened{after}.{suggestion}"
                self._fail(explain_missing(expected, [], {}, hint=hint))

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self._simulation, self._calls)

    def _find_participant(
        self, room: Room | str, wanted: Mapping[str, Any], candidates: Sequence[Participant]
    ) -> Participant:
        identity, status = describe_wanted({"identity": wanted["identity"]}), wanted["status"]
        expected = f"a participant{identity} {status} in{_quoted(room)}"
        hint = partial(self._lookup.explain_no_participants, room)
        return self._find(expected, Participant, candidates, wanted, hint)

    def _find_of_room(
        self,
        room: Room | str | None,
        expected: str,
        resource: type[ResourceT],
        wanted: Mapping[str, Any],
    ) -> ResourceT:
        candidates = self._lookup.resources_of(room, resource)
        hint = partial(self._lookup.explain_no_room, room)
        return self._find(expected, resource, candidates, wanted, hint)

    def _find(
        self,
        expected: str,
        resource: type[ResourceT],
        candidates: Sequence[ResourceT],
        wanted: Mapping[str, Any],
        hint: Callable[[], str],
    ) -> ResourceT:
        """Return the latest of *candidates* that has the *wanted* fields, or fail."""
        matching = _with_fields(resource, candidates, wanted)
        if not matching:
            field_names = names.fields_of(kind_of(resource))
            described = [
                Candidate(repr(each), {name: getattr(each, name) for name in field_names})
                for each in candidates
            ]
            self._fail(explain_missing(expected, described, wanted, hint=hint()))
        return matching[-1]

    def _find_none(
        self,
        expected: str,
        resource: type[ResourceT],
        candidates: Sequence[ResourceT],
        wanted: Mapping[str, Any],
    ) -> None:
        """Fail if any of *candidates* has the *wanted* fields."""
        matching = _with_fields(resource, candidates, wanted)
        if matching:
            described = [Candidate(repr(each), {}) for each in matching]
            self._fail(explain_present(expected, described))

    def _fail(self, explanation: str) -> NoReturn:
        msg = f"{printable(explanation)}\n\n{text.history(self._simulation)}"
        raise AssertionError(msg)


def _with_fields(
    resource: type[ResourceT], candidates: Iterable[ResourceT], wanted: Mapping[str, Any]
) -> list[ResourceT]:
    names.check_fields(kind_of(resource), wanted)
    return [candidate for candidate in candidates if has_fields(candidate, wanted)]


def _has_params(message: Callback | Call, wanted: Mapping[str, Any]) -> bool:
    params = _params_of(message)
    return all(matches_text(value, params.get(name, MISSING)) for name, value in wanted.items())


def _params_of(message: Callback | Call) -> dict[str, Any]:
    return {snake(name): value for name, value in message.params.items()}


def _callback_candidate(callback: Callback) -> Candidate:
    title = f"{describe_callback(callback)}, at {callback.at:%H:%M:%S}"
    return Candidate(title, _params_of(callback))


def _call_candidate(call: Call) -> Candidate:
    title = f"{describe_call(call)} -> {describe_response(call)}, at {call.at:%H:%M:%S}"
    return Candidate(title, _params_of(call))


def _quoted(room: object) -> str:
    """Return `` 'DailyStandup'``, or an empty text if *room* is `None`."""
    return "" if room is None else f" {getattr(room, 'unique_name', room)!r}"


def _of_room(room: object) -> str:
    return "" if room is None else f" of room{_quoted(room)}"


class Lookup:
    """What there is in a simulation for an assertion to look at, and why there may be nothing.

    *room* is a `Room`, a room name or a room SID; `None` means any room.
    """

    def __init__(self, simulation: Simulation, calls: list[Call]) -> None:
        self._simulation = simulation
        self._calls = calls

    def rooms(self, room: Room | str | None = None) -> list[Room]:
        """Return the rooms that *room* means; several rooms may have had the same name.

        Raises:
            InvalidArgumentError: *room* is not a room.

        """
        rooms = list(Collection(self._simulation, Room))
        if room is None:
            return rooms
        # A room of the official client is neither a Room nor a text, but has a SID as well.
        name_or_sid = getattr(room, "sid", room)
        is_room = isinstance(room, str) or str(name_or_sid).startswith("RM")
        if not is_room:
            msg = f"expected a Room, a room name or a room SID, not {room!r}"
            raise InvalidArgumentError(msg)
        return [each for each in rooms if name_or_sid in {each.sid, each.unique_name}]

    def rooms_created_by(self, creator: str) -> list[Room]:
        """Return the rooms created through the ``"api"``, by the ``"test"`` or by an ``"sdk"``."""
        return list(Collection(self._simulation, Room, lambda room: room.created_by == creator))

    def participants(self, room: Room | str) -> list[Participant]:
        """Return all participants that have ever joined *room*."""
        return [participant for each in self.rooms(room) for participant in each.participants]

    def resources_of(self, room: Room | str | None, resource: type[ResourceT]) -> list[ResourceT]:
        """Return the resources of that class that belong to *room*."""
        resources = Collection(self._simulation, resource)
        if room is None:
            return list(resources)
        sids = {each.sid for each in self.rooms(room)}
        return [each for each in resources if getattr(each, "room_sid", None) in sids]

    def callbacks(self, event: str, room: Room | str | None) -> list[Callback]:
        """Return the callbacks of *event* in *room*. Queued callbacks are delivered first."""
        self._simulation.sync()
        finish(self._simulation.deliver_pending(awaiting=False))
        callbacks = [each for each in self._simulation.callbacks if each.event == event]
        if room is None:
            return callbacks
        sids = {each.sid for each in self.rooms(room)}
        return [each for each in callbacks if each.room_sid in sids]

    def calls(self, method: str, path: str, params: Iterable[str]) -> list[Call]:
        """Return the calls of *method* and *path*.

        Raises:
            InvalidFieldError: such calls have no parameter of the names in *params*.
            InvalidArgumentError: *method* is not an HTTP method, or *path* is not a path of the
                API.

        """
        # Unlike a fault, an assertion always names both; str() makes `None` an invalid name.
        pattern = Pattern(str(method), str(path))
        calls = [call for call in self._calls if pattern.matches(call.method, call.path)]
        sent = [snake(name) for call in calls for name in call.params]
        names.check_call(method.upper(), path, params, sent)
        return calls

    def events(self) -> list[str]:
        """Return the names of the events that happened, the oldest first."""
        self._simulation.sync()
        return [event.name for event in self._simulation.account.events]

    def known_events(self) -> set[str]:
        """Return the names of all events that can happen."""
        return {*CALLBACK_PARAMS, *self.events()}

    def explain_no_room(self, room: Room | str | None) -> str:
        """Return a text that there is no *room*; it is empty if there is one."""
        if room is None or self.rooms(room):
            return ""
        known = [each.unique_name for each in self.rooms()]
        if not known:
            return f"there is no room{_quoted(room)}, and no other"
        hint = did_you_mean(room, known) if isinstance(room, str) else ""
        return f"there is no room{_quoted(room)}.{hint} There are: {', '.join(known)}"

    def explain_room_of_test(self, wanted: Mapping[str, Any]) -> str:
        """Return a text that the test itself created a room with the *wanted* fields."""
        matching = _with_fields(Room, self.rooms_created_by("test"), wanted)
        if not matching:
            return ""
        return f"{matching[-1]!r} matches, but the test created it, not the application"

    def explain_no_participants(self, room: Room | str) -> str:
        """Return a text that nobody has ever joined *room*; it is empty if somebody has."""
        if self.participants(room):
            return ""
        return self.explain_no_room(room) or "nobody has ever joined this room"

    def explain_no_callback(self, event: str, room: Room | str | None) -> str:
        """Return why there is no callback of *event* in *room*."""
        if reason := self.explain_no_room(room):
            return reason
        rooms = {each.sid: each for each in self.rooms(room)}
        for happened in reversed(self._simulation.account.events):
            silent = rooms.get(happened.room_sid or "") if happened.name == event else None
            if silent is not None and silent.status_callback is None:
                return (
                    f"{event} happened to {silent!r}, but this room has no status_callback: "
                    f"set one when you create it"
                )
        return f"{event} has not happened{'' if room is None else ' to this room'}"

    def describe_calls(self) -> str:
        """Return the calls that the application made, the most frequent first."""
        counts = Counter(f"{call.method} {call.path}" for call in self._calls)
        if not counts:
            return "the application has made no call"
        lines = ["the application called:"]
        for call, count in counts.most_common(5):
            lines.append(f"    {call} ({count} times)" if count > 1 else f"    {call}")
        return "\n".join(lines)
