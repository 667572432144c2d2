"""The user's own routes through `respx`."""

from __future__ import annotations

from respx import MockRouter
from respx.models import AllMockedAssertionError, PassThrough


__all__ = ["Routes"]


class Routes(MockRouter):
    """Routes that are asked first: what they do not match goes to the fake.

    Nothing is patched for them. They are not started.
    """

    UNMATCHED = (AllMockedAssertionError, PassThrough)

    def __init__(self) -> None:
        super().__init__(assert_all_called=False)
