"""The guard: no request leaves this machine for Twilio Video.

Problem: a request that no fake answers (no fixture, an unknown client, a
thread that outlives its test, another mock that passes it through) would reach
the real service, possibly with real credentials.

Solution: refuse by the name of the host, below all mocks, so that a mock of
the user's own still answers. Nearly all clients pass two places: the DNS lookup
of the name, and the start of TLS with that name. The second place also sees a
request through a proxy, or to an IP address. A proxy only learns the name of
the host, because it is asked to connect before TLS starts.
The guard does not see plain HTTP with a resolver written in C, plain HTTP
through a proxy, or other processes.
"""

from __future__ import annotations

import inspect
import threading
import traceback

from typing import TYPE_CHECKING, Any

from .. import _hosts as hosts
from ..errors import BlockedRequestError
from . import active, hooks
from .active import ActiveStack


if TYPE_CHECKING:
    from types import FrameType, ModuleType

    from typing_extensions import Self


__all__ = ["Guard", "is_refusal"]


class Guard(ActiveStack):
    """Refuses requests to Twilio Video, while it is entered and *blocking*.

    *test* is the name of the test that runs, for the message. *refusals* are
    the exceptions raised during this test, the oldest first. They keep the
    variables of the functions that they passed alive, so they are dropped at
    the end of the test. *outside_tests* are the messages of all other refusals.
    As with interceptors, the hooks stay and a stack decides: if there are
    several guards, because pytest runs pytest, the innermost refuses.
    """

    def __init__(self) -> None:
        self.blocking = True
        self.test = ""
        self.fixture = ""
        """Why the fixture of the test does not answer, if it has one: it is not there now."""
        self.refusals: list[BlockedRequestError] = []
        self.outside_tests: list[str] = []

    def __enter__(self) -> Self:
        for name in ("socket", *_GREEN_SOCKETS):
            hooks.when_imported(name, _hook_socket)
        for name in ("ssl", "gevent.ssl", "eventlet.green.ssl"):
            hooks.when_imported(name, _hook_ssl)
        return super().__enter__()

    def refuse(self, host: str, *, is_plain: bool = False) -> None:
        """Refuse a request to *host*: remember the exception, and raise it.

        *is_plain* tells that it goes to the port of plain http.
        """
        refusal = BlockedRequestError(self._message(host, is_plain=is_plain))
        if self.test:
            self.refusals.append(refusal)
        else:
            self.outside_tests.append(str(refusal))
        raise refusal

    def swallowed(self) -> str | None:
        """Return the message of the first refusal that the test did not expect, if any.

        The application caught it, for example by ``except Exception``.
        """
        return next((str(refusal) for refusal in self.refusals if not _is_expected(refusal)), None)

    def _message(self, host: str, *, is_plain: bool) -> str:
        during = f", during {self.test}" if self.test else ", outside of any test"
        happened = f"A request to {host} was about to leave this machine{during}.{_thread()}"
        if self.fixture and not active.any_active():
            return (
                f"{happened} The test has the fixture twilio_video, but it is {self.fixture}:"
                f" fixtures are torn down in the reverse order of their setup. Let the fixture"
                f" that sends the request take twilio_video as an argument, so that it is set up"
                f" later and torn down earlier."
            )
        if not active.any_active():
            return f"{happened} Add the twilio_video fixture to the test, {_ALLOW}"
        if is_plain:
            return (
                f"{happened} The twilio_video fixture is active, but Twilio serves nothing over"
                f" plain http. Use https://{host} instead of http://{host}, {_ALLOW}"
            )
        return (
            f"{happened} The twilio_video fixture is active, but the request passed it by. It"
            f" intercepts {', '.join(hooks.CLIENTS)}, used through their sessions, adapters or"
            f" transports. Send the request through one of them, {_ALLOW}"
        )


_HTTP = (80, "80", "http", b"80", b"http")
"""The port of plain http, as it may be looked up."""

_GREEN_SOCKETS = ("gevent.socket", "eventlet.green.socket")
"""The modules that replace `socket` if the application uses gevent or eventlet."""

_ALLOW = (
    "or allow it with @pytest.mark.twilio_video(block=False), or for the whole run with the"
    " ini setting twilio_video_block = false."
)


def _thread() -> str:
    """Name the current thread if the request may not come from the test that runs."""
    thread = threading.current_thread()
    if thread is threading.main_thread():
        return ""
    return f" It came from the thread {thread.name!r}, which an earlier test may have started."


def is_refusal(error: BaseException) -> bool:
    """Whether *error* is a refusal of the guard, or was caused by one."""
    chain, seen = [error], set[int]()
    while chain:
        link = chain.pop()
        if isinstance(link, BlockedRequestError):
            return True
        if id(link) not in seen:
            seen.add(id(link))
            # An exception group has several.
            links = (link.__cause__, link.__context__, *getattr(link, "exceptions", ()))
            chain += filter(None, links)
    return False


def _is_expected(refusal: BlockedRequestError) -> bool:
    """Whether a function that *refusal* passed, or that caught it, refers to its class.

    A test with ``pytest.raises(BlockedRequestError)`` does, and so does a helper function with
    this statement. An application that catches every `Exception` does not.
    """
    frames = (frame for frame, _ in traceback.walk_tb(refusal.__traceback__))
    return any(_refers_to_refusals(frame) for frame in frames if frame.f_globals is not globals())


def _refers_to_refusals(frame: FrameType) -> bool:
    names = frame.f_code.co_names
    values = [*map(frame.f_globals.get, names), *frame.f_locals.values()]
    # `is`, because a variable may be of a class whose comparisons raise.
    return BlockedRequestError.__name__ in names or any(
        value is BlockedRequestError for value in values
    )


def _check(host: object, port: object = None) -> None:
    """Refuse one of our hosts. An invalid *host* is left to the function that is hooked."""
    if not Guard.entered or not Guard.entered[-1].blocking:
        return
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if isinstance(name, str) and hosts.is_ours(name):
        Guard.entered[-1].refuse(name, is_plain=port in _HTTP)


def _hook_socket(socket: ModuleType) -> None:
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        hooks.wrap(socket, name, _checking_host)
    if socket.__name__ in _GREEN_SOCKETS:  # Theirs does not call the others.
        hooks.wrap(socket, "create_connection", _checking_address)


def _checking_host(look_up: Any) -> Any:
    def check_and_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host, args[0] if args else kwargs.get("port"))
        return look_up(host, *args, **kwargs)

    return check_and_look_up


def _checking_address(connect: Any) -> Any:
    def check_and_connect(address: Any, *args: Any, **kwargs: Any) -> Any:
        _check(*address[:2])
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
            # Clients close a connection after the errors of TLS, but not after this one.
            if sock := arguments.get("sock"):
                sock.close()
            raise
        return wrap(*args, **kwargs)

    return check_and_wrap
