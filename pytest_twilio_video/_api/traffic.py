"""Traffic: how many calls go through, how long they take, how soon others see their effect."""

from __future__ import annotations

import math
import re

from collections import deque
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .._engine.arguments import WHENS, whole, word
from .._engine.parameters import sid_pattern
from .._engine.refusals import Refusal
from .._http import NetworkFailure
from . import errors
from .faults import Fault


if TYPE_CHECKING:
    from datetime import datetime

    from .._engine.account import Account
    from .._engine.arguments import When
    from .._http import Kind, Request, Response
    from .faults import Proceed


__all__ = ["Lag", "Latency", "Throttle"]


class Throttle(Fault):
    """Too many requests in one second of virtual time: the rest are refused, and not counted.

    Inferred: a read is a GET, all else writes; and the second is a sliding one.
    """

    order = 1

    def __init__(self, reads_per_second: int, writes_per_second: int) -> None:
        super().__init__()
        whole("reads_per_second", reads_per_second, at_least=1)
        whole("writes_per_second", writes_per_second, at_least=1)
        self._most = {"reads": reads_per_second, "writes": writes_per_second}
        self._taken: dict[str, deque[datetime]] = {"reads": deque(), "writes": deque()}

    def answer(self, account: Account, request: Request, proceed: Proceed) -> Response:
        """Refuse what is too much, with 20429 and the whole seconds to wait."""
        kind = "reads" if request.method in {"GET", "HEAD"} else "writes"
        now, taken = account.clock.now, self._taken[kind]
        # What is ahead is from before time was set back.
        while taken and not now - _SECOND < taken[0] <= now:
            taken.popleft()
        if len(taken) >= self._most[kind]:
            self.hits += 1
            wait = taken[0] + _SECOND - now
            path = urlsplit(request.url).path
            return errors.to_response(Refusal(20429), path, retry_after=math.ceil(wait / _SECOND))
        taken.append(now)
        return proceed()

    def __str__(self) -> str:
        return " and ".join(f"{most} {kind}" for kind, most in self._most.items()) + " a second"


class Latency(Fault):
    """Each call takes a while of virtual time; who waits less gives up."""

    order = 0

    def __init__(self, by: timedelta, when: When) -> None:
        super().__init__()
        word("when", when, WHENS)
        self._by, self._when = by, when

    def answer(self, account: Account, request: Request, proceed: Proceed) -> Response:
        """Let time pass before the work, or after it."""
        self.hits += 1
        if self._when == "before":
            self._pass(account, request)
            return proceed()
        try:
            response = proceed()
        except NetworkFailure:  # a connection breaks no sooner than the answer would have come
            self._pass(account, request)
            raise
        self._pass(account, request)
        return response

    def _pass(self, account: Account, request: Request) -> None:
        """Move the clock, no further than the client has patience for."""
        patience = None if request.timeout is None else timedelta(seconds=request.timeout)
        if patience is None or patience >= self._by:
            account.clock.defer_advance(self._by)
            return
        account.clock.defer_advance(patience)
        kind: Kind = "timeout"
        raise NetworkFailure(kind)

    def __str__(self) -> str:
        return f"latency of {self._by.total_seconds():g} s"


class Lag(Fault):
    """What has just come about is not found for a while, where it is known to happen."""

    order = 3

    def __init__(self, delays: dict[str, timedelta]) -> None:
        super().__init__()
        self._delays = delays

    def answer(self, account: Account, request: Request, proceed: Proceed) -> Response:
        """Answer "not found" where it is too early to have seen what has happened."""
        response = proceed()  # First: it may be only now that a timeout is caught up with.
        path = urlsplit(request.url).path.removesuffix("/")
        for event, delay in self._delays.items():
            found = re.fullmatch(_LAGGARDS[event], path) if request.method == "GET" else None
            if found and _is_younger(account, event, found["sid"], delay):
                self.hits += 1
                return errors.to_response(Refusal(20404), path)
        return response

    def __str__(self) -> str:
        delays = self._delays.items()
        return ", ".join(f"{event} lags {delay.total_seconds():g} s" for event, delay in delays)


def _is_younger(account: Account, event: str, sid: str, than: timedelta) -> bool:
    since = account.clock.now - than
    # The latest come first: no further back than the lag, however much has happened.
    recent = takewhile(lambda each: each.at > since, reversed(account.events))
    return any(each.name == event and each.record.sid == sid for each in recent)


_SECOND: Final = timedelta(seconds=1)

# What was reported to be behind, and the event since which it is: a room fetched by SID from
# within room-ended (twilio-node issue 593), media of a recording (video-quickstart-android 187).
_LAGGARDS: Final = {
    "room-ended": f"/v1/Rooms/(?P<sid>{sid_pattern('RM')})",
    "recording-completed": f"/v1(/Rooms/[^/]+)?/Recordings/(?P<sid>{sid_pattern('RT')})/Media",
}
