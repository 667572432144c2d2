"""A thread that delivers callbacks to live servers while the test does something else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from typing import Final

from .._engine.server_threads import on_server_thread
from .._engine.time_sources import real_monotonic


__all__ = ["NetworkThread"]

_LONGEST_WAIT: Final = 10.0
"""How many real seconds a caller waits for deliveries at most.

A handler that waits for its own delivery would otherwise wait forever.
"""
_LONGEST_STOP: Final = 1.0
"""How many real seconds `close` waits at most. Only the look-up of a name takes longer."""


class NetworkThread:
    """A thread that calls *deliver* after each `nudge`."""

    def __init__(self, deliver: Callable[[], object]) -> None:
        self._deliver = deliver
        self._changed = Condition()
        self._wanted = self._done = 0
        self.is_closed = False
        self._thread = Thread(target=self._run, name="twilio-video-callbacks", daemon=True)
        self._thread.start()

    def nudge(self) -> int:
        """Wake the thread, without waiting. Return how often it was woken, for `settle`."""
        with self._changed:
            self._wanted += 1
            self._changed.notify_all()
            return self._wanted

    def settle(self) -> None:
        """Wake the thread, and wait until it has delivered all queued callbacks."""
        wanted = self.nudge()
        with self._changed:
            self._changed.wait_for(
                lambda: self.is_closed or self._done >= wanted, timeout=_LONGEST_WAIT
            )

    def close(self, break_off: Callable[[], object]) -> None:
        """Deliver nothing from now on, and end the thread. Callers that wait in `settle` return.

        *break_off* ends the delivery that is going on. It is called until the thread has ended,
        because another delivery may have just begun.
        """
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()
        deadline = real_monotonic() + _LONGEST_STOP
        while self._thread.is_alive() and real_monotonic() < deadline:
            break_off()
            self._thread.join(0.02)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self.is_closed or self._wanted > self._done)
                if self.is_closed:
                    return
                wanted = self._wanted
            with on_server_thread():
                self._deliver()
            with self._changed:
                self._done = wanted
                self._changed.notify_all()
