"""Assertions: what a test asserts about the fake, and how the fake looks it up."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, ParamSpec, TypeVar, cast

from .._api.pattern import Pattern
from .._assertions import names
from .._assertions.explanation import (
    Candidate,
    describe_wanted,
    explain_missing,
    explain_present,
)
from .._assertions.matching import MISSING, has_fields, matches, matches_text
from .._assertions.repetition import aeventually, repeatable
from .._engine.arguments import truth, whole
from .._engine.coroutines import finish
from .._engine.parameters import snake
from .._engine.suggestions import did_you_mean
from .._report.lines import describe_call, describe_callback, describe_response
from .._resources.compositions import CompositionStatus
from .._resources.participants import ParticipantStatus
from .._resources.recordings import RecordingStatus
from .._resources.rooms import WITHOUT_MEDIA_SERVER, RoomStatus
from .._resources.rooms import Room as RoomRecord
from ..errors import InvalidArgumentError
from .collection import Collection, ResourceT, kind_of
from .resources import Composition, Participant, Recording, Room


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from typing_extensions import Unpack

    from .._assertions.fields import (
        CallbackParams,
        CompositionFields,
        Method,
        RecordingFields,
        RoomFields,
    )
    from .._simulation import Simulation
    from .._webhooks.callback import Callback
    from .._webhooks.payloads import CallbackEvent
    from .call import Call
    from .fake import FakeTwilioVideo

__all__ = ["Assertions"]

__tracebackhide__ = True

P = ParamSpec("P")
T = TypeVar("T")


class Assertions:
    """What a test can assert about the fake.

    Each assertion returns what it found, the latest if there are several. Otherwise it raises
    `AssertionError`, with what was expected, the nearest candidate, and what happened.

    Values are compared with ``==``, so that `unittest.mock.ANY` and dirty-equals work; a compiled
    regular expression is searched for in the text. *room* is a `Room`, a room name or a room SID.

    With *within*, an assertion is checked again for up to that many seconds of real time before it
    fails, for what a browser or another process is about to do. ``assert_no_…`` and
    `assert_not_called` watch that long. In an async test, use `aeventually`.

    Raises:
        InvalidFieldError: there is no field, parameter or event of that name.
        InvalidArgumentError: *room* is not a room, *method* is not an HTTP method, *path* is not
            a path of the API, or *times* is not a number of calls; or an enumeration never has
            the given value; or *within* is negative.
        TwilioVideoError: *within* is positive inside a running task.

    """

    _simulation: Simulation
    _calls: list[Call]

    @repeatable
    def assert_room_created(self, *, within: float = 0, **fields: Unpack[RoomFields]) -> Room:
        """Assert that the application created a room with these *fields* through the API."""
        expected = f"a room created through the API{describe_wanted(fields)}"
        created = self._lookup.rooms_created_by("api")
        hint = partial(self._lookup.explain_room_of_test, fields)
        return self._find(expected, Room, created, fields, hint)

    @repeatable
    def assert_no_room_created(self, *, within: float = 0, **fields: Unpack[RoomFields]) -> None:
        """Assert that the application created no room with these *fields* through the API."""
        expected = f"no room created through the API{describe_wanted(fields)}"
        self._find_none(expected, Room, self._lookup.rooms_created_by("api"), fields)

    @repeatable
    def assert_room_completed(
        self, room: Room | str | None = None, *, within: float = 0, **fields: Unpack[RoomFields]
    ) -> Room:
        """Assert that *room* is completed; without *room*, that any room is."""
        expected = f"a completed room{_quoted(room)}{describe_wanted(fields)}"
        wanted = {"status": RoomStatus.COMPLETED, **fields}
        hint = partial(self._lookup.explain_no_room, room)
        return self._find(expected, Room, self._lookup.rooms(room), wanted, hint)

    @repeatable
    def assert_no_open_rooms(self, *, within: float = 0) -> None:
        """Assert that no room is in progress."""
        wanted = {"status": RoomStatus.IN_PROGRESS}
        self._find_none("no room in progress", Room, self._lookup.rooms(), wanted)

    @repeatable
    def assert_participant_connected(
        self, room: Room | str, identity: object, *, within: float = 0
    ) -> Participant:
        """Assert that *identity*, a text or a matcher, is connected to *room* now."""
        wanted = {"identity": identity, "status": ParticipantStatus.CONNECTED}
        return self._find_participant(room, wanted, self._lookup.participants(room))

    @repeatable
    def assert_participant_disconnected(
        self, room: Room | str, identity: object, *, within: float = 0
    ) -> Participant:
        """Assert that *identity*, a text or a matcher, was in *room* and has left it."""
        participants = self._lookup.participants(room)
        same_identity = [each for each in participants if matches(identity, each.identity)]
        wanted = {"identity": identity, "status": ParticipantStatus.DISCONNECTED}
        # Only the latest counts: whoever has joined again has not left.
        return self._find_participant(room, wanted, same_identity[-1:] or participants)

    @repeatable
    def assert_recording_completed(
        self,
        room: Room | str | None = None,
        *,
        within: float = 0,
        **fields: Unpack[RecordingFields],
    ) -> Recording:
        """Assert that a recording, of *room* if it is given, is completed."""
        expected = f"a completed recording{_of_room(room)}{describe_wanted(fields)}"
        wanted = {"status": RecordingStatus.COMPLETED, **fields}
        hint = partial(self._lookup.explain_no_recording, room)
        recordings = self._lookup.resources_of(room, Recording)
        return self._find(expected, Recording, recordings, wanted, hint)

    @repeatable
    def assert_composition_created(
        self,
        room: Room | str | None = None,
        *,
        within: float = 0,
        **fields: Unpack[CompositionFields],
    ) -> Composition:
        """Assert that there is a composition, of *room* if it is given, whoever created it."""
        expected = f"a composition{_of_room(room)}{describe_wanted(fields)}"
        return self._find_of_room(room, expected, Composition, fields)

    @repeatable
    def assert_composition_completed(
        self,
        room: Room | str | None = None,
        *,
        within: float = 0,
        **fields: Unpack[CompositionFields],
    ) -> Composition:
        """Assert that a composition, of *room* if it is given, is completed."""
        expected = f"a completed composition{_of_room(room)}{describe_wanted(fields)}"
        wanted = {"status": CompositionStatus.COMPLETED, **fields}
        return self._find_of_room(room, expected, Composition, wanted)

    @repeatable
    def assert_callback(
        self,
        event: CallbackEvent,
        *,
        room: Room | str | None = None,
        delivered: bool = True,
        within: float = 0,
        **params: Unpack[CallbackParams],
    ) -> Callback:
        """Assert that a callback of *event* was sent. Queued callbacks are delivered first.

        A callback whose target can only be awaited does not count before it is delivered, unless
        *delivered* is false. Otherwise an async test would pass although the application never
        got it.

        *params* are the callback's parameters, in snake_case: ``participant_identity="alice"``.
        Callbacks carry text, so numbers, bools and times are compared with their text, and `None`
        means that the parameter is not sent.
        """
        names.check_callback(event, params)
        truth("delivered", delivered)
        sent = self._lookup.callbacks(event, room)
        matching = [callback for callback in sent if _has_params(callback, params)]
        must_be_awaited = self._simulation.callback_queue.must_be_awaited
        counted = [each for each in matching if not (delivered and must_be_awaited(each))]
        if matching and not counted:
            expected = f"a delivered callback {event!r}{_of_room(room)}{describe_wanted(params)}"
            self._fail(explain_missing(expected, [], {}, hint=_NOT_AWAITED))
        if not matching:
            expected = f"a callback {event!r}{_of_room(room)}{describe_wanted(params)}"
            hint = "" if sent else self._lookup.explain_no_callback(event, room)
            candidates = [_callback_candidate(callback) for callback in sent]
            self._fail(
                explain_missing(expected, candidates, params, hint=hint, matches=matches_text)
            )
        return counted[-1]

    @repeatable
    def assert_no_callback(
        self,
        event: CallbackEvent,
        *,
        room: Room | str | None = None,
        within: float = 0,
        **params: Unpack[CallbackParams],
    ) -> None:
        """Assert that no such callback was sent. Queued callbacks are delivered first."""
        names.check_callback(event, params)
        sent = self._lookup.callbacks(event, room)
        matching = [callback for callback in sent if _has_params(callback, params)]
        if matching:
            expected = f"no callback {event!r}{_of_room(room)}{describe_wanted(params)}"
            self._fail(explain_present(expected, list(map(_callback_candidate, matching))))

    @repeatable
    def assert_called(
        self,
        method: Method,
        path: str,
        *,
        times: int | None = None,
        within: float = 0,
        **params: object,
    ) -> list[Call]:
        """Assert that the application made such a call: at least once, or exactly *times* times.

        *path* is as in the URL, from ``/v1`` on; ``*`` stands for any run of characters.
        *params* are the call's parameters, in snake_case, compared as in `assert_callback`.
        """
        return self._find_calls(method, path, times, params)

    @repeatable
    def assert_not_called(
        self, method: Method, path: str, *, within: float = 0, **params: object
    ) -> None:
        """Assert that the application made no such call; see `assert_called`."""
        self._find_calls(method, path, 0, params)

    @repeatable
    def assert_events(self, *events: CallbackEvent, within: float = 0) -> None:
        """Assert that these *events* happened in this order; others may lie between them."""
        names.check_events(events, set(self._lookup.events()))
        happened = iter(self._lookup.events())
        for index, name in enumerate(events):
            if name not in happened:
                expected = f"the events {', '.join(events)} in this order"
                after = f" after {events[index - 1]!r}" if index else ""
                hint = f"no {name!r} happened{after}."
                self._fail(explain_missing(expected, [], {}, hint=hint))

    async def aeventually(
        self, assertion: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Check *assertion* again, in an async test, for the seconds in the keyword ``within``.

        ``await twilio_video.aeventually(twilio_video.assert_callback, "room-ended", within=5)``
        does what ``twilio_video.assert_callback("room-ended", within=5)`` does in a plain test,
        without blocking the event loop, and returns what the assertion returns. Each check
        delivers what is queued, on the test's own loop.

        Raises:
            InvalidArgumentError: ``within`` is negative, or not a number of seconds.

        """
        return await aeventually(self._simulation, assertion, args, dict(kwargs))

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self._simulation, self._calls)

    def _find_calls(
        self, method: str, path: str, times: int | None, params: Mapping[str, object]
    ) -> list[Call]:
        if times is not None:
            whole("times", times)
        calls = self._lookup.calls(method, path, params)
        known = names.wire_names(method.upper(), path)
        matching = [call for call in calls if _has_params(call, params, known)]
        if times is None:
            is_met, expected = bool(matching), "a call"
        else:
            is_met = len(matching) == times
            expected = {0: "no call", 1: "1 call"}.get(times, f"{times} calls")
        if not is_met:
            expected = f"{expected} {method.upper()} {path}{describe_wanted(params)}"
            candidates = [_call_candidate(call, known) for call in matching or calls]
            if matching:
                self._fail(explain_present(expected, candidates))
            hint = (
                _explain_misspelt(calls, params, known) if calls else self._lookup.describe_calls()
            )
            self._fail(
                explain_missing(expected, candidates, params, hint=hint, matches=matches_text)
            )
        return matching

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
        from .failure import fail

        fail(cast("FakeTwilioVideo", self), explanation)


