"""The ASGI application: it passes requests to Twilio's API or to the control API."""

from __future__ import annotations

import json

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from .. import _hosts as hosts
from .._http import NetworkFailure, Request, Response
from ..errors import TwilioVideoError
from . import control, urls
from .connection import LOGGER
from .request_body import BodyError, ClientLeftError, read_body
from .security import Gate


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from .authority import Authority
    from .seam import Backend
    from .served import Served

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


__all__ = ["Application"]

_NO_TEST: Final = "no running test uses twilio_video_server"


class Application:
    """Passes each request to the fake that the state of its connection names."""

    def __init__(self, url: str, allow_hosts: tuple[str, ...], authority: Authority) -> None:
        self._url = url
        self._gate = Gate(allow_hosts)
        self._control = control.application(authority)
        self.served: Served | None = None
        """The fake that answers if the connection has no such state."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI 3 defines it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        state = scope.get("state", {})
        served: Served | None = state.get("served", self.served)
        headers = _headers(scope)
        if served is None:
            await _respond(scope, send, _error(503, _NO_TEST, code=20503))
            return
        host = headers.get("host", "")
        name = hosts.host_of(f"//{host}")
        mount = scope.get("root_path", "")  # Where somebody else's application has it.
        base = f"{scope['scheme']}://{host or urlsplit(self._url).netloc}{quote(mount)}"
        path, target = scope["path"].removeprefix(mount), _raw_target(scope, mount)
        is_twilio = hosts.is_ours(name)
        if not is_twilio and (path in {"/", "/favicon.ico", "/_fake"} or path[:7] == "/_fake/"):
            refusal = self._gate.refusal(host, headers.get("origin"), scope["scheme"])
            if refusal:
                await _respond(scope, send, _error(403, refusal))
                return
            below = {"path": target.partition("?")[0], "root_path": "", "base": base}
            ours = {"served": served, "workers": state.get("workers")}
            await self._control({**scope, **below, **ours}, receive, send)
            return
        url, is_storage = (f"https://{name}{target}", False) if is_twilio else urls.url_of(target)
        if is_storage:  # After a redirect on the same host, a client sends its credentials.
            headers.pop("authorization", None)
        request = Request(scope["method"], url, headers, b"", "server")
        response = await self._answer(scope, receive, served.backend, request)
        if response is not None:
            await _respond(scope, send, response if is_twilio else _leading_to(base, response))

    async def _answer(
        self, scope: Scope, receive: Receive, backend: Backend, request: Request
    ) -> Response | None:
        """Return the response of Twilio or its storage, or `None` if the client gets none."""
        try:
            request = replace(request, body=await read_body(receive))
        except BodyError as error:
            return _error(error.status, str(error), close=True)
        except ClientLeftError:  # A part of a request has no effect.
            return None
        what = f"{request.method} {_raw_target(scope)}"
        try:
            response = backend.answer(request)
        except NetworkFailure as failure:
            LOGGER.info("%s -> no answer: %s", what, failure.kind)
            await _fail(scope, receive, failure)
            return None
        LOGGER.info("%s -> %s", what, response.status)
        return response

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """Follow the fake until the server that hosts the application stops."""
        while True:
            message = await receive()
            if self.served is not None:
                if message["type"] == "lifespan.startup":
                    try:
                        # Another server has no sockets for browsers: no client learns of events.
                        self.served.backend.start(self.served.changes.announce, lambda: None)
                    except TwilioVideoError as error:
                        await send({"type": "lifespan.startup.failed", "message": str(error)})
                        return
                else:
                    self.served.backend.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def _fail(scope: Scope, receive: Receive, failure: NetworkFailure) -> None:
    """Make the connection fail: close it, or for a timeout never answer."""
    if failure.kind == "timeout":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    connection = scope.get("state", {}).get("connection")
    if connection is None:  # In another server, an error is all that is possible.
        raise failure
    connection.abort()


def _leading_to(base: str, response: Response) -> Response:
    """Return *response* with URLs of the server in place of the URLs of Twilio Video."""
    if "Location" in response.headers:
        to = urls.moved(response.headers["Location"], base)
        body = json.dumps({"redirect_to": to}).encode()
        return response._replace(headers={**response.headers, "Location": to}, body=body)
    if response.headers.get("Content-Type") != "application/json":
        return response
    return response._replace(body=urls.leading_to(base, response.body))


def _raw_target(scope: Scope, mount: str = "") -> str:
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    path = raw_path.decode("latin-1").removeprefix(quote(mount))
    query = scope["query_string"].decode("latin-1")
    path = path if path.startswith("/") else f"/{path}"
    return f"{path}?{query}" if query else path


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _error(status: int, message: str, *, code: int | None = None, close: bool = False) -> Response:
    document: dict[str, Any] = {"error": message}
    if code is not None:
        document |= {"code": code, "message": message, "status": status}
    headers = {"Content-Type": "application/json"}
    if close:
        headers["Connection"] = "close"
    return Response(status, headers, json.dumps(document).encode())


async def _respond(scope: Scope, send: Send, response: Response) -> None:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status != 204:  # noqa: PLR2004 -- "No Content"
        headers.setdefault("content-length", str(len(response.body)))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    body = b"" if scope["method"] == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})
