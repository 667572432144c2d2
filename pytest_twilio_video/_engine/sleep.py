"""Virtual sleep: sleeping advances virtual time and returns immediately.

Problem: retry loops, back-offs and polls sleep, and a test should not wait for them.

Solution: while a fake with ``sleep="virtual"`` is active, `time.sleep` and
`asyncio.sleep` move its clock and return immediately. Only the functions in the
modules `time` and `asyncio` are replaced:

* The patch applies to calls of ``time.sleep(…)`` and ``asyncio.sleep(…)`` in
  every thread. urllib3, tenacity, backoff, stamina and aiohttp_retry call them
  in this way.
* It does not apply to a name that was bound earlier, by
  ``from time import sleep`` in a module that is already imported.
* It does not apply to the libraries that run tests, which are listed below, to
  `trio.sleep` and `anyio.sleep`, or to an endless `asyncio.sleep`, which waits
  for its cancellation.

A sleep is like ``clock.advance(...)``: timers that become due run, and callbacks
are delivered, so that a loop that waits for a callback ends. In three places
callbacks must not be delivered: in a thread other than the test's, inside a
call of an HTTP client, and in the handler of a callback. There they wait until
the test's next step. If a handler sleeps, the time passes after the handler.

With a background loop (``while True: await asyncio.sleep(1)``), virtual days
would pass in a real second. So if other threads and tasks sleep very often
while the test does not sleep, a `RunawayTimeWarning` is issued, and from then
on they sleep in real time. With ``sleepers="test"``, they always do.

Only these two functions are virtual: `time.monotonic` and the timeouts of an
event loop use real time.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import time

from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec, module_from_spec
from math import inf
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from .._http import CLIENTS
from ..errors import RunawayTimeWarning
from .coroutines import finish
from .observer import delivery_in_context
from .server_threads import is_server_thread


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import FrameType

    from .scheduler import Scheduler


__all__ = ["virtual_sleep"]


class _Sleeper(NamedTuple):
    """The clock that sleeping moves, and the thread and task of the test."""

    clock: Callable[[], Scheduler]
    thread: int
    task: object
    """The task in which the fake was entered, or `None`."""
    others: _Others

    def admits(self, delay: float, caller: FrameType) -> bool:
        """Return whether a sleep of *delay* seconds advances the clock."""
        if delivery_in_context.get() is not None:
            return True
        if self._is_own():
            self.others.start_again()
            return True
        return self.others.admit(delay, caller, self.clock())

    def _is_own(self) -> bool:
        if self.thread != get_ident():
            return False
        task = _current_task()
        return task is None or task is self.task or _is_run_by_a_test(task)


class _Others:
    """Counts the sleeps of threads and tasks other than the test's."""

    def __init__(self, *, is_shared: bool) -> None:
        self._is_shared = is_shared
        self._count = 0
        self._slept = 0.0

    def start_again(self) -> None:
        """Start counting from zero, because the test itself has slept."""
        self._count, self._slept = 0, 0.0

    def admit(self, delay: float, caller: FrameType, clock: Scheduler) -> bool:
        """Return whether a sleep of *delay* seconds may advance *clock*."""
        if not self._is_shared:
            return False
        self._count, self._slept = self._count + 1, self._slept + delay
        if self._count <= MOST_SLEEPS or self._slept <= MOST_SECONDS:
            return True
        self._is_shared = False
        where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
        msg = (
            f"virtual time runs away: threads and tasks other than the test's have slept "
            f"{self._count} times, {self._slept:.0f} virtual seconds in total, while the test did "
            f"not sleep. The latest sleep is at {where}. From now on, they sleep in real time. "
            f'With the setting sleepers="test", they always do'
        )
        clock.warn(RunawayTimeWarning(msg))
        return False


# The first parts of module names. These modules wait for another process, thread or
# socket. Virtual sleep would not make it ready earlier: they would loop without waiting, and
# virtual time would run far ahead.
_WAITS_IN_TIME: Final = {"_pytest", "execnet", "multiprocessing", "subprocess", "xdist"}
_WAITS_IN_ASYNCIO: Final = {"aiohttp", "anyio", "asgiref", "hypercorn", "uvicorn"}
_IN_CALLS: Final = {*CLIENTS, "urllib3"}

# If other threads and tasks sleep more often and longer than this, the warning is issued.
MOST_SLEEPS: Final = 1000
MOST_SECONDS: Final = 3600

MOST_TURNS: Final = 1000
"""For how many turns of its event loop a sleeper waits until the clock can move."""


def _unpatched_sleep() -> Callable[[float], None]:
    """Return `time.sleep` as Python or gevent defines it, even if a test has replaced it.

    This module is imported by the first test with virtual sleep, which may use a mock.
    """
    if getattr(time.sleep, "__module__", "").partition(".")[0] in {"time", "gevent", "eventlet"}:
        return time.sleep
    spec: Any = find_spec("time")
    copy = module_from_spec(spec)
    spec.loader.exec_module(copy)
    sleep: Callable[[float], None] = copy.sleep
    return sleep


