"""Stand-ins for what is the user's own: of the same class and state, but with an end of ours.

Problem: an application derives an adapter or a transport, and hands over to
`super()` what it has signed, counted or repeated. It is this `super()` that
has to be ours, while the class and the object stay as they are.

Solution: an object of a class that is derived from both, and that has no state
of its own: attributes are those of the object for which it stands in.
"""

from __future__ import annotations

import types

from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from .active import SLOT


if TYPE_CHECKING:
    from collections.abc import Mapping

    from .active import Catch


__all__ = ["derive", "put"]

_ORIGINAL = "_twilio_video_original"


def derive(kind: type, *ends: type, **body: Any) -> type:
    """Derive from *kind*, so that what it does itself runs, and its `super()` is the *ends*."""
    # Slots keep our own state out of the `__dict__` that is shared with the user's object, and
    # what that keeps in slots cannot be shared.
    body |= {"__slots__": (SLOT, _ORIGINAL), **_slots_of(kind)}
    bases = (_unannounced(), kind, *ends)
    return types.new_class(kind.__name__, bases, exec_body=lambda space: space.update(body))


def put(kind: type, original: Any, catch: Catch) -> Any:
    """Return one of *kind*, which was derived from that of *original*, for *catch*."""
    stand_in: Any = object.__new__(kind)
    # Past the user's own `__setattr__`, which may know its own names only.
    _set(stand_in, "__dict__", original.__dict__)
    _set(stand_in, _ORIGINAL, original)
    _set(stand_in, SLOT, catch)
    return stand_in


def _unannounced() -> type:
    """Return what comes first of the bases: then the user's `__init_subclass__` is not called.

    A new one each time, as what was derived may be one of the *ends*.
    """

    class Unannounced:
        __slots__ = ()

        def __init_subclass__(cls) -> None:
            pass

    return Unannounced


def _slots_of(kind: type) -> Mapping[str, property]:
    return {
        name: _forwarded(slot)
        for each in reversed(kind.__mro__)
        for name, slot in vars(each).items()
        if isinstance(slot, MemberDescriptorType)
    }


def _forwarded(slot: MemberDescriptorType) -> property:
    """Return what reads and writes a slot of the original."""
    return property(
        lambda stand_in: slot.__get__(getattr(stand_in, _ORIGINAL)),
        lambda stand_in, value: slot.__set__(getattr(stand_in, _ORIGINAL), value),
        lambda stand_in: slot.__delete__(getattr(stand_in, _ORIGINAL)),
    )


_set = object.__setattr__
