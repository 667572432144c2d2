"""Targets: where callbacks are delivered to, and which one takes a callback."""

from __future__ import annotations

import re

from collections.abc import Mapping
from typing import Any, Final, Protocol

from .._engine.records import struct
from .._engine.texts import without_password
from .._http import Request, Response
from ..errors import InvalidArgumentError
from .callback import Callback
from .network import Network
from .response_limits import ResponseLimits


__all__ = ["Receiver", "Target", "Targets", "checked_base_url", "checked_headers"]


class Receiver(Protocol):
    """Passes callbacks to one kind of target."""

    def is_reachable(self) -> bool:
        """Return whether `deliver` can be called here and now.

        If the caller runs in a task, `adeliver` of most receivers must be awaited instead.
        """

    def deliver(self, callback: Callback, request: Request, limits: ResponseLimits, /) -> Response:
        """Pass *request*, the request of *callback*, to the target, and return the response.

        Raises:
            NetworkFailure: there is no response, or it exceeds *limits*.

        """

    async def adeliver(
        self, callback: Callback, request: Request, limits: ResponseLimits, /
    ) -> Response:
        """Do what `deliver` does, on the running event loop."""


@struct(slots=True)
class Target:
    """A receiver, and which callbacks it gets."""

    receiver: Receiver
    base_url: str
    headers: Mapping[str, str]
    """Headers that are added to each request, and replace headers of the same name."""
    raise_exceptions: bool

    def headers_of(self, request: Request) -> Mapping[str, str]:
        """Return the headers of *request*, and add the headers of this target."""
        if not self.headers:
            return request.headers
        own = {name.lower() for name in self.headers}
        kept = {name: text for name, text in request.headers.items() if name.lower() not in own}
        return {**kept, **self.headers}


class Targets:
    """The registered targets."""

    def __init__(self) -> None:
        self._all: list[Target] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, target: Target) -> None:
        """Register *target*."""
        self._all.append(target)

    def break_off(self) -> None:
        """Abort all deliveries to live servers."""
        for target in self._all:
            if isinstance(target.receiver, Network):
                target.receiver.break_off()

    def leads_to_network(self, callback: Callback) -> bool | None:
        """Return whether the target of *callback* is a live server. Without a target, `None`."""
        target = self.find(callback)
        return None if target is None else isinstance(target.receiver, Network)

    def find(self, callback: Callback) -> Target | None:
        """Return the target for *callback*, or `None` if no base URL matches the callback's URL.

        If several match, return the target with the longest base URL. If several are equally
        long, return the one that was added last, so that a test can override a fixture.
        """
        matching = [target for target in reversed(self._all) if _matches(target, callback.url)]
        return max(matching, key=_length_of_base_url, default=None)

    def describe_unroutable(self, callback: Callback) -> str:
        """Describe why no target takes *callback*, and what to do."""
        remedy = "callbacks.deliver_to(app)"
        if not self._all:
            return f"no target yet: {remedy}"
        bases = ", ".join(repr(without_password(target.base_url)) for target in self._all)
        return (
            f"no target takes the {callback.event} callback to {without_password(callback.url)}. "
            f"The targets take only URLs below {bases}. Add a target: {remedy}"
        )


def checked_base_url(base_url: object) -> str:
    """Return *base_url*. For `None`, return an empty text, because every URL begins with it.

    Raises:
        InvalidArgumentError: *base_url* is not the beginning of a URL.

    """
    if base_url is None:
        return ""
    if isinstance(base_url, str) and _URL.fullmatch(base_url):
        return base_url
    shown = without_password(base_url) if isinstance(base_url, str) else base_url
    msg = (
        f"base_url is {shown!r}, but must be the beginning of a URL, like "
        "'https://app.example' or 'http://localhost:5000/hooks', or None for any URL"
    )
    raise InvalidArgumentError(msg)


def checked_headers(headers: Any) -> Mapping[str, str]:
    """Return *headers* as a dict. For `None`, return an empty dict.

    Raises:
        InvalidArgumentError: *headers* is not a mapping, or has a name or value that HTTP does not
            allow.

    """
    if headers is None:
        return {}
    if isinstance(headers, Mapping):
        for name, text in headers.items():
            is_pair = isinstance(name, str) and isinstance(text, str)
            if not is_pair or not _HEADER.fullmatch(f"{name}: {text}"):
                msg = f"headers has {name!r}: {text!r}, which is not a valid HTTP header"
                raise InvalidArgumentError(msg)
        return dict(headers)
    msg = f"headers is {headers!r}, but must be a dict, like {{'X-Forwarded-Proto': 'https'}}"
    raise InvalidArgumentError(msg)


_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*")


# The groups are the scheme, the host with its port, and the rest. User and password are skipped.
_URL: Final = re.compile(r"(https?://)(?:[^/?#]*@)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def _length_of_base_url(target: Target) -> int:
    return len(_comparable(target.base_url))


def _matches(target: Target, url: str) -> bool:
    base, url = _comparable(target.base_url), _comparable(url)
    # "http://localhost:5000" does not match "http://localhost:50001/hooks".
    is_whole = not base or base.endswith("/") or url[len(base) :][:1] in {"", "/", "?", "#"}
    return is_whole and url.startswith(base)


def _comparable(url: str) -> str:
    """Return *url* in a form to compare.

    It has neither user and password nor a default port, and its host is in lower case.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        return url
    scheme, host, rest = parts.groups()
    path = rest if rest.startswith("/") or not host else f"/{rest}"
    default = {"http://": ":80", "https://": ":443"}[scheme.lower()]
    return f"{scheme}{host}".lower().removesuffix(default) + path
