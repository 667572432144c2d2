"""The fake: Twilio Video, for the length of one test."""

from __future__ import annotations

import os
import warnings

from collections import deque
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .._api import authentication, headers, pipeline
from .._api.faults import Faults
from .._engine import time_sources
from .._engine.credentials import AUTH_TOKEN, in_environment
from .._engine.late_warnings import LateWarnings, calling_place
from .._engine.scheduler import ticking
from .._engine.settings import Settings
from .._interceptors import Interceptor
from .._interceptors.guard import Guard
from .._interceptors.hooks import load_interceptor
from .._interceptors.other_mocks import unused_stubs
from .._simulation import Simulation
from ..errors import TwilioVideoError, UnusedFaultWarning
from . import running_test
from .arrange import Arranging, Rooms
from .assertions import Assertions
from .call import Call, Calls, call_from
from .clock import Clock
from .collection import Collection
from .decorator import decorate
from .fault_injection import FaultInjection
from .leftovers import unused_faults
from .resources import Composition, CompositionHook, Recording
from .timeline import Timeline


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

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

ReturnT = TypeVar("ReturnT")
MOST_FRAMES: Final = 500


class FakeTwilioVideo(Arranging, Assertions, FaultInjection):
    """A Twilio Video account that lives in this process, for the length of one test.

    The fixture ``twilio_video`` is one that was entered. Without pytest it is
    a context manager: while it is entered, what the application asks of
    video.twilio.com is answered by it, and leaving it restores everything.
    `start` and `stop` do the same where there is no ``with``.

    It is a decorator too: ``@FakeTwilioVideo()`` passes a new fake, with the
    same settings and an empty account, to each call of the function, as the
    keyword ``twilio_video`` if the function takes it.

    The keyword arguments are the settings; see the table in the README.

    Raises:
        InvalidSettingError: a setting does not exist, or has an invalid value.

    """

    def __init__(self, **settings: Any) -> None:
        self._given = settings  # Without the defaults: only a given `block` overrides the run's.
        self._settings = Settings.merge(settings)
        # Whole seconds, as in REST documents. So a test and the application read equal times.
        self._start = self._settings.starting_moment or time_sources.now().replace(microsecond=0)
        self._interceptor = Interceptor(self._handle)
        self._guard = Guard(blocking=settings.get("block"), of_fake=True)
        self._injected: dict[str, Any] = {}
        self._entered: list[ExitStack] = []
        self._started = 0
        self._late_warnings = LateWarnings()
        self._after_reset: list[Callable[[], object]] = []  # A server follows the simulation.
        self._listeners: list[Callable[[Event], object]] = []  # They speak for browsers.
        self.reset()

    def __enter__(self) -> Self:
        if not self._entered:
            self._entered_at = calling_place()
            self._late_warnings.test = running_test.place() or self._entered_at
        with ExitStack() as entered:
            if self._settings.environ:
                entered.enter_context(in_environment(self._environment))
            if self._settings.sleep == "virtual":
                # Only then: it needs asyncio, which a plain test may do without.
                from .._engine.sleep import virtual_sleep

                is_shared = self._settings.sleepers == "all"
                entered.enter_context(virtual_sleep(self._scheduler, is_shared=is_shared))
            if self._settings.clock == "running":
                entered.enter_context(ticking(self._scheduler))
            entered.enter_context(self._guard)
            entered.enter_context(self._interceptor)
            self._entered.append(entered.pop_all())
        running_test.note_entered(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if not self._entered:
            msg = (
                "FakeTwilioVideo was exited without being entered: use it as "
                "`with FakeTwilioVideo() as twilio_video: ...`"
            )
            raise TwilioVideoError(msg)
        self._entered.pop().close()
        running_test.note_left(self)
        if not self._entered:
            self._simulation.callback_queue.close()
            # One reason to fail is enough.
            self._late_warnings.issue(may_raise=kind is None)
            if kind is None:
                self._look_for_unused_faults()

    def start(self) -> Self:
        """Do what entering a ``with`` block does, and return the fake; `stop` undoes it."""
        self.__enter__()
        self._started += 1
        return self

    def stop(self) -> None:
        """Do what leaving a ``with`` block does.

        Raises:
            TwilioVideoError: it was not started, or not so often.

        """
        if not self._started:
            msg = "this fake was not started, so it cannot be stopped: call start() first"
            raise TwilioVideoError(msg)
        self._started -= 1
        self.__exit__(None, None, None)

    def __call__(self, function: Callable[..., ReturnT]) -> Callable[..., ReturnT]:
        """Return *function*, each call of which has a fake of its own with these settings.

        Raises:
            TwilioVideoError: *function* is not a function, or is a generator.

        """
        return decorate(function, lambda: type(self)(**self._given))

    def _look_for_unused_faults(self) -> None:
        """Do what the setting ``unused_faults`` demands."""
        setting = self._settings.unused_faults
        problem = unused_faults(self) if setting != "ignore" else ""
        if problem and setting == "fail":
            raise AssertionError(problem)
        if problem:
            warnings.warn_explicit(problem, UnusedFaultWarning, *calling_place())

    def reset(self) -> None:
        """Go back to an empty account and the starting time.

        Faults, targets of callbacks and your own routes are dropped as well.
        """
        if hasattr(self, "_simulation"):
            self._simulation.callback_queue.close()
        self._interceptor.forget_routes()
        self._simulation = Simulation(
            self._settings, self._start, self._late_warnings, self._listeners
        )
        self._clock = Clock(self._simulation.account.clock)
        self._faults = Faults()
        self._simulation.account.before_join = self._faults.before_join
        self._calls: list[Call] = []
        self._hints: dict[str, None] = {}  # For a failure report; each is kept once.
        # So are the last frames of pages: when, whose, in which direction, and the text.
        self._frames: deque[tuple[datetime, str, str, str]] = deque(maxlen=MOST_FRAMES)
        for follow in self._after_reset:
            follow()

    def _handle(self, request: Request) -> Response:
        """Answer a request that an interceptor passes on."""
        for library, stub in unused_stubs():
            self._hints[_about_stub(library, stub)] = None
        simulation = self._simulation
        with simulation.account.clock.lock:
            for _ in simulation.account.clock.overdue():
                pass  # It happened before the call, and stands before it in the timeline.
            entry = simulation.journal.note("call", request)
            proceed = partial(pipeline.answer, simulation.account, simulation.credentials, request)
            triggered: list[str] = []
            response = None
            try:
                response = self._faults.answer(simulation.account, request, proceed, triggered)
                response = headers.add(simulation.account, request, response)
                return response
            finally:  # a fault may let there be no answer
                entry.subject = call_from(request, response, entry.at)
                entry.outcome = ", ".join(triggered)
                if (
                    response is not None
                    and response.status == HTTPStatus.UNAUTHORIZED
                    and not triggered
                ):
                    entry.note = authentication.explain(simulation.credentials, request)
                self._calls.append(entry.subject)

    def _scheduler(self) -> Scheduler:
        return self._simulation.account.clock

    @property
    def account_sid(self) -> str:
        """The SID of the account, ``AC…``."""
        return self._settings.account_sid

    @property
    def auth_token(self) -> str:
        """The auth token of the fake's account: the setting of that name, or a built-in one.

        It signs callbacks until the application calls Twilio with an auth token of its own, which
        signs them from then on. If the application verifies signatures with its own token and a
        test arranges the room itself, give the application's token to the setting.
        """
        return self._settings.auth_token or AUTH_TOKEN

    @property
    def api_key_sid(self) -> str:
        """The SID of an API key of the account, ``SK…``."""
        return self._settings.api_key_sid

    @property
    def api_key_secret(self) -> str:
        """The secret of the API key, which signs access tokens."""
        return self._settings.api_key_secret

    @property
    def open_rooms(self) -> str:
        """The setting ``open_rooms``: what to do if a test leaves rooms open."""
        return self._settings.open_rooms

    @property
    def clock(self) -> Clock:
        """Virtual time, which stands still until it is moved, unless the clock is running."""
        return self._clock

    @property
    def callbacks(self) -> Callbacks:
        """The status callbacks (webhooks), both delivered and pending."""
        self._simulation.sync()
        return self._simulation.callbacks

    @property
    def calls(self) -> Calls:
        """The API calls that the fake received, the oldest first; ``.clear()`` forgets them."""
        return Calls(self._calls)

    @property
    def events(self) -> list[Event]:
        """Everything that happened, the oldest first."""
        self._simulation.sync()
        return list(self._simulation.account.events)

    @property
    def timeline(self) -> Timeline:
        """Everything that happened, in order, as text for people."""
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
    def _environment(self) -> dict[str, str]:
        """The environment variables that an application reads, and that are not set."""
        wanted = self._settings.environment
        return {name: value for name, value in wanted.items() if name not in os.environ}


def _about_stub(library: str, stub: str) -> str:
    return (
        f"{library} has a stub for {stub}, which is not used: the fake answers that host. Add it "
        f"to twilio_video.{library} instead, whose routes win over the fake."
    )


def _once(made: dict[str, Any], name: str, make: Callable[[], Any]) -> Any:
    """Return *name* of *made*, and make it at the first call."""
    if name not in made:
        made[name] = make()
    return made[name]
