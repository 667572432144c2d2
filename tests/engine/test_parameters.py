"""Parameters: types, limits, defaults and refusals of an operation's parameters."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any

import pytest

from pytest_twilio_video._engine.parameters import (
    Between,
    Json,
    Matching,
    OneOf,
    RefusedWith,
    Required,
    UpTo,
    Url,
    ValidText,
    build,
    parameters_of,
    pascal,
    snake,
)
from pytest_twilio_video._engine.records import StrEnum, struct
from pytest_twilio_video._engine.refusals import Refusal


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@struct(kw_only=True)
class Order:
    """Parameters of every kind."""

    name: Annotated[str, Required(), ValidText(), UpTo(5)] = ""
    size: Annotated[Size, RefusedWith(53108)] = Size.SMALL
    pieces: Annotated[int | None, Between(1, 3), RefusedWith(53107)] = None
    is_gift: bool = False
    wrapping: Annotated[list[str] | None, OneOf(("paper", "foil"))] = None
    codes: Annotated[list[str] | None, Matching("[A-Z]{2}", "two capitals")] = None
    due: datetime | None = None
    notes: Annotated[Any, Json()] = None
    callback: Annotated[str | None, Url(30)] = None


def refusal(**values):
    with pytest.raises(Refusal) as refused:
        build(Order, {"name": "cup", **values})
    return refused.value


def test_an_omitted_parameter_has_its_default():
    assert build(Order, {"name": "cup"}) == Order(name="cup")


@pytest.mark.parametrize("value", [None, "missing"])
def test_none_counts_as_omitted(value):
    values = {} if value else {"name": None}

    with pytest.raises(Refusal) as refused:
        build(Order, values)

    assert refused.value.code == 20001
    assert refused.value.message == "Missing required parameter Name in the post body"
    assert build(Order, {"name": "cup", "pieces": None}).pieces is None


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("name", "", ""),
        ("name", "cups!", "cups!"),
        ("name", "\x20\x7e\xa0é\ud7ff\ue000"[:5], " ~\xa0é\ud7ff"),
        ("size", "large", Size.LARGE),
        ("size", Size.LARGE, Size.LARGE),
        ("pieces", 1, 1),
        ("pieces", 3, 3),
        ("is_gift", True, True),
        ("is_gift", False, False),
        ("wrapping", [], []),
        ("wrapping", ["foil", "paper"], ["foil", "paper"]),
        ("wrapping", ("foil",), ["foil"]),
        ("codes", ["AB", "CD"], ["AB", "CD"]),
        ("due", datetime(2031, 5, 17, tzinfo=timezone.utc), None),
        ("notes", {"a": [1, None]}, {"a": [1, None]}),
        ("notes", "text", "text"),
        ("notes", ("a", "b"), ("a", "b")),
        ("notes", False, False),
        ("callback", "http://a.example/".ljust(29, "x"), None),
    ],
)
def test_values_within_their_limits_are_kept(name, given, kept):
    value = getattr(build(Order, {"name": "cup", name: given}), name)

    assert value == (given if kept is None else kept)
    assert type(value) is type(given if kept is None else kept)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("name", 5, "must be str, not 5"),
        ("name", ("a",), "must be str, not ('a',)"),
        ("name", "cups!!", "must not be longer than 5, not 'cups!!'"),
        *[
            ("name", text, f"must be valid UTF-8, without control characters, not {text!r}")
            for text in ("\x00", "a\x1f", "\x7f", "\ud800", "\udfff")
        ],
        ("is_gift", 1, "must be bool, not 1"),
        ("is_gift", "true", "must be bool, not 'true'"),
        ("wrapping", "foil", "must be list, not 'foil'"),
        ("wrapping", ["foil", "wood"], "must be one of paper, foil, not ['foil', 'wood']"),
        ("codes", ["AB", "ABC"], "must be two capitals, not ['AB', 'ABC']"),
        ("codes", ["AB\n"], "must be two capitals, not ['AB\\n']"),
        ("due", "2031-05-17", "must be datetime, not '2031-05-17'"),
        *[
            ("callback", url, "must be an http or https URL of fewer than 30 characters, not %r")
            for url in ("a.example", "ftp://a.example", "http://a.example/".ljust(30, "x"))
        ],
    ],
)
def test_values_outside_their_limits_are_refused_with_an_explanation(name, value, complaint):
    refused = refusal(**{name: value})

    words = complaint.replace("%r", repr(value))
    assert refused.message == f"Invalid parameter {pascal(name)}: {words}"
    assert (refused.code, refused.status, refused.detail) == (20001, 400, None)


@pytest.mark.parametrize(
    ("name", "value", "code", "message", "detail"),
    [
        *[
            (
                *("pieces", pieces, 53107, "MaxParticipants is out of range"),
                f"pieces must be between 1 and 3, not {pieces}",
            )
            for pieces in (0, 4)
        ],
        *[
            (
                *("pieces", pieces, 53107, "MaxParticipants is out of range"),
                f"pieces must be int, not {pieces!r}",
            )
            for pieces in (True, 1.0, "1")
        ],
        (
            *("size", "huge", 53108, "RoomType is not valid"),
            "size must be one of small, large, not 'huge'",
        ),
        (
            *("size", 1, 53108, "RoomType is not valid"),
            "size must be one of small, large, not 1",
        ),
    ],
)
def test_a_parameter_with_its_own_code_has_the_message_of_the_code_and_a_detail(
    name, value, code, message, detail
):
    refused = refusal(**{name: value})

    assert (refused.code, refused.message, refused.detail) == (code, message, detail)


def test_the_message_names_the_first_limit_that_is_broken():
    assert "control characters" in refusal(name="\x00\x00\x00\x00\x00\x00").message


@pytest.mark.parametrize("limit", [OneOf(("a", "b")), Matching("a|b", "a or b")])
def test_a_limit_for_texts_applies_to_a_text_and_to_each_item_of_a_list(limit):
    for value in ("a", ["a", "b"], []):
        assert limit.complaint(value) is None
    for value in ("ab", "c", ["a", "c"], ["c", "a"]):
        assert limit.complaint(value)


def test_a_url_has_fewer_than_1024_characters_unless_another_limit_is_given():
    url = "http://a.example/".ljust(1023, "x")

    assert Url().complaint(url) is None
    assert "fewer than 1024" in Url().complaint(url + "x")


@pytest.mark.parametrize("lengths", [(0, "", []), (2, "ab", [1, 2])])
def test_a_length_counts_characters_or_entries(lengths):
    length, text, entries = lengths

    assert UpTo(length).complaint(text) is UpTo(length).complaint(entries) is None
    for longer in (text + "c", [*entries, 3]):
        assert UpTo(length).complaint(longer) == f"must not be longer than {length}"


@pytest.mark.parametrize(
    ("name", "wire_name"),
    [
        ("status", "Status"),
        ("max_participants", "MaxParticipants"),
        ("aws_s3_url", "AwsS3Url"),
        ("a", "A"),
    ],
)
def test_each_parameter_has_a_wire_name_and_a_snake_case_name(name, wire_name):
    assert (pascal(name), snake(wire_name)) == (wire_name, name)


def test_the_snake_case_name_of_a_capitalized_name_begins_with_a_small_letter():
    assert snake("PageToken") == "page_token"
    assert pascal("iceServers") == "IceServers"


def test_parameters_are_listed_in_the_order_of_their_declaration():
    taken_apart = {
        each.name: (each.wire_name, each.type, each.is_list, each.is_json, each.is_required)
        for each in parameters_of(Order)
    }

    assert list(taken_apart.items()) == [
        ("name", ("Name", str, False, False, True)),
        ("size", ("Size", Size, False, False, False)),
        ("pieces", ("Pieces", int, False, False, False)),
        ("is_gift", ("IsGift", bool, False, False, False)),
        ("wrapping", ("Wrapping", str, True, False, False)),
        ("codes", ("Codes", str, True, False, False)),
        ("due", ("Due", datetime, False, False, False)),
        ("notes", ("Notes", Any, False, True, False)),
        ("callback", ("Callback", str, False, False, False)),
    ]
    assert [each.code for each in parameters_of(Order)] == [20001, 53108, 53107, *[20001] * 6]
