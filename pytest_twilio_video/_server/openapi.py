"""The OpenAPI description of the control API, made from the table of its operations."""

from __future__ import annotations

import re

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from . import schemas


if TYPE_CHECKING:
    from collections.abc import Iterable

    from .control import Operation


__all__ = ["description"]

_STATUSES: Final = {
    400: "The request is invalid. The error names the field and says what is wrong",
    403: "The header Host or Origin is not allowed",
    404: "The resource does not exist",
    408: "The body did not arrive in time",
    409: "Twilio or its SDK would refuse this. The error has its code",
    413: "The body is too large",
}
_ERROR: Final = {
    "type": "object",
    "properties": {"error": schemas.TEXT, "code": {"type": "integer"}},
    "required": ["error"],
}


def description(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the description of *operations* as an OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    for path, (summary, media, parameters) in _TEXTS.items():
        paths[path] = {
            "get": {
                "summary": summary,
                "parameters": parameters,
                "responses": {
                    "200": {"description": summary, "content": {name: {} for name in media}},
                    **_errors(400, 403),
                },
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of a fake Twilio Video",
            "version": version("pytest-twilio-video"),
        },
        "paths": paths,
    }


def _operation(operation: Operation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": schemas.TEXT}
            for name in re.findall(r"{(\w+)}", operation.path)
        ],
        "responses": _responses(operation),
    }
    if operation.takes:
        schema = {
            "type": "object",
            "properties": operation.takes,
            "required": list(operation.needs),
            "additionalProperties": False,
        }
        document["requestBody"] = {
            "required": bool(operation.needs),
            "content": {"application/json": {"schema": schema}},
        }
    return document


def _responses(operation: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": operation.summary}
    if operation.returns is not None:
        schema = {
            "type": "object",
            "properties": operation.returns,
            "required": [name for name in operation.returns if name not in operation.may_lack],
        }
        answer["content"] = {"application/json": {"schema": schema}}
    return {str(operation.status): answer, **_errors(*_STATUSES)}


def _errors(*statuses: int) -> dict[str, Any]:
    return {
        str(status): {
            "description": _STATUSES[status],
            "content": {"application/json": {"schema": _ERROR}},
        }
        for status in statuses
    }


_FORMAT: Final = {
    "name": "format",
    "in": "query",
    "schema": {"type": "string", "enum": ["text", "mermaid", "html"]},
}
_LAST: Final = {"name": "Last-Event-ID", "in": "header", "schema": schemas.TEXT}
_TEXTS: Final[dict[str, tuple[str, tuple[str, ...], list[Any]]]] = {
    "/_fake/openapi.json": ("This description", ("application/json",), []),
    "/_fake/browser.js": ("The script for pages", ("text/javascript",), []),
    "/_fake/ca.pem": ("The certificate of the CA", ("application/x-pem-file",), []),
    "/_fake/timeline": ("The timeline", ("text/plain", "text/html"), [_FORMAT]),
    "/_fake/stream": ("The timeline as server-sent events", ("text/event-stream",), [_LAST]),
    "/_fake/watch": ("What the console shows, as events", ("text/event-stream",), []),
}
