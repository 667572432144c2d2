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
"""The delivery whose handler runs in this context; handlers carry it into threads and tasks."""


class Observer:
    """Receives what an account and its scheduler report. This class ignores everything.

    `Simulation` implements it: it adds entries to the journal, and queues and delivers callbacks.
    """

    @property
    def is_delivering(self) -> bool:
        """Whether a callback is being delivered. Time cannot be moved meanwhile."""
        return False

    def event_announced(self, event: Event) -> None:
        """Take note of *event*, before its reactions follow."""

    def signaled(self, event: Event) -> None:
        """Take note of *event*, which only clients in its room learn; see `Account.signal`.

        Its name and record are one of these:

        ============================ ===========================================
        participant-reconnecting     the participant
        participant-reconnected      the participant
        network-cut-off              the participant, whose page loses the network
        network-restored             the participant, whose page may return
        network-quality-changed      the participant
        subscribe-rules-changed      the participant
        track-switched-off           the track
        track-switched-on            the track
        dominant-speaker-changed     the room
        recording-rules-changed      the room
        message-sent                 the message, with its receivers
        transcription                the utterance
        ============================ ===========================================
        """

    def timer_due(self, timer: Timer) -> None:
        """Take note of *timer*, just before it runs."""

    def time_jumped(self, before: datetime, after: datetime) -> None:
        """Take note of a jump that the test requested, before it begins."""

    def time_moved(self) -> None:
        """Take note that such a jump is over."""

    def warning_issued(self, warning: Warning) -> None:
        """Take note of *warning* about an API call of the application."""

    async def deliver_pending(self, *, awaiting: bool) -> None:
        """Deliver the queued callbacks. It is called between timers.

        With *awaiting*, deliver them on the running event loop. Otherwise it never waits.
        """
