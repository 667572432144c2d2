"""Stand-ins for adapters and transports of the application, whose `super()` is the fake.

Problem: an application subclasses an adapter or a transport. Its method signs,
counts or repeats a request, and calls `super()`. This `super()` must be the
fake, but the class and the object must not change.

Solution: an object of a class that inherits from the application's class and
from ours. It has no state: its attributes are those of the original object.
"""

from __future__ import annotations

import types

from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Mapping

    from .active import Interceptor


__all__ = ["subclass_for", "wrap_instance"]

_INTERCEPTOR = "_twilio_video_interceptor"
"""The attribute with the interceptor of a stand-in.

The name is unusual, because it hides an attribute of this name in the original object.
"""
_ORIGINAL = "_twilio_video_original"


def subclass_for(kind: type, *ends: type, **body: Any) -> type:
    """Return a subclass of *kind* whose `super()` calls reach *ends*."""
    # Slots keep our own state out of the `__dict__`, which is shared with the user's object.
    # What the user's object keeps in slots cannot be shared, and is forwarded.
    body |= {"__slots__": (_INTERCEPTOR, _ORIGINAL), **_slots_of(kind)}
    # The state belongs to the original, whose own `__del__` closes it.
    body["__del__"] = _leave_alone
    bases = (_silent_base(), kind, *ends)
    return types.new_class(kind.__name__, bases, exec_body=lambda space: space.update(body))


def wrap_instance(kind: type, original: Any, interceptor: Interceptor) -> Any:
    """Return a stand-in for *original*, of the class *kind*, which `subclass_for` has returned."""
    stand_in: Any = object.__new__(kind)
    # Not by the user's own `__setattr__`, which may accept its own names only.
    _set(stand_in, "__dict__", original.__dict__)
    _set(stand_in, _ORIGINAL, original)
    _set(stand_in, _INTERCEPTOR, interceptor)
    return stand_in


def _leave_alone(_stand_in: object) -> None:
    pass


def _silent_base() -> type:
    """Return a first base class, which prevents a call of the application's `__init_subclass__`.

    It is a new class each time, because one of the *ends* may come from `subclass_for` too.
    """

    class Silent:
        __slots__ = ()

        def __init_subclass__(cls) -> None:
            pass

    return Silent


def _slots_of(kind: type) -> Mapping[str, property]:
    return {
        name: _forwarded(slot)
        for base in reversed(kind.__mro__)
        for name, slot in vars(base).items()
        if isinstance(slot, MemberDescriptorType)
    }


def _forwarded(slot: MemberDescriptorType) -> property:
    """Return a property that reads and writes *slot* of the original."""
    return property(
        lambda stand_in: slot.__get__(getattr(stand_in, _ORIGINAL)),
        lambda stand_in, value: slot.__set__(getattr(stand_in, _ORIGINAL), value),
        lambda stand_in: slot.__delete__(getattr(stand_in, _ORIGINAL)),
    )


_set = object.__setattr__
