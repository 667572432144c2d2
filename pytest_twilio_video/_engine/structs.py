"""Structs: dataclasses that are frozen for the type checker, and cost little when they run.

Problem: a frozen dataclass sets each of its fields by a function call, which for a room is a
tenth of what its creation takes; and for each class new functions are compiled, which for all
of ours is a third of the first use of the fixture.

Solution: that nothing is set later is left to the type checker, and what all structs can do
alike, to be compared and shown, is written once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar


if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_said: object) -> Callable[[Any], Any]:
        """Stand in for what speaks to type checkers alone, and to Python from 3.11 on."""
        return lambda decorator: decorator


__all__ = ["hidden", "struct"]

KindT = TypeVar("KindT")


def hidden(**kwargs: Any) -> Any:
    """Declare a field that Twilio keeps to itself: no answer shows it."""
    return field(metadata={"hidden": True}, **kwargs)


@dataclass_transform(frozen_default=True, field_specifiers=(field, hidden))
def struct(*, kw_only: bool = False, slots: bool = False) -> Callable[[type[KindT]], type[KindT]]:
    """Make a class of fields: equal where they are equal, and never changed."""

    def make(kind: type[KindT]) -> type[KindT]:
        made: Any = dataclass(kind, eq=False, repr=False, kw_only=kw_only, slots=slots)
        made.__eq__, made.__hash__ = _is_equal, _hash
        if made.__repr__ is object.__repr__:
            made.__repr__ = _show
        return made  # type: ignore[no-any-return]

    return make


def _said(thing: Any) -> tuple[Any, ...]:
    return tuple(getattr(thing, each.name) for each in fields(thing))


def _is_equal(self: object, other: object) -> Any:
    return _said(self) == _said(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash(_said(self))


def _show(self: object) -> str:
    said = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({', '.join(said)})"
