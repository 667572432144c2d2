"""A thread that delivers to live servers while the test does something else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from typing import Final

from .._engine.server_threads import on_server_thread


__all__ = ["NetworkThread"]

_LONGEST_WAIT: Final = 10.0
"""In real seconds: how long others wait for what is being delivered. A handler that waits for its
own delivery is stuck only that long."""


class NetworkThread:
    """A thread that calls *deliver* each time it is nudged."""

    def __init__(self, deliver: Callable[[], object]) -> None:
        self._deliver = deliver
        self._changed = Condition()
        self._wanted = self._done = 0
        self._is_closed = False
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
                lambda: self._is_closed or self._done >= wanted, timeout=_LONGEST_WAIT
            )

    def close(self) -> None:
        """Deliver nothing more. Those who wait go on."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the end of the thread, after `close`."""
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed or self._wanted > self._done)
                if self._is_closed:
                    return
                wanted = self._wanted
            with on_server_thread():
                self._deliver()
            with self._changed:
                self._done = wanted
                self._changed.notify_all()
