"""The seam between server and fake: what the server needs besides the fake's public API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .. import Callback, Event, FakeTwilioVideo, Fault, Timer
    from .._browser.seam import Backend as Browsers
    from .._http import Request, Response


__all__ = ["Backend", "TimelineLine"]

T = TypeVar("T")


class TimelineLine(Protocol):
    """A line of the timeline."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def more(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def is_bad(self) -> bool: ...


class Backend(Protocol):
    """A fake that is being served. Any thread of the server may use its members."""

    fake: FakeTwilioVideo
    """The fake itself, for its public API."""
    resets: int
    """How often the account has been reset since the start."""
    injected: dict[str, tuple[Fault, dict[str, Any]]]
    """The faults that clients injected, by number, with their arguments. A reset forgets them."""

    @property
    def browsers(self) -> Browsers:
        """What signaling needs from the fake."""

    def start(self, on_change: Callable[[], object], on_event: Callable[[], object]) -> None:
        """From now on, deliver callbacks to live servers immediately, and let a running clock run.

        *on_change* is called in any thread when the timeline has grown, and after a reset.
        *on_event* is called when something happened that clients in browsers learn, and after
        a reset.

        Raises:
            TwilioVideoError: the fake is being served already.

        """

    def stop(self) -> None:
        """End what `start` has begun. Deliveries that are running are aborted."""

    def answer(self, request: Request) -> Response:
        """Return the response to *request*, as for a request in the test's process.

        Raises:
            NetworkFailure: a fault makes the connection fail.

        """

    def do(self, work: Callable[[], T]) -> T:
        """Call *work* in this thread as a server thread, and return its result."""

    def step(self, work: Callable[[], object]) -> None:
        """Call *work* like `do`, while nothing else can happen in the fake.

        Timers that are due run before it.
        """

    def document(self, resource: Any) -> bytes:
        """Return the JSON text of *resource* in the REST API."""

    def details(self, event: Event) -> dict[str, Any]:
        """Return the details of *event*, with values as in the REST API."""

    def entries(self) -> int:
        """Return how many entries the timeline has."""

    def timers(self, after: int) -> list[Timer]:
        """Return the timers that ran after the entry with the number *after*."""

    def callback_id(self, callback: Callback) -> str:
        """Return a text that identifies *callback*."""

    def flush(self) -> None:
        """Deliver the pending callbacks to live servers."""

    def redeliver(self, callback: Callback) -> None:
        """Deliver *callback* again. If its target is in the test's process, queue it instead."""

    def lines(self, after: int) -> Sequence[tuple[int, TimelineLine]]:
        """Return the lines of the timeline after the number *after*, each with its number."""

    def news(self, after: int, most: int) -> tuple[int, list[str], Sequence[TimelineLine]]:
        """Return what happened after the entry with the number *after*.

        The result has the number of the last entry, the SIDs of the rooms that may have changed,
        and the latest lines, at most *most*, without the lines about callbacks.
        """

    def html(self) -> str:
        """Return the timeline as an HTML page."""

    def faults(self) -> list[tuple[str, int]]:
        """Return descriptions of the active faults, each with its hits."""

    def chart(self, most: int) -> dict[str, Any]:
        """Return what `drawing` draws of the latest *most* entries of the timeline."""

    def drawing(self) -> tuple[str, str]:
        """Return the style and the script that draw the rooms over time on a page."""

    @property
    def is_running(self) -> bool:
        """Whether virtual time also passes with real time."""
