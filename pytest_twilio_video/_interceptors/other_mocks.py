"""Stubs of other mocking libraries for our hosts. They are not used while a fake is active."""

from __future__ import annotations

import re
import sys
import weakref

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .. import _hosts as hosts


if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["note_started", "unused_stubs"]

_started: list[Any] = []
"""The mocks of `responses` that were started. A mock that has ended is removed when the next one
starts.

`responses` keeps no list of them itself.
"""


def note_started(mock: Any) -> None:
    """Note that *mock*, of `responses`, was started or may have been."""
    _started[:] = [other for other in _started if other is not mock and _is_active(other)]
    _started.append(mock)


def unused_stubs() -> Iterator[tuple[str, str]]:
    """Yield the library and the address of each stub for our hosts that is active now."""
    for mock in filter(_is_active, _started):
        for stub in mock.registered():
            if _is_ours(url := getattr(stub.url, "pattern", stub.url)):
                yield "responses", f"{stub.method} {url}"
    if respx := sys.modules.get("respx.mocks"):
        for mocker in respx.Mocker.registry.values():
            for router in mocker.routers:
                for stub in filter(None, (_described(route.pattern) for route in router.routes)):
                    yield "respx", stub


def _is_active(mock: Any) -> bool:
    """Whether *mock*, of `responses`, patches requests now."""
    return getattr(mock, "_patcher", None) is not None


def _described(pattern: Any) -> str:
    """Return the `repr` of *pattern*, of `respx`, if it names one of our hosts, or empty text.

    Each call of the application asks for this, so the answer is kept as long as *pattern* lives.
    """
    if pattern is None:  # A route without a pattern.
        return ""
    key = id(pattern)
    if key not in _descriptions:
        text = repr(pattern)
        _descriptions[key] = text if _is_ours(text) else ""
        weakref.finalize(pattern, _descriptions.pop, key, None).atexit = False
    return _descriptions[key]


@lru_cache(maxsize=1024)
def _is_ours(text: object) -> bool:
    """Return whether *text*, a URL or a pattern for URLs, names one of our hosts."""
    plain = str(text).replace("\\", "")
    return any(map(hosts.is_ours, re.findall(r"[\w.-]+", plain)))


_descriptions: dict[int, str] = {}
