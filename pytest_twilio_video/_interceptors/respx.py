"""The user's own routes through `respx`."""

from __future__ import annotations

from respx import MockRouter
from respx.models import AllMockedAssertionError, PassThrough


__all__ = ["Routes"]


class Routes(MockRouter):
    """Routes that precede the fake. A request that matches none of them goes to the fake.

    They patch nothing, because they are never started.
    """

    UNMATCHED = (AllMockedAssertionError, PassThrough)

    def __init__(self) -> None:
        super().__init__(assert_all_called=False)