_real_sleep: Final = _unpatched_sleep()
_real_asleep: Final = asyncio.tasks.sleep  # What is mocked is `asyncio.sleep`.


@contextmanager
def virtual_sleep(clock: Callable[[], Scheduler], *, is_shared: bool = True) -> Iterator[None]:
    """During the block, make sleeping advance the clock that *clock* returns.

    If several blocks are active, sleeping advances the clock of the last one. If *is_shared* is
    false, only the test's own thread and task, and handlers of callbacks, advance the clock.

    A nested fake with real sleep does not call this function. Then sleeping still advances the
    clock of the outer fake, but not the clock of the nested fake.
    """
    sleeper = _Sleeper(clock, get_ident(), _current_task(), _Others(is_shared=is_shared))
    with _lock:
        if not _sleepers:
            # Another patch may have restored our functions after the end of an earlier block.
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
    # If another patch has replaced our function, it will restore ours, which then calls the
    # original.
    if time.sleep is _sleep:
        time.sleep = _found[0]
    if asyncio.sleep is _asleep:
        asyncio.sleep = _found[1]


@functools.wraps(_real_sleep)
def _sleep(seconds: float, /) -> None:
    caller = sys._getframe(1)  # noqa: SLF001 -- so it is called
    sleeper = _sleeper_for(caller, _WAITS_IN_TIME)
    # The real function raises for invalid values.
    if sleeper is None or not seconds > 0 or not sleeper.admits(seconds, caller):
        _real_sleep(seconds)
        return
    clock, by = sleeper.clock(), timedelta(seconds=seconds)
    if _may_deliver(sleeper, caller) and clock.can_move:
        finish(clock.advance(by, {}, awaiting=False))
    else:
        clock.defer_advance(by)
    _real_sleep(0)  # Other threads get their turn.


@functools.wraps(_real_asleep)
async def _asleep(delay: float, result: Any = None) -> Any:
    caller = sys._getframe(1)  # noqa: SLF001
    sleeper = _sleeper_for(caller, _WAITS_IN_ASYNCIO)
    if sleeper is None or not 0 < delay < inf or not sleeper.admits(delay, caller):
        return await _real_asleep(delay, result)
    clock, delivery = sleeper.clock(), delivery_in_context.get()
    may_deliver = _may_deliver(sleeper, caller)
    moment = clock.now + clock.deferred + timedelta(seconds=delay)
    await _turn(moment, delivery, clock if may_deliver and delivery is None else None)
    if may_deliver and clock.can_move:
        await clock.advance(max(moment - clock.now, timedelta(0)), {}, awaiting=True)
    else:
        clock.defer_advance_to(moment, after_move=delivery is None)
    return result


async def _turn(moment: datetime, delivery: object, clock: Scheduler | None) -> None:
    """Wait until no other task on this loop has to wake before *moment*, and *clock* can move.

    So tasks that sleep at the same time wake in the same order as with real sleep. The time that
    passes is the longest of their sleeps, not the sum.

    The handler of *delivery* waits for its own tasks only. The time of its sleeps passes later.
    Nobody waits for *clock* without end, because a handler may itself wait for the sleeper.
    """
    turns = 0
    sleeping = _sleeping.setdefault(asyncio.get_running_loop(), [])
    me = (moment, delivery)
    sleeping.append(me)
    try:
        while True:
            await _real_asleep(0)
            if min(at for at, where in sleeping if where is delivery) < moment:
                continue
            if clock is None or clock.can_move or turns == MOST_TURNS:
                return
            turns += 1
    finally:
        sleeping.remove(me)


def _sleeper_for(caller: FrameType, waiting: set[str]) -> _Sleeper | None:
    """Return the innermost sleeper. If the sleep of *caller* must be real, return `None`."""
    if _library(caller) in waiting or is_server_thread():
        return None
    # Not [-1]: another thread may remove the last one in between.
    return next(iter(_sleepers[-1:]), None)


def _may_deliver(sleeper: _Sleeper, caller: FrameType | None) -> bool:
    """Return whether callbacks may be delivered in a sleep of *caller*, once time can be moved."""
    if sleeper.thread != get_ident():
        return False
    while caller is not None and _library(caller) not in _IN_CALLS:
        caller = caller.f_back
    return caller is None


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # No loop is running.
        return None


def _is_run_by_a_test(task: asyncio.Task[Any]) -> bool:
    """Return whether *task* is the main task of its loop, or the task of anyio's plugin."""
    coroutine: Any = task.get_coro()
    if getattr(coroutine, "__qualname__", "").endswith("._run_tests_and_fixtures"):
        return True
    callbacks: Any = getattr(task, "_callbacks", None) or ()
    return any(
        getattr(callback, "__name__", "") == "_run_until_complete_cb"
        or getattr(callback, "__module__", "") == "uvloop.loop"
        for callback, _ in callbacks
    )


def _library(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


_sleepers: list[_Sleeper] = []
_found: list[Any] = [_real_sleep, _real_asleep]
_lock = Lock()
_sleeping: WeakKeyDictionary[asyncio.AbstractEventLoop, list[tuple[datetime, object]]]
_sleeping = WeakKeyDictionary()
