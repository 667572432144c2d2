"""Who may use the control API: programs and pages of this machine, and no page from elsewhere."""

from __future__ import annotations

import ipaddress
import socket

from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit


__all__ = ["Gate"]

_LOCAL: Final = ("localhost", "")


class Gate:
    """Refuses what a page elsewhere makes a browser send.

    Problem: a page from anywhere can make the browser of a developer send requests to this
    machine, and by DNS rebinding it can even read the answers under a name of its own.

    Solution: a browser says in ``Origin`` which page sends a request, and in ``Host`` under which
    name it believes to ask. Both have to be ours.
    """

    def __init__(self, allow_hosts: tuple[str, ...]) -> None:
        self._allowed = {each.lower().strip("[]") for each in allow_hosts if each}

    def refusal(self, host: str, origin: str | None, scheme: str) -> str | None:
        """Return why a request with these headers is refused, or `None`."""
        name = _name_of(host)
        if name is None or not (name in self._allowed or _is_this_machine(name)):
            return (
                f"the Host {host!r} is not this machine: ask under localhost, "
                f"or allow the name with --allow-host"
            )
        if origin is not None and origin.lower() != f"{scheme}://{host}".lower():
            return (
                f"the Origin {origin!r} is a page from elsewhere, which may not control the fake: "
                f"send the request from the test, or from a page of this server"
            )
        return None


def _name_of(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _is_this_machine(name: str) -> bool:
    if name in _LOCAL or name.endswith(".localhost") or name == socket.gethostname().lower():
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    if address.is_loopback:
        return True
    # Only an address of this machine can be bound to. No packet is sent.
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((name, 0))
    except OSError:
        return False
    return not address.is_unspecified
