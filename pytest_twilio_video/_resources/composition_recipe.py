"""The recipe of a composition: what it is made of, and how."""

from __future__ import annotations

from typing import Annotated, Any

from .._engine.parameters import Json, OneOf, Url
from .._engine.records import Word, field_names, struct
from .._engine.refusals import Refusal
from . import video_layouts


class Format(Word):
    """What kind of file a composition is."""

    MP4 = "mp4"
    WEBM = "webm"


@struct(kw_only=True)
class Recipe:
    """What a composition is made of, and how. There must be a layout, or sources of audio."""

    video_layout: Annotated[Any, Json()] = None
    audio_sources: list[str] | None = None
    audio_sources_excluded: list[str] | None = None
    resolution: Annotated[str, video_layouts.Canvas()] = "640x480"
    # The default stands in older versions of the OpenAPI description alone.
    format: Format = Format.WEBM
    # Inferred: what is wrong here is told by 20001, as 53110 and 53111 are the rooms' own.
    status_callback: Annotated[str | None, Url()] = None
    status_callback_method: Annotated[str, OneOf(("GET", "POST"))] = "POST"
    trim: bool = True


def prepared(params: Recipe) -> dict[str, Any]:
    """Return the fields that *params* make, defaults filled in.

    Raises:
        Refusal: the layout is none, or there is neither a layout nor a source (20001).

    """
    layout = video_layouts.read(params.video_layout, params.resolution)
    if not layout and not params.audio_sources:
        message = "Invalid parameters: either VideoLayout or AudioSources must be given"
        raise Refusal(20001, message)
    said = {name: getattr(params, name) for name in field_names(Recipe)}
    return said | {
        "video_layout": layout,
        "audio_sources": tuple(params.audio_sources or ()),
        "audio_sources_excluded": tuple(params.audio_sources_excluded or ()),
    }
