"""Traffic: limits on the number of calls, the time that calls take, and late visibility."""

from __future__ import annotations

import math
import re

from collections import deque
from datetime import timedelta
from http import HTTPStatus
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from .._engine.account import record_of
from .._engine.arguments import WHENS, whole, word
from .._engine.parameters import sid_pattern
from .._engine.refusals import Refusal
from .._http import READS, NetworkFailure
from . import errors
from .faults import Behavior


if TYPE_CHECKING:
    from datetime import datetime

    from .._engine.account import Account
    from .._engine.arguments import When
    from .._http import Kind, Response
    from .faults import AttemptedCall, Proceed


__all__ = ["Lag", "Latency", "Throttle"]


class Throttle(Behavior):
    """Refuses calls above a limit for each second of virtual time. Refused calls do not count.

    A GET or HEAD is a read, and every other call is a write. A second may begin at any moment.
    """

    order = 1

    def __init__(self, reads_per_second: int, writes_per_second: int) -> None:
        super().__init__()
        whole("reads_per_second", reads_per_second, at_least=1)
        whole("writes_per_second", writes_per_second, at_least=1)
        self._most = {"reads": reads_per_second, "writes": writes_per_second}
        self._taken: dict[str, deque[datetime]] = {"reads": deque(), "writes": deque()}

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Refuse the call with 20429 if it is above the limit. Otherwise let it proceed."""
        request = attempt.request
        kind = "reads" if request.method in READS else "writes"
        now, taken = attempt.account.clock.now, self._taken[kind]
        # A later time is from before a test set time back.
        while taken and not now - _SECOND < taken[0] <= now:
            taken.popleft()
        if len(taken) >= self._most[kind]:
            self.trigger(attempt)
            wait = math.ceil((taken[0] + _SECOND - now) / _SECOND)
            return errors.to_response(Refusal(20429), request.path, retry_after=wait)
        taken.append(now)
        return proceed()

    def __str__(self) -> str:
        return " and ".join(f"{most} {kind}" for kind, most in self._most.items()) + " a second"


class Latency(Behavior):
    """Makes each call take virtual time. A client with a shorter timeout gives up."""

    order = 0

    def __init__(self, by: timedelta, when: When) -> None:
        super().__init__()
        word("when", when, WHENS)
        self._by, self._when = by, when

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Advance the clock before the call takes effect, or after it."""
        self.trigger(attempt)
        if self._when == "before":
            self._pass(attempt)
            return proceed()
        try:
            response = proceed()
        except NetworkFailure:  # The connection breaks instead of the answer's arrival.
            self._pass(attempt)
            raise
        self._pass(attempt)
        return response

    def _pass(self, attempt: AttemptedCall) -> None:
        """Advance the clock, but not beyond the timeout of the client."""
        seconds = attempt.request.timeout
        timeout = self._by if seconds is None else timedelta(seconds=seconds)
        attempt.account.clock.defer_advance(min(timeout, self._by))
        if timeout >= self._by:
            return
        kind: Kind = "timeout"
        raise NetworkFailure(kind)

    def __str__(self) -> str:
        return f"latency of {self._by.total_seconds():g} s"


class Lag(Behavior):
    """Hides recent changes for some time, in the cases in which Twilio is known to do so."""

    order = 3

    def __init__(self, delays: dict[str, timedelta]) -> None:
        super().__init__()
        self._delays = delays

    def answer(self, attempt: AttemptedCall, proceed: Proceed) -> Response:
        """Respond with "not found" if the change is too recent. Otherwise let the call proceed."""
        response = proceed()  # First, because a timeout may become due only now.
        if response.status >= HTTPStatus.BAD_REQUEST:
            return response
        request = attempt.request
        path = request.path.removesuffix("/")
        for event, delay in self._delays.items():
            match = re.fullmatch(_LAGGARDS[event], path) if request.method in READS else None
            if match and _is_younger(attempt.account, event, match["sid"], delay):
                self.trigger(attempt)
                return errors.to_response(Refusal(20404), path)
        return response

    def __str__(self) -> str:
        delays = self._delays.items()
        return ", ".join(f"{event} lags {delay.total_seconds():g} s" for event, delay in delays)


def _is_younger(account: Account, name: str, sid: str, than: timedelta) -> bool:
    since = account.clock.now - than
    # Newest first, so that the search stops at the length of the lag.
    recent = takewhile(lambda event: event.at > since, reversed(account.events))
    return any(event.name == name and record_of(event).sid == sid for event in recent)


_SECOND: Final = timedelta(seconds=1)

# The paths that were reported to lag, by the event after which they do: a room fetched by SID in
# the handler of room-ended (twilio-node issue 593), and the media of a recording
# (video-quickstart-android 187).
_LAGGARDS: Final = {
    "room-ended": f"/v1/Rooms/(?P<sid>{sid_pattern('RM')})",
    "recording-completed": f"/v1(/Rooms/[^/]+)?/Recordings/(?P<sid>{sid_pattern('RT')})/Media",
}
