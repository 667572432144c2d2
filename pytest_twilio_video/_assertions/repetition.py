"""Repetition: assertions with ``within``, which are checked again for some seconds.

The seconds are real time, because a browser or another process acts in real time. Each check
first delivers the queued callbacks, because the application may wait for one of them.
"""

from __future__ import annotations

import functools

from threading import Event
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from .._engine.arguments import span
from .._engine.coroutines import finish
from .._engine.texts import without_password
from .._engine.time_sources import real_monotonic
from .._webhooks.loops import is_in_task
from ..errors import InvalidArgumentError, TwilioVideoError


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._simulation import Simulation


__all__ = ["HISTORY", "aeventually", "repeatable"]

__tracebackhide__ = True

P = ParamSpec("P")
T = TypeVar("T")

INTERVAL: Final = 0.05
"""Real seconds between two checks."""

HISTORY: Final = "_twilio_video_history"
"""The attribute that the error of a failed assertion has: which history its message shows.

Problem: a check may deliver callbacks, and a handler of the application may raise an
`AssertionError` too. If the check were repeated, nobody would learn about it.

Solution: the check is repeated only after an error with this attribute.
"""


def repeatable(assertion: Callable[P, T]) -> Callable[P, T]:
    """Decorate *assertion* so that it repeats its check for up to ``within`` real seconds.

    Raises:
        InvalidArgumentError: ``within`` is negative, or not a number of seconds.
        TwilioVideoError: ``within`` is positive and the caller runs in a task. Waiting would
            block the task's event loop.

    """

    @functools.wraps(assertion)
    def repeat(self: Any, *args: Any, within: float = 0, **kwargs: Any) -> Any:
        seconds = span("within", within).total_seconds()
        check = functools.partial(cast("Any", assertion), self, *args, **kwargs)
        if seconds == 0:
            return check()
        name = cast("Any", assertion).__name__
        if is_in_task():
            arguments = without_password(
                ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])
            )
            msg = (
                f"{name}(within={within:g}) would block the event loop, because the test runs in "
                f"a task. Use `await twilio_video.aeventually(twilio_video.{name}, "
                f"{arguments}{', ' if arguments else ''}within={within:g})`"
            )
            raise TwilioVideoError(msg)
        watched = _is_watched(name, kwargs)
        return finish(_repeat(check, self._simulation, seconds, _wait, watched, awaiting=False))

    return cast("Callable[P, T]", repeat)


async def aeventually(
    fake: Any, assertion: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> T:
    """Repeat the check of *assertion* like `repeatable`, without blocking the event loop."""
    simulation: Simulation = fake._simulation  # noqa: SLF001 -- users need no such member
    name = str(getattr(assertion, "__name__", ""))
    # Of a lambda, it would not be known whether it has to pass once or all the time.
    if getattr(assertion, "__self__", None) is not fake or not name.startswith("assert_"):
        msg = (
            f"aeventually() is given {assertion!r}, but takes an assertion of this fake, which "
            "it calls, and its arguments: "
            "aeventually(twilio_video.assert_callback, 'room-ended', within=5)"
        )
        raise InvalidArgumentError(msg)
    seconds = span("within", kwargs.pop("within", 0)).total_seconds()
    check = functools.partial(assertion, *args, **kwargs)
    watched = _is_watched(name, kwargs)
    return await _repeat(check, simulation, seconds, _await, watched, awaiting=True)


def _is_watched(name: str, kwargs: dict[str, Any]) -> bool:
    """Return whether the assertion *name* asserts that something does not happen.

    Such an assertion must pass at each check. Every other assertion must pass once.
    """
    return name.startswith(("assert_no_", "assert_not_")) or kwargs.get("times") == 0


async def _repeat(  # noqa: PLR0913 -- it is called in two ways, from above only
    check: Callable[[], T],
    simulation: Simulation,
    seconds: float,
    wait: Callable[[float], Awaitable[object]],
    watched: bool,  # noqa: FBT001 -- as above
    *,
    awaiting: bool,
) -> T:
    end = real_monotonic() + seconds
    while True:
        # The check would do both, but could not await a handler.
        await simulation.account.clock.sync(awaiting=awaiting)
        await simulation.deliver_pending(awaiting=awaiting)
        left = end - real_monotonic()
        try:
            found = check()
        except AssertionError as error:
            if watched or left <= 0 or not hasattr(error, HISTORY):
                raise
        else:
            if not watched or left <= 0:
                return found
        await wait(min(INTERVAL, max(left, 0)))


async def _wait(seconds: float) -> None:
    # Unlike `time.sleep`, neither a library nor virtual sleep replaces this.
    Event().wait(seconds)


async def _await(seconds: float) -> None:
    import anyio

    # This is not a sleep of the event loop, because such a sleep does not end while freezegun is
    # active.
    await anyio.to_thread.run_sync(Event().wait, seconds)
