"""The guard: no request leaves this machine for Twilio Video.

Problem: a request that no fake answers (no fixture, an unknown client, a
thread that outlives its test, another mock that passes it through) would reach
the real service, possibly with real credentials.

Solution: block requests by the name of the host, below all mocks, so that a
mock of the user's own still answers. `exits.py` lists where the guard sees the
names.
"""

from __future__ import annotations

import threading
import traceback

from typing import TYPE_CHECKING, Final

from .. import _hosts as hosts
from .._http import CLIENTS
from ..errors import BlockedRequestError
from . import active, opened
from .active import ActiveStack


if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import Self


__all__ = ["Guard", "blocking_guard", "check", "is_blocked_request"]


class Guard(ActiveStack):
    """Blocks requests to Twilio Video, while it is entered and *blocking*.

    *test* is the name of the test that runs, for the message. *blocked* has the
    exceptions that were raised during this test, the oldest first. An exception
    keeps the variables of the functions that it passed alive, so *blocked* is
    cleared at the end of the test. *outside_tests* has the messages about all
    other blocked requests, unless *tell* is replaced. As with interceptors, the
    hooks stay and a stack decides: if there are several guards, because pytest
    runs pytest, the innermost guard blocks the request.

    A guard *of_fake* belongs to one fake. If there is a guard of the run around
    it, that guard records the requests that this one blocks. If *blocking* is
    `None`, the guard around it decides.
    """

    def __init__(self, *, blocking: bool | None = True, of_fake: bool = False) -> None:
        self._blocking = blocking
        self.of_fake = of_fake
        self.test = ""
        self.fixture = ""
        """Why the test's fixture does not answer now; empty if the test has no fixture."""
        self.blocked: list[BlockedRequestError] = []
        self.outside_tests: list[str] = []
        self.tell = self.outside_tests.append

    @property
    def blocking(self) -> bool | None:
        """Whether requests are blocked. Setting it to true closes the open connections."""
        return self._blocking

    @blocking.setter
    def blocking(self, blocking: bool | None) -> None:
        self._blocking = blocking
        _close_what_is_blocked_now()

    def __enter__(self) -> Self:
        from . import exits

        # A fake may be entered after the user has mocked a function that the guard hooks. In a
        # run of pytest the functions are hooked already.
        if not self.of_fake or not Guard.entered:
            exits.watch()
        super().__enter__()
        _close_what_is_blocked_now()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        _close_what_is_blocked_now()

    def block(self, host: str, *, is_plain: bool = False) -> None:
        """Block a request to *host*: remember the exception, and raise it.

        *is_plain* says that the request goes to the port of plain HTTP.
        """
        error = BlockedRequestError(self._message(host, is_plain=is_plain))
        if self.test:
            self.blocked.append(error)
        else:
            self.tell(str(error))
        raise error

    def swallowed(self) -> str | None:
        """Return the message of the first exception that the application swallowed, or `None`.

        An application does so by ``except Exception``, for example. An exception that the test
        expects is not swallowed.
        """
        return next((str(error) for error in self.blocked if not _is_expected(error)), None)

    def _message(self, host: str, *, is_plain: bool) -> str:
        during = f"during {self.test}" if self.test else "outside of any test"
        happened = (
            f"A request to {host} was blocked before it left this machine, {during}.{_thread()}"
        )
        if self.fixture and not active.any_active():
            return (
                f"{happened} The test has the fixture twilio_video, but the fixture is"
                f" {self.fixture}. Fixtures are torn down in the reverse order of their setup. Add"
                f" twilio_video to the arguments of the fixture that sends the request. Then that"
                f" fixture is set up after twilio_video and torn down before it."
            )
        allow = _ALLOW_IN_A_FAKE if self.of_fake else _ALLOW
        if not active.any_active():
            return f"{happened} Add the twilio_video fixture to the test, {allow}"
        if is_plain:
            return (
                f"{happened} A fake is active, but Twilio serves nothing over plain http. Use"
                f" https://{host} instead of http://{host}, {allow}"
            )
        fake = "twilio_video fixture" if self.fixture else "fake"
        return (
            f"{happened} The {fake} is active, but it did not see the request. The fake"
            f" intercepts {', '.join(CLIENTS)}, used through their sessions, adapters or"
            f" transports. Send the request through one of these clients, {allow}"
        )


_HTTP: Final = (80, "80", "http")
"""The forms in which a look-up may name the port of plain HTTP."""

_ALLOW = (
    "or allow it with @pytest.mark.twilio_video(block=False), or for the whole run with the"
    " ini setting twilio_video_block = false."
)
_ALLOW_IN_A_FAKE = "or allow it with FakeTwilioVideo(block=False)."


def blocking_guard() -> Guard | None:
    """Return the guard that blocks requests now, or `None` if requests are allowed."""
    guards = Guard.entered[::-1]
    if not guards or not next((g.blocking for g in guards if g.blocking is not None), True):
        return None
    return next((guard for guard in guards if not guard.of_fake), guards[0])


def check(host: object, port: object = None) -> bool:
    """Block a request to *host*, if it is a host of Twilio Video and requests are blocked now.

    Return true if *host* is one and requests are allowed, and false for every other host. An
    invalid *host* is not checked: the hooked function reports it. If *port* is the port of plain
    HTTP, the message says so.
    """
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if not Guard.entered or not isinstance(name, str) or not hosts.is_ours(name):
        return False
    if guard := blocking_guard():
        # Decoded, because `python -bb` forbids to compare bytes with text or numbers.
        port = port.decode("ascii", "replace") if isinstance(port, bytes) else port
        guard.block(hosts.looked_up(name), is_plain=port in _HTTP)
    return True


def _close_what_is_blocked_now() -> None:
    if blocking_guard():
        opened.close_all()


def _thread() -> str:
    """Return a sentence that names the current thread; empty text for the main thread."""
    thread = threading.current_thread()
    if thread is threading.main_thread():
        return ""
    return f" It came from the thread {thread.name!r}, which an earlier test may have started."


def is_blocked_request(error: BaseException) -> bool:
    """Return whether *error* is the guard's exception, or was caused by one."""
    chain, seen = [error], set[int]()
    while chain:
        link = chain.pop()
        if isinstance(link, BlockedRequestError):
            return True
        if id(link) not in seen:
            seen.add(id(link))
            # An exception group has several causes.
            links = (link.__cause__, link.__context__, *getattr(link, "exceptions", ()))
            chain += filter(None, links)
    return False


def _is_expected(error: BlockedRequestError) -> bool:
    """Return whether a function in the traceback of *error* names `BlockedRequestError`.

    A test with ``pytest.raises(BlockedRequestError)`` names it, and so does a helper function
    with this statement. An application that catches every `Exception` does not.
    """
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(
        _refers_to_blocked_requests(frame) for frame in frames if frame.f_globals is not globals()
    )


def _refers_to_blocked_requests(frame: FrameType) -> bool:
    names = frame.f_code.co_names
    values = [*map(frame.f_globals.get, names), *frame.f_locals.values()]
    # `is`, because comparing a variable with `==` may raise.
    return BlockedRequestError.__name__ in names or any(
        value is BlockedRequestError for value in values
    )
