"""Tables of records, and selections of records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import ClassVar

import pytest

from pytest_twilio_video._engine.records import (
    Record,
    Table,
    created_between,
    internal,
    public_fields,
    struct,
)


START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@struct(kw_only=True, slots=True)
class Chair(Record):
    """A record of which a test creates many."""

    sid_prefix: ClassVar[str] = "CH"
    indexed: ClassVar[tuple[str, ...]] = ("color",)

    color: str
    legs: int = 4
    owner: str = internal(default="")


@pytest.fixture
def table() -> Table[Chair]:
    table = Table(Chair)
    for number, color in enumerate(["red", "blue", "red", "red"]):
        at = START + timedelta(minutes=number)
        table.upsert(Chair(sid=f"CH{number}", date_created=at, color=color))
    return table


def sids(records):
    return [record.sid for record in records]


def test_a_table_keeps_the_order_of_creation(table):
    assert sids(table.select()) == ["CH0", "CH1", "CH2", "CH3"]
    assert len(table) == 4


def test_a_selection_has_the_given_values_in_indexed_and_other_fields(table):
    table.upsert(replace(table["CH2"], legs=3))

    assert sids(table.select(color="red")) == ["CH0", "CH2", "CH3"]
    assert sids(table.select(color="red", legs=3)) == ["CH2"]
    assert sids(table.select(legs=3)) == ["CH2"]
    assert sids(table.select(color="green")) == []


def test_a_changed_record_keeps_its_position_and_is_indexed_again(table):
    table.upsert(replace(table["CH0"], color="blue"))

    assert sids(table.select()) == ["CH0", "CH1", "CH2", "CH3"]
    assert sids(table.select(color="blue")) == ["CH0", "CH1"]
    assert table.get("CH0").color == "blue"


def test_a_removed_record_is_not_found_but_its_position_is_known(table):
    table.remove("CH1")

    assert table.get("CH1") is None
    assert sids(table.select()) == ["CH0", "CH2", "CH3"]
    assert sids(table.select(color="blue")) == []
    assert table.position_of("CH1") == 1


def test_newest_first_begins_before_the_given_position(table):
    assert sids(table.select(color="red").newest_first()) == ["CH3", "CH2", "CH0"]
    assert sids(table.select(color="red").newest_first(before=3)) == ["CH2", "CH0"]
    assert sids(table.select(color="green").newest_first()) == []


def test_the_page_before_a_position_has_the_records_that_a_list_shows_before_it(table):
    selection = table.select(color="red")

    assert sids(selection.page_before(0, 1)) == ["CH2"]
    assert sids(selection.page_before(0, 5)) == ["CH3", "CH2"]
    assert table.select(color="green").page_before(0, 5) == []


def test_records_may_change_while_a_selection_is_iterated(table):
    for chair in table.select(color="red"):
        table.upsert(replace(chair, color="blue"))

    assert table.select(color="red").count() == 0
    assert table.select(color="blue").count() == 4


def test_the_count_is_the_number_of_iterated_records(table):
    for selection in (
        table.select(),
        table.select(color="red"),
        table.select(legs=4),
        table.select(legs=5),
        table.select(color="red").where(lambda chair: chair.sid != "CH0"),
    ):
        assert selection.count() == len(list(selection))


def test_records_that_are_added_later_count_only_if_they_match(table):
    table.remove("CH1")
    red = table.select(color="red")  # These are all records.
    table.upsert(Chair(sid="CH4", date_created=START, color="blue"))

    assert sids(red) == ["CH0", "CH2", "CH3"]
    assert red.count() == 3


def test_created_between_includes_its_start_and_excludes_its_end(table):
    after, before = START + timedelta(minutes=1), START + timedelta(minutes=3)

    assert sids(created_between(table.select(), after, before)) == ["CH1", "CH2"]
    assert sids(created_between(table.select(), None, None)) == ["CH0", "CH1", "CH2", "CH3"]


def test_internal_fields_are_not_public():
    assert public_fields(Chair) == ("sid", "date_created", "color", "legs")
