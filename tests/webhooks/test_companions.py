"""Delivery while mocks of other libraries are active: no mock sees the request."""

from __future__ import annotations

import pytest
import responses
import respx


pook = pytest.importorskip("pook")
vcr = pytest.importorskip("vcr")


@pytest.fixture(params=["vcrpy", "respx", "respx using httpx", "pook", "responses"])
def companion(request, tmp_path):
    """A mock that refuses every request, and the requests that it has seen."""
    match request.param:
        case "vcrpy":
            with vcr.VCR(record_mode="none").use_cassette(str(tmp_path / "none.yaml")) as cassette:
                yield lambda: cassette.requests
        case "respx":
            with respx.mock() as router:
                yield lambda: router.calls
        case "respx using httpx":
            with respx.mock(using="httpx") as router:
                yield lambda: router.calls
        case "pook":
            with pook.use() as engine:
                yield engine.unmatched_requests
        case "responses":
            with responses.RequestsMock() as mocked:
                yield lambda: list(mocked.calls)


def test_no_other_mock_sees_a_delivery(companion, simulation, queue, inbox):
    simulation.callbacks.deliver_to(simulation.target)
    callback = queue(url=f"{simulation.url}/hooks")

    simulation.flush()

    assert callback.response.status_code == 204
    assert len(inbox.arrivals) == 1
    assert list(companion()) == []
