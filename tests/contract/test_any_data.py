"""Any request, valid or invalid by the description, gets an answer that Twilio could give."""

from __future__ import annotations

import warnings

import hypothesis
import pytest

from hypothesis import strategies as st

from pytest_twilio_video import (
    LegacyRoomTypeWarning,
    UnknownEndpointWarning,
    UnknownParameterWarning,
)


schemathesis = pytest.importorskip("schemathesis", reason="tox -e contract brings schemathesis")

pytestmark = pytest.mark.contract

HOME = "https://video.twilio.com"
EXAMPLES = 40
TAKE_NOTHING = {"FetchRecordingSettings", "FetchCompositionSettings"}
"""The operations without parameters, which can be called in only one way."""


@pytest.fixture(scope="module")
def described(description):
    """The operations of schemathesis by their ids."""
    return _operations(description.mended())


@pytest.fixture(scope="module")
def described_strictly(description):
    """The same, but names in paths must be SIDs. Otherwise no text would be an invalid name."""
    raw = description.mended()
    for item in raw["paths"].values():
        for each in _inner(item):
            for parameter in each.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"].setdefault("pattern", "^[A-Z]{2}[0-9a-f]{32}$")
    return _operations(raw)


def _operations(raw):
    # Credentials are tested elsewhere. Here all are accepted, and only the data matter.
    del raw["components"]["securitySchemes"]
    for item in raw["paths"].values():
        for each in _inner(item):
            each.pop("security", None)
    schema = schemathesis.openapi.from_dict(raw)
    found = [result.ok() for result in schema.get_all_operations()]
    return {each.definition.raw["operationId"]: each for each in found}


def _inner(item):
    return [each for each in item.values() if isinstance(each, dict)]


def test_a_success_is_valid_by_the_description(described, operation, simulation):
    described[operation.id].validate_response(simulation.call(operation))


def test_responses_to_valid_data_match_the_description(described, operation, inhabit):
    cases = described[operation.id].as_strategy()
    tried = try_all(operation, inhabit, cases)

    assert tried >= 25 or operation.id in TAKE_NOTHING


def test_responses_to_invalid_data_match_the_description(described_strictly, operation, inhabit):
    if operation.id in TAKE_NOTHING:
        pytest.skip("takes no parameters, and so no bad ones")
    negative = schemathesis.GenerationMode.NEGATIVE
    cases = described_strictly[operation.id].as_strategy(generation_mode=negative)

    assert try_all(operation, inhabit, cases) >= 25


def try_all(operation, inhabit, cases):
    """Try *cases*, half of them with existing resources, and return their number."""
    tried = 0

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases, leads_home=st.booleans())
    def try_it(case, leads_home):
        nonlocal tried
        tried += 1
        simulation = inhabit()
        with warnings.catch_warnings(), simulation.fake:
            # Data may be such that Twilio does not have their path, does not know a parameter, or
            # has the type of a room for older accounts only.
            for category in (
                UnknownEndpointWarning,
                UnknownParameterWarning,
                LegacyRoomTypeWarning,
            ):
                warnings.simplefilter("ignore", category)
            if leads_home:
                lead_home(case, simulation)
            credentials = (simulation.fake.account_sid, simulation.fake.auth_token)
            answer = case.call(base_url=HOME, auth=credentials, allow_redirects=False)
        check(operation, case, answer)

    try_it()
    return tried


def lead_home(case, simulation):
    """Set the names of an existing resource in *case*. Random names would never exist."""
    for name, sid in simulation.home(case.operation.path).items():
        case.path_parameters[name] = sid
    if isinstance(case.body, dict) and "RoomSid" in case.body:
        case.body["RoomSid"] = simulation.random["Rooms"]


def check(operation, case, answer):
    assert answer.status_code < 500, answer.text
    if answer.status_code in operation.successes:
        checks = [
            schemathesis.checks.response_schema_conformance,
            schemathesis.checks.content_type_conformance,
        ]
        case.validate_response(answer, checks=checks)
        return
    assert answer.status_code >= 400, f"{answer.status_code} is no success that is described"
    document = answer.json()
    assert document.keys() - {"detail"} == {"code", "message", "more_info", "status"}
    assert document["status"] == answer.status_code
    assert document["more_info"] == f"https://www.twilio.com/docs/errors/{document['code']}"
    assert document["message"]
    assert isinstance(document["code"], int)
