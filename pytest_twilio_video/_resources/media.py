"""Media: sound and pictures that recordings and compositions leave behind, to be fetched."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle
from .._engine.parameters import Between, Matching
from .._engine.records import Selection, struct
from .._engine.refusals import Refusal


if TYPE_CHECKING:
    from .compositions import Composition, CompositionStatus
    from .recordings import Recording, RecordingStatus

__all__ = ["Download", "FetchMedia", "Media", "delete", "find", "listed", "offer", "sample"]


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


# Deletion: the media of a recording or composition go, and what is known of it stays a while.


KEPT: Final = timedelta(days=30)
"""How long Twilio remembers that something was deleted, before it is gone."""

MediumT = TypeVar("MediumT", "Recording", "Composition")


def delete(account: Account, lifecycle: Lifecycle, medium: MediumT) -> None:
    """Take the media away. What is known of *medium* stays for 30 days.

    Inferred: to delete what is deleted changes nothing.
    """
    deleted = type(medium.status).DELETED
    if medium.status is not deleted:
        now = account.clock.now
        lifecycle.move(account, medium, deleted, date_deleted=now, media=None)


def find(account: Account, kind: type[MediumT], sid: str) -> MediumT:
    """Return what has that *sid*; what was deleted is remembered for 30 days."""
    medium = account.get(kind, sid)
    if medium is None or _is_forgotten(account, medium):
        raise Refusal(20404)
    return medium


def listed(
    account: Account,
    selection: Selection[MediumT],
    status: RecordingStatus | CompositionStatus | None,
) -> Selection[MediumT]:
    """Keep what a list shows: what was deleted only where that is the *status* asked for."""
    if status is None:
        return selection.where(lambda each: each.status is not type(each.status).DELETED)
    return selection.where(lambda each: not _is_forgotten(account, each))


def _is_forgotten(account: Account, medium: Recording | Composition) -> bool:
    deleted = medium.date_deleted
    return deleted is not None and account.clock.now >= deleted + KEPT
