"""Wildcards in names."""

from __future__ import annotations

import fnmatch
import time

import pytest

from hypothesis import given
from hypothesis import strategies as st

from pytest_twilio_video._resources.compositions import matches


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*", ""),
        ("*", "anything\nat all"),
        ("student*", "student"),
        ("student*", "studentTeam"),
        ("*-video", "teacher-video"),
        ("a*b*c", "a-b-b-c"),
        ("**", "x"),
        ("[a].?", "[a].?"),
    ],
)
def test_an_asterisk_stands_for_any_characters(pattern, name):
    assert matches(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("student*", "a student"),
        ("student", "student1"),
        ("Student*", "student"),
        ("[ab]", "a"),
        ("?", "a"),
        (".*", "abc"),
    ],
)
def test_only_the_asterisk_is_special_in_a_pattern(pattern, name):
    assert not matches(pattern, name)


def test_case_is_ignored_on_request():
    assert matches("*HOOK*", "my Hook 1", ignore_case=True)
    assert not matches("*HOOK*", "my Hook 1")


@given(st.text(), st.text(), st.text())
def test_text_before_and_after_an_asterisk_must_match_at_the_ends(start, middle, end):
    assert matches(f"{start.replace('*', '')}*", start.replace("*", "") + middle)
    assert matches(f"*{end.replace('*', '')}", middle + end.replace("*", ""))


@given(st.text("ab*", max_size=12), st.text("ab", max_size=12))
def test_a_pattern_matches_the_same_names_as_a_regular_expression(pattern, name):
    assert matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


@pytest.mark.parametrize("asterisks", [1, 10, 50])
def test_many_asterisks_take_no_longer_than_a_few(asterisks):
    """
    A regular expression tries all ways to divide the name among them, for hours.
    """
    before = time.monotonic()

    assert not matches("*a" * asterisks + "b", "a" * 10_000)
    assert matches("*a" * asterisks + "*b", "a" * 10_000 + "b")

    assert time.monotonic() - before < 1
