"""Connections to Twilio Video that were opened while they were allowed.

Problem: a session that several tests share keeps such a connection. A later
test, in which requests are refused, would send over it without any look-up.

Solution: remember what is opened while it is allowed, and shut it down when it
is allowed no more. A client finds the connection closed, opens another one, and
is refused. Shutting down is all: the client still closes its own socket.

Problem: clients remember addresses as well (aiohttp), and look up no name then.

Solution: remember the addresses, too.
"""

from __future__ import annotations

import threading

from contextlib import suppress
from typing import Any
from weakref import WeakSet


__all__ = ["close_all", "host_at", "is_remembered", "note_addresses", "remember"]

_USUAL_PORTS = (80, 443)
_hosts: dict[tuple[str, int], str] = {}
"""Where our hosts were found while that was allowed."""
_open: WeakSet[Any] = WeakSet()
_lock = threading.Lock()


def note_addresses(host: str, found: Any) -> None:
    """Note the addresses of one of our hosts: whatever a look-up returned."""
    if isinstance(found, str):
        _hosts.update(((found, port), host) for port in _USUAL_PORTS)
    elif isinstance(found, tuple):  # of gethostbyname_ex and gethostbyaddr
        for address in found[2]:
            note_addresses(host, address)
    else:
        for *_, (address, port, *_) in found:
            ports = (port,) if port else _USUAL_PORTS
            _hosts.update(((str(address), each), host) for each in ports)


def host_at(address: Any) -> str | None:
    """Return which of our hosts was found at *address*, if any."""
    is_one = isinstance(address, tuple) and isinstance(address[0], str)
    return _hosts.get(address[:2]) if is_one else None


def remember(connection: Any) -> None:
    """Remember a socket, or a transport of an event loop that has one."""
    with _lock, suppress(TypeError):  # One that cannot be referred to weakly is a mock.
        _open.add(connection)


def is_remembered(connection: Any) -> bool:
    """Whether *connection* is one of those."""
    with _lock:
        return connection in _open


def close_all() -> None:
    """Shut down all of them."""
    with _lock:
        connections = list(_open) if _open else []
        _open.clear()
    for connection in connections:
        with suppress(OSError, ValueError, AttributeError):  # It is closed already.
            _shut_down(connection)


def _shut_down(connection: Any) -> None:
    import os
    import socket

    if not isinstance(connection, socket.socket):
        connection = connection.get_extra_info("socket")
    # Not by its own method: TLS and mocks have others.
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)
