"""`responses`, as a companion and as the user's own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from responses import RequestsMock

from . import hooks
from . import requests as interceptor


if TYPE_CHECKING:
    from types import ModuleType

    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter


__all__ = ["Routes", "install"]


def install(responses: ModuleType) -> None:
    """Keep our hosts out of its mocks, moto's among them.

    Sessions do not come here while a fake is active. An adapter that is used
    without one does: `HTTPAdapter.send` itself is patched then.
    """
    hooks.wrap(hooks.genuine(responses, "RequestsMock"), "_on_request", _answering)


def _answering(on_request: Any) -> Any:
    def on_request_or_ours(
        mock: RequestsMock, adapter: HTTPAdapter, request: PreparedRequest, **kwargs: Any
    ) -> Response:
        catch = interceptor.catch_for(request.url)
        if catch is None or mock is catch.made("responses"):
            return on_request(mock, adapter, request, **kwargs)  # type: ignore[no-any-return]
        kwargs.pop("retries", None)  # Its own argument, unknown to adapters.
        return interceptor.send(catch, adapter, request, **kwargs)

    return on_request_or_ours


class Routes(RequestsMock):
    """Routes that are asked first: what they do not match goes to the fake.

    Nothing is patched for them. They are not started.
    """

    def __init__(self) -> None:
        super().__init__(
            assert_all_requests_are_fired=False,
            passthru_prefixes=("http",),
            real_adapter_send=interceptor.real_send,
        )

    def reset(self) -> None:
        super().reset()
        self.add_passthru("http")
