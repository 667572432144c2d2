"""Targets: which destination takes which callback."""

from __future__ import annotations

import re

from typing import Final

from .._engine.records import struct
from ..errors import InvalidArgumentError
from .callback import Callback
from .destinations import Destination


__all__ = ["Target", "Targets", "checked_base"]

# Scheme, user and password, host with port, and the rest.
_PARTS: Final = re.compile(r"(https?://)(?:[^/?#]*@)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


@struct(slots=True)
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


def checked_base(base_url: object) -> str:
    """Return *base_url* if it can be the beginning of a URL; `None` is that of all of them.

    Raise `InvalidArgumentError` if not.
    """
    if base_url is None:
        return ""
    if isinstance(base_url, str) and _PARTS.fullmatch(base_url):
        return base_url
    msg = (
        f"base_url is {base_url!r}, but must be the beginning of a URL, like "
        "'https://app.example' or 'http://localhost:5000/hooks', or None for any"
    )
    raise InvalidArgumentError(msg)


def _fits(target: Target, url: str) -> bool:
    base, url = _plain(target.base_url), _plain(url)
    # "http://localhost:5000" is not where "http://localhost:50001/hooks" goes.
    is_whole = not base or base.endswith("/") or url[len(base) :][:1] in {"", "/", "?", "#"}
    return is_whole and url.startswith(base)


def _plain(url: str) -> str:
    """Return *url* as it can be compared: no user and password, the host in lower case."""
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return url
    scheme, host, rest = parts.groups()
    path = rest if rest.startswith("/") or not host else f"/{rest}"
    return f"{scheme}{host}".lower() + path
