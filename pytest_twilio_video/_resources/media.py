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
"""How long Twilio still shows a deleted recording or composition."""

_DISPOSITION: Final = r"(?i:attachment|inline)( *;[\x20-\x7e]*)?"


@struct(kw_only=True)
class FetchMedia:
    """How media are to be downloaded. *ttl* is the lifetime of the URL, in seconds."""

    ttl: Annotated[int, Between(1, 3600)] = 600
    content_disposition: Annotated[
        str | None, Matching(_DISPOSITION, "attachment or inline, maybe with a file name")
    ] = None


@struct()
class Media:
    """A file, as it is stored at S3."""

    bucket: str
    """``"recording"`` or ``"composition"``."""
    key: str
    """Its path in the bucket, e.g. ``RT…`` or ``AC…/CJ….mp4``."""
    content: bytes
    content_type: str
    file_name: str
    """The default name under which a browser saves it."""


@struct()
class Download:
    """Permission to download *media* during *ttl*."""

    media: Media
    ttl: timedelta
    disposition: str


def offer(media: Media | None, params: FetchMedia) -> Download:
    """Return the download of *media* that *params* describe.

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
    """Delete the media of *medium*. Twilio still shows *medium* for 30 days.

    Inferred: deleting a recording or composition that is already deleted has no effect.
    """
    deleted = type(medium.status).DELETED
    if medium.status is not deleted:
        record = cast("Record", medium)
        lifecycle.move(account, record, deleted, date_deleted=account.clock.now, media=None)


def remembered(account: Account, medium: MediumT | None) -> MediumT:
    """Return *medium*.

    Raises:
        Refusal: *medium* is `None`, or was deleted 30 days ago (20404).

    """
    if medium is None or _is_forgotten(account, medium):
        raise Refusal(NOT_FOUND)
    return medium


def listed(account: Account, status: Any) -> Callable[[Medium], bool]:
    """Return the condition of a list: deleted resources match only if *status* asks for them."""
    if status is None:
        return lambda medium: medium.status is not type(medium.status).DELETED
    return lambda medium: not _is_forgotten(account, medium)


def _is_forgotten(account: Account, medium: Medium) -> bool:
    deleted = medium.date_deleted
    return deleted is not None and account.clock.now >= deleted + KEPT
