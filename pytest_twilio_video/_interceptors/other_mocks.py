"""Stubs of other mocking libraries for our hosts. They are not used while a fake is active."""

from __future__ import annotations

import re
import sys

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from .. import _hosts as hosts


if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["note_started", "unused_stubs"]

_started: WeakSet[Any] = WeakSet()
"""The mocks of `responses` that were started. The library itself has no list of them."""


def note_started(mock: Any) -> None:
    """Record that *mock*, a mock of `responses`, was started."""
    _started.add(mock)


def unused_stubs() -> Iterator[tuple[str, str]]:
    """Yield the library and the address of each stub for our hosts that is active now."""
    if responses := sys.modules.get("responses"):
        yield from (("responses", stub) for stub in _stubs_of_responses(responses))
    if respx := sys.modules.get("respx.mocks"):
        yield from (("respx", stub) for stub in _stubs_of_respx(respx))


def _stubs_of_responses(responses: Any) -> Iterator[str]:
    for mock in {getattr(responses, "mock", None), *_started}:
        is_active = getattr(mock, "_patcher", None) is not None
        for stub in mock.registered() if is_active else ():
            if _is_ours(url := getattr(stub.url, "pattern", stub.url)):
                yield f"{stub.method} {url}"


def _stubs_of_respx(mocks: Any) -> Iterator[str]:
    for mocker in mocks.Mocker.registry.values():
        for router in mocker.routers:
            yield from filter(_is_ours, (repr(route.pattern) for route in router.routes))


def _is_ours(text: object) -> bool:
    """Return whether *text*, a URL or a pattern for URLs, names one of our hosts."""
    plain = str(text).replace("\\", "")
    return any(map(hosts.is_ours, re.findall(r"[\w.-]+", plain)))
