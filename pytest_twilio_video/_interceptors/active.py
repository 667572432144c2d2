"""Interceptors that are active: the innermost answers."""

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
    """A context manager that may be entered again, and left in any order and from any thread."""

    entered: ClassVar[list[Self]]
    """The instances that are entered now, the innermost last. Each subclass has its own."""

    def __init_subclass__(cls) -> None:
        cls.entered = []

    def __enter__(self) -> Self:
        with _changing:
            self.entered.append(self)
        return self

    def __exit__(self, *_error: object) -> None:
        with _changing:  # The last of its entries, as there may be several.
            del self.entered[max(at for at, one in enumerate(self.entered) if one is self)]


_changing = threading.Lock()


class Interceptor(ActiveStack):
    """While it is entered, passes the application's requests to Twilio Video to *handler*.

    Problem: a test has several fakes and other mocking libraries at once. They
    are entered and left in any order, from any thread.

    Solution: a patch restores what it found, so two patches of the same place
    undo each other when they are left out of order. This class never restores.
    The client libraries are hooked once in a process, and the hooks consult a
    stack of the interceptors that are entered now. There is one stack for the
    process, because a thread that the application starts does not see the
    context variables of its test.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.routes: dict[str, Any] = {}
        """The user's own routes, by ``"responses"`` or ``"respx"``, which win over the handler."""

    def __enter__(self) -> Self:
        hooks.watch()
        return super().__enter__()

    def forget_routes(self) -> None:
        """Drop the routes that the user has added."""
        if (routes := self.routes.get("responses")) is not None:
            routes.reset()
        if (routes := self.routes.get("respx")) is not None:
            routes.clear()


def any_active() -> bool:
    """Whether any interceptor is active."""
    return bool(Interceptor.entered)


def active_for(host: str, scheme: str = "https") -> Interceptor | None:
    """Return the innermost active interceptor if *host* belongs to Twilio Video.

    Twilio serves nothing over plain http, so the guard gets such a request.
    """
    is_asked = Interceptor.entered and scheme == "https" and hosts.is_ours(host)
    return innermost() if is_asked else None


def innermost() -> Interceptor | None:
    """Return the innermost active interceptor, if there is one."""
    try:
        return Interceptor.entered[-1]
    except IndexError:
        return None
