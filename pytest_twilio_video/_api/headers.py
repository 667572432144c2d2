"""Headers that every response of the API has."""

from __future__ import annotations

from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from .. import _hosts as hosts
from .._http import Response


if TYPE_CHECKING:
    from datetime import datetime

    from .._engine.account import Account
    from .._http import Request


__all__ = ["add"]

# The description declares these on every success with a body.
# Inferred: the CORS headers have the values that were observed at api.twilio.com.
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
        "If-Unmodified-Since"
    ),
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "ETag",
}
_WITH_CORS: Final = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


def add(account: Account, request: Request, response: Response) -> Response:
    """Return *response* with the headers of the API. A response of the storage is unchanged."""
    if hosts.bucket_at(request.url):
        return response
    status, headers, body = response
    own = {"Date": _date(account.clock.now), "Twilio-Request-Id": account.random.sid("RQ")}
    cors = _CORS if status in _WITH_CORS else {}
    return Response(status, {**own, **cors, **headers}, body)


@lru_cache(maxsize=16)  # Virtual time usually stands still.
def _date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
