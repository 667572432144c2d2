"""The current moment of virtual time, which may follow another library or the machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from .time_sources import TimeSource, active_source, now, real_monotonic, to_plain_utc


__all__ = ["CurrentTime"]


class CurrentTime:
    """The current virtual time, which the test, another library or a sleep moves.

    While freezegun or time-machine is active, it is the time of that library. It is read from
    the library each time, and moving it moves the time of the library.
    """

    def __init__(self, start: datetime) -> None:
        self.deferred = timedelta(0)
        """Time that has passed for the application, but has not been added yet."""
        self.is_behind = False
        """Whether there may be timers that are due and have not run."""
        self._now = to_plain_utc(start)
        self._start = self._now  # It moves along when another library moves time.
        self._source: TimeSource | None = None  # The active one at the last reading.
        self._read_at: float | None = None  # Real seconds; only a running clock has them.

    def run(self) -> None:
        """From now on, let time pass with real time while no other library is active."""
        self._read_at = real_monotonic()

    @property
    def is_running(self) -> bool:
        """Whether time passes with real time."""
        return self._read_at is not None

    def read(self, *, as_application: bool = False) -> datetime:
        """Return the current time, which another library may have moved.

        When a library has just ended, its time is read one last time, so that virtual time keeps
        this value. With freezegun's ``auto_tick_seconds``, each reading with *as_application*
        moves time by one step. A test that reads the clock or a room does not move time.
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
        """Add the deferred time, and return the new time."""
        self._now, self.deferred = self._now + self.deferred, timedelta(0)
        self.is_behind = True
        if self._source is not None:
            self._source.forward(self._now)
        return self._now

    def move_to(self, moment: datetime, source: TimeSource | None) -> None:
        """Move to *moment* in the middle of a move of the clock, and move *source* too."""
        # Time never goes back, even if a timer fails while overdue timers run.
        self._now = max(self._now, moment)
        if source is not None:
            source.forward(moment)

    def finish_at(self, end: datetime, source: TimeSource | None) -> None:
        """Move to *end*, the end of a move of the clock, and move *source* too."""
        # A running clock may have passed the end meanwhile.
        self._now = max(self._now, end) if self.is_running else end
        self.is_behind = False
        if source is not None:
            source.forward(end)
            self._source = source  # It was active when the jump began.

    def as_application_time(self, moment: datetime) -> datetime:
        """Return the time of the machine plus the time by which virtual time was advanced.

        While another library is active, return *moment*, because the application reads it too.
        """
        return moment if active_source() is not None else now() + (moment - self._start)
