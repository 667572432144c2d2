"""Media: sound and pictures that recordings and compositions leave behind, to be fetched."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from .._engine.parameters import Between, Matching
from .._engine.records import struct
from .._engine.refusals import Refusal


__all__ = ["Download", "FetchMedia", "Media", "offer", "sample"]

_DISPOSITION: Final = r"(?i:attachment|inline)( *;[\x20-\x7e]*)?"


@struct(kw_only=True)
class FetchMedia:
    """How media are to be handed over. *ttl* is the life of their address, in seconds."""

    ttl: Annotated[int, Between(1, 3600)] = 600
    content_disposition: Annotated[
        str | None, Matching(_DISPOSITION, "attachment or inline, maybe with a file name")
    ] = None


@struct()
class Media:
    """A file, as it lies at S3."""

    bucket: str
    """``"recording"`` or ``"composition"``."""
    key: str
    """Its path in the bucket, e.g. ``RT…`` or ``AC…/CJ….mp4``."""
    content: bytes
    content_type: str
    file_name: str
    """What a browser would save it as, unless something else is asked for."""


@struct()
class Download:
    """The promise of *media*, for as long as *ttl*."""

    media: Media
    ttl: timedelta
    disposition: str


def offer(media: Media | None, params: FetchMedia) -> Download:
    """Promise *media* on the terms of *params*, if there are any."""
    if media is None:
        raise Refusal(20404)
    usual = f'attachment; filename="{media.file_name}"'
    return Download(media, timedelta(seconds=params.ttl), params.content_disposition or usual)


@cache
def sample(name: str) -> bytes:
    """Return the file of that *name* in ``_samples``, where it is told how they were made."""
    return (Path(__file__).parents[1] / "_samples" / name).read_bytes()
