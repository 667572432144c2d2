"""The fake: Twilio Video, for the length of one test."""

from __future__ import annotations

import json
import os

from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

from ._api import form, pipeline
from ._claims.explanation import did_you_mean
from ._engine import wall
from ._engine.credentials import AUTH_TOKEN
from ._engine.parameters import build
from ._engine.refusals import Refusal
from ._engine.settings import Settings
from ._interceptors import Catch
from ._resources import rooms
from ._world import World
from .assertions import Claims
from .errors import InvalidFieldError, RefusedError
from .timeline import Timeline
from .views import Collection, Room


if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from ._engine.clock import Clock
    from ._engine.events import Event
    from ._http import Request, Response
    from ._webhooks.delivery import Callbacks


__all__ = ["Call", "FakeTwilioVideo", "Rooms"]

__tracebackhide__ = True  # A report shows the line of the test.


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API that the fake received, and how it was answered."""

    method: str
    path: str
    """From ``/v1`` on, without the query."""
    params: dict[str, str | list[str]]
    """By Twilio's names; what was said several times is a list."""
    status: int
    client: str
    """The library that it came through: ``"requests"``, ``"httpx"``, …"""
    at: datetime
    """When, in virtual time; aware, in UTC."""
    code: int | None = None
    """Twilio's error code, where it was answered with one, e.g. 20404."""

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.path} {self.status} by {self.client}>"


class Rooms(Collection[Room]):
    """All rooms of the account, in the order of their creation."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Room)

    def create(self, **values: Any) -> Room:
        """Arrange a room without HTTP.

        *values* are the parameters of the REST call, in snake_case; limits, defaults and
        callbacks are the same.

        Raises:
            InvalidFieldError: the call has no such parameter.
            RefusedError: Twilio would refuse it.

        """
        names = [each.name for each in fields(rooms.CreateRoom)]
        for name in values:
            if name not in names:
                hint = did_you_mean(name, names)
                msg = f"rooms.create() takes no {name!r}.{hint} It takes: {', '.join(names)}"
                raise InvalidFieldError(msg)
        try:
            params = build(rooms.CreateRoom, values)
            room = self._world.act(rooms.create, params, made_by="test")
        except Refusal as refusal:
            raise RefusedError(refusal.code, refusal.message, refusal.status) from None
        return Room(self._world, room.sid)


class FakeTwilioVideo(Claims):
    """A Twilio Video account that lives in this process, for the length of one test.

    The fixture ``twilio_video`` is one that was entered. Without pytest it is
    a context manager: while it is entered, what the application asks of
    video.twilio.com is answered by it, and leaving it restores everything.

    Keywords are the settings; see the table in the README.

    Raises:
        InvalidSettingError: there is no such setting, or it cannot be set to that.

    """

    def __init__(self, **settings: Any) -> None:
        self._settings = Settings.of(settings)
        # Whole seconds, as REST documents have them: so what the test reads here and what the
        # application reads there is equal.
        self._start = self._settings.starting_moment or wall.now().replace(microsecond=0)
        self._catch = Catch(self.handle)
        self._entered = ExitStack()
        self.reset()

    def __enter__(self) -> Self:
        if self._settings.environ:
            self._entered.enter_context(mock.patch.dict(os.environ, self._environment()))
        self._entered.enter_context(self._catch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._entered.close()
        self._world.callbacks.close()

    def reset(self) -> None:
        """Go back to an empty account and the starting time.

        Faults and the targets of callbacks are dropped as well.
        """
        if hasattr(self, "_world"):
            self._world.callbacks.close()
        self._world = World(self._settings, self._start)
        self._calls: list[Call] = []

    def handle(self, request: Request) -> Response:
        """Answer what an interceptor caught."""
        world = self._world
        with world.account.clock.lock:
            entry = world.journal.note("call", request)
            response = pipeline.answer(world.account, world.credentials, request)
            entry.subject = _call(request, response, entry.at)
            self._calls.append(entry.subject)
        return response

    @property
    def account_sid(self) -> str:
        """The SID of the account, ``AC…``."""
        return self._settings.account_sid

    @property
    def auth_token(self) -> str:
        """The auth token of the account."""
        return self._settings.auth_token or AUTH_TOKEN

    @property
    def api_key_sid(self) -> str:
        """The SID of an API key of the account, ``SK…``."""
        return self._settings.api_key_sid

    @property
    def api_key_secret(self) -> str:
        """The secret of that API key; access tokens are signed with it."""
        return self._settings.api_key_secret

    @property
    def open_rooms(self) -> str:
        """What becomes of a test that leaves rooms open: the setting of that name."""
        return self._settings.open_rooms

    @property
    def clock(self) -> Clock:
        """Virtual time, which stands still until it is moved."""
        return self._world.account.clock

    @property
    def callbacks(self) -> Callbacks:
        """The status callbacks (webhooks), sent and to be sent."""
        self._world.touch()
        return self._world.callbacks

    @property
    def calls(self) -> list[Call]:
        """The calls of the API that came in, the oldest first."""
        return list(self._calls)

    @property
    def events(self) -> list[Event]:
        """Everything that happened, the oldest first."""
        self._world.touch()
        return list(self._world.account.events)

    @property
    def timeline(self) -> Timeline:
        """All that happened, in order, to be read."""
        return Timeline(self._world)

    @property
    def rooms(self) -> Rooms:
        """All rooms of the account, in the order of their creation."""
        return Rooms(self._world)

    def __repr__(self) -> str:
        count = len(self.rooms)
        rooms = f"{count} room{'s' if count != 1 else ''}"
        return f"<FakeTwilioVideo {rooms}, {self.clock.now:%Y-%m-%d %H:%M:%S}>"

    def _environment(self) -> dict[str, str]:
        """Return the variables that an application looks for, and that are not set."""
        wanted = {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_KEY_SID": self.api_key_sid,
            "TWILIO_API_KEY_SECRET": self.api_key_secret,
        }
        return {name: value for name, value in wanted.items() if name not in os.environ}


def _call(request: Request, response: Response, at: datetime) -> Call:
    said = form.fields_of(request)
    return Call(
        request.method,
        urlsplit(request.url).path,
        {name: values[0] if len(values) == 1 else values for name, values in said.items()},
        response.status,
        request.client,
        at,
        _code(response),
    )


def _code(response: Response) -> int | None:
    """Return the error code in an answer in Twilio's envelope."""
    if response.status < 400:  # noqa: PLR2004 -- as one says it
        return None
    try:
        code: int | None = json.loads(response.body).get("code")
    except (ValueError, AttributeError):  # a fault may have been ordered with any body
        return None
    return code
