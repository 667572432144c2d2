"""The fake: Twilio Video, for the length of one test."""

from __future__ import annotations

import os

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from .._api import pipeline
from .._api.faults import Faults
from .._engine import time_sources
from .._engine.credentials import AUTH_TOKEN
from .._engine.scheduler import ticking
from .._engine.settings import Settings
from .._interceptors import Interceptor
from .._interceptors.hooks import load_interceptor
from .._simulation import Simulation
from ..errors import TwilioVideoError
from .arrange import Arranging, Rooms
from .assertions import Assertions
from .call import Call, call_from
from .clock import Clock
from .collection import Collection
from .fault_injection import FaultInjection
from .resources import Composition, CompositionHook, Recording
from .timeline import Timeline


if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    import requests.adapters
    import responses
    import respx

    from twilio.http import HttpClient
    from typing_extensions import Self

    from .._engine.account import Event
    from .._engine.scheduler import Scheduler
    from .._http import Request, Response
    from .._webhooks.callbacks import Callbacks

__all__ = ["FakeTwilioVideo", "Rooms"]

__tracebackhide__ = True  # A report shows the line of the test.


class FakeTwilioVideo(Arranging, Assertions, FaultInjection):
    """A Twilio Video account that lives in this process, for the length of one test.

    The fixture ``twilio_video`` is one that was entered. Without pytest it is
    a context manager: while it is entered, what the application asks of
    video.twilio.com is answered by it, and leaving it restores everything.

    Keywords are the settings; see the table in the README.

    Raises:
        InvalidSettingError: there is no such setting, or it cannot be set to that.

    """

    def __init__(self, **settings: Any) -> None:
        self._settings = Settings.merge(settings)
        # Whole seconds, as REST documents have them: so what the test reads here and what the
        # application reads there is equal.
        self._start = self._settings.starting_moment or time_sources.now().replace(microsecond=0)
        self._interceptor = Interceptor(self.handle)
        self._injected: dict[str, Any] = {}
        self._entered: list[ExitStack] = []
        self._after_reset: list[Callable[[], object]] = []  # A server follows the simulation.
        self.reset()

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            if self._settings.environ:
                for name, value in self.environment.items():
                    os.environ[name] = value
                    entered.callback(_unset, name, value)
            if self._settings.sleep == "virtual":
                # Only then: it needs asyncio, which a plain test may do without.
                from .._engine.sleep import virtual_sleep

                entered.enter_context(virtual_sleep(self._scheduler))
            if self._settings.clock == "running":
                entered.enter_context(ticking(self._scheduler))
            entered.enter_context(self._interceptor)
            self._entered.append(entered.pop_all())
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._entered:
            msg = (
                "this fake was not entered, so it cannot be left: use it as "
                "`with FakeTwilioVideo() as twilio_video: ...`"
            )
            raise TwilioVideoError(msg)
        self._entered.pop().close()
        if not self._entered:
            self._simulation.callback_queue.close()

    def reset(self) -> None:
        """Go back to an empty account and the starting time.

        Faults, the targets of callbacks and your own routes are dropped as well.
        """
        if hasattr(self, "_simulation"):
            self._simulation.callback_queue.close()
        self._interceptor.forget_routes()
        self._simulation = Simulation(self._settings, self._start)
        self._clock = Clock(self._simulation.account.clock)
        self._faults = Faults()
        self._calls: list[Call] = []
        for follow in self._after_reset:
            follow()

    def handle(self, request: Request) -> Response:
        """Answer a request that an interceptor passes on."""
        simulation = self._simulation
        with simulation.account.clock.lock:
            entry = simulation.journal.note("call", request)
            proceed = partial(pipeline.answer, simulation.account, simulation.credentials, request)
            triggered: list[str] = []
            response = None
            try:
                response = self._faults.answer(simulation.account, request, proceed, triggered)
                return response
            finally:  # a fault may let there be no answer
                entry.subject = call_from(request, response, entry.at)
                entry.outcome = ", ".join(triggered)
                self._calls.append(entry.subject)

    def _scheduler(self) -> Scheduler:
        return self._simulation.account.clock

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
        """Virtual time, which stands still until it is moved, unless the clock is running."""
        return self._clock

    @property
    def callbacks(self) -> Callbacks:
        """The status callbacks (webhooks), sent and to be sent."""
        self._simulation.sync()
        return self._simulation.callbacks

    @property
    def calls(self) -> list[Call]:
        """The calls of the API that came in, the oldest first."""
        return list(self._calls)

    @property
    def events(self) -> list[Event]:
        """Everything that happened, the oldest first."""
        self._simulation.sync()
        return list(self._simulation.account.events)

    @property
    def timeline(self) -> Timeline:
        """All that happened, in order, to be read."""
        return Timeline(self._simulation, self._faults)

    @property
    def rooms(self) -> Rooms:
        """All rooms of the account, in the order of their creation."""
        return Rooms(self._simulation)

    @property
    def recordings(self) -> Collection[Recording]:
        """All recordings of the account, deleted or not, in the order of their creation."""
        return Collection(self._simulation, Recording)

    @property
    def compositions(self) -> Collection[Composition]:
        """All compositions of the account, deleted or not, in the order of their creation."""
        return Collection(self._simulation, Composition)

    @property
    def composition_hooks(self) -> Collection[CompositionHook]:
        """The composition hooks of the account, in the order of their creation."""
        return Collection(self._simulation, CompositionHook)

    @property
    def responses(self) -> responses.RequestsMock:
        """Your own routes for video.twilio.com through requests, which win over the fake.

        A request that matches none of them goes to the fake. `reset` drops them.
        """
        made: responses.RequestsMock
        routes = self._interceptor.routes
        made = _once(routes, "responses", lambda: load_interceptor("responses").Routes())
        return made

    @property
    def respx(self) -> respx.MockRouter:
        """Your own routes for video.twilio.com through httpx, which win over the fake.

        A request that matches none of them goes to the fake. `reset` drops them.
        """
        from .._interceptors.respx import Routes

        made: respx.MockRouter = _once(self._interceptor.routes, "respx", Routes)
        return made

    @property
    def requests_adapter(self) -> requests.adapters.HTTPAdapter:
        """An adapter that this fake answers: ``session.mount("https://video.twilio.com", …)``."""
        kind = load_interceptor("requests").InterceptedAdapter
        made: requests.adapters.HTTPAdapter
        made = _once(self._injected, "requests", lambda: kind(self._interceptor))
        return made

    @property
    def httpx_transport(self) -> httpx.BaseTransport:
        """A transport that this fake answers, for `httpx.Client` and `httpx.AsyncClient`."""
        from .._interceptors.httpx import injectable

        made: httpx.BaseTransport
        made = _once(self._injected, "httpx", lambda: injectable(self._interceptor))
        return made

    @property
    def http_client(self) -> HttpClient:
        """An HTTP client that this fake answers: ``twilio.rest.Client(http_client=…)``."""
        from .._interceptors.twilio import http_client

        made: HttpClient
        made = _once(self._injected, "twilio", lambda: http_client(self.requests_adapter))
        return made

    def __repr__(self) -> str:
        count = len(self.rooms)
        rooms = f"{count} room{'s' if count != 1 else ''}"
        return f"<FakeTwilioVideo {rooms}, {self.clock.now:%Y-%m-%d %H:%M:%S}>"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that an application looks for, and that are not set."""
        wanted = {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_KEY_SID": self.api_key_sid,
            "TWILIO_API_KEY_SECRET": self.api_key_secret,
        }
        return {name: value for name, value in wanted.items() if name not in os.environ}


def _once(made: dict[str, Any], name: str, make: Callable[[], Any]) -> Any:
    """Return *name* of *made*; the first time, make it."""
    if name not in made:
        made[name] = make()
    return made[name]


def _unset(name: str, value: str) -> None:
    """Take our own variable away, and no other: `mock.patch.dict` undoes what others set since."""
    if os.environ.get(name) == value:
        del os.environ[name]
