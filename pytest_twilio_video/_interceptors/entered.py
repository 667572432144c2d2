"""What is entered and left: the innermost decides."""

from __future__ import annotations

import threading

from typing import TYPE_CHECKING, ClassVar


if TYPE_CHECKING:
    from typing_extensions import Self


__all__ = ["Entered"]


class Entered:
    """A context manager that can be left in any order, from any thread, as often as entered."""

    entered: ClassVar[list[Self]]
    """Those of its class that are entered at the moment, the innermost last."""

    def __init_subclass__(cls) -> None:
        cls.entered = []

    def __enter__(self) -> Self:
        with _changing:
            self.entered.append(self)
        return self

    def __exit__(self, *_error: object) -> None:
        with _changing:  # The last of them, as it may have been entered several times.
            del self.entered[max(at for at, each in enumerate(self.entered) if each is self)]


_changing = threading.Lock()
