"""The grammar of rules, and which tracks rules choose."""

from __future__ import annotations

import hypothesis
import pytest

from hypothesis import strategies as st

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
def test_valid_rules_are_accepted(value):
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
        [{"type": "include", "color": "red"}],
        [{"type": ["include"], "all": True}],
        [{"type": "include", "all": []}],
    ],
)
def test_invalid_rules_are_refused_with_the_code_of_their_kind(value):
    with pytest.raises(Refusal) as recording:
        rules.for_recording(value)
    with pytest.raises(Refusal) as subscription:
        rules.for_subscription(value)

    assert (recording.value.code, subscription.value.code) == (53120, 53215)


def test_data_and_priority_are_valid_in_subscribe_rules_only():
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
def test_the_last_matching_rule_decides(value, is_chosen):
    chosen = rules.chosen(rules.for_recording(value), ("alice", "PA1"), ("cam", "MT1"), "video")

    assert chosen is is_chosen


MEETING = [
    (publisher, name, kind)
    for publisher in ("alice", "bob")
    for name in ("one", "two")
    for kind in ("audio", "video", "data")
]
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "publisher": st.sampled_from(["alice", "bob", "carol"]),
        "track": st.sampled_from(["one", "two", "three"]),
        "kind": st.sampled_from(["audio", "video", "data"]),
    },
).filter(bool)
RULES = st.lists(
    st.tuples(st.sampled_from(["include", "exclude"]), st.just({"all": True}) | FILTERS).map(
        lambda rule: {"type": rule[0], **rule[1]}
    ),
    min_size=1,
    max_size=20,
)


@hypothesis.settings(derandomize=True, database=None)
@hypothesis.given(said=RULES)
def test_rules_choose_the_same_tracks_as_the_sets_in_twilios_manual(said):
    """
    Starting from the empty set, an include is a union and an exclude is a difference.
    """
    names = {"publisher": 0, "track": 1, "kind": 2}
    wanted = set()
    for rule in said:
        matching = {
            track
            for track in MEETING
            if all(track[place] == rule.get(name, track[place]) for name, place in names.items())
        }
        wanted = wanted | matching if rule["type"] == "include" else wanted - matching

    read = rules.for_subscription(said)
    chosen = {track for track in MEETING if rules.chosen(read, track[:1], track[1:2], track[2])}

    assert chosen == wanted
