"""Fault injection: what a test makes go wrong in the API."""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING, Literal

from .._api.failures import ConnectFailure, Failure, Outcome, Schedule
from .._api.pattern import Pattern
from .._api.traffic import Lag, Latency, Throttle
from .._engine.arguments import span, whole


if TYPE_CHECKING:
    from .._api.faults import Fault, Faults
    from .._assertions.fields import Method
    from .._simulation import Simulation


__all__ = ["FaultInjection"]


class FaultInjection:
    """Methods that make API calls fail, slow down or see stale data.

    All except `limits` return a `Fault`: a context manager with ``.stop()`` and ``.hits``. Calls
    that a fault affects are in ``calls`` as well. Invalid combinations of arguments raise
    `InvalidArgumentError` immediately.
    """

    _simulation: Simulation
    _faults: Faults

    def fail(  # noqa: PLR0913 -- all but the first two by name
        self,
        method: Method | None = None,
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
        """Make the next matching call fail, with a Twilio error or a network error.

        The fault applies to calls that match *method* and *path*; by default, to all. *path* is
        as in the URL, from ``/v1`` on, without the query. ``*`` stands for any run of characters,
        slashes included; a path without ``*`` must be a path of Twilio Video. A *path* from
        ``https://`` on is compared with the whole URL, so that a download of media can fail:
        ``"https://com-twilio-us1-video-recording.s3.amazonaws.com/*"``. The first *after*
        matching calls pass, and the next *times* fail (`None`: all, until the fault's
        ``.stop()``). If several faults match, only the one that was added first applies.

        The response has the form of Twilio's errors, or of Amazon's for a download. *message* and
        *status* follow from *code*, or *code* from *status*; the default is status 503 with code
        20503. *retry_after* is sent as a header, in whole seconds.

        With *error* the call has no response, and the client library raises its own exception:
        ``"connect"`` means that no connection is made, ``"reset"`` that the connection breaks, and
        ``"timeout"`` that no response arrives in time. The status of the call in ``calls`` is
        then `None`.

        With ``when="before"`` the call has no effect on the account. With ``when="after"`` the
        call takes effect, but the application does not learn about it.

        Raises:
            InvalidArgumentError: an argument is out of range or conflicts with another.

        """
        pattern, schedule = Pattern(method, path, takes_urls=True), Schedule(times, after, when)
        outcome = Outcome(status, code, message, retry_after, error)
        return self._faults.add(Failure(pattern, schedule, outcome))

    def fail_connect(
        self, code: int, message: str | None = None, *, times: int | None = 1, after: int = 0
    ) -> Fault:
        """Make the next join fail with an error of the client SDK, such as 53405.

        It applies to ``room.connect()`` and ``twilio_video.connect()``, which raise
        `VideoSdkError` with *code*, and to browsers. The first *after* joins succeed, and the next
        *times* fail (`None`: all, until the fault's ``.stop()``). A join that fails has no effect.
        *message* is that of the SDK unless it is given.

        Raises:
            InvalidArgumentError: *code* is not a code, its message is not known here and not
                given, or a number is out of range.

        """
        return self._faults.add(ConnectFailure(Schedule(times, after), code, message))

    def throttle(self, reads_per_second: int = 80, writes_per_second: int = 20) -> Fault:
        """Refuse calls above a rate, counted in one second of virtual time.

        Downloads of media do not come from the API, and are neither refused nor counted.
        The defaults are Twilio's limits for an account. Refused calls get status 429 with code
        20429 and a ``Retry-After`` header, and do not count toward the limit. Virtual time stands
        still, so by default the 21st write is refused until the clock has moved by a second.
        A new throttle replaces an earlier one.

        Inferred: for `throttle`, a read is a GET, and the second is a sliding one.

        Raises:
            InvalidArgumentError: a number is not an integer, or is less than 1.

        """
        return self._faults.replace(Throttle(reads_per_second, writes_per_second))

    def latency(self, seconds: float, *, when: Literal["before", "after"] = "before") -> Fault:
        """Make each call take *seconds* seconds of virtual time, without real waiting.

        Downloads of media take none.
        A client whose own timeout is shorter gives up: the clock moves by that timeout, and the
        client raises its timeout exception. ``when="before"`` delays the request, so that a call
        that times out has no effect; ``when="after"`` delays the response to a call that took
        effect. Timers that fall due meanwhile run. Callbacks wait until the test next moves the
        clock, acts as a participant or asks for them. A new latency replaces an earlier one.

        Raises:
            InvalidArgumentError: *seconds* is not a number, is negative, or is more than 30 days.

        """
        return self._faults.replace(Latency(span("seconds", seconds), when))

    def lag(self, *, ended_rooms: float = 2, media: float = 10) -> Fault:
        """Simulate eventual consistency.

        For *ended_rooms* seconds of virtual time, a room that has just ended is not found by its
        SID (404, code 20404). For *media* seconds, the media of a recording that has just been
        completed is not found either. 0 means no lag. A new lag replaces an earlier one.

        Inferred: the defaults of `lag` are small ones among those that users report: "a moment",
        and 5 to 10 seconds and more.

        Raises:
            InvalidArgumentError: a number of seconds is not a number, is negative, or is more
                than 30 days.

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

        Both are limits of the whole account. One room too many is refused with 53119, one
        participant too many with 53206. `None` removes a limit; an omitted limit stays as it is.
        By default there are no limits, not even Twilio's own of 10,000 each.

        Raises:
            InvalidArgumentError: a number is not an integer, or is negative.

        """
        changes = {"rooms": rooms, "participants": participants}
        limits = dict(self._simulation.account.limits)
        for name, most in changes.items():
            if isinstance(most, EllipsisType):
                continue
            if most is None:
                limits.pop(name, None)
            else:
                whole(name, most)
                limits[name] = most
        self._simulation.account.limits = limits
