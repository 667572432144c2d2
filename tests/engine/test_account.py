"""The account: its records, its events and its timers, without knowing what a room is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import ClassVar

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.account import Account
from pytest_twilio_video._engine.observer import Observer
from pytest_twilio_video._engine.records import Record, internal, struct


START = datetime(2031, 5, 17, 12, tzinfo=timezone.utc)
SID = "AC" + "a" * 32


@struct(kw_only=True, slots=True)
class Cup(Record):
    sid_prefix: ClassVar[str] = "CU"

    account_sid: str
    date_updated: datetime | None = None
    room_sid: str | None = None
    tea: str = "none"
    cracks: int = internal(default=0)


@struct(kw_only=True, slots=True)
class Spoon(Record):
    """A record that has neither an account nor a date of its update."""

    sid_prefix: ClassVar[str] = "SP"

    use: str = "none"


@pytest.fixture(name="reactions")
def _reactions():
    return {}


class Listener(Observer):
    """An observer that keeps the names of events."""

    def __init__(self, heard):
        self.heard = heard

    def event_announced(self, event):
        self.heard.append(event.name)


@pytest.fixture(name="heard")
def _heard():
    return []


@pytest.fixture(name="account")
def _account(reactions, heard):
    observer = Listener(heard)
    return Account(SID, seed="tea", start=START, reactions=reactions, observer=observer)


# Records.


def test_a_new_record_gets_a_sid_a_creation_date_and_an_account(account):
    cup = account.add(Cup, tea="green")

    assert cup.sid.startswith("CU")
    assert len(cup.sid) == 34
    assert (cup.date_created, cup.account_sid, cup.tea) == (START, SID, "green")
    assert cup.date_updated is None


def test_given_fields_of_a_new_record_are_kept(account):
    earlier = START - timedelta(days=1)

    cup = account.add(Cup, sid="CU1", date_created=earlier, account_sid="AC1")

    assert (cup.sid, cup.date_created, cup.account_sid) == ("CU1", earlier, "AC1")


def test_a_record_without_the_field_account_sid_gets_none(account):
    assert not hasattr(account.add(Spoon), "account_sid")


def test_a_change_creates_a_new_record_with_the_same_sid_and_a_new_date(account):
    cup = account.add(Cup, tea="green", cracks=2)
    clock_of(account).advance(minutes=1)

    changed = account.change(cup, tea="black")

    assert (changed.sid, changed.tea, changed.cracks) == (cup.sid, "black", 2)
    assert changed.date_updated == START + timedelta(minutes=1)
    assert (changed.date_created, cup.tea) == (START, "green")
    assert account.now(cup) is account.get(Cup, cup.sid) is changed
    assert list(account.select(Cup)) == [changed]


def test_the_date_of_a_change_may_be_given_or_missing(account):
    changed = account.change(account.add(Cup), date_updated=START - timedelta(days=1))
    spoon = account.change(account.add(Spoon), use="stirring")

    assert changed.date_updated == START - timedelta(days=1)
    assert spoon.use == "stirring"


def test_records_are_found_by_kind_and_by_fields(account):
    green, black = account.add(Cup, tea="green"), account.add(Cup, tea="black")
    spoon = account.add(Spoon)

    assert list(account.select(Cup, tea="black")) == [black]
    assert set(account.select(Cup)) == {green, black}
    assert account.get(Spoon, spoon.sid) is spoon
    assert account.get(Cup, spoon.sid) is None


def test_a_removed_record_is_not_found_and_keeps_its_fields(account):
    cup = account.add(Cup)

    account.remove(cup)

    assert account.get(Cup, cup.sid) is None
    assert account.now(cup) is cup


# On whose behalf.


def test_records_created_by_an_operation_belong_to_its_caller(account):
    with account.operation("AC1"):
        theirs = account.add(Cup)
        with account.operation():
            ours = account.add(Cup)
        theirs_again = account.add(Cup)

    assert [each.account_sid for each in (theirs, ours, theirs_again)] == ["AC1", SID, "AC1"]
    assert account.caller == SID


def test_a_caller_is_forgotten_when_the_operation_fails(account):
    with pytest.raises(ZeroDivisionError), account.operation("AC1"):
        1 / 0  # noqa: B018

    assert account.caller == SID
    clock_of(account).advance(minutes=1)
    assert account.clock.now == START + timedelta(minutes=1)


# Events.


def test_an_event_is_recorded_and_reported_before_its_reactions_run(account, reactions, heard):
    reactions["cup-filled"] = (
        lambda account, cup: account.change(cup, tea="green"),
        lambda _account, cup: heard.append(cup.tea),
    )
    cup = account.add(Cup)
    clock_of(account).advance(minutes=1)

    account.announce("cup-filled", cup)
    account.announce("cup-broken", cup)

    assert heard == ["cup-filled", "green", "cup-broken"]
    first, second = account.events
    assert (first.name, first._record, second.name) == ("cup-filled", cup, "cup-broken")
    assert first.at == START + timedelta(minutes=1)
    assert repr(first) == f"<Event cup-filled {cup.sid} at 2031-05-17 12:01:00>"


def test_an_event_shows_the_fields_that_twilio_shows(account):
    cup = account.add(Cup, tea="green", cracks=2)
    account.announce("cup-filled", cup)
    account.change(cup, tea="black")

    assert account.events[0].details == {
        "sid": cup.sid,
        "date_created": START,
        "account_sid": SID,
        "date_updated": None,
        "room_sid": None,
        "tea": "green",
    }


@pytest.mark.parametrize(
    ("sid", "room_sid", "expected"),
    [("CU1", "RM1", "RM1"), ("RM2", None, "RM2"), ("CU1", None, None), ("RM2", "RM1", "RM1")],
)
def test_an_event_has_the_sid_of_its_room_or_none(account, sid, room_sid, expected):
    account.announce("cup-filled", account.add(Cup, sid=sid, room_sid=room_sid))

    assert account.events[0].room_sid == expected


def test_an_event_of_a_record_without_a_room_has_no_room_sid(account):
    account.announce("spoon-bent", account.add(Spoon))

    assert account.events[0].room_sid is None


# Timers.


def test_a_timer_gets_the_record_as_it_is_when_the_timer_runs(account):
    cup, seen = account.add(Cup, tea="green"), []

    account.set_timer(
        "cool", cup, timedelta(minutes=5), lambda _account, cup: seen.append(cup.tea), "cooling"
    )
    account.change(cup, tea="black")

    clock_of(account).advance(minutes=4, seconds=59)
    assert seen == []
    clock_of(account).advance(seconds=1)
    assert seen == ["black"]
    clock_of(account).advance(minutes=10)
    assert seen == ["black"]


def test_a_timer_replaces_only_the_timer_for_the_same_purpose_and_record(account):
    cup, other, seen = account.add(Cup), account.add(Cup), []

    def act(text):
        return lambda _account, _cup: seen.append(text)

    account.set_timer("cool", cup, timedelta(minutes=1), act("first"), "")
    account.set_timer("cool", other, timedelta(minutes=2), act("other"), "")
    account.set_timer("wash", cup, timedelta(minutes=3), act("wash"), "")
    account.set_timer("cool", cup, timedelta(minutes=4), act("second"), "")
    clock_of(account).advance(minutes=5)

    assert seen == ["other", "wash", "second"]


def test_canceling_a_timer_that_is_not_set_has_no_effect(account):
    cup, seen = account.add(Cup), []
    account.set_timer("cool", cup, timedelta(minutes=1), lambda *_: seen.append("cool"), "")

    account.cancel_timer("wash", cup.sid)
    account.cancel_timer("cool", cup.sid)
    account.cancel_timer("cool", cup.sid)
    clock_of(account).advance(minutes=5)

    assert seen == []


# Empty, and emptied.


def test_an_account_is_empty_until_it_has_a_record_or_an_event(account):
    assert account.is_empty
    assert list(account.select(Cup)) == []
    assert account.is_empty

    spoon = account.add(Spoon)
    assert not account.is_empty

    account.remove(spoon)
    assert account.is_empty
    account.announce("spoon-bent", spoon)
    assert not account.is_empty


def test_clearing_removes_records_events_and_timers_and_keeps_the_observer(account, heard):
    seen = []
    cup = account.add(Cup)
    account.announce("cup-filled", cup)
    account.set_timer("cool", cup, timedelta(minutes=1), lambda *_: seen.append("cool"), "")

    account.clear()

    assert account.is_empty
    assert account.get(Cup, cup.sid) is None
    clock_of(account).advance(minutes=5)
    assert seen == []
    account.announce("cup-filled", account.add(Cup))
    assert heard == ["cup-filled", "cup-filled"]


@pytest.mark.parametrize(("seed", "is_same"), [("tea", True), ("coffee", False)])
def test_the_seed_chooses_the_sids(account, seed, is_same):
    other = Account(SID, seed=seed, start=START, reactions={})

    assert (account.add(Cup).sid == other.add(Cup).sid) is is_same
