"""Serving: the operations of a fake that a server needs and a test does not need."""

from __future__ import annotations

import json

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from .._api import representation
from .._api.routes import ADDRESSES
from .._engine.coroutines import finish
from .._engine.scheduler import ticking
from .._engine.server_threads import on_server_thread
from .._report import lines
from .._report.chart import latest_chart
from .._report.page import Chart, drawing, page
from ..errors import TwilioVideoError
from .browsers import Browsers
from .timeline import chart_json


if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from .._api.faults import Fault
    from .._engine.account import Event
    from .._engine.timers import Timer
    from .._http import Request, Response
    from .._report.lines import Line
    from .._simulation import Simulation
    from .._webhooks.callback import Callback
    from .collection import Resource
    from .fake import FakeTwilioVideo


__all__ = ["Serving"]

T = TypeVar("T")


class Serving:
    """A fake for a server. It implements `Backend` in `_server/seam.py`, which has the docs."""

    def __init__(
        self, fake: FakeTwilioVideo, callback_hosts: Container[str] | None = None
    ) -> None:
        self.fake = fake
        self.resets = 0
        self.browsers = Browsers(fake)
        self.injected: dict[str, tuple[Fault, dict[str, Any]]] = {}
        self._callback_hosts = callback_hosts
        self._on_change: Callable[[], object] = lambda: None
        self._on_event: Callable[[], object] = lambda: None
        self._followed: Simulation | None = None
        self._running = ExitStack()

    def start(self, on_change: Callable[[], object], on_event: Callable[[], object]) -> None:
        if self.fake._after_reset:  # noqa: SLF001 -- as below: the fake is ours
            msg = (
                "the fake already has a server, and can have only one at a time. Use that server, "
                "for example twilio_video_server, or stop it first"
            )
            raise TwilioVideoError(msg)
        self._on_change, self._on_event = on_change, on_event
        self.browsers.start(on_event)
        self._follow()
        self.fake._after_reset.append(self._reset)  # noqa: SLF001
        if self._simulation.account.clock.is_running:
            self._running.enter_context(ticking(self.fake._scheduler))  # noqa: SLF001

    def stop(self) -> None:
        self._running.close()
        self.browsers.stop()
        with suppress(ValueError):
            self.fake._after_reset.remove(self._reset)  # noqa: SLF001
        self._unfollow()

    def answer(self, request: Request) -> Response:
        with on_server_thread():
            return self.fake._handle(request)  # noqa: SLF001

    def do(self, work: Callable[[], T]) -> T:
        with on_server_thread():
            return work()

    def step(self, work: Callable[[], object]) -> None:
        with on_server_thread():
            while True:
                simulation = self._simulation
                with simulation.account.clock.lock:
                    if simulation is self._simulation:  # It was not reset while we waited.
                        simulation.account.clock.run_overdue()  # Not in the middle of the step.
                        work()
                        return

    def document(self, resource: Resource) -> bytes:
        record = resource._record  # noqa: SLF001
        return representation.encode(representation.document(record, ADDRESSES))

    def details(self, event: Event) -> dict[str, Any]:
        # Converted to JSON and back, so that times have the format of the REST API.
        details: dict[str, Any] = json.loads(representation.encode(event.details))
        return details

    def entries(self) -> int:
        return len(self._simulation.journal.entries)

    def timers(self, after: int) -> list[Timer]:
        entries = self._simulation.journal.entries[after:]
        return [entry.subject for entry in entries if entry.kind == "timer"]

    def callback_id(self, callback: Callback) -> str:
        return callback._idempotency_token  # noqa: SLF001

    def flush(self) -> None:
        finish(self._simulation.callback_queue.flush(awaiting=False))

    def redeliver(self, callback: Callback) -> None:
        finish(self._simulation.callback_queue.redeliver(callback, awaiting=False))

    def faults(self) -> list[tuple[str, int]]:
        of_callbacks = self._simulation.callback_queue.faults.active
        return [*self.fake._faults.active, *of_callbacks]  # noqa: SLF001

    def lines(self, after: int) -> Sequence[tuple[int, Line]]:
        simulation = self._simulation
        with simulation.account.clock.lock:  # So that no call is being answered meanwhile.
            return list(lines.numbered_lines(simulation, after))

    def news(self, after: int, most: int) -> tuple[int, list[str], list[Line]]:
        simulation = self._simulation
        with simulation.account.clock.lock:
            entries = simulation.journal.entries.copy()
            changed = lines.about_rooms(simulation.account, entries[after:])
            pairs = lines.entries_with_lines(simulation, max(after, len(entries) - most))
        lines_since = [line for _, line in pairs if line.kind != "callback"]
        return len(entries), changed, lines_since

    def html(self) -> str:
        return page([Chart("timeline", "passed", "", chart_json(self.fake.timeline))])

    def chart(self, most: int) -> dict[str, Any]:
        return latest_chart(self._simulation, most)

    def drawing(self) -> tuple[str, str]:
        return drawing()

    @property
    def is_running(self) -> bool:
        return self._simulation.account.clock.is_running

    @property
    def _simulation(self) -> Simulation:
        return self.fake._simulation  # noqa: SLF001

    def _reset(self) -> None:
        self._unfollow()
        self.injected.clear()
        self.resets += 1
        self._follow()
        self._on_change()
        self._on_event()

    def _follow(self) -> None:
        simulation = self._followed = self._simulation
        simulation.journal.on_change = self._on_change
        queue = simulation.callback_queue
        queue.start_network_thread()
        if self._callback_hosts is not None:
            queue.network_hosts = self._callback_hosts
            queue.add_target("network", None, None, raise_exceptions=True)

    def _unfollow(self) -> None:
        if self._followed is not None:
            self._followed.journal.on_change = None
            self._followed.callback_queue.stop_network_thread()
            self._followed = None
