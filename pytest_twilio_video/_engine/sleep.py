"""Virtual sleep: the application sleeps, and time passes without anybody waiting.

Problem: retry loops, back-offs and polls sleep, and a test does not want to.

Solution: while a fake with ``sleep="virtual"`` is entered, `time.sleep` and
`asyncio.sleep` move its clock and return at once. They are replaced where they
are defined, and nowhere else:

* caught is who says ``time.sleep(…)`` or ``asyncio.sleep(…)``, as urllib3,
  tenacity, backoff, stamina and aiohttp_retry do, in every thread;
* not caught is a name of one's own that was bound before:
  ``from time import sleep`` in a module that is imported already;
* left alone are the sleeps of what tests themselves run on, as named below,
  `trio.sleep` and `anyio.sleep`, and an endless `asyncio.sleep`, which waits to
  be cancelled.

A sleep moves time as freezegun's ``tick`` does: what falls due meanwhile is
caught up with at the next touch of the fake, and callbacks are delivered when
the test moves or asks, never from within the sleep. Nothing but these two is
virtual: `time.monotonic` and the loop's own timeouts go on as they were.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import time

from contextlib import contextmanager
from datetime import timedelta
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from .clock import Clock


__all__ = ["virtual_sleep"]

T = TypeVar("T")

# By the first word of the module that calls. These wait for another process, thread or socket,
# which no virtual time brings nearer: they would spin, and time would run away.
_WAITS_IN_TIME: Final = {"_pytest", "execnet", "multiprocessing", "subprocess", "xdist"}
_WAITS_IN_ASYNCIO: Final = {"aiohttp", "anyio", "asgiref", "hypercorn", "uvicorn"}

_real_sleep: Final = time.sleep
_real_asleep: Final = asyncio.sleep


@contextmanager
def virtual_sleep(clock: Callable[[], Clock]) -> Iterator[None]:
    """Let who sleeps move what *clock* returns; of several that are entered, the innermost."""
    with _lock:
        if not _clocks:
            _found[:] = time.sleep, asyncio.sleep
            vars(time)["sleep"], vars(asyncio)["sleep"] = _sleep, _asleep
        _clocks.append(clock)
    try:
        yield
    finally:
        with _lock:
            _clocks.remove(clock)
            if not _clocks:
                _restore()


def _restore() -> None:
    # Where somebody has patched them after us, they take care of it, and we only hand on.
    if time.sleep is _sleep:
        time.sleep = _found[0]
    if asyncio.sleep is _asleep:
        asyncio.sleep = _found[1]


@functools.wraps(_real_sleep)
def _sleep(seconds: float, /) -> None:
    clock = _clock_for(sys._getframe(1), _WAITS_IN_TIME)  # noqa: SLF001 -- its documented name
    if clock is None or not seconds > 0:  # what is no length, the real one complains of
        _real_sleep(seconds)
        return
    clock.drift(timedelta(seconds=seconds))
    _real_sleep(0)  # other threads get their turn


@functools.wraps(_real_asleep)
async def _asleep(delay: float, result: Any = None) -> Any:
    clock = _clock_for(sys._getframe(1), _WAITS_IN_ASYNCIO)  # noqa: SLF001
    if clock is None or not 0 < delay < inf:
        return await _real_asleep(delay, result)
    await _wait_for_ones_turn(clock, clock.now + timedelta(seconds=delay))
    return result


async def _wait_for_ones_turn(clock: Clock, moment: datetime) -> None:
    """Wait until nobody else on this loop has to wake before *moment*, and move time there.

    So tasks that sleep side by side wake in the order in which they really would, and what
    passes is the longest of their sleeps, not the sum.
    """
    sleeping = _sleeping.setdefault(asyncio.get_running_loop(), [])
    me = [moment]  # a list, for its identity
    sleeping.append(me)
    try:
        await _real_asleep(0)
        while min(sleeping) is not me:
            await _real_asleep(0)
    finally:
        sleeping[:] = [each for each in sleeping if each is not me]
    clock.drift(max(moment - clock.now, timedelta(0)))


def _clock_for(caller: Any, waiting: set[str]) -> Clock | None:
    """Return the clock that a sleep of *caller*, a frame, moves; `None` where it is real."""
    if caller.f_globals.get("__name__", "").partition(".")[0] in waiting:
        return None
    for clock in _clocks[-1:]:  # not [-1]: another thread may leave the last one
        return clock()
    return None


_clocks: list[Callable[[], Clock]] = []
_found: list[Any] = []
_lock = Lock()
_sleeping: WeakKeyDictionary[asyncio.AbstractEventLoop, list[list[datetime]]] = WeakKeyDictionary()
