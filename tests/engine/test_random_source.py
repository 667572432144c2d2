"""What is drawn by chance, and is the same in every run."""

from __future__ import annotations

import re

from uuid import UUID

from pytest_twilio_video._engine.random_source import RandomSource


def test_a_sid_is_a_prefix_and_32_lower_case_hexadecimal_digits():
    assert re.fullmatch("RM[0-9a-f]{32}", RandomSource("a seed").sid("RM"))


def test_the_same_seed_gives_the_same_values():
    one, other = RandomSource("a seed"), RandomSource("a seed")

    assert [one.sid("RM") for _ in range(3)] == [other.sid("RM") for _ in range(3)]
    assert one.uuid("token") == other.uuid("token")


def test_another_seed_gives_other_values():
    assert RandomSource("a seed").sid("RM") != RandomSource("another").sid("RM")


def test_each_prefix_has_its_own_generator():
    """
    One more participant does not change the SID of the next room.
    """
    one, other = RandomSource("a seed"), RandomSource("a seed")
    other.sid("PA")
    other.uuid("token")

    assert one.sid("RM") == other.sid("RM")


def test_no_sid_is_returned_twice():
    sids = RandomSource("a seed")

    assert len({sids.sid("RM") for _ in range(10_000)}) == 10_000


def test_a_uuid_has_version_4():
    assert UUID(RandomSource("a seed").uuid("token")).version == 4
