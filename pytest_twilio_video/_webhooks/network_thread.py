"""A thread that delivers to live servers while the test does something else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from typing import Final

from .._engine.server_threads import on_server_thread
from .._engine.time_sources import real_monotonic


__all__ = ["NetworkThread"]

_LONGEST_WAIT: Final = 10.0
"""In real seconds: how long others wait for what is being delivered. A handler that waits for its
own delivery is stuck only that long."""
_LONGEST_STOP: Final = 1.0
"""In real seconds: how long `close` waits. What then still goes on is the look-up of a name."""


class NetworkThread:
    """A thread that calls *deliver* each time it is nudged."""

    def __init__(self, deliver: Callable[[], object]) -> None:
        self._deliver = deliver
        self._changed = Condition()
        self._wanted = self._done = 0
        self.is_closed = False
        self._thread = Thread(target=self._run, name="twilio-video-callbacks", daemon=True)
        self._thread.start()

    def nudge(self) -> int:
        """Let the thread look for callbacks. Return a number for `settle`. Never waits."""
        with self._changed:
            self._wanted += 1
            self._changed.notify_all()
            return self._wanted

    def settle(self) -> None:
        """Let the thread look for callbacks, and wait until it has delivered them."""
        wanted = self.nudge()
        with self._changed:
            self._changed.wait_for(
                lambda: self.is_closed or self._done >= wanted, timeout=_LONGEST_WAIT
            )

    def close(self, break_off: Callable[[], object]) -> None:
        """Deliver nothing more, and end the thread. Those who wait go on.

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
