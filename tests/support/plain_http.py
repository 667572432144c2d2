"""Plain HTTP requests, without a client library."""

from __future__ import annotations

import base64
import json

from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from pytest_twilio_video import FakeTwilioVideo


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def asked(
    url: str,
    method: str,
    path: str,
    document: Any = None,
    headers: dict[str, str] | None = None,
    **form: Any,
) -> Answer:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    user = f"{FakeTwilioVideo().account_sid}:secret".encode()
    sent = {"Authorization": "Basic " + base64.b64encode(user).decode()}
    body = None
    if document is not None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        sent["Content-Type"] = "application/json"
    elif method == "POST":
        body = urlencode(form, doseq=True).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body, sent | (headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()
