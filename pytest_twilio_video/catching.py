"""Catching, as far as a test has a say in it: routes of its own, and objects to inject."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import httpx
    import requests.adapters
    import responses
    import respx

    from twilio.http import HttpClient

    from ._interceptors import Catch


__all__ = ["Catching"]


class Catching:
    """The way out of the fake, and the ways into it for those who inject instead of patching.

    Each library is imported when it is first asked for here.
    """

    _catch: Catch

    @property
    def responses(self) -> responses.RequestsMock:
        """Routes of your own for video.twilio.com, which win over the fake: through requests.

        What matches none of them goes to the fake. They are dropped with it, and by `reset`.
        """
        return self._catch.responses

    @property
    def respx(self) -> respx.MockRouter:
        """Routes of your own for video.twilio.com, which win over the fake: through httpx.

        What matches none of them goes to the fake. They are dropped with it, and by `reset`.
        """
        return self._catch.respx

    @property
    def requests_adapter(self) -> requests.adapters.HTTPAdapter:
        """An adapter that this fake answers: ``session.mount("https://video.twilio.com", …)``."""
        return self._catch.requests_adapter

    @property
    def httpx_transport(self) -> httpx.BaseTransport:
        """A transport that this fake answers, for `httpx.Client` and `httpx.AsyncClient`."""
        return self._catch.httpx_transport

    @property
    def http_client(self) -> HttpClient:
        """An HTTP client that this fake answers: ``twilio.rest.Client(http_client=…)``."""
        return self._catch.http_client
