"""Video layouts: where on a composition's canvas which videos are shown.

Source: Compositions page, "Specifying Video Layouts".
"""

from __future__ import annotations

import re

from dataclasses import asdict, field, fields
from reprlib import repr as brief
from typing import TYPE_CHECKING, Annotated, Any, Final

from .._engine.parameters import Between, Limit, Parameter, enum_values, parameters_by_name
from .._engine.records import StrEnum, struct
from .._engine.refusals import Refusal
from .._engine.suggestions import nearest


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


__all__ = ["Canvas", "read"]

SMALLEST: Final = 16
LARGEST: Final = 1280
MOST_PIXELS: Final = 921_600


class Reuse(StrEnum):
    """What becomes of a cell of a region's grid when its video ends."""

    NONE = "none"
    SHOW_OLDEST = "show_oldest"
    SHOW_NEWEST = "show_newest"


@struct()
class EachBetween:
    """A list of whole numbers, each from *low* to *high*."""

    low: int
    high: int

    def complaint(self, value: list[Any]) -> str | None:
        """Say so where one of *value* is something else."""
        if all(type(each) is int and self.low <= each <= self.high for each in value):
            return None
        return f"must hold whole numbers from {self.low} to {self.high}"


@struct()
class EachNamed:
    """A list of names: SIDs, or track names with or without wildcards."""

    def complaint(self, value: list[Any]) -> str | None:
        """Say so where one of *value* is none."""
        if all(isinstance(each, str) and each for each in value):
            return None
        return "must hold SIDs and track names"


@struct()
class Canvas:
    """The limit of a resolution: ``{width}x{height}``, in pixels."""

    def complaint(self, value: str) -> str | None:
        """Say so where *value* is of another shape, too small or too large."""
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
    """A rectangle of the canvas, and the grid of videos in it. Sizes are in pixels.

    A *width* or *height* that is not given is the rest of the canvas, and a
    number of columns or rows as large as is needed.
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
    """Read a layout from what stood in JSON, and fill in what was left out.

    The result is what Twilio echoes: every property of every region, nulls
    included; where there is no layout, no region.

    Raises:
        Refusal: a region is not of the documented shape, or outside of the canvas (20001).

    """
    if value is None:
        return {}
    complaint = next(_complaints(value, resolution), None)
    if complaint is not None:
        raise Refusal(20001, f"Invalid parameter VideoLayout: {complaint}")
    return {name: asdict(Region(**_given(said))) for name, said in value.items()}


def _given(said: dict[str, Any]) -> dict[str, Any]:
    """Leave out the nulls: they are what Twilio shows where nothing was said."""
    return {name: value for name, value in said.items() if value is not None}


# All these say what is wrong, one thing after the other, and are asked for the first alone: what
# stands further down in them may rely on what was complained of above.


def _complaints(value: Any, resolution: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"must be a JSON dictionary of regions, not {brief(value)}"
    width, height = map(int, resolution.split("x"))
    for name, said in value.items():
        if not isinstance(said, dict):
            yield f"the region {name!r} must be a JSON dictionary, not {brief(said)}"
        given = _given(said)
        for each, found in given.items():
            yield from _of_property(name, each, found)
        if "video_sources" not in given:
            yield f"the region {name!r} must have video_sources"
        yield from _of_place(name, given, "x_pos", "width", width)
        yield from _of_place(name, given, "y_pos", "height", height)


def _of_property(region: str, name: str, value: Any) -> Iterator[str]:
    parameter = parameters_by_name(Region).get(name)
    if parameter is None:
        known = [each.name for each in fields(Region)]
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else f"it has: {', '.join(known)}"
        yield f"the region {region!r} has no property {name!r}; {hint}"
    elif (kind := _misfit(parameter, value)) is not None:
        # The words of a real answer to a text where a list belongs.
        field_name = f"video_layout.{region}.{name}"
        yield f"failed to deserialize for field {field_name!r}: must be {kind}, not {brief(value)}"
    else:
        yield from _of_limits(parameter.limits, region, name, value)


def _of_place(
    region: str, given: dict[str, Any], offset: str, size: str, canvas: int
) -> Iterator[str]:
    """Complain of a region that reaches out of the canvas, in one of its two dimensions.

    A size that is not given counts as the smallest here.
    """
    extent = given.get(size, SMALLEST)
    yield from _of_limits([Between(SMALLEST, canvas)], region, size, extent)
    yield from _of_limits([Between(0, canvas - extent)], region, offset, given.get(offset, 0))


def _of_limits(limits: Iterable[Limit], region: str, name: str, value: Any) -> Iterator[str]:
    for limit in limits:
        complaint = limit.complaint(value)
        if complaint is not None:
            yield f"{name} of the region {region!r} {complaint}, not {brief(value)}"


def _misfit(parameter: Parameter, value: Any) -> str | None:
    """Return in words what *value* should be, where it is of another type."""
    if parameter.is_list:
        return None if isinstance(value, list) else "a list"
    if parameter.type is int:
        return None if type(value) is int else "a whole number"  # which True is not
    words = enum_values(parameter.type)
    return None if value in words else f"one of {', '.join(words)}"
