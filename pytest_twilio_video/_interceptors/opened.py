"""Connections to Twilio Video that were opened while they were allowed.

Problem: a session that several tests share keeps such a connection. A later
test, in which requests are refused, would send over it without any look-up.

Solution: remember what is opened while it is allowed, and shut it down when it
is allowed no more. A client finds the connection closed, opens another one, and
is refused. Shutting down is all: the client still closes its own socket.
"""

from __future__ import annotations

import threading

from contextlib import suppress
from typing import Any
from weakref import WeakSet


__all__ = ["close_all", "is_remembered", "note_addresses", "remember", "remember_if_ours"]

_USUAL_PORTS = (80, 443)
_addresses: set[tuple[str, int]] = set()
"""Where our hosts were found while that was allowed."""
_open: WeakSet[Any] = WeakSet()
_lock = threading.Lock()


def note_addresses(found: Any) -> None:
    """Note the addresses of our hosts: whatever a look-up of `socket` returned."""
    if isinstance(found, str):
        _addresses.update((found, port) for port in _USUAL_PORTS)
    elif isinstance(found, tuple):  # of gethostbyname_ex and gethostbyaddr
        for address in found[2]:
            note_addresses(address)
    else:
        for *_, (address, port, *_) in found:
            _addresses.update((str(address), each) for each in ((port,) if port else _USUAL_PORTS))


def remember(connection: Any) -> None:
    """Remember a socket, or a transport of an event loop that has one."""
    with _lock, suppress(TypeError):  # One that cannot be referred to weakly is a mock.
        _open.add(connection)


def remember_if_ours(sock: Any, address: Any) -> None:
    """Remember *sock*, which is about to connect to *address*, if one of our hosts is there."""
    if isinstance(address, tuple) and address[:2] in _addresses:
        remember(sock)


def is_remembered(connection: Any) -> bool:
    """Whether *connection* is one of those."""
    with _lock:
        return connection in _open


def close_all() -> None:
    """Shut down all of them."""
    with _lock:
        connections = list(_open)
        _open.clear()
        _addresses.clear()
    for connection in connections:
        with suppress(OSError, ValueError):  # It is closed already.
            _shut_down(connection)


def _shut_down(connection: Any) -> None:
    import os
    import socket

    if isinstance(connection, socket.socket):
        # Not its own method: TLS and mocks have others.
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
        return
    own = connection.get_extra_info("socket")
    if own is not None:
        with socket.socket(fileno=os.dup(own.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
