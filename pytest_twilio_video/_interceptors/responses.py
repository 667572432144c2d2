"""`responses`, together with the fake, and for the user's own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from responses import RequestsMock

from . import hooks, other_mocks
from .requests import interceptor_for, real_send
from .requests import send as send_intercepted


if TYPE_CHECKING:
    from types import ModuleType

    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter


__all__ = ["Routes", "install"]


def install(responses: ModuleType) -> None:
    """Pass requests to our hosts from the mocks of `responses`, and of moto, to the fake.

    Requests of sessions do not arrive here while a fake is active. Requests of
    an adapter that is used without a session do, because `responses` patches
    `HTTPAdapter.send`.
    """
    mock = hooks.real_class(responses, "RequestsMock")
    hooks.wrap(mock, "_on_request", _answering)
    hooks.wrap(mock, "start", _starting)
    other_mocks.note_started(getattr(responses, "mock", None))  # Perhaps before it was hooked.


def _answering(on_request: Any) -> Any:
    def answer_or_intercept(
        mock: RequestsMock, adapter: HTTPAdapter, request: PreparedRequest, **kwargs: Any
    ) -> Response:
        interceptor = interceptor_for(request.url)
        if interceptor is None or mock is interceptor.routes.get("responses"):
            return on_request(mock, adapter, request, **kwargs)  # type: ignore[no-any-return]
        kwargs.pop("retries", None)  # An argument of its own, which adapters do not know.
        return send_intercepted(interceptor, adapter, request, **kwargs)

    return answer_or_intercept


def _starting(start: Any) -> Any:
    def note_and_start(mock: RequestsMock) -> None:
        other_mocks.note_started(mock)
        start(mock)

    return note_and_start


class Routes(RequestsMock):
    """Routes that precede the fake. A request that matches none of them goes to the fake.

    They patch nothing, because they are never started.
    """

    def __init__(self) -> None:
        super().__init__(
            assert_all_requests_are_fired=False,
            passthru_prefixes=("http",),
            real_adapter_send=real_send,
        )

    def reset(self) -> None:
        super().reset()
        self.add_passthru("http")
