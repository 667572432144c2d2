"""What is served: one fake, until its test ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from .stream import Changes


if TYPE_CHECKING:
    from collections.abc import Iterator

    from .. import Fault
    from .seam import Backend
    from .sockets import Signaler


__all__ = ["Served"]


@dataclass(frozen=True)
class Served:
    """A fake that is served, and what clients of the control API refer to."""

    backend: Backend
    signaler: Signaler | None = None
    """Signaling for browsers; `None` under somebody else's server."""
    changes: Changes = field(default_factory=Changes)
    faults: dict[str, tuple[Fault, dict[str, Any]]] = field(default_factory=dict)
    """The faults that were injected over HTTP, by number, with their arguments."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
