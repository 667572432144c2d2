"""Media: the files of recordings and compositions, how they are downloaded and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, TypeVar, cast

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle
from .._engine.parameters import Between, Matching
from .._engine.records import Record, struct
from .._engine.refusals import NOT_FOUND, Refusal


KEPT: Final = timedelta(days=30)
"""How long a deleted recording or composition can still be fetched."""

_DISPOSITION: Final = r"(?i:attachment|inline)( *;[\x20-\x7e]*)?"


@struct(kw_only=True)
class FetchMedia:
    """The parameters of a download. *ttl* is how many seconds the URL is valid."""

    ttl: Annotated[int, Between(1, 3600)] = 600
    content_disposition: Annotated[
        str | None, Matching(_DISPOSITION, "attachment or inline, maybe with a file name")
    ] = None


@struct()
class Media:
    """A media file that is stored in S3."""

    bucket: str
    """``"recording"`` or ``"composition"``."""
    key: str
    """The path in the bucket, for example ``RT…`` or ``AC…/CJ….mp4``."""
    content: bytes
    content_type: str
    file_name: str
    """The name under which a browser saves the file by default."""


@struct()
class Download:
    """A permission to download *media*, which is valid for the time *ttl*."""

    media: Media
    ttl: timedelta
    disposition: str


def offer(media: Media | None, params: FetchMedia) -> Download:
    """Return the download of *media* with these *params*.

    Raises:
        Refusal: *media* is `None` (20404).

    """
    if media is None:
        raise Refusal(NOT_FOUND)
    default = f'attachment; filename="{media.file_name}"'
    return Download(media, timedelta(seconds=params.ttl), params.content_disposition or default)


@cache
def sample(name: str) -> bytes:
    """Return the file *name* in ``_samples``, whose README describes how the files were made."""
    return (Path(__file__).parents[1] / "_samples" / name).read_bytes()


class Medium(Protocol):
    """A recording or a composition."""

    @property
    def sid(self) -> str: ...
    @property
    def status(self) -> Any: ...
    @property
    def date_deleted(self) -> datetime | None: ...


MediumT = TypeVar("MediumT", bound=Medium)


def delete(account: Account, lifecycle: Lifecycle, medium: Medium) -> None:
    """Delete the media of *medium*. The record itself is still found for 30 days.

    Inferred: deleting a recording or composition that is already deleted has no effect.
    """
    deleted = type(medium.status).DELETED
    if medium.status is not deleted:
        record = cast("Record", medium)
        lifecycle.move(account, record, deleted, date_deleted=account.clock.now, media=None)


def remembered(account: Account, medium: MediumT | None) -> MediumT:
    """Return *medium*, unless Twilio has forgotten it.

    Raises:
        Refusal: *medium* is `None`, or was deleted 30 days ago (20404).

    """
    if medium is None or _is_forgotten(account, medium):
        raise Refusal(NOT_FOUND)
    return medium


def listed(account: Account, status: Any) -> Callable[[Medium], bool]:
    """Return a condition for the resources in a list.

    Deleted resources meet it only if *status* is "deleted".
    """
    if status is None:
        return lambda medium: medium.status is not type(medium.status).DELETED
    return lambda medium: not _is_forgotten(account, medium)


def _is_forgotten(account: Account, medium: Medium) -> bool:
    deleted = medium.date_deleted
    return deleted is not None and account.clock.now >= deleted + KEPT
