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

A sleep is a ``clock.advance(...)``: what falls due happens, and callbacks are
delivered, so that a loop that waits for one comes to its end. In three places
callbacks must not be delivered, and wait until the test moves or asks: in
another thread than the test's, in the midst of a call of an HTTP client, and in
a handler of a callback; in a handler the span is added when it is done.

Nothing but the two functions is virtual: `time.monotonic` and the timeouts of
an event loop go on as they were.
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


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import FrameType

    from .scheduler import Clock


__all__ = ["virtual_sleep"]


class _Sleeper(NamedTuple):
    """Whose clock is moved, and the thread of the test."""

    clock: Callable[[], Clock]
    thread: int


# By the first word of the module that calls. These wait for another process, thread or socket,
# which no virtual time brings nearer: they would spin, and time would run away.
_WAITS_IN_TIME: Final = {"_pytest", "execnet", "multiprocessing", "subprocess", "xdist"}
_WAITS_IN_ASYNCIO: Final = {"aiohttp", "anyio", "asgiref", "hypercorn", "uvicorn"}
_CLIENTS: Final = {"aiohttp", "httpx", "httpx2", "requests", "urllib3"}

_real_sleep: Final = time.sleep
_real_asleep: Final = asyncio.sleep


@contextmanager
def virtual_sleep(clock: Callable[[], Clock]) -> Iterator[None]:
    """Let who sleeps move what *clock* returns; of several that are entered, the innermost.

    A fake inside whose sleep is real enters nothing, and nobody waits in it: sleeps go on to
    move the clock of the one outside, and leave its own alone.
    """
    sleeper = _Sleeper(clock, get_ident())
    with _lock:
        if not _sleepers:
            # Ours are there already where somebody else has put them back after us.
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
    # Where somebody has patched them after us, they take care of it, and we only hand on.
    if time.sleep is _sleep:
        time.sleep = _found[0]
    if asyncio.sleep is _asleep:
        asyncio.sleep = _found[1]


@functools.wraps(_real_sleep)
def _sleep(seconds: float, /) -> None:
    caller = sys._getframe(1)  # noqa: SLF001 -- so it is called
    sleeper = _sleeper_for(caller, _WAITS_IN_TIME)
    if sleeper is None or not seconds > 0:  # what is no length, the real one complains of
        _real_sleep(seconds)
        return
    clock, by = sleeper.clock(), timedelta(seconds=seconds)
    if _may_deliver(sleeper, caller):
        clock.advance(by)
    else:
        clock.drift(by)
    _real_sleep(0)  # other threads get their turn


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
    if may_deliver and not clock.is_occupied:
        await clock.aadvance(by)
    else:
        clock.drift(by)
    return result


async def _turn(moment: datetime) -> None:
    """Wait until nobody else on this loop has to wake before *moment*.

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


def _sleeper_for(caller: FrameType, waiting: set[str]) -> _Sleeper | None:
    """Return the innermost, or nothing where the sleep of *caller* is to be real."""
    if _library(caller) in waiting:
        return None
    # Not [-1]: another thread may leave the last one between two looks.
    return next(iter(_sleepers[-1:]), None)


def _may_deliver(sleeper: _Sleeper, caller: FrameType | None) -> bool:
    if sleeper.thread != get_ident() or sleeper.clock().is_occupied:
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
