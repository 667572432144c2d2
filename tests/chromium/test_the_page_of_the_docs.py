"""Every block of Python in docs/browsers.md runs, in a process with pytest-playwright."""

from __future__ import annotations

import os
import re

from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OURS = """
from test_classroom import browser_type_launch_args, classroom
"""


def test_each_block_does_what_the_page_says(pytester, monkeypatch, chromium, sdk):
    pytest.importorskip("pytest_playwright", reason="pytest-playwright is not installed")
    blocks = FENCE.findall((ROOT / "docs" / "browsers.md").read_text(encoding="utf-8"))
    assert len(blocks) == 3
    configuration, *tests = blocks
    folder = pytester.mkdir("tests")
    folder.joinpath("conftest.py").write_text(configuration, encoding="utf-8")
    for number, code in enumerate(tests):
        folder.joinpath(f"test_block_{number}.py").write_text(code, encoding="utf-8")
    # What the page leaves to its reader: the application, and where the browser is.
    pytester.makeconftest(OURS)
    paths = [str(ROOT / "examples"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("PYTEST_ADDOPTS", "")

    result = pytester.runpytest_subprocess("-p", "no:asyncio", "-k", sdk.parent.name)

    result.assert_outcomes(passed=2, deselected=2)
