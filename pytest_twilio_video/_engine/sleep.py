"""Virtual sleep: the application sleeps, virtual time passes, and nobody waits.

Problem: retry loops, back-offs and polls sleep, and a test should not wait for them.

Solution: while a fake with ``sleep="virtual"`` is active, `time.sleep` and
`asyncio.sleep` move its clock and return at once. They are replaced where they
are defined, and nowhere else:

* replaced are calls of ``time.sleep(…)`` and ``asyncio.sleep(…)``, as urllib3,
  tenacity, backoff, stamina and aiohttp_retry make them, in every thread;
* not replaced is a name that was bound before:
  ``from time import sleep`` in a module that is imported already;
* not replaced are the sleeps of what tests themselves run on, which are listed
  below, `trio.sleep` and `anyio.sleep`, and an endless `asyncio.sleep`, which
  waits to be cancelled.

A sleep is a ``clock.advance(...)``: timers that fall due run, and callbacks are
delivered, so that a loop that waits for one ends. In three places callbacks
must not be delivered, and wait until the test's next step: in another thread
than the test's, inside a call of an HTTP client, and in a handler of a
callback. In a handler the time passes after it has returned.

Nothing but the two functions is virtual: `time.monotonic` and the timeouts of
an event loop use real time.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import time

from contextlib import contextmanager
from datetime import timedelta
from math import inf
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from .coroutines import finish
from .server_threads import is_server_thread


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import FrameType

    from .scheduler import Scheduler


__all__ = ["virtual_sleep"]


class _Sleeper(NamedTuple):
    """The clock that a sleep moves, and the thread of the test."""

    clock: Callable[[], Scheduler]
    thread: int


# By the first word of the calling module's name. These wait for another process, thread or
# socket. Virtual time does not bring that nearer: they would spin, and time would run away.
_WAITS_IN_TIME: Final = {"_pytest", "execnet", "multiprocessing", "subprocess", "xdist"}
_WAITS_IN_ASYNCIO: Final = {"aiohttp", "anyio", "asgiref", "hypercorn", "uvicorn"}
_CLIENTS: Final = {"aiohttp", "httpx", "httpx2", "requests", "urllib3"}

_real_sleep: Final = time.sleep
_real_asleep: Final = asyncio.sleep


@contextmanager
def virtual_sleep(clock: Callable[[], Scheduler]) -> Iterator[None]:
    """Make sleeping advance the clock that *clock* returns. If several are active, the last wins.

    A nested fake with real sleep does not come here: sleeping goes on to advance the clock of the
    outer fake, and leaves the clock of the nested one alone.
    """
    sleeper = _Sleeper(clock, get_ident())
    with _lock:
        if not _sleepers:
            # Ours may be there already: another patch may have restored them after us.
            _found[0] = _real_sleep if time.sleep is _sleep else time.sleep
            _found[1] = _real_asleep if asyncio.sleep is _asleep else asyncio.sleep
            for module, sleep in ((time, _sleep), (asyncio, _asleep)):
                setattr(module, "sleep", sleep)  # noqa: B010 -- a type checker would mind
        _sleepers.append(sleeper)
    try:
        yield
    finally:
        with _lock:
            _sleepers.remove(sleeper)
            if not _sleepers:
                _restore()


def _restore() -> None:
    # If another patch is on top of ours, it will restore ours, which then calls the original.
    if time.sleep is _sleep:
        time.sleep = _found[0]
    if asyncio.sleep is _asleep:
        asyncio.sleep = _found[1]


@functools.wraps(_real_sleep)
def _sleep(seconds: float, /) -> None:
    caller = sys._getframe(1)  # noqa: SLF001 -- so it is called
    sleeper = _sleeper_for(caller, _WAITS_IN_TIME)
    if sleeper is None or not seconds > 0:  # The real one raises for bad values.
        _real_sleep(seconds)
        return
    clock, by = sleeper.clock(), timedelta(seconds=seconds)
    if _may_deliver(sleeper, caller):
        finish(clock.advance(by, {}, awaiting=False))
    else:
        clock.defer_advance(by)
    _real_sleep(0)  # Other threads get their turn.


@functools.wraps(_real_asleep)
async def _asleep(delay: float, result: Any = None) -> Any:
    caller = sys._getframe(1)  # noqa: SLF001
    sleeper = _sleeper_for(caller, _WAITS_IN_ASYNCIO)
    if sleeper is None or not 0 < delay < inf:
        return await _real_asleep(delay, result)
    clock, may_deliver = sleeper.clock(), _may_deliver(sleeper, caller)
    moment = clock.now + timedelta(seconds=delay)
    await _turn(moment)
    by = max(moment - clock.now, timedelta(0))
    if may_deliver and clock.can_move:
        await clock.advance(by, {}, awaiting=True)
    else:
        clock.defer_advance(by)
    return result


async def _turn(moment: datetime) -> None:
    """Wait until no other task on this loop has to wake before *moment*.

    So tasks that sleep at the same time wake in the order in which they really would, and the
    time that passes is the longest of their sleeps, not the sum.
    """
    sleeping = _sleeping.setdefault(asyncio.get_running_loop(), [])
    me = [moment]  # A list, for its identity.
    sleeping.append(me)
    try:
        await _real_asleep(0)
        while min(sleeping) is not me:
            await _real_asleep(0)
    finally:
        sleeping[:] = [other for other in sleeping if other is not me]


def _sleeper_for(caller: FrameType, waiting: set[str]) -> _Sleeper | None:
    """Return the innermost sleeper, or `None` if the sleep of *caller* must be real."""
    if _library(caller) in waiting or is_server_thread():
        return None
    # Not [-1]: another thread may remove the last one in between.
    return next(iter(_sleepers[-1:]), None)


def _may_deliver(sleeper: _Sleeper, caller: FrameType | None) -> bool:
    if sleeper.thread != get_ident() or not sleeper.clock().can_move:
        return False
    while caller is not None and _library(caller) not in _CLIENTS:
        caller = caller.f_back
    return caller is None


def _library(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


_sleepers: list[_Sleeper] = []
_found: list[Any] = [_real_sleep, _real_asleep]
_lock = Lock()
_sleeping: WeakKeyDictionary[asyncio.AbstractEventLoop, list[list[datetime]]] = WeakKeyDictionary()
