"""The grammar of rules, and what they choose."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import rules


ALL = {"type": "include", "all": True}


@pytest.mark.parametrize(
    "value",
    [
        [ALL],
        [{"type": "include", "all": "true"}],
        [{"type": "exclude", "publisher": "alice"}],
        [ALL, {"type": "exclude", "publisher": "alice", "kind": "video", "track": "cam"}],
        [ALL] * 20,
        [{"type": "include", "kind": None, "publisher": "alice"}],
    ],
)
def test_good_rules_are_read(value):
    assert len(rules.for_recording(value)) == len(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "include",
        ALL,
        [],
        [ALL] * 21,
        [None],
        ["include"],
        [{}],
        [{"all": True}],
        [{"type": "include"}],
        [{"type": "maybe", "all": True}],
        [{"type": "include", "all": False}],
        [{"type": "include", "all": True, "kind": "audio"}],
        [{"type": "include", "kind": "smell"}],
        [{"type": "include", "publisher": 7}],
        [{"type": "include", "publisher": ""}],
        [{"type": "include", "colour": "red"}],
        [{"type": ["include"], "all": True}],
        [{"type": "include", "all": []}],
    ],
)
def test_rules_that_break_the_grammar_are_refused_by_their_code(value):
    with pytest.raises(Refusal) as recording:
        rules.for_recording(value)
    with pytest.raises(Refusal) as subscription:
        rules.for_subscription(value)

    assert (recording.value.code, subscription.value.code) == (53120, 53215)


def test_data_and_priority_are_for_subscriptions_alone():
    for rule in ({"type": "include", "kind": "data"}, {"type": "include", "priority": "high"}):
        assert rules.for_subscription([rule])
        with pytest.raises(Refusal):
            rules.for_recording([rule])


@pytest.mark.parametrize(
    ("value", "is_chosen"),
    [
        ([{"type": "exclude", "publisher": "bob"}], False),
        ([ALL], True),
        ([ALL, {"type": "exclude", "kind": "video"}], False),
        ([ALL, {"type": "exclude", "kind": "audio"}], True),
        ([{"type": "exclude", "kind": "video"}, ALL], True),
        ([{"type": "include", "publisher": "alice", "kind": "audio"}], False),
        ([{"type": "include", "publisher": "PA1", "track": "cam"}], True),
        ([{"type": "include", "publisher": "Alice"}], False),
    ],
)
def test_rules_are_walked_in_order_and_later_ones_win(value, is_chosen):
    chosen = rules.chosen(rules.for_recording(value), ("alice", "PA1"), ("cam", "MT1"), "video")

    assert chosen is is_chosen
