"""The control API: the most common actions of a test, as JSON over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from importlib.metadata import version
from threading import Event
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from .._browser.attaching import browser_script
from ..errors import MovedTimeError, RefusedError, TwilioVideoError, VideoSdkError
from . import schemas
from .console import View, news, page
from .moments import iso, moment
from .request_body import BodyError, ClientLeftError, read_body
from .stream import events
from .urls import leading_to


if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Mapping

    from starlette.requests import Request

    from .. import (
        Callback,
        Collection,
        FakeTwilioVideo,
        Message,
        Participant,
        PublishedTrack,
        Room,
    )
    from .authority import Authority
    from .seam import Backend
    from .served import Served


__all__ = ["OPERATIONS", "Operation", "application"]

ResourceT = TypeVar("ResourceT", bound="Room | Participant | PublishedTrack")

MOST_MADE_UP_ROOMS: Final = 1000
MOST_MADE_UP_PARTICIPANTS: Final = 4000
"""How many rooms and participants `populate` creates at most. Other requests wait for it."""
LONGEST_MOVE: Final = 5.0
"""How many real seconds a move of the clock waits for the end of another move."""


class MissingError(Exception):
    """A resource in the path of a request does not exist."""


@dataclass(frozen=True)
class Asked:
    """A request: the fake that answers it, the names in its path, and its body."""

    served: Served
    names: Mapping[str, str]
    body: dict[str, Any]
    base: str
    """The beginning of the URLs in the response."""

    @property
    def backend(self) -> Backend:
        """The fake that answers, with the operations that only a server needs."""
        return self.served.backend

    @property
    def fake(self) -> FakeTwilioVideo:
        """The fake that answers."""
        return self.served.backend.fake

    @property
    def room(self) -> Room:
        """The room in the path."""
        return _found(self.fake.rooms, self.names["room"], "room")

    @property
    def participant(self) -> Participant:
        """The participant in the path."""
        return _found(self.room.participants, self.names["participant"], "participant")

    @property
    def track(self) -> PublishedTrack:
        """The published track in the path."""
        return _found(self.participant.published_tracks, self.names["track"], "published track")

    @property
    def callback(self) -> Callback:
        """The callback in the path."""
        for callback in self.fake.callbacks:
            if self.backend.callback_id(callback) == self.names["callback"]:
                return callback
        msg = f"there is no callback {self.names['callback']!r}: see GET /_fake/callbacks"
        raise MissingError(msg)


@dataclass(frozen=True)
class Operation:
    """One operation of the control API: its method and path, and the function that runs it."""

    method: str
    path: str
    summary: str
    run: Callable[[Asked], Any]
    takes: Mapping[str, Any] = field(default_factory=dict)
    """The schema of each field of the body."""
    needs: tuple[str, ...] = ()
    """The fields that the body must have."""
    has_fixed_fields: bool = True
    """Whether other fields are an error here. Otherwise the Python API checks them."""
    status: int = 200
    returns: Any = None
    """The schema of the response."""
    may_lack: Container[str] = ()
    """The fields that a response does not always have."""


def application(authority: Authority) -> Starlette:
    """Return the control API as an ASGI application.

    The scope says which fake answers, and at which URL. Its path is still quoted, because a name
    may contain a slash.
    """
    from .openapi import description

    async def describe(_request: Request) -> Response:
        return JSONResponse(description(OPERATIONS))

    async def certificate(_request: Request) -> Response:
        return Response(authority.certificate, media_type="application/x-pem-file")

    routes = [
        Route("/", _page),
        Route("/_fake/openapi.json", describe),
        Route("/_fake/ca.pem", certificate),
        Route("/_fake/browser.js", _browser_script),
        Route("/_fake/timeline", _timeline),
        Route("/_fake/stream", _stream),
        Route("/_fake/watch", _watch),
    ]
    paths: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation
    routes += [
        Route(path, _endpoint(by_method), methods=list(by_method))
        for path, by_method in paths.items()
    ]
    described = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _http_error,
            BodyError: _body_error,
            ClientLeftError: _no_answer,
        },
    )
    # Many clients do not follow a redirect of a POST, and nobody notices.
    described.router.redirect_slashes = False
    return described


def _endpoint(by_method: dict[str, Operation]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        operation = by_method[method]
        raw = await read_body(request.receive)
        served: Served = request.scope["served"]

        def work() -> Response:
            answer = served.backend.do(lambda: _answer(operation, request, raw, served))
            if operation.method != "GET":
                served.changes.announce()  # Not each operation has an entry in the timeline.
            return answer

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(request.scope["workers"], work)

    return endpoint


def _answer(operation: Operation, request: Request, raw: bytes, served: Served) -> Response:
    try:
        body = _body(operation, raw)
        names = {name: unquote(value) for name, value in request.path_params.items()}
        answer = operation.run(Asked(served, names, body, request.scope["base"]))
    except MissingError as error:
        return _error(404, str(error))
    except (RefusedError, VideoSdkError) as error:
        return _error(409, str(error), code=error.code)
    except (TwilioVideoError, TypeError, ValueError, OverflowError) as error:
        return _error(400, str(error))
    if operation.status == 204:  # noqa: PLR2004 -- "No Content"
        return Response(status_code=204)
    return _json(answer, operation.status)


def _body(operation: Operation, raw: bytes) -> dict[str, Any]:
    """Return the fields in the body *raw*.

    Raises:
        ValueError: the body is not a JSON object, it has a field that *operation* does not take,
            or it lacks a required field.

    """
    where = f"{operation.method} {operation.path}"
    try:
        body = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        msg = f"the body is not JSON: {error}"
        raise ValueError(msg) from None
    if not isinstance(body, dict):
        msg = f"the body is {json.dumps(body)[:80]}, but must be a JSON object, like {{}}"
        raise ValueError(msg)  # noqa: TRY004 -- the caller expects a ValueError
    for name in body if operation.has_fixed_fields else ():
        if name not in operation.takes:
            near = get_close_matches(name, operation.takes, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(operation.takes) or "none"
            msg = f"{where} takes no field {name!r}.{hint} Its fields are: {known}"
            raise ValueError(msg)
    for name in operation.needs:
        if name not in body:
            msg = f"the body lacks the field {name!r}, which {where} requires"
            raise ValueError(msg)
    return body


def _json(document: Any, status: int) -> Response:
    # Unlike JSONResponse, this escapes what is not ASCII, and so what UTF-8 cannot encode.
    text = json.dumps(document, default=iso, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def _error(status: int, message: str, **more: Any) -> Response:
    return _json({"error": message, **more}, status)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- Starlette passes no other
    what = f"{request.method} {request.url.path}"
    if error.status_code == 405:  # noqa: PLR2004 -- "Method Not Allowed"
        allowed = (error.headers or {}).get("Allow", "")
        response = _error(405, f"{what} is not allowed. The allowed methods are: {allowed}")
        response.headers["Allow"] = allowed
        return response
    return _error(
        error.status_code,
        f"the control API has no {what}. GET /_fake/openapi.json describes its operations",
    )


async def _body_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyError)  # noqa: S101 -- Starlette passes no other
    response = _error(error.status, str(error))
    response.headers["Connection"] = "close"
    return response


class _NoAnswer(Response):
    """What a client gets that has left: nothing."""

    async def __call__(self, *_: object) -> None:
        """Send nothing."""


async def _no_answer(_request: Request, _error: Exception) -> Response:
    return _NoAnswer()


async def _page(request: Request) -> Response:
    html, policy = page(*request.scope["served"].backend.drawing())
    headers = {
        **_UNFRAMED,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, headers=headers)


async def _browser_script(request: Request) -> Response:
    host = request.headers.get("host") or request.url.netloc
    script = browser_script(f"{request.url.scheme}://{host}")
    return Response(script, media_type="text/javascript")


_UNFRAMED: Final = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
}


async def _timeline(request: Request) -> Response:
    backend: Backend = request.scope["served"].backend
    forms: dict[str, Callable[[], Response]] = {
        "text": lambda: PlainTextResponse(str(backend.fake.timeline)),
        "mermaid": lambda: PlainTextResponse(backend.fake.timeline.to_mermaid()),
        "html": lambda: HTMLResponse(backend.html(), headers=_UNFRAMED),
    }
    form = request.query_params.get("format", "text")
    if form not in forms:
        return _error(400, f"format is {form!r}, but must be one of: {', '.join(forms)}")
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.scope["workers"], lambda: backend.do(forms[form]))


async def _stream(request: Request) -> Response:
    served: Served = request.scope["served"]
    last = request.headers.get("last-event-id", "0")
    if not (last.isascii() and last.isdigit() and len(last) < 16):  # noqa: PLR2004 -- no more entries
        return _error(400, f"Last-Event-ID is {last!r}, but must be an id of this stream")
    return _sending(request, events(served.backend, served.changes, int(last)))


async def _watch(request: Request) -> Response:
    served: Served = request.scope["served"]
    view = View(served.backend, lambda callback: _callback(served.backend, callback))
    return _sending(request, news(view, served.changes, request.scope["workers"]))


def _sending(request: Request, events: AsyncIterator[str]) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Type": "text/event-stream; charset=utf-8"}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(events, headers=headers)


def _found(collection: Collection[ResourceT], name: str, what: str) -> ResourceT:
    try:
        return collection[name]
    except KeyError as error:
        msg = f"there is no {what} {name!r}: {error.args[0]}"
        raise MissingError(msg) from None


# The functions of the operations, in the order of the table below.


def _state(asked: Asked) -> dict[str, Any]:
    fake = asked.fake
    return {
        "version": version("pytest-twilio-video"),
        "now": fake.clock.now,
        "account_sid": fake.account_sid,
        "rooms": len(fake.rooms),
        "callbacks": len(fake.callbacks),
        "pending_callbacks": len(fake.callbacks.pending),
    }


def _reset(asked: Asked) -> None:
    asked.fake.reset()


def _clock(asked: Asked) -> dict[str, Any]:
    clock = asked.fake.clock
    return {"now": clock.now, "pending": [_timer(timer) for timer in clock.pending]}


def _timer(timer: Any) -> dict[str, Any]:
    return {"due": timer.due, "what": timer.what}


def _moving(move: Callable[[Asked], object]) -> Callable[[Asked], dict[str, Any]]:
    """Return an operation that calls *move*, and first waits for the end of another move."""

    def run(asked: Asked) -> dict[str, Any]:
        before = asked.backend.entries()
        for _ in range(int(LONGEST_MOVE / 0.01)):
            try:
                move(asked)
                break
            except MovedTimeError:
                Event().wait(0.01)
        else:
            move(asked)
        ran = [_timer(timer) for timer in asked.backend.timers(before)]
        return _clock(asked) | {"ran": ran}

    return run


def _participant(asked: Asked, participant: Participant) -> dict[str, Any]:
    tracks = [_track(asked, track) for track in participant.published_tracks]
    return _document(asked, participant) | {"published_tracks": tracks}


def _track(asked: Asked, track: PublishedTrack) -> dict[str, Any]:
    return _document(asked, track)


def _room(asked: Asked, room: Room) -> dict[str, Any]:
    people = [_participant(asked, participant) for participant in room.participants]
    return _document(asked, room) | {"participants": people}


def _document(asked: Asked, resource: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(leading_to(asked.base, asked.backend.document(resource)))
    return document


def _complete(asked: Asked) -> dict[str, Any]:
    room = asked.room
    room.complete()
    return _room(asked, room)


def _join(asked: Asked) -> dict[str, Any]:
    tracks = asked.body.get("tracks", [])
    if not isinstance(tracks, list) or any(kind not in schemas.KINDS for kind in tracks):
        msg = f"tracks is {tracks!r}, but must be a list of {', '.join(map(repr, schemas.KINDS))}"
        raise ValueError(msg)
    participant = asked.room.connect(asked.body.get("identity"), tracks=tracks)
    return _participant(asked, participant)


def _connect(asked: Asked) -> dict[str, Any]:
    return _participant(asked, asked.fake.connect(asked.body["token"], asked.body.get("room")))


def _person(act: str) -> Callable[[Asked], dict[str, Any]]:
    def run(asked: Asked) -> dict[str, Any]:
        participant = asked.participant
        getattr(participant, act)()
        return _participant(asked, participant)

    return run


def _publish(asked: Asked) -> dict[str, Any]:
    track = asked.participant.publish(asked.body["kind"], asked.body.get("name"))
    return _track(asked, track)


def _on_track(act: str) -> Callable[[Asked], dict[str, Any]]:
    def run(asked: Asked) -> dict[str, Any]:
        track = asked.track
        getattr(track, act)()
        return _track(asked, track)

    return run


def _send(asked: Asked) -> dict[str, Any]:
    track = asked.track
    track.send(asked.body["data"])
    return _track(asked, track)


def _say(asked: Asked) -> dict[str, Any]:
    participant = asked.participant
    participant.say(**asked.body)
    return _participant(asked, participant)


def _set_network_quality(asked: Asked) -> dict[str, Any]:
    participant = asked.participant
    participant.network_quality = asked.body["level"]
    return _participant(asked, participant)


def _set_dominant_speaker(asked: Asked) -> dict[str, Any]:
    room, name = asked.room, asked.body["participant"]
    if not (name is None or isinstance(name, str)):
        msg = f"participant is {name!r}, but must be an identity, a SID or null"
        raise ValueError(msg)
    room.dominant_speaker = (
        None if name is None else _found(room.participants, name, "participant")
    )
    return _room(asked, room)


def _messages(asked: Asked) -> dict[str, Any]:
    return {"messages": [_message(message) for message in asked.participant.messages]}


def _message(message: Message) -> dict[str, Any]:
    data = message.data
    text, raw = (data, None) if isinstance(data, str) else (None, base64.b64encode(data).decode())
    return {
        "data": text,
        "base64": raw,
        "track": message.track,
        "sender": message.sender.identity,
    }


def _callback(backend: Backend, callback: Callback) -> dict[str, Any]:
    return {
        "id": backend.callback_id(callback),
        "event": callback.event,
        "url": callback.url,
        "method": callback.method,
        "params": callback.params,
        "at": callback.at,
        "status_code": callback.response.status_code if callback.response else None,
        "problem": callback.problem,
    }


def _callbacks(asked: Asked) -> dict[str, Any]:
    return {"callbacks": [_callback(asked.backend, callback) for callback in asked.fake.callbacks]}


def _delivering(act: Callable[[Asked], object]) -> Callable[[Asked], dict[str, Any]]:
    """Return an operation that calls *act*, and responds with the callbacks that it delivered."""

    def run(asked: Asked) -> dict[str, Any]:
        attempts = {id(callback): callback.attempts for callback in asked.fake.callbacks}
        act(asked)
        delivered = [
            callback
            for callback in asked.fake.callbacks
            if callback.attempts != attempts.get(id(callback), 0)
        ]
        return {"callbacks": [_callback(asked.backend, callback) for callback in delivered]}

    return run


def _hold(asked: Asked) -> dict[str, Any]:
    asked.fake.callbacks.hold()
    return {
        "callbacks": [
            _callback(asked.backend, callback) for callback in asked.fake.callbacks.pending
        ]
    }


def _redeliver(asked: Asked) -> dict[str, Any]:
    callback = asked.callback
    asked.backend.redeliver(callback)
    return _callback(asked.backend, callback)


def _fail(asked: Asked) -> dict[str, Any]:
    fault = asked.fake.fail(**asked.body)
    number = str(next(asked.served.numbers))
    asked.backend.injected[number] = fault, asked.body
    return _fault(asked, number)


def _fault(asked: Asked, number: str) -> dict[str, Any]:
    faults = asked.backend.injected
    if number not in faults:
        msg = f"there is no fault {number!r}. The faults are: {', '.join(faults) or 'none'}"
        raise MissingError(msg)
    fault, arguments = faults[number]
    return {"id": number, "hits": fault.hits, **arguments}


def _faults(asked: Asked) -> dict[str, Any]:
    return {"faults": [_fault(asked, number) for number in tuple(asked.backend.injected)]}


def _stop_fault(asked: Asked) -> None:
    _fault(asked, asked.names["fault"])
    asked.backend.injected.pop(asked.names["fault"])[0].stop()


def _populate(asked: Asked) -> dict[str, Any]:
    arguments = dict(asked.body)
    # The defaults are those of `populate`.
    rooms, people = arguments.get("rooms", 20), arguments.get("participants", 4)
    if isinstance(rooms, int) and isinstance(people, int):  # Others are refused below.
        if rooms > MOST_MADE_UP_ROOMS:
            msg = f"rooms is {rooms}, but must be a whole number, from 0 to {MOST_MADE_UP_ROOMS}"
            raise ValueError(msg)
        if rooms * people > MOST_MADE_UP_PARTICIPANTS:
            msg = (
                f"{rooms} rooms with {people} participants each have {rooms * people} "
                f"participants, but at most {MOST_MADE_UP_PARTICIPANTS} are possible. "
                f"Ask for fewer rooms"
            )
            raise ValueError(msg)
    if "over" in arguments:
        arguments["over"] = _span(arguments["over"])
    return {"rooms": [_room(asked, room) for room in asked.fake.populate(**arguments)]}


def _span(units: Any) -> timedelta:
    try:
        return timedelta(**units)
    except (TypeError, ValueError, OverflowError):
        msg = f"over is {units!r}, but must be an object of units, like {{'days': 30}}"
        raise ValueError(msg) from None


def _calls(asked: Asked) -> dict[str, Any]:
    names = ("method", "path", "status", "client", "at", "params", "code", "unread")
    calls = asked.fake.calls
    return {"calls": [{name: getattr(call, name) for name in names} for call in calls]}


def _events(asked: Asked) -> dict[str, Any]:
    found = [
        {
            "name": event.name,
            "at": event.at,
            "room_sid": event.room_sid,
            "record": event.details["sid"],
            "details": asked.backend.details(event),
        }
        for event in asked.fake.events
    ]
    return {"events": found}


_ROOM: Final = "/_fake/rooms/{room}"
_PERSON: Final = _ROOM + "/participants/{participant}"
_TRACK: Final = _PERSON + "/tracks/{track}"
_CLOCK: Final = "/_fake/clock"
_CALLBACKS: Final = "/_fake/callbacks"
_MOVED: Final = schemas.CLOCK | {"ran": schemas.TIMERS}

OPERATIONS: Final = (
    Operation("GET", "/_fake", "The state of the fake in numbers", _state, returns=schemas.STATE),
    Operation("POST", "/_fake/reset", "Empty the account", _reset, status=204),
    Operation("GET", _CLOCK, "The time, and the pending timers", _clock, returns=schemas.CLOCK),
    Operation(
        "POST",
        _CLOCK + "/advance",
        "Move time by an amount",
        _moving(lambda asked: asked.fake.clock.advance(**asked.body)),
        takes=schemas.UNITS,
        returns=_MOVED,
    ),
    Operation(
        "POST",
        _CLOCK + "/advance_to",
        "Move time to a moment",
        _moving(lambda asked: asked.fake.clock.advance_to(moment(asked.body["moment"]))),  # type: ignore[arg-type]  # checked there
        takes={"moment": schemas.MOMENT},
        needs=("moment",),
        returns=_MOVED,
    ),
    Operation(
        "POST",
        _CLOCK + "/run_next",
        "Move time to the next timer",
        _moving(lambda asked: asked.fake.clock.run_next()),
        returns=_MOVED,
    ),
    Operation(
        "GET",
        "/_fake/rooms",
        "All rooms",
        lambda asked: {"rooms": [_room(asked, room) for room in asked.fake.rooms]},
        returns={"rooms": schemas.array(schemas.ROOM)},
    ),
    Operation(
        "POST",
        "/_fake/rooms",
        "Create a room without an API call",
        lambda asked: _room(asked, asked.fake.rooms.create(**asked.body)),
        takes=schemas.NEW_ROOM,
        has_fixed_fields=False,
        status=201,
        returns=schemas.ROOM,
    ),
    Operation(
        "GET", _ROOM, "A room", lambda asked: _room(asked, asked.room), returns=schemas.ROOM
    ),
    Operation("POST", _ROOM + "/complete", "Complete a room", _complete, returns=schemas.ROOM),
    Operation(
        "POST",
        _ROOM + "/participants",
        "Join a room without a token",
        _join,
        takes={"identity": schemas.TEXT_OR_NULL, "tracks": schemas.array(schemas.KIND)},
        status=201,
        returns=schemas.PARTICIPANT,
    ),
    Operation(
        "POST",
        "/_fake/connect",
        "Join a room with an access token",
        _connect,
        takes={"token": schemas.TEXT, "room": schemas.TEXT_OR_NULL},
        needs=("token",),
        status=201,
        returns=schemas.PARTICIPANT,
    ),
    *(
        Operation("POST", f"{_PERSON}/{act}", summary, _person(act), returns=schemas.PARTICIPANT)
        for act, summary in (
            ("disconnect", "Leave the room"),
            ("drop_network", "Lose the network connection"),
            ("resume", "Regain the network connection"),
        )
    ),
    Operation(
        "POST",
        _PERSON + "/tracks",
        "Publish a track",
        _publish,
        takes={"kind": schemas.KIND, "name": schemas.TEXT_OR_NULL},
        needs=("kind",),
        status=201,
        returns=schemas.TRACK,
    ),
    *(
        Operation("POST", f"{_TRACK}/{act}", summary, _on_track(act), returns=schemas.TRACK)
        for act, summary in (
            ("enable", "Unmute a track"),
            ("disable", "Mute a track"),
            ("unpublish", "Stop publishing a track"),
            ("switch_off", "Stop forwarding a track, as if bandwidth were short"),
            ("switch_on", "Forward a track again"),
        )
    ),
    Operation(
        "POST",
        _TRACK + "/send",
        "Send a text over a data track",
        _send,
        takes={"data": schemas.TEXT},
        needs=("data",),
        returns=schemas.TRACK,
    ),
    Operation(
        "GET",
        _PERSON + "/messages",
        "The messages that a participant received",
        _messages,
        returns={"messages": schemas.array(schemas.MESSAGE)},
    ),
    Operation(
        "POST",
        _PERSON + "/say",
        "Say a text, which is transcribed",
        _say,
        takes={"text": schemas.TEXT, "language_code": schemas.TEXT, "partial": schemas.TRUTH},
        needs=("text",),
        returns=schemas.PARTICIPANT,
    ),
    Operation(
        "POST",
        _PERSON + "/network_quality",
        "Set the network quality level of a participant, from 0 to 5",
        _set_network_quality,
        takes={"level": schemas.WHOLE},
        needs=("level",),
        returns=schemas.PARTICIPANT,
    ),
    Operation(
        "POST",
        _ROOM + "/dominant_speaker",
        "Set the dominant speaker, or null",
        _set_dominant_speaker,
        takes={"participant": schemas.TEXT_OR_NULL},
        needs=("participant",),
        returns=schemas.ROOM,
    ),
    Operation(
        "GET", _CALLBACKS, "All callbacks, sent or pending", _callbacks, returns=schemas.CALLBACKS
    ),
    Operation(
        "POST",
        _CALLBACKS + "/flush",
        "Deliver the pending callbacks to live servers",
        _delivering(lambda asked: asked.backend.flush()),
        returns=schemas.CALLBACKS,
    ),
    Operation("POST", _CALLBACKS + "/hold", "Hold callbacks", _hold, returns=schemas.CALLBACKS),
    Operation(
        "POST",
        _CALLBACKS + "/release",
        "Deliver the held callbacks",
        _delivering(lambda asked: asked.fake.callbacks.release()),
        returns=schemas.CALLBACKS,
    ),
    Operation(
        "POST",
        _CALLBACKS + "/{callback}/redeliver",
        "Deliver a callback again",
        _redeliver,
        returns=schemas.CALLBACK,
    ),
    Operation(
        "POST",
        "/_fake/faults",
        "Make API calls fail",
        _fail,
        takes=schemas.NEW_FAULT,
        status=201,
        returns=schemas.FAULT,
        may_lack=schemas.NEW_FAULT,
    ),
    Operation(
        "GET",
        "/_fake/faults",
        "The faults that were injected by this API",
        _faults,
        returns={"faults": schemas.array(schemas.FAULT)},
    ),
    Operation(
        "GET",
        "/_fake/faults/{fault}",
        "A fault, with its hits",
        lambda asked: _fault(asked, asked.names["fault"]),
        returns=schemas.FAULT,
        may_lack=schemas.NEW_FAULT,
    ),
    Operation("DELETE", "/_fake/faults/{fault}", "Stop a fault", _stop_fault, status=204),
    Operation(
        "POST",
        "/_fake/populate",
        "Give an empty account a made-up past",
        _populate,
        takes=schemas.POPULATE,
        returns={"rooms": schemas.array(schemas.ROOM)},
    ),
    Operation(
        "GET",
        "/_fake/calls",
        "The API calls",
        _calls,
        returns={"calls": schemas.array(schemas.CALL)},
    ),
    Operation(
        "GET",
        "/_fake/events",
        "The events of all resources",
        _events,
        returns={"events": schemas.array(schemas.EVENT)},
    ),
)
