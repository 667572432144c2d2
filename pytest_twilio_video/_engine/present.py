"""The present: where time stands, whoever has moved it."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import wall


__all__ = ["Present"]


class Present:
    """A moment that is moved by us, by another library, or by what the application waits for.

    While freezegun or time-machine is active it is theirs: they are asked at each look, and moved
    along when we move.
    """

    def __init__(self, start: datetime) -> None:
        self.now = wall.plain(start)
        """Where time stood at the last look."""
        self.owed = timedelta(0)
        """What has passed, and is not in `now` yet."""
        self.is_behind = False
        """Whether timers may be due that have not run."""
        self._start = self.now  # put off by what others move
        self._driver: wall.Driver | None = None  # who had time in hand at the last look

    def look(self, *, reading: bool = False) -> datetime:
        """Return the present, wherever it was moved to by others meanwhile.

        A freeze that has just been left is asked for the last time: it says where time stands.
        With freezegun's ``auto_tick_seconds`` an operation is *reading*, and so moves time one
        step; merely to look at the clock, or at a room, does not.
        """
        driver, left = wall.driver(), self._driver
        self._driver = driver
        if other := driver or left:
            theirs = other.read() if reading else other.now()
            self._start += theirs - self.now
            self.now, self.is_behind = theirs, True
        return self.now

    def repay(self) -> datetime:
        """Let pass what is owed, and return the present."""
        self.now, self.owed = self.now + self.owed, timedelta(0)
        self.is_behind = True
        if self._driver is not None:
            self._driver.forward(self.now)
        return self.now

    def pass_by(self, moment: datetime, driver: wall.Driver | None) -> None:
        """Let time, and *driver*, come by *moment*, on the way to where it goes."""
        # Not below itself: a timer that fails while we catch up must not take time back.
        self.now = max(self.now, moment)
        if driver is not None:
            driver.forward(moment)

    def arrive(self, end: datetime, driver: wall.Driver | None) -> None:
        """Let time, and *driver*, have come to *end*; what was due by then has run."""
        self.now, self.is_behind = end, False
        if driver is not None:
            driver.forward(end)
            self._driver = driver  # it knows better than the one of the last look

    def by_the_wall(self, now: datetime) -> datetime:
        """Return *now* by the wall clock, had that been moved as this one was.

        While another library is active, the wall clock is theirs, and so it is *now*.
        """
        return now if wall.driver() is not None else wall.now() + (now - self._start)
