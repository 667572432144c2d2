"""Assertions: the ``assert_…`` methods of the fake, and the lookups behind them."""

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
from .._engine.account import record_of
from .._engine.arguments import text, truth, whole
from .._engine.coroutines import finish
from .._engine.parameters import snake
from .._engine.suggestions import did_you_mean, listed
from .._report.lines import describe_call, describe_callback, describe_response
from .._resources.compositions import CompositionStatus
from .._resources.participants import ParticipantStatus
from .._resources.published_tracks import TrackKind
from .._resources.recordings import RecordingStatus
from .._resources.rooms import WITHOUT_MEDIA_SERVER, RoomStatus
from .._resources.rooms import Room as RoomRecord
from .._webhooks.payloads import CALLBACKS
from ..errors import InvalidArgumentError
from .collection import Collection, Resource, ResourceT, kind_of
from .resources import Composition, CompositionHook, Participant, Recording, Room


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from enum import Enum

    from typing_extensions import Unpack

    from .._assertions.fields import (
        CallbackParams,
        CompositionFields,
        Method,
        RecordingFields,
        RoomFields,
    )
    from .._engine.account import Event
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
    """The assertions of the fake.

    An assertion that passes returns what it found. If it found several, it returns the latest.
    An assertion that fails raises `AssertionError`. The message has what was expected, the
    nearest candidate, and what happened.

    Values are compared by ``==``, so `unittest.mock.ANY` and dirty-equals work. A compiled
    regular expression is searched for in the text. *room* is a `Room`, a room name or a room SID.

    *within* is for tests with a browser or another process. An assertion that fails is checked
    again for up to *within* seconds of real time. ``assert_no_…`` and `assert_not_called` must
    pass for the whole time. In an async test, use `aeventually`.

    Raises:
        InvalidFieldError: there is no field, parameter or event of that name.
        InvalidArgumentError: *room* is not a room, *method* is not an HTTP method, *path* is not
            a path of the API, *times* is not a number of calls, there are no *events*, a field
            never has the given value, a pattern is one of bytes, or *within* is negative.
        TwilioVideoError: *within* is positive and the caller runs in a task.

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
        """Assert that *room* is completed. Without *room*, assert that any room is completed."""
        expected = f"a completed room{_quoted(room)}{describe_wanted(fields)}"
        wanted = _with_status(Room, RoomStatus.COMPLETED, fields)
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
        """Assert that a participant with this *identity* is connected to *room* now.

        *identity* is a text or a matcher.
        """
        wanted = {"identity": identity, "status": ParticipantStatus.CONNECTED}
        return self._find_participant(room, wanted, self._lookup.participants(room))

    @repeatable
    def assert_participant_disconnected(
        self, room: Room | str, identity: object, *, within: float = 0
    ) -> Participant:
        """Assert that the participant with this *identity* was in *room* and has left.

        *identity* is a text or a matcher.
        """
        latest = self._lookup.latest_participants(room)
        matching = [person for person in latest if matches(identity, person.identity)]
        wanted = {"identity": identity, "status": ParticipantStatus.DISCONNECTED}
        return self._find_participant(room, wanted, matching or latest)

    @repeatable
    def assert_recording_completed(
        self,
        room: Room | str | None = None,
        *,
        within: float = 0,
        **fields: Unpack[RecordingFields],
    ) -> Recording:
        """Assert that a recording is completed. With *room*, it must be a recording of *room*."""
        expected = f"a completed recording{_of_room(room)}{describe_wanted(fields)}"
        wanted = _with_status(Recording, RecordingStatus.COMPLETED, fields)
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
        """Assert that there is a composition. With *room*, it must be a composition of *room*.

        The application, the test or a composition hook may have created it.
        """
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
        """Assert that a composition is completed. With *room*, it must be one of *room*."""
        expected = f"a completed composition{_of_room(room)}{describe_wanted(fields)}"
        wanted = _with_status(Composition, CompositionStatus.COMPLETED, fields)
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

        In an async test, some targets can only be awaited. A callback to such a target counts
        when it has been delivered, so that the test fails if the application never got the
        callback. With ``delivered=False`` it counts when it has been sent.

        *params* are the parameters of the callback in snake_case, for example
        ``participant_identity="alice"``. The parameters of a callback are texts. A number, a bool
        or a time is compared with its text. `None` means that the parameter is not sent.
        """
        names.check_callback(event, params)
        truth("delivered", delivered)
        sent = self._lookup.callbacks(event, room)
        matching = [callback for callback in sent if _has_params(callback, params)]
        must_be_awaited = self._simulation.callback_queue.must_be_awaited
        counted = [
            callback for callback in matching if not (delivered and must_be_awaited(callback))
        ]
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
        """Assert that no callback of *event* with these *params* was sent.

        Queued callbacks are delivered first.
        """
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
        """Assert that the application called *method* and *path* with these *params*.

        With *times*, the number of calls must be exactly *times*. Otherwise one call is enough.

        *path* is the path of the URL, for example ``/v1/Rooms``. ``*`` stands for any
        characters. *params* are the parameters of the call in snake_case, which are compared in
        the same way as in `assert_callback`.
        """
        return self._find_calls(method, path, times, params)

    @repeatable
    def assert_not_called(
        self, method: Method, path: str, *, within: float = 0, **params: object
    ) -> None:
        """Assert that the application made no such call. It takes what `assert_called` takes."""
        self._find_calls(method, path, 0, params)

    @repeatable
    def assert_events(self, *events: CallbackEvent, within: float = 0) -> None:
        """Assert that these *events* happened in this order. Other events may lie between them."""
        if not events:
            msg = "assert_events() needs an event, like assert_events('room-created')"
            raise InvalidArgumentError(msg)
        happened = self._lookup.events()
        names.check_events(events, set(happened))
        rest = iter(happened)
        for index, name in enumerate(events):
            if name not in rest:
                expected = f"the events {', '.join(events)} in this order"
                after = f" after {events[index - 1]!r}" if index else ""
                hint = f"no {name!r} happened{after}\n{_describe_events(happened)}"
                self._fail(explain_missing(expected, [], {}, hint=hint))

    async def aeventually(
        self, assertion: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Repeat the check of *assertion* for up to ``within`` real seconds, in an async test.

        ``await twilio_video.aeventually(twilio_video.assert_callback, "room-ended", within=5)``
        does what ``twilio_video.assert_callback("room-ended", within=5)`` does in a plain test,
        without blocking the event loop. It returns what the assertion returns. Each check first
        delivers the queued callbacks, in the event loop of the test.

        Raises:
            InvalidArgumentError: *assertion* is not an assertion of this fake, or ``within`` is
                negative, or not a number of seconds.

        """
        return await aeventually(self, assertion, args, dict(kwargs))

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
            expected = f"{expected} of {method.upper()} {path}{describe_wanted(params)}"
            candidates = [_call_candidate(call, known) for call in matching or calls]
            if matching:
                self._fail(explain_present(expected, candidates))
            hint = (
                _explain_spelling(calls, params, known) if calls else self._lookup.describe_calls()
            )
            self._fail(
                explain_missing(expected, candidates, params, hint=hint, matches=matches_text)
            )
        return matching

    def _find_participant(
        self, room: Room | str, wanted: Mapping[str, Any], candidates: Sequence[Participant]
    ) -> Participant:
        identity, status = describe_wanted({"identity": wanted["identity"]}), wanted["status"]
        expected = f"a {status} participant{_of_room(room)}{identity}"
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
        """Return the latest of *candidates* that has the *wanted* fields. If none has, fail."""
        matching = _with_fields(resource, candidates, wanted)
        if not matching:
            field_names = names.fields_of(kind_of(resource))
            described = [
                Candidate(
                    repr(candidate), {name: getattr(candidate, name) for name in field_names}
                )
                for candidate in candidates
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
            described = [Candidate(repr(candidate), {}) for candidate in matching]
            self._fail(explain_present(expected, described))

    def _fail(self, explanation: str) -> NoReturn:
        from .failure import fail

        fail(cast("FakeTwilioVideo", self), explanation)


_NO_NAMES: Final[Mapping[str, str]] = {}

_NOT_AWAITED: Final = """\
the callback was sent, but not delivered: the test runs in a task, so the target must be awaited
use `await twilio_video.callbacks.aflush()` before this assertion
or pass delivered=False if it is enough that the callback was sent\
"""

_CAUSES: Final[Mapping[str, str]] = {
    "room-ended": "complete the room by room.complete(), the API or the clock",
    "participant-connected": "join the room by room.connect(identity)",
    "participant-disconnected": "leave the room by participant.disconnect()",
    "track-added": "publish a track by participant.publish(kind)",
    "track-removed": "stop publishing a track by track.unpublish()",
    "track-enabled": "unmute a muted track by track.enable()",
    "track-disabled": "mute a track by track.disable()",
}
"""How a test causes an event."""

_SUBSCRIBERS: Final[Mapping[type, tuple[type[Resource], str]]] = {
    kind_of(Room): (Room, "room"),
    kind_of(Composition): (Composition, "composition"),
    kind_of(CompositionHook): (CompositionHook, "composition hook"),
}
"""The resources that may have a StatusCallback, by the class of their records."""

MOST_EVENTS: Final = 30


def _with_fields(
    resource: type[ResourceT], candidates: Iterable[ResourceT], wanted: Mapping[str, Any]
) -> list[ResourceT]:
    names.check_fields(kind_of(resource), wanted)
    return [candidate for candidate in candidates if has_fields(candidate, wanted)]


def _with_status(
    resource: type[ResourceT], status: Enum, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Return *fields* with the *status* that the assertion itself requires.

    Raises:
        InvalidArgumentError: *fields* have a different status, so the assertion would always fail.

    """
    names.check_fields(kind_of(resource), fields)
    if not matches(fields.get("status", status), status):
        msg = (
            f"status is {fields['status']!r}, but the assertion requires {status.value!r}: "
            f"remove status"
        )
        raise InvalidArgumentError(msg)
    return {"status": status, **fields} | {"status": status}


def _has_params(
    message: Callback | Call, wanted: Mapping[str, Any], known: Mapping[str, str] = _NO_NAMES
) -> bool:
    params = _params_of(message, known)
    return all(matches_text(value, params.get(name, MISSING)) for name, value in wanted.items())


def _params_of(message: Callback | Call, known: Mapping[str, str] = _NO_NAMES) -> dict[str, Any]:
    """Return the parameters of *message*, with their names in snake_case.

    *known* maps a name in snake_case to Twilio's name. A parameter that was sent by another name
    is left out: Twilio ignores ``unique_name`` in a form, because it expects ``UniqueName``.
    """
    return {
        snake(name): value
        for name, value in message.params.items()
        if known.get(snake(name), name) == name
    }


def _explain_spelling(
    calls: Iterable[Call], wanted: Mapping[str, Any], known: Mapping[str, str]
) -> str:
    """Return which wanted parameters the application misspelled. If none, return empty text."""
    misspelled = {
        sent: known[snake(sent)]
        for call in calls
        for sent in call.params
        if snake(sent) in wanted and known.get(snake(sent), sent) != sent
    }
    return "\n".join(
        f"the application sent {sent!r}, which Twilio ignores: send {name!r}"
        for sent, name in misspelled.items()
    )


def _describe_events(happened: Sequence[str]) -> str:
    if not happened:
        return "no event has happened"
    shown = happened[-MOST_EVENTS:]
    if len(shown) < len(happened):
        shown = ["…", *shown]
    return listed("these events happened, the oldest first:", shown)


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
    """Finds what an assertion checks, and explains why there may be nothing to check.

    *room* is a `Room`, a room name or a room SID. `None` means any room.
    """

    def __init__(self, simulation: Simulation, calls: list[Call]) -> None:
        self._simulation = simulation
        self._calls = calls

    def rooms(self, room: Room | str | None = None) -> list[Room]:
        """Return the rooms that *room* means. Several rooms may have had the same name.

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
        return [
            candidate
            for candidate in rooms
            if name_or_sid in {candidate.sid, candidate.unique_name}
        ]

    def rooms_created_by(self, creator: str) -> list[Room]:
        """Return the rooms that *creator* created: ``"api"``, ``"test"`` or ``"sdk"``."""
        return list(Collection(self._simulation, Room, lambda room: room.created_by == creator))

    def participants(self, room: Room | str) -> list[Participant]:
        """Return all participants that have ever joined *room*."""
        return [participant for found in self.rooms(room) for participant in found.participants]

    def latest_participants(self, room: Room | str) -> list[Participant]:
        """Return the latest participant of each identity that has ever joined *room*.

        An identity that has joined again has not left.
        """
        latest: dict[str, Participant] = {}
        for participant in self.participants(room):
            latest.pop(participant.identity, None)  # Keep the order of the latest joins.
            latest[participant.identity] = participant
        return list(latest.values())

    def resources_of(self, room: Room | str | None, resource: type[ResourceT]) -> list[ResourceT]:
        """Return the resources of the class *resource* that belong to *room*."""
        resources = Collection(self._simulation, resource)
        if room is None:
            return list(resources)
        sids = {found.sid for found in self.rooms(room)}
        return [found for found in resources if getattr(found, "room_sid", None) in sids]

    def callbacks(self, event: str, room: Room | str | None) -> list[Callback]:
        """Return the callbacks of *event* in *room*. Queued callbacks are delivered first."""
        self._simulation.sync()
        finish(self._simulation.deliver_pending(awaiting=False))
        callbacks = [
            callback for callback in self._simulation.callbacks if callback.event == event
        ]
        if room is None:
            return callbacks
        sids = {found.sid for found in self.rooms(room)}
        return [callback for callback in callbacks if callback.room_sid in sids]

    def calls(self, method: str, path: str, params: Iterable[str]) -> list[Call]:
        """Return the calls of *method* and *path*.

        Raises:
            InvalidFieldError: such calls have no parameter of a name in *params*.
            InvalidArgumentError: *method* is not an HTTP method, or *path* is not a path of the
                API.

        """
        # A pattern accepts `None` as any method or path. An assertion must name both.
        text("method", method)
        text("path", path)
        pattern = Pattern(method, path)
        calls = [call for call in self._calls if pattern.matches(call.method, call.path)]
        sent = [snake(name) for call in calls for name in call.params]
        names.check_call(method.upper(), path, params, sent)
        return calls

    def events(self) -> list[str]:
        """Return the names of the events that happened, the oldest first."""
        self._simulation.sync()
        return [event.name for event in self._simulation.account.events]

    def explain_no_room(self, room: Room | str | None) -> str:
        """Return a message that *room* does not exist. If it exists, return empty text."""
        if room is None or self.rooms(room):
            return ""
        known = [found.unique_name for found in self.rooms()]
        if not known:
            return f"there is no room{_quoted(room)}: the account has no rooms"
        hint = did_you_mean(room, known) if isinstance(room, str) else ""
        return f"there is no room{_quoted(room)}.{hint}\n{listed('The rooms are:', known)}"

    def explain_room_of_test(self, wanted: Mapping[str, Any]) -> str:
        """Return a message that the test itself created a room with the *wanted* fields.

        If it did not, return empty text.
        """
        matching = _with_fields(Room, self.rooms_created_by("test"), wanted)
        if not matching:
            return ""
        return (
            f"{matching[-1]!r} matches, but the test created it, not the application\n"
            f"create the room in the application's code, or assert on the room itself"
        )

    def explain_no_participants(self, room: Room | str) -> str:
        """Return a message that nobody has ever joined *room*. If somebody has, return ''."""
        if self.participants(room):
            return ""
        return self.explain_no_room(room) or (
            "nobody has ever joined this room\n"
            "join it by room.connect(identity), or by connect(token) with an access token of the "
            "application"
        )

    def explain_no_recording(self, room: Room | str | None) -> str:
        """Return why *room* has no recordings. If it has any, return empty text."""
        if self.resources_of(room, Recording):
            return ""
        rooms = self.rooms(room)
        if not rooms:
            return self.explain_no_room(room)
        table = self._simulation.account.table(RoomRecord)
        records = [table[found.sid] for found in rooms]
        if not any(
            rule.type == "include" for record in records for rule in record.recording_rules
        ):
            who = f"{rooms[-1]!r} does not" if len(rooms) == 1 else "these rooms do not"
            if records[-1].type in WITHOUT_MEDIA_SERVER:
                return (
                    f"{who} record: Twilio does not record rooms of type {records[-1].type}\n"
                    f"create a room of type group"
                )
            return (
                f"{who} record\n"
                f"create the room with record_participants_on_connect=True, or set its recording "
                f"rules"
            )
        return self._explain_no_recorded_track(rooms)

    def _explain_no_recorded_track(self, rooms: Sequence[Room]) -> str:
        """Return why *rooms*, which record, have no recording."""
        # Not the tracks that there are now: people take theirs along when they leave.
        sids = {found.sid for found in rooms}
        kinds = {
            str(record_of(event).kind)
            for event in self._simulation.account.events
            if event.name == "track-added" and event.room_sid in sids
        }
        if not kinds:
            return (
                f"nobody has published a track in {rooms[-1]!r}, so nothing was recorded\n"
                f"publish one by participant.publish(kind), or join with tracks"
            )
        if kinds == {TrackKind.DATA.value}:
            return f"only data was published in {rooms[-1]!r}, which Twilio does not record"
        return (
            f"the recording rules of {rooms[-1]!r} did not include any track that was published "
            f"there ({', '.join(sorted(kinds))})"
        )

    def explain_no_callback(self, event: str, room: Room | str | None) -> str:
        """Return why there is no callback of *event* in *room*."""
        if reason := self.explain_no_room(room):
            return reason
        sids = {found.sid for found in self.rooms(room)}
        happened_here = [
            happened
            for happened in self._simulation.account.events
            if room is None or happened.room_sid in sids
        ]
        where = "" if room is None else " in this room"
        for happened in reversed(happened_here):
            if happened.name == event:
                return self._explain_no_callback_of(happened, where)
        is_recording = event.startswith("recording-")
        why = self.explain_no_recording(room) if is_recording else _CAUSES.get(event, "")
        described = _describe_events([happened.name for happened in happened_here])
        return "\n".join(filter(None, [f"{event} has not happened{where}", described, why]))

    def _explain_no_callback_of(self, event: Event, where: str) -> str:
        """Return why there is no callback of *event*, which has happened *where*."""
        if any(
            entry.subject.event == event.name and entry.subject.room_sid == event.room_sid
            for entry in self._simulation.journal.entries
            if entry.kind == "queued"
        ):
            return (
                f"{event.name} happened{where}, but callbacks.clear() has forgotten its callback\n"
                f"assert on the callback before callbacks.clear()"
            )
        account, record = self._simulation.account, record_of(event)
        try:
            subscriber: Any = CALLBACKS[event.name].subscriber(account, record)
        except KeyError:  # Only a hook can be deleted.
            return f"{event.name} happened to a composition hook that had no status_callback"
        resource, what = _SUBSCRIBERS[type(subscriber)]
        has = "has" if subscriber.status_callback is None else "had"  # A hook can be changed.
        # A composition of a hook has the URL of the hook.
        creator = "composition hook" if getattr(subscriber, "hook_sid", None) else what
        return (
            f"{event.name} happened to {resource(self._simulation, subscriber.sid)!r}, but this "
            f"{what} {has} no status_callback\n"
            f"create the {creator} with a status_callback"
        )

    def describe_calls(self) -> str:
        """Return a list of the calls that the application made, the most frequent first."""
        counts = Counter(f"{call.method} {call.path}" for call in self._calls)
        if not counts:
            return "the application has made no calls"
        lines = ["the application called:"]
        for call, count in counts.most_common(5):
            lines.append(f"    {call} ({count} times)" if count > 1 else f"    {call}")
        return "\n".join(lines)
