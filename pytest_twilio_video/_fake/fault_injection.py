"""Fault injection: the methods by which a test makes API calls and joins fail."""

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
    """Methods that make API calls fail, slow down or see old data.

    All methods but `limits` return a `Fault`, a context manager with ``.stop()`` and ``.hits``.
    Calls that a fault affects are in ``calls`` as well. An invalid combination of arguments
    raises `InvalidArgumentError` immediately.
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

        The fault applies to calls that match *method* and *path*. By default, it applies to all
        calls. *path* is the path of the URL without the query, for example ``"/v1/Rooms"``.
        ``*`` stands for any characters, including slashes. A path without ``*`` must be a path
        of Twilio Video. A *path* that begins with ``https://`` is compared with the whole URL, so
        that a download of media can fail:
        ``"https://com-twilio-us1-video-recording.s3.amazonaws.com/*"``.

        The first *after* matching calls succeed, and the next *times* calls fail. If *times* is
        `None`, all calls fail until the fault is stopped. If several faults match, only the one
        that was added first applies.

        The response has the form of Twilio's errors, or of Amazon's errors for a download. If
        only *code* is given, *message* and *status* are those that Twilio sends with it. If only
        *status* is given, *code* is the one that Twilio sends with it. The default is status 503
        with code 20503. *retry_after* is sent as a header, in whole seconds.

        With *error* the call has no response, and the client library raises its own exception.
        ``"connect"`` means that the connection cannot be made, ``"reset"`` that it breaks, and
        ``"timeout"`` that no response arrives in time. The status of the call in ``calls`` is
        then `None`.

        With ``when="before"`` the call has no effect on the account. With ``when="after"`` the
        call takes effect, but the application does not learn about it.

        Raises:
            InvalidArgumentError: an argument is out of range, or conflicts with another one.

        """
        pattern, schedule = Pattern(method, path, takes_urls=True), Schedule(times, after, when)
        outcome = Outcome(status, code, message, retry_after, error)
        return self._faults.add(Failure(pattern, schedule, outcome))

    def fail_connect(
        self, code: int, message: str | None = None, *, times: int | None = 1, after: int = 0
    ) -> Fault:
        """Make the next join fail with an error of the client SDK, such as 53405.

        It applies to ``room.connect()`` and ``twilio_video.connect()``, which raise
        `VideoSdkError` with *code*, and to joins of browsers. The first *after* joins succeed,
        and the next *times* joins fail. If *times* is `None`, all joins fail until the fault is
        stopped. A join that fails has no effect. The default *message* is the SDK's message for
        *code*.

        Raises:
            InvalidArgumentError: *code* is not an error code, *code* has no known message and
                *message* is not given, or a number is out of range.

        """
        return self._faults.add(ConnectFailure(Schedule(times, after), code, message))

    def throttle(self, reads_per_second: int = 80, writes_per_second: int = 20) -> Fault:
        """Limit the number of calls in each second of virtual time.

        The defaults are Twilio's limits for an account. A call above the limit gets status 429
        with code 20429 and a ``Retry-After`` header. Such calls do not count toward the limit.
        Virtual time stands still, so by default the 21st write fails until the clock has moved by
        a second. Downloads of media are not calls of the API: they do not fail or count. A new
        throttle replaces an earlier one.

        Inferred: for `throttle`, a read is a GET, and a limit holds for every period of one
        second, whenever it begins.

        Raises:
            InvalidArgumentError: a number is not an integer, or is less than 1.

        """
        return self._faults.replace(Throttle(reads_per_second, writes_per_second))

    def latency(self, seconds: float, *, when: Literal["before", "after"] = "before") -> Fault:
        """Make each call take *seconds* seconds of virtual time, without real waiting.

        If the timeout of the client is shorter, the clock moves by the timeout and the client
        raises its timeout exception. With ``when="before"`` the request is delayed, so a call
        that times out has no effect. With ``when="after"`` the response is delayed, so a call
        that times out takes effect.

        Timers that become due in this time run. Callbacks wait until the test moves the clock,
        acts, or asks for them. Downloads of media are not delayed. A new latency replaces an
        earlier one.

        Raises:
            InvalidArgumentError: *seconds* is not a number, is negative, or is more than 30 days.

        """
        return self._faults.replace(Latency(span("seconds", seconds), when))

    def lag(self, *, ended_rooms: float = 2, media: float = 10) -> Fault:
        """Simulate eventual consistency.

        For *ended_rooms* seconds of virtual time, a room that has ended is not found by its SID
        (404, code 20404). For *media* seconds, the media of a completed recording are not found.
        0 means no lag. A new lag replaces an earlier one.

        Inferred: users report lags of "a moment", and of 5 to 10 seconds and more. The defaults of
        `lag` are at the lower end of these.

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
        """Limit how many *rooms* may be in progress, and how many *participants* connected.

        Both limits are for the whole account. Creating another room is refused with 53119, and
        another join with 53206. `None` removes a limit. A limit that is omitted stays as it is.
        By default there are no limits. Twilio's own limits are 10,000 rooms and 10,000
        participants.

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
