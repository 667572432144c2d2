"""Fakes that are active: the innermost answers."""

from __future__ import annotations

import threading

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from . import hooks, hosts


if TYPE_CHECKING:
    import httpx
    import requests.adapters
    import responses
    import respx

    from twilio.http import HttpClient
    from typing_extensions import Self

    from .._http import Handler

__all__ = ["SLOT", "Catch", "Entered", "for_host", "is_any"]


# What is entered and left: the innermost decides.


class Entered:
    """A context manager that can be left in any order, from any thread, as often as entered."""

    entered: ClassVar[list[Self]]
    """Those of its class that are entered at the moment, the innermost last."""

    def __init_subclass__(cls) -> None:
        cls.entered = []

    def __enter__(self) -> Self:
        with _changing:
            self.entered.append(self)
        return self

    def __exit__(self, *_error: object) -> None:
        with _changing:  # The last of them, as it may have been entered several times.
            del self.entered[max(at for at, each in enumerate(self.entered) if each is self)]


_changing = threading.Lock()


SLOT = "_twilio_video_catch"
"""The attribute by which what stands in for an object of the user's knows its fake.

It hides what the user's object has by that name, so it is one that nobody uses.
"""


class Catch(Entered):
    """Hands the application's requests to Twilio Video over to *handler*, while entered.

    Problem: a test has several fakes and other mocking libraries at once, and
    they are entered and left in any order, from any thread.

    Solution: whatever patches, restores what it found, so two that patch the
    same place undo each other when left out of order. We never restore: the
    client libraries are hooked once in a process, and what the hooks ask is a
    stack of what is entered at the moment. It is one for the process, because
    a thread that the application starts does not see its test's context.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __enter__(self) -> Self:
        hooks.watch()
        return super().__enter__()

    @cached_property
    def responses(self) -> responses.RequestsMock:
        """The user's own routes for our hosts, through requests. Asked before the handler."""
        made: responses.RequestsMock = hooks.interceptor("responses").Routes()
        return made

    @cached_property
    def respx(self) -> respx.MockRouter:
        """The user's own routes for our hosts, through httpx. Asked before the handler."""
        from .respx import Routes

        return Routes()

    @cached_property
    def requests_adapter(self) -> requests.adapters.HTTPAdapter:
        """To mount on a session, where one would rather inject than have it caught."""
        made: requests.adapters.HTTPAdapter
        made = hooks.interceptor("requests").CaughtAdapter(self)
        return made

    @cached_property
    def httpx_transport(self) -> httpx.BaseTransport:
        """To give to a client, sync or async; also an `httpx.AsyncBaseTransport`."""
        from .httpx import injectable

        made: httpx.BaseTransport = injectable(self)
        return made

    @cached_property
    def http_client(self) -> HttpClient:
        """To give to `twilio.rest.Client`."""
        from .twilio import http_client

        return http_client(self.requests_adapter)

    def forget_routes(self) -> None:
        """Drop the routes that the user has added."""
        if (mine := self.made("responses")) is not None:
            mine.reset()
        if (mine := self.made("respx")) is not None:
            mine.clear()

    def made(self, name: str) -> Any:
        """Return what the property *name* has made, or `None` if nobody has used it yet."""
        return vars(self).get(name)


def is_any() -> bool:
    """Whether any fake is active."""
    return bool(Catch.entered)


def for_host(host: str) -> Catch | None:
    """Return who answers for *host*: the innermost active fake, if the host is ours."""
    try:
        return Catch.entered[-1] if Catch.entered and hosts.is_ours(host) else None
    except IndexError:  # Left by another thread, between the two looks.
        return None
