"""Random values, which are the same in every run."""

from __future__ import annotations

import re
import threading

from uuid import UUID

import pytest

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


def test_two_threads_that_need_the_first_value_at_once_get_the_values_of_the_seed():
    found = []

    class Interrupted(RandomSource):
        def _bytes(self, purpose):
            if threading.current_thread() is threading.main_thread():
                other = threading.Thread(target=lambda: found.append(self.sid("RM")))
                other.start()
                other.join()
            return super()._bytes(purpose)

    found.append(Interrupted("a seed").sid("RM"))

    source = RandomSource("a seed")
    assert found == [source.sid("RM"), source.sid("RM")]


def test_no_sid_is_returned_twice():
    sids = RandomSource("a seed")

    assert len({sids.sid("RM") for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("seed", ["test_\udcc3\udca9.py::test_it", "\ud800", "\ud800\udc80"])
def test_a_seed_may_have_characters_that_utf_8_cannot_encode(seed):
    source = RandomSource(seed)

    assert source.sid("RM") == RandomSource(seed).sid("RM")
    assert len(source.secret("storage")) == 32


def test_a_test_gets_the_same_random_values_whatever_the_encoding_of_its_name():
    assert RandomSource("test_\udcc3\udca9").sid("RM") == RandomSource("test_é").sid("RM")


def test_the_random_values_of_a_seed_never_change():
    """
    Tests compare SIDs and snapshots from earlier runs.
    """
    assert RandomSource("a seed").sid("RM") == "RMf26a83f275535fe2873224819ec3b6a1"


def test_a_uuid_has_version_4():
    assert UUID(RandomSource("a seed").uuid("token")).version == 4
