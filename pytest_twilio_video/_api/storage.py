"""Storage: the S3 buckets to which downloads are redirected."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from .. import _hosts as hosts
from .._http import Response
from .._resources import compositions, recordings
from . import representation
from .representation import JSON


if TYPE_CHECKING:
    from collections.abc import Callable

    from .._engine.account import Account
    from .._http import Request
    from .._resources.media import Download, Media


__all__ = ["answer", "failure", "redirect"]

_STAMP: Final = "%Y%m%dT%H%M%SZ"

# For each bucket, the function that finds media by their key.
BUCKETS: Final[dict[str, Callable[[Account, str], Media | None]]] = {
    "recording": recordings.stored,
    "composition": compositions.stored,
}


# Source: Amazon's list of error responses of S3.
_ERRORS: Final = {
    400: ("InvalidRequest", "Invalid Request"),
    403: ("AccessDenied", "Access Denied"),
    404: ("NoSuchKey", "The specified key does not exist."),
    500: ("InternalError", "We encountered an internal error. Please try again."),
    503: ("SlowDown", "Please reduce your request rate."),
}


def redirect(account: Account, download: Download) -> Response:
    """Return a redirect to *download*. Its URL is valid for the TTL of the download."""
    media = download.media
    now = account.clock.now
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"AKIA7TWILIOVIDEOFAKE/{now:%Y%m%d}/us-east-1/s3/aws4_request",
        "X-Amz-Date": f"{now:{_STAMP}}",
        "X-Amz-Expires": str(int(download.ttl.total_seconds())),
        "X-Amz-SignedHeaders": "host",
        "response-content-disposition": download.disposition,
        "response-content-type": media.content_type,
    }
    host, path = hosts.storage_host(media.bucket), f"/{media.key}"
    query["X-Amz-Signature"] = _signature(account, "GET", host, path, query)
    url = f"https://{host}{path}?{urlencode(query, quote_via=quote)}"
    body = json.dumps({"redirect_to": url}).encode()
    return Response(302, {**JSON, "Location": url}, body)


def answer(account: Account, bucket: str, request: Request) -> Response:
    """Return the response of S3 to *request* for *bucket*: the media if the signature is valid."""
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    objection = _objection(account, bucket, request, query)
    if objection is not None:
        return objection
    media = BUCKETS[bucket](account, _key(request))
    if media is None:
        return _error(404, *_ERRORS[404])
    headers = {
        "Content-Type": query["response-content-type"],
        "Content-Disposition": query["response-content-disposition"],
        "ETag": f'"{hashlib.md5(media.content, usedforsecurity=False).hexdigest()}"',
        "Accept-Ranges": "bytes",
        "Date": format_datetime(account.clock.now, usegmt=True),
        "Server": "AmazonS3",
    }
    return _part(media.content, request.headers.get("range", ""), headers)


def failure(status: int, message: str | None, retry_after: int | None) -> Response:
    """Return the error response of S3 with this *status*. The default *message* is S3's own."""
    code, usual = _ERRORS.get(status, ("Error", f"Error {status}"))
    response = _error(status, code, message or usual)
    extra = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return response._replace(headers={**response.headers, **extra})


def _objection(
    account: Account, bucket: str, request: Request, query: dict[str, str]
) -> Response | None:
    if "authorization" in request.headers and "X-Amz-Algorithm" in query:
        # S3 refuses a client that sends Twilio's credentials along. A library that follows the
        # redirect itself leaves them out.
        why = (
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
            "query string parameter or the Authorization header should be specified"
        )
        return _error(400, "InvalidArgument", why, ArgumentName="Authorization")
    if "X-Amz-Signature" not in query:
        return _error(403, "AccessDenied", "Access Denied")
    host, path = hosts.storage_host(bucket), f"/{_key(request)}"
    # A signature is valid for one method: a HEAD with the URL of a GET is refused.
    if not hmac.compare_digest(
        query["X-Amz-Signature"].encode(),
        _signature(account, request.method, host, path, query).encode(),
    ):
        why = (
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method."
        )
        return _error(403, "SignatureDoesNotMatch", why)
    return _expiry(account.clock.now, query)


def _expiry(now: datetime, query: dict[str, str]) -> Response | None:
    issued = datetime.strptime(query["X-Amz-Date"], _STAMP).replace(tzinfo=timezone.utc)
    expires = issued + timedelta(seconds=int(query["X-Amz-Expires"]))
    if now <= expires:
        return None
    details = {
        "X-Amz-Expires": query["X-Amz-Expires"],
        "Expires": representation.format_datetime(expires),
        "ServerTime": representation.format_datetime(now),
    }
    return _error(403, "AccessDenied", "Request has expired", **details)


def _signature(account: Account, method: str, host: str, path: str, query: dict[str, str]) -> str:
    """Return a signature for a URL. Only this module checks it, so it differs from Amazon's."""
    signed = sorted((name, text) for name, text in query.items() if name != "X-Amz-Signature")
    text = json.dumps([method, host, path, signed])
    return hmac.new(account.random.secret("storage"), text.encode(), "sha256").hexdigest()


def _part(content: bytes, wanted: str, headers: dict[str, str]) -> Response:
    """Return a response with *content*, or with the part of it in the range *wanted*."""
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", wanted)
    size = len(content)
    if match is None or match[0] == "bytes=-":
        return Response(200, {**headers, "Content-Length": str(size)}, content)
    if match[1]:
        start, end = int(match[1]), min(int(match[2] or size), size - 1)
    else:
        start, end = max(0, size - int(match[2])), size - 1
    if start > end:
        return _error(416, "InvalidRange", "The requested range is not satisfiable")
    part = content[start : end + 1]
    length = {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(len(part))}
    return Response(206, headers | length, part)


def _error(status: int, code: str, message: str, **details: str) -> Response:
    elements = {"Code": code, "Message": message, **details}
    inner = "".join(
        f"<{name}>{html.escape(text, quote=False)}</{name}>" for name, text in elements.items()
    )
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    return Response(status, {"Content-Type": "application/xml"}, document.encode())


def _key(request: Request) -> str:
    return unquote(request.path).removeprefix("/")
