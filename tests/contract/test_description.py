"""Requests and answers, compared with Twilio's own description."""

from __future__ import annotations

import re

from enum import Enum
from urllib.parse import urlsplit

import pytest

from pytest_twilio_video._api.pages import PageParameters
from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._engine.parameters import Between, OneOf, enum_values, parameters_of


pytestmark = pytest.mark.contract

BEYOND = {
    ("GET", "/v1/Recordings/{}/Media"),
    ("GET", "/v1/Rooms/{}/Recordings/{}/Media"),
    ("GET", "/v1/Compositions/{}/Media"),
}
"""The routes that Twilio's pages document, but the description does not have."""


def shape(path):
    return re.sub(r"\{\w+\}", "{}", path)


@pytest.fixture
def route(operation):
    """Our route of *operation*."""
    (found,) = [
        each
        for each in ROUTES
        if (each.method, shape(each.path)) == (operation.method, operation.shape)
    ]
    return found


@pytest.fixture
def taken(route):
    """The parameters of our route, by Twilio's names."""
    paging = parameters_of(PageParameters) if route.lists else ()
    return {
        each.wire_name: each
        for each in (*(parameters_of(route.takes) if route.takes else ()), *paging)
    }


def test_routes_and_described_operations_are_the_same(description):
    described = {(each.method, each.shape) for each in description.operations}
    ours = [(route.method, shape(route.path)) for route in ROUTES]

    assert len(described) == 39
    assert len(ours) == len(set(ours)) == 42
    assert set(ours) == described | BEYOND


def test_a_success_has_the_described_status(operation, route):
    assert set(operation.successes) == {route.status}


def test_parameters_match_the_description(operation, taken):
    assert taken.keys() == operation.inputs.keys()


def test_required_parameters_match_the_description(operation, taken):
    required = {name for name, parameter in taken.items() if parameter.is_required}

    # Status is not described as required for a participant, but an update needs it.
    beyond = {"Status"} if operation.id == "UpdateRoomParticipant" else set()
    assert required == operation.required | beyond


def test_enumerations_have_the_described_values(description, operation, taken):
    for name, said in operation.inputs.items():
        schema = description.resolved(said)
        words = schema.get("enum") or description.resolved(schema.get("items", {})).get("enum")
        if words and name != "Status":
            assert set(_words(taken[name])) == set(words), name


def test_statuses_are_the_described_ones_or_the_ones_that_can_be_set(
    description, operation, taken
):
    """
    A participant can be disconnected over the API, but not connected.
    """
    schema = operation.inputs.get("Status")
    if schema is not None:
        words, ours = set(description.resolved(schema)["enum"]), set(_words(taken["Status"]))
        assert ours == words if operation.method == "GET" else ours < words


def test_lists_and_ranges_of_numbers_match_the_description(operation, taken, route):
    for name, schema in operation.inputs.items():
        assert taken[name].is_list == (schema.get("type") == "array"), name
        if name == "PageSize":
            assert route.largest_page == schema["maximum"]
            assert taken[name].limits[0].low == schema["minimum"] == 1
        elif schema.get("type") == "integer" and name != "Page":
            assert any(isinstance(limit, Between) for limit in taken[name].limits), name


def test_responses_have_the_described_keys(description, operation, simulation):
    answer = simulation.call(operation)
    assert answer.status_code in operation.successes
    described = operation.successes[answer.status_code].get("content")
    if described is None:
        assert answer.content == b""
        return
    schema = description.resolved(described["application/json"]["schema"])
    document = answer.json()

    assert document.keys() == schema["properties"].keys()
    if "meta" in document:
        assert document["meta"].keys() == schema["properties"]["meta"]["properties"].keys()
        key = document["meta"]["key"]
        item = description.resolved(schema["properties"][key]["items"])
        assert document[key]
        assert all(each.keys() == item["properties"].keys() for each in document[key])


def test_urls_have_the_form_of_the_examples(operation, simulation):
    """
    If the description has an example, our links have the same names and the same positions.
    """
    (answer,) = operation.successes.values()
    examples = answer.get("content", {}).get("application/json", {}).get("examples", {})
    shown = [each for example in examples.values() for each in _things(example["value"])]
    if shown and "url" in shown[0]:
        ours = _things(simulation.call(operation).json())
        assert ours
        assert {_addresses(each) for each in ours} <= {_addresses(each) for each in shown}


def _words(parameter):
    if isinstance(parameter.type, type) and issubclass(parameter.type, Enum):
        return enum_values(parameter.type)
    return next((limit.words for limit in parameter.limits if isinstance(limit, OneOf)), ())


def _things(document):
    return document[document["meta"]["key"]] if "meta" in document else [document]


def _addresses(thing):
    """Return the names and positions of the URLs in *thing*."""
    links = {"url": thing["url"]} | thing.get("links", {})
    return frozenset((name, _place(url)) for name, url in links.items())


def _place(url):
    return re.sub(r"/([A-Z]{2}[0-9a-f]{32}|video_extension_[^/]+)", "/{}", urlsplit(url).path)
