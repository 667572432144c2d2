"""Errors: the error responses of Twilio's API for refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._engine.refusals import ERROR_CODES, NOT_FOUND
from .._http import Response
from . import representation


if TYPE_CHECKING:
    from .._engine.refusals import Refusal


def to_response(refusal: Refusal, path: str, *, retry_after: int | None = None) -> Response:
    """Return the error response for *refusal*, to a request for *path*.

    *retry_after* is in seconds.

    Inferred: ``Retry-After`` accompanies 429, though Twilio documents no such header for Video.
    """
    message = refusal.message
    if message == ERROR_CODES[NOT_FOUND].message:
        # A real answer names the path, without /v1.
        message = f"The requested resource {_without_version(path)} was not found"
    document = {
        "code": refusal.code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    headers = dict(representation.JSON)
    if refusal.status == 401:  # noqa: PLR2004
        # From real responses of Twilio's main API.
        document["detail"] = "Your AccountSid or AuthToken was incorrect."
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(refusal.status, headers, representation.encode(document))


def _without_version(path: str) -> str:
    return path[len("/v1") :] if path.startswith("/v1/") else path
