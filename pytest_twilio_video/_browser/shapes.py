"""Shapes: which frames are well-formed. The rest of signaling relies on this check."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


__all__ = ["BODY", "MEDIA", "fits"]


class Fields(NamedTuple):
    """A JSON object with these fields. Other fields are ignored. `None` counts as absent."""

    needed: dict[str, Any]
    others: dict[str, Any]


class Each(NamedTuple):
    """A list of values of one shape."""

    shape: Any


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
        "participant": Fields({"revision": int, "tracks": Each(_TRACK)}, {}),
        "peer_connections": Each(_PEER_CONNECTION),
        "media_signaling": dict,
        "publisher": Fields({}, {"sdk_version": str}),
        "subscribe": Fields({"rules": Each(Fields({"type": str}, {}))}, {}),
    },
)
"""The messages of a client."""
MEDIA: Final = Fields({"channel": str}, {"track": str, "text": str, "base64": str})
"""The messages of the script in a page."""


def fits(value: object, shape: Any) -> bool:
    """Return whether *value* has this *shape*: a type, a tuple of choices, `Each` or `Fields`."""
    if isinstance(shape, Fields):
        return (
            isinstance(value, dict)
            and all(fits(value.get(name), inner) for name, inner in shape.needed.items())
            and all(
                value.get(name) is None or fits(value[name], inner)
                for name, inner in shape.others.items()
            )
        )
    if isinstance(shape, Each):
        return isinstance(value, list) and all(fits(item, shape.shape) for item in value)
    if isinstance(shape, tuple):
        return value in shape
    return isinstance(value, shape)
