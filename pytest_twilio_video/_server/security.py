"""Security: which requests may use the control API. Those of pages of other sites may not."""

from __future__ import annotations

import ipaddress
import socket

from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit


__all__ = ["Gate"]

_LOCAL: Final = ("localhost", "")


class Gate:
    """Rejects requests that pages of other sites make a browser send.

    Problem: any page can make the browser of a developer send requests to this machine. By DNS
    rebinding, the page can even read the responses, under a host name of its own.

    Solution: the header ``Origin`` has the site of the page that sends a request, and the header
    ``Host`` has the host name that the browser called. Both must be those of this server.
    """

    def __init__(self, allow_hosts: tuple[str, ...]) -> None:
        self._allowed = {host.lower().strip("[]") for host in allow_hosts if host}

    def refusal(self, host: str, origin: str | None, scheme: str) -> str | None:
        """Return why a request with these headers is rejected, or `None` if it is allowed."""
        name = _name_of(host)
        if name is None or not (name in self._allowed or _is_this_machine(name)):
            return (
                f"the Host {host!r} is not this machine. Use localhost in the URL, or allow the "
                f"name with --allow-host"
            )
        if origin is not None and origin.lower() != f"{scheme}://{host}".lower():
            return (
                f"the Origin {origin!r} is another site, whose pages may not control the fake. "
                f"Send the request from the test, or from a page of this server"
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
    # Only an address of this machine can be bound. No packet is sent.
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((name, 0))
    except (OSError, TypeError, ValueError):  # The last two are about a scope that IDNA rejects.
        return False
    return not address.is_unspecified
