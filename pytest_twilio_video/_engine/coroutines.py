"""Coroutines that never wait, which can run without an event loop."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar


__all__ = ["finish"]

__tracebackhide__ = True

T = TypeVar("T")


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run *coroutine* to its end, without an event loop, and return its result.

    Some code has to run both in plain tests and on the event loop of async
    tests. It is written once, as coroutines. In a plain test, these coroutines
    await only coroutines that never wait.

    Raises:
        RuntimeError: *coroutine* waits for something, which only an event loop can provide.

    """
    try:
        coroutine.send(None)
    except StopIteration as end:  # This is how a coroutine returns.
        result: T = end.value
        return result
    coroutine.close()
    msg = f"{coroutine!r} waits for something, so it needs an event loop"
    raise RuntimeError(msg)
