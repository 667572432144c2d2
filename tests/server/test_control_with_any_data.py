"""The control API with everything that its description allows, and much that it does not."""

from __future__ import annotations

import pytest
import requests


schemathesis = pytest.importorskip("schemathesis", reason="tox -e contract brings schemathesis")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402 -- it comes with it
from hypothesis import strategies as st  # noqa: E402


ENDLESS = {"/_fake/stream", "/_fake/watch"}


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.slow
def test_every_answer_is_described(fake, server, session, ask):
    """
    No answer is a 500, and none differs from the description, 405 excepted.
    """
    document = session.get(f"{server.url}/_fake/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    names = ("status_code", "content_type", "response_schema")
    checks = [getattr(schemathesis.checks, f"{name}_conformance") for name in names]
    reached = set()

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ENDLESS:
            continue

        @given(case=operation.as_strategy(), is_known=st.booleans())
        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def every_answer_is_described(case, is_known):
            fake.reset()
            if is_known and case.path_parameters:
                case.path_parameters = names_of_what_is_there(fake, ask)
            answer = case.call(base_url=server.url, session=session)
            if answer.status_code != 405:
                case.validate_response(answer, checks=checks)
            if answer.status_code < 300:
                reached.add(case.operation.label)

        every_answer_is_described()
    assert len(reached) > 20


def names_of_what_is_there(fake, ask):
    """Fill the account; return what stands for each name in a path."""
    room = fake.rooms.create(unique_name="x", status_callback="https://app.example/hook")
    room.connect("alice").publish("video", "camera")
    return {
        "room": "x",
        "participant": "alice",
        "track": "camera",
        "callback": ask("GET", "/_fake/callbacks").json["callbacks"][0]["id"],
        "fault": ask("POST", "/_fake/faults", json={"status": 500}).json["id"],
    }
