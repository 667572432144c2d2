"""The guard: nothing leaves this machine for Twilio Video.

Problem: a request that no fake answers (no fixture, an unknown client, a
thread that outlives its test, another mock that passes it through) would reach
the real service, with whatever credentials are at hand.

Solution: refuse by the name of the host, beneath everybody's mocks, so that a
mock of the user's own still answers. Two places are on the way of nearly all
clients: the look-up of the name, and the name that TLS is begun with, which
also sees those that come through a proxy or bring an address. It is not before
TLS begins that a proxy is asked for our host: it learns the name, and no more.
What goes another way is not seen: resolvers in C together with plain HTTP,
plain HTTP through a proxy, other processes.
"""

from __future__ import annotations

import inspect
import sys
import threading

from typing import TYPE_CHECKING, Any

from ..errors import BlockedRequestError
from . import active, hooks, hosts
from .active import Entered


if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, ModuleType

    from typing_extensions import Self


__all__ = ["Guard"]


class Guard(Entered):
    """Refuses what is about to leave for Twilio Video, while entered and *blocking*.

    *test* names the test that runs, for the message. *refusals* are all that
    it has refused, oldest first: a test should fail for one even if the
    application has swallowed the exception. *strays* are those outside of any
    test. As with fakes, the hooks stay and a
    stack decides: of several guards (pytest runs pytest), the innermost.
    """

    def __init__(self) -> None:
        self.blocking = True
        self.test = ""
        self.refusals: list[BlockedRequestError] = []
        self.strays: list[BlockedRequestError] = []

    def __enter__(self) -> Self:
        for name in ("socket", *_GREEN_SOCKETS):
            hooks.when_imported(name, _hook_socket)
        for name in ("ssl", "gevent.ssl", "eventlet.green.ssl"):
            hooks.when_imported(name, _hook_ssl)
        return super().__enter__()

    def _message(self, host: str) -> str:
        during = f", during {self.test}" if self.test else ", outside of any test"
        to = _url_at(host) or host
        happened = f"A request to {to} was about to leave this machine{during}.{_thread()}"
        if not active.is_any():
            return f"{happened} Add the twilio_video fixture to the test, {_ALLOW}"
        if client := _client():
            return (
                f"{happened} The twilio_video fixture is active and catches {client}, but not"
                f" where it is used past its sessions, adapters or transports. Send the request"
                f" through one of them, {_ALLOW}"
            )
        return (
            f"{happened} The twilio_video fixture is active, but does not catch the client"
            f" that the request came through. Use one of {', '.join(hooks.CLIENTS)}, {_ALLOW}"
        )

    def refuse(self, host: str) -> None:
        """Remember the refusal, and raise it."""
        message = self._message(host)
        # Not the one that is raised: its traceback would keep the test's variables alive.
        remembered = self.refusals if self.test else self.strays
        remembered.append(BlockedRequestError(message))
        raise BlockedRequestError(message)


_GREEN_SOCKETS = ("gevent.socket", "eventlet.green.socket")
"""What becomes of `socket` where an application has patched the simulation, before us or after."""

_ALLOW = (
    "or allow it with @pytest.mark.twilio_video(block=False), or for the whole run with the"
    " ini setting twilio_video_block = false."
)


def _thread() -> str:
    """Say who is to blame if it may not be the test that runs."""
    thread = threading.current_thread()
    if thread is threading.main_thread():
        return ""
    return f" It came from the thread {thread.name!r}, which an earlier test may have started."


def _client() -> str | None:
    """Return which of the clients that we catch has come here, as far as the stack tells."""
    libraries = (str(each.f_globals.get("__name__")).partition(".")[0] for each in _frames())
    return next((each for each in libraries if each in hooks.CLIENTS), None)


def _url_at(host: str) -> str | None:
    """Return the URL at *host* that somebody asks for, as far as the stack tells.

    A look-up knows the name alone, and one that runs in a thread of its own has no such stack.
    """
    asked = (frame.f_locals.get(name) for frame in _frames() for name in ("request", "req", "url"))
    # Of httpx and requests, of urllib, and the URL itself.
    urls = (getattr(each, "url", getattr(each, "full_url", each)) for each in asked if each)
    found = (url for url in map(str, urls) if hosts.host_of(url) == host.lower())
    return next(map(hosts.visible, found), None)


def _frames() -> Iterator[FrameType]:
    """Go through what has called us, the latest first."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def _check(host: object) -> None:
    """Refuse what is meant for our hosts. What is no host is for the function itself to refuse."""
    if not Guard.entered or not Guard.entered[-1].blocking:
        return
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if isinstance(name, str) and hosts.is_ours(name):
        Guard.entered[-1].refuse(name)


def _hook_socket(socket: ModuleType) -> None:
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        hooks.wrap(socket, name, _checking_host)
    if socket.__name__ in _GREEN_SOCKETS:  # There it does not ask the others.
        hooks.wrap(socket, "create_connection", _checking_address)


def _checking_host(look_up: Any) -> Any:
    def check_and_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host)
        return look_up(host, *args, **kwargs)

    return check_and_look_up


def _checking_address(connect: Any) -> Any:
    def check_and_connect(address: Any, *args: Any, **kwargs: Any) -> Any:
        _check(address[0])
        return connect(address, *args, **kwargs)

    return check_and_connect


def _hook_ssl(ssl: ModuleType) -> None:
    for name in ("wrap_socket", "wrap_bio"):
        hooks.wrap(ssl.SSLContext, name, _checking_server_name)


def _checking_server_name(wrap: Any) -> Any:
    signature = inspect.signature(wrap)

    def check_and_wrap(*args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(*args, **kwargs).arguments
        try:
            _check((arguments | kwargs).get("server_hostname"))  # eventlet takes just `**kw`
        except BlockedRequestError:
            # Clients close a connection whose TLS fails as they know it, and not after this.
            if sock := arguments.get("sock"):
                sock.close()
            raise
        return wrap(*args, **kwargs)

    return check_and_wrap
