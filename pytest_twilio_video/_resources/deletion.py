"""Deletion: the media of a recording or composition go, and what is known of it stays a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from .._engine.account import Account
from .._engine.lifecycle import Lifecycle
from .._engine.records import Selection
from .._engine.refusals import Refusal


if TYPE_CHECKING:
    from .compositions import Composition, CompositionStatus
    from .recordings import Recording, RecordingStatus


__all__ = ["delete", "find", "listed"]

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
