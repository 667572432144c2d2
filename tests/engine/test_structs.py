"""Structs: what they have of frozen dataclasses."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.records import internal, struct


@struct(kw_only=True, slots=True)
class Chair:
    """Something to sit on."""

    legs: int
    colour: str = internal(default="red")


@struct(kw_only=True, slots=True)
class Throne(Chair):
    """Something to sit on above others."""

    height: float = 1.5


@struct()
class Bench:
    """Something that shows itself in its own way."""

    seats: int

    def __repr__(self) -> str:
        return f"a bench for {self.seats}"


def test_two_are_equal_when_all_their_fields_are_and_their_class_is():
    assert Chair(legs=4) == Chair(legs=4)
    assert Chair(legs=4) != Chair(legs=4, colour="blue")
    assert Chair(legs=4) != Throne(legs=4)
    assert Throne(legs=4) != Throne(legs=4, height=2)
    assert Chair(legs=4) != (4, "red")


def test_what_is_equal_is_one_in_a_set():
    assert len({Chair(legs=4), Chair(legs=4), Chair(legs=3)}) == 2


def test_it_shows_its_fields_unless_it_has_words_of_its_own():
    assert repr(Throne(legs=4)) == "Throne(legs=4, colour='red', height=1.5)"
    assert repr(Bench(3)) == "a bench for 3"


def test_with_slots_it_has_no_room_for_anything_else():
    with pytest.raises(AttributeError):
        Chair(legs=4).wheels = 2


def test_a_field_that_is_missing_or_unknown_is_complained_of():
    with pytest.raises(TypeError, match="legs"):
        Chair()
    with pytest.raises(TypeError, match="wheels"):
        Chair(legs=4, wheels=2)
