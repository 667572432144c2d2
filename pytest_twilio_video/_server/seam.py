"""The seam: all that the server asks of the fake, besides the fake's public API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .. import Callback, Event, FakeTwilioVideo, Timer
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


class Backend(Protocol):
    """A fake that is being served. Each member can be used from any thread of the server."""

    fake: FakeTwilioVideo
    """The public API."""
    resets: int
    """How often the account was reset since the start."""

    @property
    def browsers(self) -> Browsers:
        """What signaling needs."""

    def start(self, on_change: Callable[[], object], on_event: Callable[[], object]) -> None:
        """Deliver callbacks to live servers at once from now on, and run a running clock.

        Call *on_change*, from any thread, when the timeline has grown, and after a reset. Call
        *on_event* when something happened that browsers are told, and after a reset.
        """

    def stop(self) -> None:
        """End that, whatever is being delivered."""

    def answer(self, request: Request) -> Response:
        """Answer *request* as in process.

        Raises:
            NetworkFailure: a fault lets the connection fail.

        """

    def do(self, work: Callable[[], T]) -> T:
        """Return what *work* returns. Nothing of the test's runs on this thread meanwhile."""

    def step(self, work: Callable[[], object]) -> None:
        """Do the same as `do`, and let nothing else happen in the fake meanwhile."""

    def document(self, resource: Any) -> bytes:
        """Return *resource* as the JSON text of the REST API."""

    def details(self, event: Event) -> dict[str, Any]:
        """Return the details of *event* with the values that they have in the REST API."""

    def entries(self) -> int:
        """Return how many entries the timeline has."""

    def timers(self, after: int) -> list[Timer]:
        """Return the timers that ran behind the entry of the number *after*."""

    def callback_id(self, callback: Callback) -> str:
        """Return what identifies *callback*."""

    def flush(self) -> None:
        """Deliver what waits for a live server."""

    def redeliver(self, callback: Callback) -> None:
        """Deliver *callback* once more, or queue it if its target is in the test's process."""

    def lines(self, after: int) -> Sequence[tuple[int, TimelineLine]]:
        """Return the lines of the timeline behind the number *after*, each with its number."""

    def html(self) -> str:
        """Return the timeline as a page."""
