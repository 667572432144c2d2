"""requests-mock, if a test uses it together with the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import hooks
from .requests import InterceptedAdapter, interceptor_for


if TYPE_CHECKING:
    from types import ModuleType

    from requests import PreparedRequest, Response


__all__ = ["install"]


def install(requests_mock: ModuleType) -> None:
    """Pass requests to our hosts from requests-mock to the fake.

    requests-mock replaces the adapters of all sessions by its own adapter, so
    our requests arrive there. The session's own adapter is not used, so its
    retries do not run. That is so in every test with requests-mock.
    """
    hooks.wrap(hooks.real_class(requests_mock, "Adapter"), "send", _sending)


def _sending(send: Any) -> Any:
    def send_or_intercept(adapter: Any, request: PreparedRequest, **kwargs: Any) -> Response:
        interceptor = interceptor_for(request.url)
        if interceptor is None:
            return send(adapter, request, **kwargs)  # type: ignore[no-any-return]
        return InterceptedAdapter(interceptor).send(request, **kwargs)

    return send_or_intercept
