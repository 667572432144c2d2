"""requests-mock, as a companion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import hooks
from . import requests as interceptor


if TYPE_CHECKING:
    from types import ModuleType

    from requests import PreparedRequest, Response


__all__ = ["install"]


def install(requests_mock: ModuleType) -> None:
    """Keep our hosts out of its mocks.

    It replaces the whole choice of an adapter by its own one, so that is where
    our requests arrive. Which adapter the session would have used cannot be
    seen from there: as everywhere under requests-mock, its retries do not run.
    """
    hooks.wrap(hooks.genuine(requests_mock, "Adapter"), "send", _sending)


def _sending(send: Any) -> Any:
    def send_or_ours(adapter: Any, request: PreparedRequest, **kwargs: Any) -> Response:
        catch = interceptor.catch_for(request.url)
        if catch is None:
            return send(adapter, request, **kwargs)  # type: ignore[no-any-return]
        return catch.requests_adapter.send(request, **kwargs)

    return send_or_ours
