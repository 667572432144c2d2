"""The control API: what a test does in Python, as JSON over HTTP."""

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
from .moments import iso, moment
from .request_body import BodyError, read_body
from .stream import events
from .urls import leading_to


if TYPE_CHECKING:
    from collections.abc import Mapping

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

MOST_ROOMS: Final = 1000
"""How many rooms `populate` makes up at once: no more, since others wait for it."""
LONGEST_MOVE: Final = 5.0
"""How many real seconds a move of the clock waits for one that is going on."""


class MissingError(Exception):
    """There is no such thing."""


@dataclass(frozen=True)
class Asked:
    """What a request asks for, and of whom."""

    served: Served
    names: Mapping[str, str]
    body: dict[str, Any]
    base: str
    """The beginning of the URLs in the answer."""

    @property
    def backend(self) -> Backend:
        """The fake that is served, with what only a server needs."""
        return self.served.backend

    @property
    def fake(self) -> FakeTwilioVideo:
        """The fake that is served."""
        return self.served.backend.fake

    @property
    def room(self) -> Room:
        """The room that the path names."""
        return _found(self.fake.rooms, self.names["room"], "room")

    @property
    def participant(self) -> Participant:
        """The participant that the path names."""
        return _found(self.room.participants, self.names["participant"], "participant")

    @property
    def track(self) -> PublishedTrack:
        """The published track that the path names."""
        return _found(self.participant.published_tracks, self.names["track"], "published track")

    @property
    def callback(self) -> Callback:
        """The callback that the path names."""
        for callback in self.fake.callbacks:
            if self.backend.callback_id(callback) == self.names["id"]:
                return callback
        msg = f"there is no callback {self.names['id']!r}"
        raise MissingError(msg)


@dataclass(frozen=True)
class Operation:
    """One operation: a row of the table, a path of the description, and the work."""

    method: str
    path: str
    summary: str
    run: Callable[[Asked], Any]
    takes: Mapping[str, Any] = field(default_factory=dict)
    """The schema of each field of the body."""
    needs: tuple[str, ...] = ()
    """The fields that the body must have."""
    has_fixed_fields: bool = True
    """Whether other fields are refused here; otherwise the Python API refuses them."""
    status: int = 200
    returns: Any = None
    """The schema of the answer."""


def application(authority: Authority) -> Starlette:
    """Return the control API as an ASGI application. Who is served is in the scope."""
    from .openapi import description

    async def describe(_request: Request) -> Response:
        return JSONResponse(description(OPERATIONS))

    async def certificate(_request: Request) -> Response:
        return Response(authority.certificate, media_type="application/x-pem-file")

    routes = [
        Route("/", _signpost),
        Route("/_fake/openapi.json", describe),
        Route("/_fake/ca.pem", certificate),
        Route("/_fake/browser.js", _browser_script),
        Route("/_fake/timeline", _timeline),
        Route("/_fake/stream", _stream),
    ]
    paths: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation
    routes += [
        Route(path, _endpoint(by_method), methods=list(by_method))
        for path, by_method in paths.items()
    ]
    return Starlette(
        routes=routes, exception_handlers={HTTPException: _http_error, BodyError: _body_error}
    )


