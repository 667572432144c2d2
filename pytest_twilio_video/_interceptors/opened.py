"""Connections to Twilio Video that were opened while they were allowed.

Problem: a session that several tests share keeps such a connection. A later
test, in which requests are blocked, would send over it without looking up a
name.

Solution: remember each connection that is opened while requests are allowed,
and shut it down when they are blocked again. The client finds its connection
closed and opens another one, which is blocked. The connection is shut down,
not closed: the client still closes its own socket.

Problem: some clients (aiohttp) remember addresses, and then look up no name.

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
"""The hosts of Twilio Video, by the addresses that look-ups found while they were allowed."""
_open: WeakSet[Any] = WeakSet()
_lock = threading.Lock()


def note_addresses(host: str, found: Any) -> None:
    """Note the addresses of *host*, a host of Twilio Video. *found* is what a look-up returned."""
    if isinstance(found, str):
        _hosts.update(((found, port), host) for port in _USUAL_PORTS)
    elif isinstance(found, tuple):  # the result of gethostbyname_ex and gethostbyaddr
        for address in found[2]:
            note_addresses(host, address)
    else:
        for *_, (address, port, *_) in found:
            ports = (port,) if port else _USUAL_PORTS
            _hosts.update(((str(address), usual), host) for usual in ports)


def host_at(address: Any) -> str | None:
    """Return which host of Twilio Video was found at *address*, or `None`."""
    is_one = isinstance(address, tuple) and isinstance(address[0], str)
    return _hosts.get(address[:2]) if is_one else None


def remember(connection: Any) -> None:
    """Remember *connection*: a socket, or a transport of an event loop that has a socket."""
    with _lock, suppress(TypeError):  # A connection without weak references is a mock.
        _open.add(connection)


def is_remembered(connection: Any) -> bool:
    """Return whether *connection* is remembered."""
    with _lock:
        return connection in _open


def close_all() -> None:
    """Shut down all remembered connections, and forget them."""
    with _lock:
        connections = list(_open) if _open else []
        _open.clear()
    for connection in connections:
        with suppress(OSError, ValueError, AttributeError):  # It is closed already.
            _shut_down(connection)


def _shut_down(connection: Any) -> None:
    import socket

    if not isinstance(connection, socket.socket):
        connection = connection.get_extra_info("socket")
    # Its own method is not used: the sockets of TLS and of mocks have different ones.
    # `os.dup` would refuse it on Windows, where a socket is not a file.
    with socket.socket(fileno=socket.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)