_NO_NAMES: Final[Mapping[str, str]] = {}

_NOT_AWAITED: Final = """\
it was sent and is not delivered: in a running task its target can only be awaited
use `await twilio_video.callbacks.aflush()` before this, or delivered=False for what was only sent\
"""


def _with_fields(
    resource: type[ResourceT], candidates: Iterable[ResourceT], wanted: Mapping[str, Any]
) -> list[ResourceT]:
    names.check_fields(kind_of(resource), wanted)
    return [candidate for candidate in candidates if has_fields(candidate, wanted)]


def _has_params(
    message: Callback | Call, wanted: Mapping[str, Any], known: Mapping[str, str] = _NO_NAMES
) -> bool:
    params = _params_of(message, known)
    return all(matches_text(value, params.get(name, MISSING)) for name, value in wanted.items())


def _params_of(message: Callback | Call, known: Mapping[str, str] = _NO_NAMES) -> dict[str, Any]:
    """Return the parameters of *message* by our names.

    *known* are our names with Twilio's, by which alone a parameter counts: a ``unique_name`` in
    the form is ignored by Twilio, and is not its ``UniqueName``.
    """
    return {
        snake(name): value
        for name, value in message.params.items()
        if known.get(snake(name), name) == name
    }


def _explain_misspelt(
    calls: Iterable[Call], wanted: Mapping[str, Any], known: Mapping[str, str]
) -> str:
    """Return a text that the application misspelt a wanted parameter; otherwise an empty text."""
    misspelt = {
        sent: known[snake(sent)]
        for call in calls
        for sent in call.params
        if snake(sent) in wanted and known.get(snake(sent), sent) != sent
    }
    return "\n".join(
        f"the application sent {sent!r}, which Twilio ignores: Twilio knows {name!r}"
        for sent, name in misspelt.items()
    )