def _endpoint(by_method: dict[str, Operation]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        operation = by_method[method]
        raw = await read_body(request.receive)
        served: Served = request.scope["served"]

        def work() -> Response:
            return served.backend.do(lambda: _answer(operation, request, raw, served))

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(request.scope["workers"], work)

    return endpoint


def _answer(operation: Operation, request: Request, raw: bytes, served: Served) -> Response:
    try:
        body = _body(operation, raw)
        base = f"{request.url.scheme}://{request.headers.get('host') or request.url.netloc}"
        answer = operation.run(Asked(served, request.path_params, body, base))
    except MissingError as error:
        return _error(404, str(error))
    except (RefusedError, VideoSdkError) as error:
        return _error(409, str(error), code=error.code)
    except (TwilioVideoError, TypeError, ValueError, OverflowError) as error:
        return _error(400, str(error))
    if operation.status == 204:  # noqa: PLR2004 -- "No Content"
        return Response(status_code=204)
    return JSONResponse(json.loads(json.dumps(answer, default=iso)), operation.status)


def _body(operation: Operation, raw: bytes) -> dict[str, Any]:
    """Return the fields of a body, each of which *operation* takes.

    Raises:
        ValueError: the body is no JSON object, or has other fields, or lacks one.

    """
    where = f"{operation.method} {operation.path}"
    try:
        body = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        msg = f"the body is not JSON: {error}"
        raise ValueError(msg) from None
    if not isinstance(body, dict):
        msg = f"the body is {json.dumps(body)[:80]}, but must be an object, like {{}}"
        raise ValueError(msg)  # noqa: TRY004 -- whoever catches it looks for this one
    for name in body if operation.has_fixed_fields else ():
        if name not in operation.takes:
            near = get_close_matches(name, operation.takes, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(operation.takes) or "none"
            msg = f"{where} takes no field {name!r}.{hint} Its fields are: {known}"
            raise ValueError(msg)
    for name in operation.needs:
        if name not in body:
            msg = f"{where} needs the field {name!r}"
            raise ValueError(msg)
    return body


def _error(status: int, message: str, **more: Any) -> Response:
    # JSON escapes what UTF-8 cannot write.
    document = json.dumps({"error": message, **more})
    return Response(document, status, media_type="application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- Starlette passes no other
    what = f"{request.method} {request.url.path}"
    if error.status_code == 405:  # noqa: PLR2004 -- "Method Not Allowed"
        allowed = (error.headers or {}).get("Allow", "")
        response = _error(405, f"{what} is not allowed here; allowed: {allowed}")
        response.headers["Allow"] = allowed
        return response
    return _error(error.status_code, f"there is no {what}: see GET /_fake/openapi.json")


async def _body_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyError)  # noqa: S101 -- Starlette passes no other
    response = _error(error.status, str(error))
    response.headers["Connection"] = "close"
    return response


async def _signpost(request: Request) -> Response:
    fake = request.scope["served"].backend.fake
    text = (
        "A fake Twilio Video, for tests.\n\n"
        f"Account      {fake.account_sid}\n"
        "REST API     /v1\n"
        "Control API  /_fake, described by /_fake/openapi.json\n"
        "Timeline     /_fake/timeline?format=html\n"
    )
    return PlainTextResponse(text, headers=_UNFRAMED)


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
        return _error(400, f"Last-Event-ID is {last!r}, but must be the number of an entry")
    headers = {"Cache-Control": "no-store", "Content-Type": "text/event-stream; charset=utf-8"}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(events(served.backend, served.changes, int(last)), headers=headers)


def _found(collection: Collection[ResourceT], name: str, what: str) -> ResourceT:
    try:
        return collection[name]
    except KeyError as error:
        msg = f"there is no {what} {name!r}: {error.args[0]}"
        raise MissingError(msg) from None


# What the operations do, in the order of the table.


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
    asked.served.faults.clear()


def _clock(asked: Asked) -> dict[str, Any]:
    clock = asked.fake.clock
    return {"now": clock.now, "pending": [_timer(each) for each in clock.pending]}


def _timer(timer: Any) -> dict[str, Any]:
    return {"due": timer.due, "what": timer.what}


def _moving(move: Callable[[Asked], object]) -> Callable[[Asked], dict[str, Any]]:
    """Return *move* as an operation, which waits for another move that is going on."""

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
        ran = [_timer(each) for each in asked.backend.timers(before)]
        return _clock(asked) | {"ran": ran}

    return run


def _participant(asked: Asked, participant: Participant) -> dict[str, Any]:
    tracks = [_track(asked, each) for each in participant.published_tracks]
    return _document(asked, participant) | {"published_tracks": tracks}


def _track(asked: Asked, track: PublishedTrack) -> dict[str, Any]:
    return _document(asked, track)


def _room(asked: Asked, room: Room) -> dict[str, Any]:
    people = [_participant(asked, each) for each in room.participants]
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
    if not isinstance(tracks, list) or any(each not in schemas.KINDS for each in tracks):
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
    room.dominant_speaker = (
        None if name is None else _found(room.participants, name, "participant")
    )
    return _room(asked, room)


def _messages(asked: Asked) -> dict[str, Any]:
    return {"messages": [_message(each) for each in asked.participant.messages]}


def _message(message: Message) -> dict[str, Any]:
    data = message.data
    text, raw = (data, None) if isinstance(data, str) else (None, base64.b64encode(data).decode())
    return {
        "data": text,
        "base64": raw,
        "track": message.track,
        "sender": message.sender.identity,
    }


def _callback(asked: Asked, callback: Callback) -> dict[str, Any]:
    return {
        "id": asked.backend.callback_id(callback),
        "event": callback.event,
        "url": callback.url,
        "method": callback.method,
        "params": callback.params,
        "at": callback.at,
        "status_code": callback.response.status_code if callback.response else None,
        "problem": callback.problem,
    }


def _callbacks(asked: Asked) -> dict[str, Any]:
    return {"callbacks": [_callback(asked, each) for each in asked.fake.callbacks]}


def _delivering(act: Callable[[Asked], object]) -> Callable[[Asked], dict[str, Any]]:
    """Return *act* as an operation, which answers what was delivered meanwhile."""

    def run(asked: Asked) -> dict[str, Any]:
        attempts = {id(each): each.attempts for each in asked.fake.callbacks}
        act(asked)
        delivered = [
            each for each in asked.fake.callbacks if each.attempts != attempts.get(id(each), 0)
        ]
        return {"callbacks": [_callback(asked, each) for each in delivered]}

    return run


def _hold(asked: Asked) -> dict[str, Any]:
    asked.fake.callbacks.hold()
    return {"callbacks": [_callback(asked, each) for each in asked.fake.callbacks.pending]}


def _redeliver(asked: Asked) -> dict[str, Any]:
    callback = asked.callback
    asked.backend.redeliver(callback)
    return _callback(asked, callback)


def _fail(asked: Asked) -> dict[str, Any]:
    fault = asked.fake.fail(**asked.body)
    number = str(next(asked.served.numbers))
    asked.served.faults[number] = fault, asked.body
    return _fault(asked, number)


def _fault(asked: Asked, number: str) -> dict[str, Any]:
    if number not in asked.served.faults:
        msg = (
            f"there is no fault {number!r}; there are: {', '.join(asked.served.faults) or 'none'}"
        )
        raise MissingError(msg)
    fault, arguments = asked.served.faults[number]
    return {"id": number, "hits": fault.hits, **arguments}


def _faults(asked: Asked) -> dict[str, Any]:
    return {"faults": [_fault(asked, number) for number in tuple(asked.served.faults)]}


def _stop_fault(asked: Asked) -> None:
    _fault(asked, asked.names["id"])
    asked.served.faults.pop(asked.names["id"])[0].stop()


def _populate(asked: Asked) -> dict[str, Any]:
    arguments = dict(asked.body)
    count = arguments.get("rooms", 0)
    if isinstance(count, int) and count > MOST_ROOMS:
        msg = f"rooms is {count}, but must be a whole number, from 0 to {MOST_ROOMS}"
        raise ValueError(msg)
    if "over" in arguments:
        over = arguments["over"]
        if not isinstance(over, dict) or not over.keys() <= schemas.UNITS.keys():
            msg = f"over is {over!r}, but must be an object of units, like {{'days': 30}}"
            raise ValueError(msg)
        arguments["over"] = timedelta(**over)
    return {"rooms": [_room(asked, each) for each in asked.fake.populate(**arguments)]}


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
    Operation("GET", "/_fake", "The fake in numbers", _state, returns=schemas.STATE),
    Operation("POST", "/_fake/reset", "Go back to an empty account", _reset, status=204),
    Operation("GET", _CLOCK, "The time, and the timers ahead", _clock, returns=schemas.CLOCK),
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
        _moving(lambda asked: asked.fake.clock.advance_to(moment(asked.body["moment"]))),  # type: ignore[arg-type]  # refused there
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
        lambda asked: {"rooms": [_room(asked, each) for each in asked.fake.rooms]},
        returns={"rooms": schemas.array(schemas.ROOM)},
    ),
    Operation(
        "POST",
        "/_fake/rooms",
        "Create a room without a call of the API",
        lambda asked: _room(asked, asked.fake.rooms.create(**asked.body)),
        takes=schemas.NEW_ROOM,
        has_fixed_fields=False,
        status=201,
        returns=schemas.ROOM,
    ),
    Operation(
        "GET", _ROOM, "A room", lambda asked: _room(asked, asked.room), returns=schemas.ROOM
    ),
    Operation("POST", _ROOM + "/complete", "End a room", _complete, returns=schemas.ROOM),
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
            ("resume", "Return to the network"),
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
        "Say something that is transcribed",
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
        "Set who is the loudest, or null",
        _set_dominant_speaker,
        takes={"participant": schemas.TEXT_OR_NULL},
        needs=("participant",),
        returns=schemas.ROOM,
    ),
    Operation(
        "GET", _CALLBACKS, "All callbacks, sent or waiting", _callbacks, returns=schemas.CALLBACKS
    ),
    Operation(
        "POST",
        _CALLBACKS + "/flush",
        "Deliver what waits for a live server",
        _delivering(lambda asked: asked.backend.flush()),
        returns=schemas.CALLBACKS,
    ),
    Operation(
        "POST", _CALLBACKS + "/hold", "Hold callbacks back", _hold, returns=schemas.CALLBACKS
    ),
    Operation(
        "POST",
        _CALLBACKS + "/release",
        "Deliver what was held back",
        _delivering(lambda asked: asked.fake.callbacks.release()),
        returns=schemas.CALLBACKS,
    ),
    Operation(
        "POST",
        _CALLBACKS + "/{id}/redeliver",
        "Deliver a callback once more",
        _redeliver,
        returns=schemas.CALLBACK,
    ),
    Operation(
        "POST",
        "/_fake/faults",
        "Make calls of the API fail",
        _fail,
        takes=schemas.NEW_FAULT,
        status=201,
        returns=schemas.FAULT,
    ),
    Operation(
        "GET",
        "/_fake/faults",
        "The faults that were injected here",
        _faults,
        returns={"faults": schemas.array(schemas.FAULT)},
    ),
    Operation(
        "GET",
        "/_fake/faults/{id}",
        "A fault, with its hits",
        lambda asked: _fault(asked, asked.names["id"]),
        returns=schemas.FAULT,
    ),
    Operation("DELETE", "/_fake/faults/{id}", "Stop a fault", _stop_fault, status=204),
    Operation(
        "POST",
        "/_fake/populate",
        "Make up a past of an empty account",
        _populate,
        takes=schemas.POPULATE,
        returns={"rooms": schemas.array(schemas.ROOM)},
    ),
    Operation(
        "GET",
        "/_fake/calls",
        "The calls of the API",
        _calls,
        returns={"calls": schemas.array(schemas.CALL)},
    ),
    Operation(
        "GET",
        "/_fake/events",
        "Everything that happened",
        _events,
        returns={"events": schemas.array(schemas.EVENT)},
    ),
)
