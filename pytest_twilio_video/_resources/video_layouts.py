"""Video layouts: which videos a composition shows, and where in the picture.

Source: Compositions page, "Specifying Video Layouts".
"""

from __future__ import annotations

import re

from dataclasses import asdict, field, fields
from reprlib import repr as brief
from typing import TYPE_CHECKING, Annotated, Any, Final

from .._engine.parameters import (
    Between,
    Limit,
    Parameter,
    enum_values,
    parameters_by_name,
    require,
)
from .._engine.records import StrEnum, struct
from .._engine.refusals import INVALID_PARAMETER, Refusal
from .._engine.suggestions import nearest


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Canvas", "read"]

SMALLEST: Final = 16
LARGEST: Final = 1280
MOST_PIXELS: Final = 921_600


class Reuse(StrEnum):
    """How a cell of a region's grid is reused when its video ends."""

    NONE = "none"
    SHOW_OLDEST = "show_oldest"
    SHOW_NEWEST = "show_newest"


@struct()
class EachBetween:
    """A list of whole numbers, each from *low* to *high*."""

    low: int
    high: int

    def complaint(self, value: list[Any]) -> str | None:
        """Return what is wrong with *value* if an item is not such a number."""
        if all(type(item) is int and self.low <= item <= self.high for item in value):
            return None
        return f"must hold whole numbers from {self.low} to {self.high}"


@struct()
class EachNamed:
    """A list of SIDs or track names. A track name may have wildcards."""

    def complaint(self, value: list[Any]) -> str | None:
        """Return what is wrong with *value* if an item is not such a name."""
        if all(isinstance(item, str) and item for item in value):
            return None
        return "must hold SIDs and track names"


@struct()
class Canvas:
    """The limits of a resolution, which is written ``{width}x{height}``, in pixels."""

    def complaint(self, value: str) -> str | None:
        """Return what is wrong if *value* has another format, is too small or too large."""
        match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", value)
        width, height = map(int, match.groups()) if match else (0, 0)
        is_in_range = min(width, height) >= SMALLEST and max(width, height) <= LARGEST
        if is_in_range and width * height <= MOST_PIXELS:
            return None
        return (
            f"must be WIDTHxHEIGHT, both from {SMALLEST} to {LARGEST}, "
            f"with at most {MOST_PIXELS} pixels"
        )


@struct(kw_only=True)
class Region:
    """A rectangle of the picture, with a grid of videos in it. Sizes are in pixels.

    By default, *width* and *height* reach the edge of the picture, and the grid has as many
    columns and rows as are needed.
    """

    video_sources: Annotated[list[str], EachNamed()]
    video_sources_excluded: Annotated[list[str], EachNamed()] = field(default_factory=list)
    reuse: Reuse = Reuse.SHOW_OLDEST
    x_pos: int = 0
    y_pos: int = 0
    z_pos: Annotated[int, Between(-99, 99)] = 0
    width: int | None = None
    height: int | None = None
    max_columns: Annotated[int | None, Between(1, 1000)] = None
    max_rows: Annotated[int | None, Between(1, 1000)] = None
    cells_excluded: Annotated[list[int], EachBetween(0, 999_999)] = field(default_factory=list)


def read(value: Any, resolution: str) -> dict[str, dict[str, Any]]:
    """Return the layout in *value*, which is parsed JSON, with all default values.

    The result is the layout in Twilio's responses, which has all properties of all regions, even
    if they are null. Without a layout, the result is empty.

    Raises:
        Refusal: a region does not have the documented form, or is outside of the picture (20001).

    """
    if value is None:
        return {}
    try:
        _check(value, resolution)
    except ValueError as error:
        message = f"Invalid parameter VideoLayout: {error}"
        raise Refusal(INVALID_PARAMETER, message) from None
    return {name: asdict(Region(**_given(region))) for name, region in value.items()}


def _given(region: dict[str, Any]) -> dict[str, Any]:
    """Return *region* without nulls, which Twilio's responses have for unset properties."""
    return {name: value for name, value in region.items() if value is not None}


def _check(value: Any, resolution: str) -> None:
    """Raise `ValueError` unless *value* is a valid layout for a picture of this *resolution*."""
    require(isinstance(value, dict), f"must be a JSON dictionary of regions, not {brief(value)}")
    width, height = map(int, resolution.split("x"))
    for name, region in value.items():
        is_region = isinstance(region, dict)
        require(is_region, f"the region {name!r} must be a JSON dictionary, not {brief(region)}")
        given = _given(region)
        for property_name, property_value in given.items():
            _check_property(name, property_name, property_value)
        require("video_sources" in given, f"the region {name!r} must have video_sources")
        _check_place(name, given, "x_pos", "width", width)
        _check_place(name, given, "y_pos", "height", height)


def _check_property(region: str, name: str, value: Any) -> None:
    parameter = parameters_by_name(Region).get(name)
    if parameter is None:
        known = [field.name for field in fields(Region)]
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else f"it has: {', '.join(known)}"
        msg = f"the region {region!r} has no property {name!r}; {hint}"
        raise ValueError(msg)
    kind = _misfit(parameter, value)
    if kind is not None:
        # The text of a real answer to a text in place of a list.
        field_name = f"video_layout.{region}.{name}"
        msg = f"failed to deserialize for field {field_name!r}: must be {kind}, not {brief(value)}"
        raise ValueError(msg)
    _check_limits(parameter.limits, region, name, value)


def _check_place(region: str, given: dict[str, Any], offset: str, size: str, canvas: int) -> None:
    """Raise `ValueError` if a region exceeds the picture in one of its two dimensions.

    If the size is omitted, it counts as the smallest size here.
    """
    extent = given.get(size, SMALLEST)
    _check_limits([Between(SMALLEST, canvas)], region, size, extent)
    _check_limits([Between(0, canvas - extent)], region, offset, given.get(offset, 0))


def _check_limits(limits: Iterable[Limit], region: str, name: str, value: Any) -> None:
    for limit in limits:
        complaint = limit.complaint(value)
        require(
            complaint is None, f"{name} of the region {region!r} {complaint}, not {brief(value)}"
        )


def _misfit(parameter: Parameter, value: Any) -> str | None:
    """Return a description of the type that *value* should have, or `None` if it has it."""
    if parameter.is_list:
        return None if isinstance(value, list) else "a list"
    if parameter.type is int:
        return None if type(value) is int else "a whole number"  # True is not one
    words = enum_values(parameter.type)
    return None if value in words else f"one of {', '.join(words)}"
