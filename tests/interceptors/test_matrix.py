"""Every kind of client beside every other mocking library, entered in every order."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from pathlib import Path

import pytest


COMPANIONS = (
    "aioresponses",
    "mocket",
    "moto",
    "pook",
    "pytest_httpx",
    "pytest_socket",
    "requests_mock",
    "twilio",
    "vcr",
)
MATRIX = Path(__file__).with_name("matrix.py")
GOOD = r" ([1-9]\d*) of \1 calls served, 0 names looked up, 0 of [1-9]\d* companions broken\n"


@pytest.mark.process
@pytest.mark.matrix
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform == "win32", reason="its cells are forked")
def test_all_clients_reach_the_fake_and_all_other_mocks_keep_working():
    """
    It runs in its own process, because hooks are never removed and this process has them already.
    """
    for companion in COMPANIONS:
        pytest.importorskip(companion)
    # Forks end without saving coverage data, so measuring them would take time without a result.
    environ = {name: said for name, said in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, str(MATRIX)]
    finished = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert re.search(GOOD, finished.stdout), finished.stdout + finished.stderr
    assert finished.returncode == 0
