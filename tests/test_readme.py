"""The README tells what is so."""

from __future__ import annotations

import re
import runpy

from pathlib import Path

import pytest

from pytest_twilio_video._api.routes import ROUTES


ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def made():
    return runpy.run_path(str(ROOT / "tests" / "operations_table.py"))


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_table_of_operations_is_that_of_the_routes(made, readme):
    assert made["written"](readme) == readme, "run: python tests/operations_table.py"


def test_the_table_has_every_operation_once(made):
    cells = re.findall(r"\b(?:20[0124]|302)\b", made["table"]())

    assert len(cells) == len(ROUTES) == 42


def test_a_readme_without_a_place_for_it_is_told_where_to_make_one(made):
    with pytest.raises(SystemExit) as caught:
        made["written"]("# A title")
    assert made["BEGIN"] in str(caught.value)
