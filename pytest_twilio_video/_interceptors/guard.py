"""The guard: no request leaves this machine for Twilio Video.

Problem: a request that no fake answers (no fixture, an unknown client, a
thread that outlives its test, another mock that passes it through) would reach
the real service, possibly with real credentials.

Solution: refuse by the name of the host, below all mocks, so that a mock of
the user's own still answers. `exits.py` lists where names are seen.
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


__all__ = ["Guard", "check", "is_refusal", "refusing"]


class Guard(ActiveStack):
    """Refuses requests to Twilio Video, while it is entered and *blocking*.

    *test* is the name of the test that runs, for the message. *refusals* are
    the exceptions raised during this test, the oldest first. They keep the
    variables of the functions that they passed alive, so they are dropped at
    the end of the test. *outside_tests* are the messages of all other refusals,
    unless *tell* is replaced. As with interceptors, the hooks stay and a stack
    decides: if there are several guards, because pytest runs pytest, the
    innermost refuses.

    A guard *of_fake* belongs to one fake. Its refusals are those of the run
    around it, if there is one, and `None` for *blocking* leaves the decision to
    the guard around it.
    """

    def __init__(self, *, blocking: bool | None = True, of_fake: bool = False) -> None:
        self._blocking = blocking
        self.of_fake = of_fake
        self.test = ""
        self.fixture = ""
        """Why the fixture of the test does not answer, if it has one: it is not there now."""
        self.refusals: list[BlockedRequestError] = []
        self.outside_tests: list[str] = []
        self.tell = self.outside_tests.append

    @property
    def blocking(self) -> bool | None:
        """Whether it refuses; what was opened before is closed as soon as it does."""
        return self._blocking

    @blocking.setter
    def blocking(self, blocking: bool | None) -> None:
        self._blocking = blocking
        _close_what_is_refused_now()

    def __enter__(self) -> Self:
        from . import exits

        # A fake may be entered after the user has mocked what is hooked. In a run it is hooked.
        if not self.of_fake or not Guard.entered:
            exits.watch()
        super().__enter__()
        _close_what_is_refused_now()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        _close_what_is_refused_now()

    def refuse(self, host: str, *, is_plain: bool = False) -> None:
        """Refuse a request to *host*: remember the exception, and raise it.

        *is_plain* means that it goes to the port of plain HTTP.
        """
        refusal = BlockedRequestError(self._message(host, is_plain=is_plain))
        if self.test:
            self.refusals.append(refusal)
        else:
            self.tell(str(refusal))
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
        allow = _ALLOW_IN_A_FAKE if self.of_fake else _ALLOW
        if not active.any_active():
            return f"{happened} Add the twilio_video fixture to the test, {allow}"
        if is_plain:
            return (
                f"{happened} A fake is active, but Twilio serves nothing over plain http. Use"
                f" https://{host} instead of http://{host}, {allow}"
            )
        fake = "fake" if self.of_fake else "twilio_video fixture"
        return (
            f"{happened} The {fake} is active, but the request passed it by. It"
            f" intercepts {', '.join(CLIENTS)}, used through their sessions, adapters or"
            f" transports. Send the request through one of them, {allow}"
        )


_HTTP: Final = (80, "80", "http", b"80", b"http")
"""The port of plain http, as it may be looked up."""

_ALLOW = (
    "or allow it with @pytest.mark.twilio_video(block=False), or for the whole run with the"
    " ini setting twilio_video_block = false."
)
_ALLOW_IN_A_FAKE = "or allow it with FakeTwilioVideo(block=False)."


def refusing() -> Guard | None:
    """Return the guard that refuses requests now, if any."""
    guards = Guard.entered[::-1]
    if not guards or not next((g.blocking for g in guards if g.blocking is not None), True):
        return None
    return next((guard for guard in guards if not guard.of_fake), guards[0])


def check(host: object, port: object = None) -> bool:
    """Refuse one of our hosts. Otherwise return whether *host* is one, and is allowed.

    An invalid *host* is left to the function that is hooked. If *port* is that of plain HTTP,
    the message says so.
    """
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if not Guard.entered or not isinstance(name, str) or not hosts.is_ours(name):
        return False
    if guard := refusing():
        guard.refuse(hosts.looked_up(name), is_plain=port in _HTTP)
    return True


def _close_what_is_refused_now() -> None:
    if refusing():
        opened.close_all()


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
