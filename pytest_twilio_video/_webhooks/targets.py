"""Targets: which destination takes which callback."""

from __future__ import annotations

import re

from dataclasses import dataclass
from typing import Final

from .callback import Callback
from .destinations import Destination


__all__ = ["Target", "Targets"]

_USER_INFO: Final = re.compile("(?<=://)[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Target:
    """A destination, as it was registered."""

    destination: Destination
    base_url: str
    raise_exceptions: bool


class Targets:
    """The registered targets."""

    def __init__(self) -> None:
        self._all: list[Target] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, target: Target) -> None:
        """Register *target*."""
        self._all.append(target)

    def clear(self) -> None:
        """Forget them all."""
        self._all.clear()

    def find(self, callback: Callback) -> Target | None:
        """Return the target with the longest base URL that *callback*'s URL begins with.

        Among equals the latest wins, so that a test overrules its fixtures.
        """
        fitting = [target for target in reversed(self._all) if _fits(target, callback.url)]
        return max(fitting, key=lambda target: len(target.base_url), default=None)

    def refusal(self, callback: Callback) -> str:
        """Say why none takes *callback*, and what to do."""
        cure = "register one: callbacks.deliver_to(app)"
        if not self._all:
            return f"the {callback.event} callback has nowhere to go: no target yet; {cure}"
        bases = ", ".join(repr(target.base_url) for target in self._all)
        return (
            f"no target takes the {callback.event} callback to {callback.url}; "
            f"there are targets for {bases} only; {cure}"
        )


def _fits(target: Target, url: str) -> bool:
    # User and password stand in front of the host, and are no part of the place.
    return url.startswith(target.base_url) or _USER_INFO.sub("", url).startswith(target.base_url)
