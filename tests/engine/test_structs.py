"""Structs: the features that they share with frozen dataclasses."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.records import internal, struct


@struct(kw_only=True, slots=True)
class Chair:
    """A struct with two fields."""

    legs: int
    color: str = internal(default="red")


@struct(kw_only=True, slots=True)
class Throne(Chair):
    """A struct that inherits from another one."""

    height: float = 1.5


@struct()
class Bench:
    """A struct with its own `__repr__`."""

    seats: int

    def __repr__(self) -> str:
        return f"a bench for {self.seats}"


def test_structs_of_the_same_class_with_equal_fields_are_equal():
    assert Chair(legs=4) == Chair(legs=4)
    assert Chair(legs=4) != Chair(legs=4, color="blue")
    assert Chair(legs=4) != Throne(legs=4)
    assert Throne(legs=4) != Throne(legs=4, height=2)
    assert Chair(legs=4) != (4, "red")


def test_equal_structs_have_the_same_hash():
    assert len({Chair(legs=4), Chair(legs=4), Chair(legs=3)}) == 2


def test_the_repr_shows_the_fields_unless_the_class_defines_one():
    assert repr(Throne(legs=4)) == "Throne(legs=4, color='red', height=1.5)"
    assert repr(Bench(3)) == "a bench for 3"


def test_a_struct_with_slots_accepts_no_other_attribute():
    with pytest.raises(AttributeError):
        Chair(legs=4).wheels = 2


def test_a_missing_or_unknown_field_raises_type_error():
    with pytest.raises(TypeError, match="legs"):
        Chair()
    with pytest.raises(TypeError, match="wheels"):
        Chair(legs=4, wheels=2)
