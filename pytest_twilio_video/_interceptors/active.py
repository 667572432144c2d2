"""Active interceptors: if several are active, the innermost one answers."""

from __future__ import annotations

import threading

from typing import TYPE_CHECKING, Any, ClassVar

from .. import _hosts as hosts
from . import hooks


if TYPE_CHECKING:
    from typing_extensions import Self

    from .._http import Handler

__all__ = ["ActiveStack", "Interceptor", "active_for", "any_active", "innermost"]


class ActiveStack:
    """A context manager that may be entered several times, and exited in any order and thread."""

    entered: ClassVar[list[Self]]
    """The instances that are active now, the innermost last. Each subclass has its own list."""

    def __init_subclass__(cls) -> None:
        cls.entered = []

    def __enter__(self) -> Self:
        with _changing:
            self.entered.append(self)
        return self

    def __exit__(self, *_error: object) -> None:
        with _changing:  # If it was entered several times, the last entry is removed.
            del self.entered[max(at for at, one in enumerate(self.entered) if one is self)]


_changing = threading.Lock()


class Interceptor(ActiveStack):
    """While it is active, passes the application's requests to Twilio Video to *handler*.

    Problem: a test may use several fakes and other mocking libraries at once,
    which are entered and exited in any order and thread. A patch restores what
    it found. So two patches of the same function undo each other if they end
    in the wrong order.

    Solution: this class never restores. The client libraries are hooked once in
    a process, and the hooks ask a stack for the interceptor that is active now.
    There is one stack for the process, because a thread of the application does
    not see the context variables of the test.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.routes: dict[str, Any] = {}
        """The user's own routes of ``"responses"`` and ``"respx"``. They precede the handler."""

    def __enter__(self) -> Self:
        hooks.watch()
        return super().__enter__()

    def forget_routes(self) -> None:
        """Remove the user's own routes."""
        if (routes := self.routes.get("responses")) is not None:
            routes.reset()
        if (routes := self.routes.get("respx")) is not None:
            routes.clear()


def any_active() -> bool:
    """Return whether any interceptor is active."""
    return bool(Interceptor.entered)


def active_for(host: str, scheme: str = "https") -> Interceptor | None:
    """Return the innermost active interceptor if *host* belongs to Twilio Video, or `None`.

    For plain http, return `None`. Twilio serves nothing over it, so the guard blocks it.
    """
    is_asked = Interceptor.entered and scheme == "https" and hosts.is_ours(host)
    return innermost() if is_asked else None


def innermost() -> Interceptor | None:
    """Return the innermost active interceptor, if there is one."""
    try:
        return Interceptor.entered[-1]
    except IndexError:
        return None
