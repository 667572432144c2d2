"""Shapes: which frames are well-formed. The rest of signaling relies on this check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["BODY", "MEDIA", "misfit"]


class Fields(NamedTuple):
    """A JSON object with these fields. Other fields are ignored. `None` counts as absent."""

    needed: dict[str, Any]
    others: dict[str, Any]


class Each(NamedTuple):
    """A list of values of one shape."""

    shape: Any
    key: str | None = None
    """A field that is different in each of the values."""


_DESCRIPTION: Final = Fields({"type": str, "revision": int}, {})
_TRACK: Final = Fields(
    {"id": str, "kind": ("audio", "video", "data")},
    {"name": str, "enabled": bool, "priority": str},
)
_PEER_CONNECTION: Final = Fields({"id": str}, {"description": _DESCRIPTION, "ice": dict})

BODY: Final = Fields(
    {"type": str},
    {
        "token": str,
        "session": str,
        "name": str,
        "participant": Fields({"revision": int, "tracks": Each(_TRACK, "id")}, {}),
        "peer_connections": Each(_PEER_CONNECTION),
        "media_signaling": dict,
        "publisher": Fields({}, {"sdk_version": str}),
        "subscribe": Fields({"rules": Each(Fields({"type": str}, {}))}, {}),
    },
)
"""The messages of a client."""
MEDIA: Final = Fields({"channel": str}, {"track": str, "text": str, "base64": str})
"""The messages of the script in a page."""


def misfit(value: object, shape: Any, at: str = "") -> str | None:
    """Return where *value* does not have *shape*, or `None` if it has.

    A shape is a type, a tuple of choices, `Each` or `Fields`. *at* is the place of *value*, and
    the result is a place like ``participant.tracks[0].id``. It is empty for the whole value.
    """
    if isinstance(shape, Fields):
        if not isinstance(value, dict):
            return at
        return _first(
            misfit(value.get(name), inner, f"{at}.{name}" if at else name)
            for name, inner in (shape.needed | shape.others).items()
            if name in shape.needed or value.get(name) is not None
        )
    if isinstance(shape, Each):
        if not isinstance(value, list):
            return at
        place = _first(misfit(item, shape.shape, f"{at}[{i}]") for i, item in enumerate(value))
        return place if place is not None else _repeated(value, shape.key, at)
    is_right = value in shape if isinstance(shape, tuple) else isinstance(value, shape)
    return None if is_right else at


def _first(places: Iterable[str | None]) -> str | None:
    return next((place for place in places if place is not None), None)


def _repeated(items: list[Any], key: str | None, at: str) -> str | None:
    """Return the place of the first item whose *key* an earlier item has, too."""
    seen = set()
    for i, item in enumerate(items if key else ()):
        if item[key] in seen:
            return f"{at}[{i}].{key}"
        seen.add(item[key])
    return None
