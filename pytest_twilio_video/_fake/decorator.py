"""The decorator ``@FakeTwilioVideo()``: each call of the function has a new fake."""

from __future__ import annotations

import functools
import inspect

from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..errors import TwilioVideoError


if TYPE_CHECKING:
    from collections.abc import Callable

    from .fake import FakeTwilioVideo


__all__ = ["decorate"]

__tracebackhide__ = True

KEYWORD: Final = "twilio_video"

ReturnT = TypeVar("ReturnT")


def decorate(
    function: Callable[..., ReturnT], new_fake: Callable[[], FakeTwilioVideo]
) -> Callable[..., ReturnT]:
    """Return a function that calls *function* in a new fake, which *new_fake* returns.

    If *function* has a parameter ``twilio_video``, it gets the fake.

    Raises:
        TwilioVideoError: *function* is not a function, or is a generator, a classmethod or a
            staticmethod.

    """
    _check(function)
    signature = inspect.signature(function)
    names = list(signature.parameters)
    place = names.index(KEYWORD) if KEYWORD in names else None

    def call(fake: FakeTwilioVideo, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if place is None:  # The function does not use the fake, but its application does.
            return function(*args, **kwargs)
        if len(args) > place:
            return function(*args[:place], fake, *args[place:], **kwargs)
        return function(*args, **kwargs, **{KEYWORD: fake})

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with new_fake() as fake:
            return call(fake, args, kwargs)

    @functools.wraps(function)
    async def run_async(*args: Any, **kwargs: Any) -> Any:
        with new_fake() as fake:
            return await call(fake, args, kwargs)

    wrapper: Any = run_async if inspect.iscoroutinefunction(function) else run
    # The parameter is removed from the signature, because pytest would look for a fixture.
    rest = [parameter for name, parameter in signature.parameters.items() if name != KEYWORD]
    wrapper.__signature__ = signature.replace(parameters=rest)
    decorated: Callable[..., ReturnT] = wrapper
    return decorated


def _check(function: Any) -> None:
    if isinstance(function, type):
        msg = (
            f"FakeTwilioVideo() decorates functions, not the class {function.__qualname__}. "
            f"Decorate its methods"
        )
        raise TwilioVideoError(msg)
    if isinstance(function, (classmethod, staticmethod)):
        kind = type(function).__name__
        msg = (
            f"FakeTwilioVideo() decorates functions, not a {kind}: write @{kind} above "
            f"@FakeTwilioVideo()"
        )
        raise TwilioVideoError(msg)
    if not inspect.isroutine(function):
        msg = f"FakeTwilioVideo() decorates functions, not {function!r}"
        raise TwilioVideoError(msg)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        msg = (
            f"FakeTwilioVideo() cannot decorate {function.__qualname__}, which yields: the fake "
            "would end before the function runs. Use `with FakeTwilioVideo() as fake: ...` inside"
        )
        raise TwilioVideoError(msg)
