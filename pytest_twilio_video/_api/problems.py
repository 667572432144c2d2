"""Problems: refusals in Twilio's envelope."""

from __future__ import annotations

import json

from typing import TYPE_CHECKING

from .._http import Response
from . import representation


if TYPE_CHECKING:
    from .._engine.refusals import Refusal


def to_response(refusal: Refusal, path: str) -> Response:
    """Return *refusal* as the API answers it; *path* is what was asked for."""
    message = refusal.message
    if refusal.code == 20404:  # noqa: PLR2004 -- "not found", which names the path without /v1
        message = f"The requested resource {path.removeprefix('/v1')} was not found"
    document = {
        "code": refusal.code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    if refusal.detail:
        document["detail"] = refusal.detail
    headers = dict(representation.JSON)
    if refusal.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return Response(refusal.status, headers, json.dumps(document).encode())