def _callback_candidate(callback: Callback) -> Candidate:
    title = f"{describe_callback(callback)}, at {callback.at:%H:%M:%S}"
    return Candidate(title, _params_of(callback))


def _call_candidate(call: Call, known: Mapping[str, str]) -> Candidate:
    title = f"{describe_call(call)} -> {describe_response(call)}, at {call.at:%H:%M:%S}"
    return Candidate(title, _params_of(call, known))


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

    def explain_no_recording(self, room: Room | str | None) -> str:
        """Return why nothing is recorded in *room*; it is empty if something is."""
        if self.resources_of(room, Recording):
            return ""
        rooms = self.rooms(room)
        if not rooms:
            return self.explain_no_room(room)
        table = self._simulation.account.table(RoomRecord)
        records = [table[each.sid] for each in rooms]
        if not any(rule.type == "include" for each in records for rule in each.recording_rules):
            who = f"{rooms[-1]!r} does not" if len(rooms) == 1 else "these rooms do not"
            if records[-1].type in WITHOUT_MEDIA_SERVER:
                return f"{who} record: Twilio does not record rooms of type {records[-1].type}"
            return (
                f"{who} record: create the room with record_participants_on_connect=True, or set "
                f"its recording rules"
            )
        if not any(each.published_tracks for room in rooms for each in room.participants):
            return f"nobody has published a track in {rooms[-1]!r}, so nothing was recorded"
        return ""

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
        why = self.explain_no_recording(room) if event.startswith("recording-") else ""
        reason = f"{event} has not happened{'' if room is None else ' to this room'}"
        return f"{reason}\n{why}".rstrip()

    def describe_calls(self) -> str:
        """Return the calls that the application made, the most frequent first."""
        counts = Counter(f"{call.method} {call.path}" for call in self._calls)
        if not counts:
            return "the application has made no call"
        lines = ["the application called:"]
        for call, count in counts.most_common(5):
            lines.append(f"    {call} ({count} times)" if count > 1 else f"    {call}")
        return "\n".join(lines)
