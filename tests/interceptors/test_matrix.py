"""Every kind of client, beside every other mocking library, entered in every order."""

from __future__ import annotations

import json
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


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="its cells are forked")
@pytest.mark.parametrize("order", ["fake first", "companion first", "first use inside"])
def test_all_clients_are_served_and_all_companions_whole(order):
    """
    A process of its own, since hooks are never taken back and this one has them already.
    """
    for companion in COMPANIONS:
        pytest.importorskip(companion)
    command = [sys.executable, str(MATRIX), "--json", "--order", order]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)

    cells = json.loads(finished.stdout or "[]")
    assert cells, finished.stderr
    assert [cell for cell in cells if cell["unserved"] or cell["broken"] or cell["lookups"]] == []
