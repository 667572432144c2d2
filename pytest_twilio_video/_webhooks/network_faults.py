"""Network faults that a test injects into the delivery of callbacks: drop, refuse, tamper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from .._engine import arguments
from .._engine.suggestions import did_you_mean, listed
from ..errors import InvalidArgumentError
from .payloads import CALLBACKS


__all__ = ["NO_FAULTS", "NetworkFaults"]

__tracebackhide__ = True

FaultKind = Literal["drop", "refuse", "tamper"]


class NetworkFaults:
    """All faults that a test injected into callbacks. Each fault is for one event."""

    def __init__(self) -> None:
        self._faults: list[_Fault] = []

    def inject(self, kind: FaultKind, event: Any, times: Any) -> None:
        """Make the next *times* callbacks of *event* fail, or all of them if *times* is `None`.

        Raises:
            InvalidArgumentError: no callback has that *event*, or *times* is neither `None` nor a
                whole number of 1 or more.

        """
        _check_event(kind, event)
        arguments.whole(
            f"times of callbacks.{kind}()", times, at_least=1, or_none="for every time"
        )
        self._faults.append(_Fault(kind, event, times))

    def trigger(self, kind: FaultKind, event: str) -> bool:
        """Return whether a fault of *kind* applies to *event* now. If so, use it up once."""
        for fault in self._faults:
            if (fault.kind, fault.event) == (kind, event) and fault.times_left != 0:
                if fault.times_left is not None:
                    fault.times_left -= 1
                fault.hits += 1
                return True
        return False

    @property
    def never_triggered(self) -> list[str]:
        """Descriptions of the faults that no delivery has triggered."""
        return [str(fault) for fault in self._faults if not fault.hits]

    @property
    def active(self) -> list[tuple[str, int]]:
        """Descriptions of the faults that later deliveries can trigger, each with its hits."""
        return [(str(fault), fault.hits) for fault in self._faults if fault.times_left != 0]


NO_FAULTS: Final = NetworkFaults()


@dataclass(slots=True)
class _Fault:
    kind: FaultKind
    event: str
    times_left: int | None
    hits: int = 0

    def __str__(self) -> str:
        return f"callbacks.{self.kind}({self.event!r})"


def _check_event(kind: FaultKind, event: Any) -> None:
    if event not in list(CALLBACKS):  # A list accepts unhashable values as well.
        hint = did_you_mean(str(event), CALLBACKS)
        msg = (
            f"callbacks.{kind}() takes the name of an event, not {event!r}.{hint}\n"
            f"{listed('The events are:', CALLBACKS)}"
        )
        raise InvalidArgumentError(msg)
