"""Patterns: the calls that a fault or an assertion applies to."""

from __future__ import annotations

import difflib
import fnmatch

from typing import Final
from urllib.parse import unquote

from .. import _hosts as hosts
from .._engine import arguments
from .._engine.records import struct
from .._engine.refusals import METHOD_NOT_ALLOWED, Refusal
from ..errors import InvalidArgumentError
from . import routes


__all__ = ["Pattern"]

__tracebackhide__ = True


@struct()
class Pattern:
    """Matches calls by method, by path, or by both. By default, it matches all calls.

    If *takes_urls* is true, the path may be a whole URL, which begins with ``https://``.

    Raises:
        InvalidArgumentError: no call can match. The fault would never be triggered, and the
            assertion would check nothing.

    """

    method: str | None = None
    path: str | None = None
    takes_urls: bool = False

    def __post_init__(self) -> None:
        method: object = self.method
        if method is not None and not (isinstance(method, str) and method.upper() in _METHODS):
            msg = f"method is {method!r}, but must be one of: {', '.join(_METHODS)}"
            raise InvalidArgumentError(msg)
        if self.path is not None:
            arguments.text("path", self.path)
            if self.takes_urls and self.path.startswith(_WHOLE):
                _check_url(self.path)
            else:
                _check(self.path)

    def matches(self, method: str, path: str, url: str = "") -> bool:
        """Return whether a call of *method* and *path* matches.

        A slash at the end of *path* is ignored. A pattern that begins with ``https://`` is
        compared with the whole *url*, once with its query and once without.
        """
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is None:
            return True
        # The star is the only wildcard.
        pattern = self.path.removesuffix("/").replace("[", "[[]").replace("?", "[?]")
        if self.path.startswith(_WHOLE):
            bare = url.partition("?")[0].removesuffix("/")
            return any(
                fnmatch.fnmatchcase(spelling, pattern) for spelling in (url, bare, unquote(bare))
            )
        path = path.removesuffix("/")
        return any(fnmatch.fnmatchcase(spelling, pattern) for spelling in (path, unquote(path)))

    def __str__(self) -> str:
        return (
            " ".join(filter(None, (self.method and self.method.upper(), self.path))) or "all calls"
        )


def _check(path: str) -> None:
    """Raise `InvalidArgumentError` if no call can have this *path*."""
    if not path.startswith(("/v1", "*")):
        must = (
            "must begin with /v1, like '/v1/Rooms' or '/v1/Rooms/*'. * stands for any characters"
        )
    elif "?" in path or "#" in path:
        must = (
            "must not contain the query: remove ? or # and everything after it. In a name, write "
            "them as %3F and %23"
        )
    elif "*" not in path and not _is_known(path):
        must = (
            f"Twilio Video has no such path.{_nearest(path)} To match calls of a wrong path, "
            f"write a * in it"
        )
    else:
        return
    msg = f"path is {path!r}, but {must}"
    raise InvalidArgumentError(msg)


def _check_url(url: str) -> None:
    host, _, path = url.removeprefix(_WHOLE).partition("/")
    if "*" in host or (hosts.is_ours(host) and hosts.bucket_of(host)):
        return
    if not hosts.is_ours(host):
        known = ", ".join(f"{_WHOLE}{known_host}/*" for known_host in _HOSTS)
        msg = (
            f"path is {url!r}, but only requests to Twilio Video are intercepted. Whole URLs are "
            f"like {known}"
        )
        raise InvalidArgumentError(msg)
    _check(f"/{path}")


def _is_known(path: str) -> bool:
    try:
        routes.find("GET", path)
    except Refusal as refusal:
        return refusal.code == METHOD_NOT_ALLOWED  # It takes other methods.
    return True


def _nearest(path: str) -> str:
    """Return a suggestion, such as `` Did you mean '/v1/Rooms/lesson'?``, or an empty text."""
    parts = path.removesuffix("/").split("/")
    known = {_filled(route, parts) for route in routes.ROUTES}
    near = difflib.get_close_matches(path, sorted(known), n=1, cutoff=0.8)
    return f" Did you mean {near[0]!r}?" if near else ""


def _filled(route: routes.Route, parts: list[str]) -> str:
    if len(parts) != len(route.parts):
        return route.path
    pairs = zip(route.parts, parts, strict=True)
    return "/".join(theirs if mine.startswith("{") else mine for mine, theirs in pairs)


_WHOLE: Final = "https://"
_HOSTS: Final = (
    "video.twilio.com",
    hosts.storage_host("recording"),
    hosts.storage_host("composition"),
)
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
