"""Whatever is said, by the description or against it, is answered as Twilio answers."""

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
"""Operations without any parameter: there is one way to call them."""


@pytest.fixture(scope="module")
def described(description):
    """The operations by their ids, as schemathesis sees them."""
    return _operations(description.mended())


@pytest.fixture(scope="module")
def described_strictly(description):
    """The same, with names in paths that must be SIDs: where all texts are good, none is bad."""
    raw = description.mended()
    for item in raw["paths"].values():
        for each in _inner(item):
            for parameter in each.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"].setdefault("pattern", "^[A-Z]{2}[0-9a-f]{32}$")
    return _operations(raw)


def _operations(raw):
    # Credentials are tested elsewhere: here all of them are good, and the data are in question.
    del raw["components"]["securitySchemes"]
    for item in raw["paths"].values():
        for each in _inner(item):
            each.pop("security", None)
    schema = schemathesis.openapi.from_dict(raw)
    found = [result.ok() for result in schema.get_all_operations()]
    return {each.definition.raw["operationId"]: each for each in found}


def _inner(item):
    return [each for each in item.values() if isinstance(each, dict)]


def test_a_good_answer_is_valid(described, operation, simulation):
    described[operation.id].validate_response(simulation.call(operation))


def test_good_data_are_answered_as_twilio_answers(described, operation, inhabit):
    cases = described[operation.id].as_strategy()
    tried = try_all(operation, inhabit, cases)

    assert tried >= 25 or operation.id in TAKE_NOTHING


def test_bad_data_are_answered_as_twilio_answers(described_strictly, operation, inhabit):
    if operation.id in TAKE_NOTHING:
        pytest.skip("takes no parameters, and so no bad ones")
    negative = schemathesis.GenerationMode.NEGATIVE
    cases = described_strictly[operation.id].as_strategy(generation_mode=negative)

    assert try_all(operation, inhabit, cases) >= 25


def try_all(operation, inhabit, cases):
    """Try *cases*, half of them about things that are there, and return how many they were."""
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
        with simulation.fake, warnings.catch_warnings():
            # Data may be such that their path, a parameter or a type is one that Twilio does not
            # have, or not any more.
            for each in (UnknownEndpointWarning, UnknownParameterWarning, LegacyRoomTypeWarning):
                warnings.simplefilter("ignore", each)
            if leads_home:
                lead_home(case, simulation)
            credentials = (simulation.fake.account_sid, simulation.fake.auth_token)
            answer = case.call(base_url=HOME, auth=credentials, allow_redirects=False)
        check(operation, case, answer)

    try_it()
    return tried


def lead_home(case, simulation):
    """Let *case* be about something that is there: by chance it never is."""
    for name, sid in simulation.home(case.operation.path).items():
        case.path_parameters[name] = sid
    if isinstance(case.body, dict) and "RoomSid" in case.body:
        case.body["RoomSid"] = simulation.sids["Rooms"]


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
