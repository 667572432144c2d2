"""Django as a receiver of callbacks: its ASGI handler, and its test ``AsyncClient``."""

from __future__ import annotations

import sys

from dataclasses import dataclass
from typing import Any

from .._http import Request, Response
from . import swallowed
from .asgi import exchange, scope_of
from .callback import Callback
from .django import response_of
from .loops import is_running


__all__ = ["AsyncClient", "AsyncHandler"]


@dataclass(frozen=True)
class AsyncHandler:
    """Django's ASGI handler."""

    app: Any

    def is_reachable(self) -> bool:
        return not is_running()

    def take(self, callback: Callback, request: Request) -> Response:
        # Not on a loop that we keep: this way synchronous code, the database
        # foremost, runs in the thread of the test.
        call = sys.modules["asgiref.sync"].async_to_sync(self.atake)
        response: Response = call(callback, request)
        return response

    async def atake(self, _callback: Callback, request: Request) -> Response:
        # ``handle`` is ``__call__`` less a thread of its own for each request.
        return await exchange(self.app.handle, request)


class AsyncClient(AsyncHandler):
    """Django's test ``AsyncClient``: its handler, without its cookies."""

    async def atake(self, _callback: Callback, request: Request) -> Response:
        body = sys.modules["django.test.client"].FakePayload(request.body)
        with swallowed.raised_again():
            return response_of(await self.app({**scope_of(request, {}), "_body_file": body}))
