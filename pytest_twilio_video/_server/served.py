"""A fake that is served, until its test ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from .stream import Changes


if TYPE_CHECKING:
    from collections.abc import Iterator

    from .seam import Backend
    from .sockets import Signaler


__all__ = ["Served"]


@dataclass(frozen=True)
class Served:
    """A fake that is served, and the faults that clients of the control API have injected."""

    backend: Backend
    signaler: Signaler | None = None
    """Signaling for browsers, or `None` if another ASGI server runs the application."""
    changes: Changes = field(default_factory=Changes)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """The numbers of the faults that clients inject. No number is used twice."""
