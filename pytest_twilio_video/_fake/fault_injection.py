"""The orders: what a test lets go wrong."""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING, Literal

from .._api.failures import Failure, Outcome, Schedule
from .._api.pattern import Pattern
from .._api.traffic import Lag, Latency, Throttle
from .._engine.arguments import span, whole


if TYPE_CHECKING:
    from .._api.faults import Fault, Faults
    from .._simulation import Simulation


__all__ = ["FaultInjection"]


class FaultInjection:
    """What can be ordered to go wrong, as on a bad day of Twilio's.

    Each order but `limits` returns a `Fault`: a context manager, with ``.stop()`` and ``.hits``.
    Calls that a fault strikes are among the ``calls`` as well.

    Whatever is ordered in a way that it cannot be, is refused at once with `InvalidArgumentError`.
    """

    _simulation: Simulation
    _faults: Faults

    def fail(  # noqa: PLR0913 -- all but the first two by name
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        status: int | None = None,
        code: int | None = None,
        message: str | None = None,
        times: int | None = 1,
        after: int = 0,
        retry_after: int | None = None,
        error: Literal["timeout", "connect", "reset"] | None = None,
        when: Literal["before", "after"] = "before",
    ) -> Fault:
        """Let the next matching call fail: with Twilio's error, or by its connection.

        Meant are calls of *method* and *path*, or of any. The path is as in the URL, from
        ``/v1`` on, without the query; ``*`` stands for any run of characters, slashes too.
        Without a star it has to be a path that Twilio Video has. So many calls pass (*after*),
        then so many are struck (*times*; `None`: until the fault's ``.stop()``). Of several
        faults the first ordered strikes first, and one alone.

        The answer has Twilio's envelope. *message* and *status* follow from *code*, a *code* from
        *status* alone; without either it is 503, code 20503. *retry_after* is a header, in
        whole seconds. With *error* there is none, and the client library raises what it does when
        no connection comes about (``"connect"``), when it breaks (``"reset"``), or when
        it waits in vain (``"timeout"``); among the ``calls`` its status is `None`.

        The account stays as it was; with ``when="after"`` the work was done, and the
        application does not learn of it.

        Raises:
            InvalidArgumentError: an argument is out of its range, or does not go with another.

        """
        pattern, schedule = Pattern(method, path), Schedule(times, after, when)
        outcome = Outcome(status, code, message, retry_after, error)
        return self._faults.add(Failure(pattern, schedule, outcome))

    def throttle(self, reads_per_second: int = 80, writes_per_second: int = 20) -> Fault:
        """Refuse what is more than so many calls in a second of virtual time.

        The defaults are Twilio's limits for an account. Virtual time stands still, so the 21st
        write is refused until the clock has moved by a second: with 429, code 20429, and a
        ``Retry-After``. What is refused is not counted. It takes the place of an earlier throttle.

        Inferred: a read is a GET, and the second is a sliding one.

        Raises:
            InvalidArgumentError: a number is not whole, or less than 1.

        """
        return self._faults.replace(Throttle(reads_per_second, writes_per_second))

    def latency(self, seconds: float, *, when: Literal["before", "after"] = "before") -> Fault:
        """Let each call take so many *seconds* of virtual time; nobody waits for real.

        A client whose own timeout is shorter gives up: the clock moves by that timeout, and the
        client raises what it raises then. *when* says whether it is the request that was slow,
        so that nothing was done yet, or the answer, after the work was. What falls due meanwhile
        happens; callbacks wait until the test moves or asks. It takes the place of an earlier
        latency.

        Raises:
            InvalidArgumentError: *seconds* are no number, negative, or more than 30 days.

        """
        return self._faults.replace(Latency(span("seconds", seconds), when))

    def lag(self, *, ended_rooms: float = 2, media: float = 10) -> Fault:
        """Let the service be behind itself, as people have met it.

        For so many seconds of virtual time, a room that has just ended is not found by its SID
        (404, code 20404), and neither is the media of a recording that has just been completed.
        0 is without a lag. It takes the place of an earlier lag.

        Inferred: the defaults; reported are "a moment", and 5 to 10 seconds and more.

        Raises:
            InvalidArgumentError: a number of seconds is none, negative, or more than 30 days.

        """
        delays = {
            "room-ended": span("ended_rooms", ended_rooms),
            "recording-completed": span("media", media),
        }
        return self._faults.replace(Lag(delays))

    def limits(
        self,
        *,
        rooms: int | EllipsisType | None = ...,
        participants: int | EllipsisType | None = ...,
    ) -> None:
        """Set how many *rooms* may be in progress, and how many *participants* connected, at once.

        They are limits of the whole account. A room too many is refused with 53119, a participant
        too many with 53206. `None` lifts a limit, and what is not named stays as it was. None
        holds until it is set, not even Twilio's own, which are 10 000 of either.

        Raises:
            InvalidArgumentError: a number is not whole, or negative.

        """
        given = {"rooms": rooms, "participants": participants}
        named = {name: most for name, most in given.items() if not isinstance(most, EllipsisType)}
        for name, most in named.items():
            if most is not None:
                whole(name, most)
        account = self._simulation.account
        wanted = {**account.limits, **named}
        account.limits = {name: most for name, most in wanted.items() if most is not None}
