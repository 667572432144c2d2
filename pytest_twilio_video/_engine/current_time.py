"""The current moment of virtual time, which may follow another library or the machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from .time_sources import TimeSource, active_source, now, real_monotonic, to_plain_utc


__all__ = ["CurrentTime"]


class CurrentTime:
    """A moment that the test, another library or a sleeping application moves.

    While freezegun or time-machine is active, the moment is the time of that library. It is read
    from the library each time, and moving it moves the library.
    """

    def __init__(self, start: datetime) -> None:
        self.deferred = timedelta(0)
        """Time that has passed for the application, and is not in the moment yet."""
        self.is_behind = False
        """Whether timers may be due that have not run."""
        self._now = to_plain_utc(start)
        self._start = self._now  # It moves along when another library moves time.
        self._source: TimeSource | None = None  # The active one at the last reading.
        self._read_at: float | None = None  # Real seconds; only a running clock has them.

    def run(self) -> None:
        """Let real time pass from now on, while no other library is active."""
        self._read_at = real_monotonic()

    @property
    def is_running(self) -> bool:
        """Whether real time passes."""
        return self._read_at is not None

    def read(self, *, as_application: bool = False) -> datetime:
        """Return the moment, which another library may have moved.

        A freeze that has just ended is read once more, so that time keeps its last value.
        With freezegun's ``auto_tick_seconds``, reading *as_application* moves time one step.
        Reading the clock or a room does not.
        """
        active, left = active_source(), self._source
        self._source = active
        if self._read_at is not None:
            before, self._read_at = self._read_at, real_monotonic()
            if active is None and left is None:
                passed = timedelta(seconds=self._read_at - before)
                # The application's own clock has run as long, so nothing was advanced.
                self._now, self._start = self._now + passed, self._start + passed
                self.is_behind = True
        if source := active or left:
            theirs = source.read() if as_application else source.now()
            self._start += theirs - self._now
            self._now, self.is_behind = theirs, True
        return self._now

    def apply_deferred(self) -> datetime:
        """Add the deferred time, and return the new moment."""
        self._now, self.deferred = self._now + self.deferred, timedelta(0)
        self.is_behind = True
        if self._source is not None:
            self._source.forward(self._now)
        return self._now

    def move_to(self, moment: datetime, source: TimeSource | None) -> None:
        """Move to *moment*, within a jump, and move *source* too."""
        # Never back: a timer that fails while overdue timers run must not turn time back.
        self._now = max(self._now, moment)
        if source is not None:
            source.forward(moment)

    def finish_at(self, end: datetime, source: TimeSource | None) -> None:
        """Move to *end*, and move *source* too. All timers that were due by then have run."""
        # A running clock may have passed the end meanwhile.
        self._now = max(self._now, end) if self.is_running else end
        self.is_behind = False
        if source is not None:
            source.forward(end)
            self._source = source  # It was active when the jump began.

    def as_application_time(self, moment: datetime) -> datetime:
        """Return the time on the application's own clock at *moment*.

        While another library is active, it is *moment* itself.
        """
        return moment if active_source() is not None else now() + (moment - self._start)
