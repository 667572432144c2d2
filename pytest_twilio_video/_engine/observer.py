"""The observer: the interface by which an account reports to the layers above it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from datetime import datetime

    from .account import Event
    from .timers import Timer


__all__ = ["Observer", "delivery_in_context"]

delivery_in_context: Final[ContextVar[object]] = ContextVar("delivery_in_context", default=None)
"""The delivery whose handler runs in this context. Its threads and tasks inherit the value."""


class Observer:
    """Receives reports from an account and its scheduler. This class ignores all of them.

    `Simulation` implements it. It adds entries to the journal, and queues and delivers callbacks.
    """

    @property
    def is_delivering(self) -> bool:
        """Whether a callback is being delivered. If so, time cannot be moved."""
        return False

    def event_announced(self, event: Event) -> None:
        """Called with *event* before its reactions run."""

    def signaled(self, event: Event) -> None:
        """Called with *event*, which only clients in its room learn; see `Account.signal`.

        Its name and record are one of these:

        ============================ ===========================================
        participant-reconnecting     the participant
        participant-reconnected      the participant
        network-cut-off              the participant, whose page loses the network
        network-restored             the participant, whose page may return
        network-quality-changed      the participant
        subscribe-rules-changed      the participant
        track-switched-off           the track
        track-priority-changed       the track
        track-switched-on            the track
        dominant-speaker-changed     the room
        recording-rules-changed      the room
        message-sent                 the message, with its receivers
        transcription                the utterance
        ============================ ===========================================
        """

    def timer_due(self, timer: Timer) -> None:
        """Called with *timer* just before it runs."""

    def time_jumped(self, before: datetime, after: datetime) -> None:
        """Called before the test moves the clock from *before* to *after*."""

    def time_moved(self) -> None:
        """Called when such a move of the clock is over."""

    def warning_issued(self, warning: Warning) -> None:
        """Called with *warning*, which is about an API call of the application."""

    async def deliver_pending(self, *, awaiting: bool) -> None:
        """Deliver the queued callbacks. The scheduler calls it between timers.

        If *awaiting* is true, callbacks are delivered on the running event loop. Otherwise the
        coroutine never waits.
        """
