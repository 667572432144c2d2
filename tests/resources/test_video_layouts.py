"""Video layouts: which defaults are filled in, and which layouts are refused."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import video_layouts


DEFAULTS = {
    "video_sources": ["*"],
    "video_sources_excluded": [],
    "reuse": "show_oldest",
    "x_pos": 0,
    "y_pos": 0,
    "z_pos": 0,
    "width": None,
    "height": None,
    "max_columns": None,
    "max_rows": None,
    "cells_excluded": [],
}


def read(resolution="640x480", **region):
    return video_layouts.read({"grid": {"video_sources": ["*"]} | region}, resolution)["grid"]


def complaint(value, resolution="640x480"):
    with pytest.raises(Refusal) as caught:
        video_layouts.read(value, resolution)
    assert caught.value.code == 20001
    assert caught.value.message.startswith("Invalid parameter VideoLayout: ")
    return caught.value.message


def test_defaults_are_filled_in_for_omitted_properties():
    assert read() == DEFAULTS


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_missing_layout_is_read_as_empty(nothing):
    assert video_layouts.read(nothing, "640x480") == {}


def test_given_properties_are_kept():
    chess = {
        "x_pos": 10,
        "y_pos": 0,
        "width": 1260,
        "height": 720,
        "max_rows": 3,
        "max_columns": 3,
        "reuse": "show_newest",
        "cells_excluded": [1, 3, 5, 7],
        "video_sources_excluded": ["guest*"],
    }

    assert read("1280x720", **chess) == DEFAULTS | chess


def test_a_layout_from_a_response_can_be_sent_again():
    """
    Nulls count as omitted properties.
    """
    answered = video_layouts.read({"grid": {"video_sources": ["*"]}}, "640x480")

    assert video_layouts.read(answered, "640x480") == answered


def test_each_region_has_its_own_properties():
    layout = video_layouts.read(
        {
            "main": {"z_pos": 1, "video_sources": ["screen"]},
            "pip": {"z_pos": 2, "x_pos": 1000, "width": 240, "video_sources": ["webcam"]},
        },
        "1280x720",
    )

    assert [(name, region["x_pos"]) for name, region in layout.items()] == [
        ("main", 0),
        ("pip", 1000),
    ]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("z_pos", -99, 99),
        ("max_columns", 1, 1000),
        ("max_rows", 1, 1000),
        ("width", 16, 640),
        ("height", 16, 480),
        # Without a width and a height, 16 pixels are assumed.
        ("x_pos", 0, 640 - 16),
        ("y_pos", 0, 480 - 16),
    ],
)
def test_numbers_out_of_range_are_refused(name, low, high):
    assert read(**{name: low})[name] == low
    assert read(**{name: high})[name] == high
    for bad in (low - 1, high + 1):
        assert f"{name} of the region 'grid' must be" in complaint(
            {"grid": {"video_sources": ["*"], name: bad}}
        )


def test_a_region_outside_the_canvas_is_refused():
    assert read(x_pos=600, width=40)["x_pos"] == 600
    region = {"video_sources": ["*"], "x_pos": 600, "width": 41}

    assert "x_pos of the region 'grid' must be between 0 and 599, not 600" in complaint(
        {"grid": region}
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("video_sources", "*", "a list"),
        ("video_sources_excluded", {"a": 1}, "a list"),
        ("cells_excluded", 3, "a list"),
        ("x_pos", "10", "a whole number"),
        ("x_pos", 1.5, "a whole number"),
        ("z_pos", True, "a whole number"),
        ("reuse", "newest", "one of none, show_oldest, show_newest"),
        ("reuse", ["none"], "one of none, show_oldest, show_newest"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_message_of_twilio(name, value, words):
    message = complaint({"grid": {"video_sources": ["*"], name: value}})

    assert (
        f"failed to deserialize for field 'video_layout.grid.{name}': must be {words}" in message
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cells_excluded", [-1]),
        ("cells_excluded", [1_000_000]),
        ("cells_excluded", ["1"]),
        ("cells_excluded", [True]),
        ("video_sources", [""]),
        ("video_sources", [1]),
        ("video_sources_excluded", [None]),
    ],
)
def test_items_of_lists_are_checked(name, value):
    assert f"{name} of the region 'grid' must hold" in complaint(
        {"grid": {"video_sources": ["*"], name: value}}
    )


def test_the_last_cell_can_be_excluded():
    assert read(cells_excluded=[0, 999_999])["cells_excluded"] == [0, 999_999]


@pytest.mark.parametrize("region", [{}, {"video_sources": None}, {"x_pos": 1}])
def test_a_region_needs_video_sources(region):
    assert "the region 'grid' must have video_sources" in complaint({"grid": region})


def test_the_error_about_an_unknown_property_suggests_the_nearest_one():
    message = complaint({"grid": {"video_source": ["*"]}})

    assert "has no property 'video_source'; did you mean 'video_sources'?" in message
    assert "it has: video_sources, video_sources_excluded, reuse" in complaint({"grid": {"q": 1}})


@pytest.mark.parametrize("value", [[], "grid", 1, [{"video_sources": ["*"]}]])
def test_a_layout_that_is_not_a_dictionary_is_refused(value):
    assert "must be a JSON dictionary of regions" in complaint(value)


@pytest.mark.parametrize("region", [None, [], "x"])
def test_a_region_that_is_not_a_dictionary_is_refused(region):
    assert "the region 'grid' must be a JSON dictionary" in complaint({"grid": region})


@pytest.mark.parametrize("good", ["640x480", "16x16", "1280x720", "720x1280", "960x960"])
def test_a_resolution_may_have_any_shape_within_the_limits(good):
    assert video_layouts.Canvas().complaint(good) is None


@pytest.mark.parametrize(
    "bad", ["1920x1080", "1280x721", "15x480", "640x15", "640", "640X480", "+640x480", "", "٦٤x16"]
)
def test_a_resolution_outside_the_limits_is_refused(bad):
    assert video_layouts.Canvas().complaint(bad).startswith("must be WIDTHxHEIGHT, both from 16")


def test_the_message_about_a_huge_value_is_short():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    assert len(complaint(deep)) < 200
    assert len(complaint({"grid": {"video_sources": ["*"], "reuse": "x" * 100_000}})) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(st.sampled_from(list(DEFAULTS)), JSON | st.integers(-100, 1300))
REGIONS = PROPERTIES.map(lambda properties: {"video_sources": ["*"]} | properties)


@given(JSON | st.dictionaries(st.text(max_size=5), JSON | REGIONS))
def test_any_value_is_refused_or_becomes_a_complete_layout(value):
    """
    The completed layout is itself a valid layout.
    """
    try:
        layout = video_layouts.read(value, "640x480")
    except Refusal:
        return
    assert all(region.keys() == DEFAULTS.keys() for region in layout.values())
    assert video_layouts.read(layout, "640x480") == layout
