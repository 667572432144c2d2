"""A plugin of pytest that tells coverage which test runs, so that each line knows its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import coverage
import pytest


if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Name the context of *item* after it, from its set-up to its teardown."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        if measuring is not None:
            measuring.switch_context("")
