"""The fake: a Twilio Video account for one test."""

from __future__ import annotations

import warnings

from collections import deque
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .._api import authentication, headers, pipeline
from .._api.faults import Faults
from .._engine import time_sources
from .._engine.credentials import in_environment
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
from .collection import Collection, kind_of
from .fault_injection import FaultInjection
from .leftovers import unused_faults
from .resources import Composition, CompositionHook, Recording, Room


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
    from .timeline import Timeline

__all__ = ["FakeTwilioVideo", "Rooms"]

__tracebackhide__ = True  # A report shows the line of the test.

ReturnT = TypeVar("ReturnT")
MOST_FRAMES: Final = 500


class FakeTwilioVideo(Arranging, Assertions, FaultInjection):
    """A Twilio Video account in this process, for one test.

    The fixture ``twilio_video`` is a started instance. Without pytest, use it
    as a context manager. In the ``with`` block, the fake answers the requests
    of the application to video.twilio.com. At the end of the block, everything
    is restored. `start` and `stop` do the same without a block.

    It is a decorator too. In each call of a function that is decorated with
    ``@FakeTwilioVideo()``, a new fake with an empty account answers. If the
    function has a parameter ``twilio_video``, it gets the fake.

    The keyword arguments are the settings; see the page Settings of the documentation.

    Raises:
        InvalidSettingError: a setting does not exist, or has an invalid value.

    """

    def __init__(self, **settings: Any) -> None:
        self._given = settings  # Only a `block` that is given here overrides the run's setting.
        self._settings = Settings.merge(settings)
        # In whole seconds, as in REST documents, so that a test and the application read the
        # same times.
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
                entered.enter_context(in_environment(self._settings.environment))
            if self._settings.sleep == "virtual":
                # Imported only here, because it imports asyncio, which not every test needs.
                from .._engine.sleep import virtual_sleep

                is_shared = self._settings.sleepers == "all"
                entered.enter_context(virtual_sleep(self._scheduler, is_shared=is_shared))
            if self._settings.clock == "running":
                entered.enter_context(ticking(self._scheduler))
            entered.enter_context(self._guard)
            entered.enter_context(self._interceptor)
            self._simulation.callback_queue.open()
            self._entered.append(entered.pop_all())
        running_test.note_entered(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if not self._entered:
            msg = (
                "FakeTwilioVideo was exited without being entered. Use "
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
        """Start the fake like a ``with`` block, and return it. Call `stop` at the end."""
        self.__enter__()
        self._started += 1
        return self

    def stop(self) -> None:
        """Stop the fake like the end of a ``with`` block.

        The account, the faults and the targets of callbacks stay for the next
        `start`. Until then, no callback is delivered.

        Raises:
            TwilioVideoError: the fake was not started, or was stopped already.

        """
        if not self._started:
            msg = "this fake was not started, so it cannot be stopped: call start() first"
            raise TwilioVideoError(msg)
        self._started -= 1
        self.__exit__(None, None, None)

    def __call__(self, function: Callable[..., ReturnT]) -> Callable[..., ReturnT]:
        """Return *function* decorated: each call has a new fake with the settings of this one.

        Raises:
            TwilioVideoError: *function* is not a function, or is a generator, a classmethod or a
                staticmethod.

        """
        from .decorator import decorate

        return decorate(function, lambda: type(self)(**self._given))

    def _look_for_unused_faults(self) -> None:
        """Fail or warn if a fault was never triggered, as the setting ``unused_faults`` says."""
        setting = self._settings.unused_faults
        problem = unused_faults(self) if setting != "ignore" else ""
        if problem and setting == "fail":
            raise AssertionError(problem)
        if problem:
            warnings.warn_explicit(problem, UnusedFaultWarning, *calling_place())

    def reset(self) -> None:
        """Empty the account and go back to the starting time.

        This also removes faults, targets of callbacks, and your own routes. Pages in a room are
        disconnected, as by the end of the room.
        """
        if hasattr(self, "_simulation"):
            self._simulation.callback_queue.close()
            # A page may be doing something. It ends before the account is replaced.
            with self._simulation.account.clock.lock:
                self._begin()
        else:
            self._begin()
        for follow in self._after_reset:
            follow()

    def _begin(self) -> None:
        """Begin with an empty account."""
        self._interceptor.forget_routes()
        self._simulation = Simulation(
            self._settings, self._start, self._late_warnings, self._listeners
        )
        self._clock = Clock(self._simulation.account.clock)
        self._faults = Faults(self._simulation.journal.changed)
        self._simulation.account.before_join = self._faults.before_join
        self._calls: list[Call] = []
        # For a failure report. Each hint is kept once.
        self._hints: dict[str, None] = {}
        # The last frames of pages, for the same report: time, person, direction and text.
        self._frames: deque[tuple[datetime, str, str, str]] = deque(maxlen=MOST_FRAMES)

    def _handle(self, request: Request) -> Response:
        """Return the response to *request*, which an interceptor has intercepted."""
        for library, stub in unused_stubs():
            self._hints[_about_stub(library, stub)] = None
        simulation = self._simulation
        with simulation.account.clock.lock:
            for _ in simulation.account.clock.overdue():
                pass  # Timers that are due run before the call, also in the timeline.
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
        """The auth token of the account, which is the first of these tokens that exists.

        It is the setting ``auth_token``, the environment variable ``TWILIO_AUTH_TOKEN`` (unless
        the setting ``auth`` is ``"strict"``), or a built-in token.

        The fake signs callbacks with it. When the application calls Twilio with another auth
        token, the fake signs callbacks with that token from then on. If the application makes no
        call, because the test creates the room, set ``auth_token`` to the application's token.
        """
        return self._simulation.credentials.first_token

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
        """The setting ``open_rooms``, which says what happens if a test leaves rooms open."""
        return self._settings.open_rooms

    @property
    def clock(self) -> Clock:
        """The clock of virtual time. It stands still, unless it is moved or is set to run."""
        return self._clock

    @property
    def callbacks(self) -> Callbacks:
        """The status callbacks (webhooks), both delivered and pending."""
        self._simulation.sync()
        return self._simulation.callbacks

    @property
    def calls(self) -> Calls:
        """The API calls of the application, the oldest first. ``calls.clear()`` forgets them."""
        return Calls(self._calls)

    @property
    def events(self) -> list[Event]:
        """The events of all resources, the oldest first."""
        self._simulation.sync()
        return list(self._simulation.account.events)

    @property
    def timeline(self) -> Timeline:
        """The timeline: everything that happened, in order, as readable text."""
        from .timeline import Timeline

        return Timeline(self._simulation, self._faults)

    @property
    def rooms(self) -> Rooms:
        """All rooms of the account, in the order of their creation."""
        return Rooms(self._simulation)

    @property
    def recordings(self) -> Collection[Recording]:
        """All recordings of the account, including deleted ones, in the order of creation."""
        return Collection(self._simulation, Recording)

    @property
    def compositions(self) -> Collection[Composition]:
        """All compositions of the account, including deleted ones, in the order of creation."""
        return Collection(self._simulation, Composition)

    @property
    def composition_hooks(self) -> Collection[CompositionHook]:
        """The composition hooks of the account, in the order of their creation."""
        return Collection(self._simulation, CompositionHook)

    @property
    def responses(self) -> responses.RequestsMock:
        """Your own responses to requests of the library requests, in a mock of ``responses``.

        They have precedence over the fake, which answers all requests to video.twilio.com that
        match none of them. `reset` removes them.
        """
        made: responses.RequestsMock
        routes = self._interceptor.routes
        made = _once(routes, "responses", lambda: load_interceptor("responses").Routes())
        return made

    @property
    def respx(self) -> respx.MockRouter:
        """Your own responses to requests of httpx, in a router of ``respx``.

        They have precedence over the fake, which answers all requests to video.twilio.com that
        match none of them. `reset` removes them.
        """
        from .._interceptors.respx import Routes

        made: respx.MockRouter = _once(self._interceptor.routes, "respx", Routes)
        return made

    @property
    def requests_adapter(self) -> requests.adapters.HTTPAdapter:
        """An adapter of requests whose requests this fake answers.

        Use it with ``session.mount("https://video.twilio.com", …)``.
        """
        kind = load_interceptor("requests").InterceptedAdapter
        made: requests.adapters.HTTPAdapter
        made = _once(self._injected, "requests", lambda: kind(self._interceptor))
        return made

    @property
    def httpx_transport(self) -> httpx.BaseTransport:
        """A transport of httpx, sync and async. This fake answers its requests."""
        from .._interceptors.httpx import injectable

        made: httpx.BaseTransport
        made = _once(self._injected, "httpx", lambda: injectable(self._interceptor))
        return made

    @property
    def http_client(self) -> HttpClient:
        """An HTTP client for ``twilio.rest.Client(http_client=…)``. This fake answers it."""
        from .._interceptors.twilio import http_client

        made: HttpClient
        made = _once(self._injected, "twilio", lambda: http_client(self.requests_adapter))
        return made

    def __repr__(self) -> str:
        # `self.rooms` is not used here, because a repr in a debugger must not deliver callbacks.
        count = len(self._simulation.account.table(kind_of(Room)))
        rooms = f"{count} room{'s' if count != 1 else ''}"
        return f"<FakeTwilioVideo {rooms}, {self.clock.now:%Y-%m-%d %H:%M:%S}>"


def _about_stub(library: str, stub: str) -> str:
    return (
        f"{library} has a stub for {stub}, which is not used, because the fake answers for this "
        f"host. Add the stub to twilio_video.{library}, which has precedence over the fake."
    )


def _once(made: dict[str, Any], name: str, make: Callable[[], Any]) -> Any:
    """Return the object *name* in *made*. If there is none, make it first."""
    if name not in made:
        made[name] = make()
    return made[name]
