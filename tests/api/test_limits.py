"""The limits of all numeric parameters, tested in one loop."""

from __future__ import annotations

import pytest

from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._engine.parameters import Between, build, parameters_of
from pytest_twilio_video._engine.refusals import Refusal


RANGES = [
    pytest.param(route.takes, parameter, limit, id=f"{route.takes.__name__}.{parameter.name}")
    for route in ROUTES
    if route.takes
    for parameter in parameters_of(route.takes)
    for limit in parameter.limits
    if isinstance(limit, Between)
]


def test_there_are_ranges_to_test():
    assert len(RANGES) >= 4


@pytest.mark.parametrize(("kind", "parameter", "limit"), RANGES)
def test_numbers_out_of_range_are_refused(kind, parameter, limit):
    """
    Both ends of a range are accepted. One step beyond is refused with the code of the field.
    """
    required = {each.name: "x" for each in parameters_of(kind) if each.is_required}
    for good in (limit.low, limit.high):
        assert getattr(build(kind, required | {parameter.name: good}), parameter.name) == good
    for bad in (limit.low - 1, limit.high + 1):
        with pytest.raises(Refusal) as caught:
            build(kind, required | {parameter.name: bad})
        assert caught.value.code == parameter.code
