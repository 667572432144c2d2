"""Composition hooks: each enabled hook creates a composition of every recorded room that ends."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from .._engine.account import Account
from .._engine.parameters import Required, UpTo, ValidText
from .._engine.records import Record, Selection, created_between, field_names, struct
from .._engine.refusals import CONFLICT, NOT_FOUND, Refusal
from . import compositions
from .compositions import Format, Recipe, matches, prepared
from .recordings import Recording
from .rooms import Room


@struct(kw_only=True, slots=True)
class CompositionHook(Record):
    """A composition hook at one moment."""

    sid_prefix: ClassVar[str] = "HK"
    indexed: ClassVar[tuple[str, ...]] = ("friendly_name", "enabled")

    account_sid: str
    friendly_name: str
    enabled: bool
    date_updated: datetime | None = None  # null until something changes
    audio_sources: tuple[str, ...]
    audio_sources_excluded: tuple[str, ...]
    video_layout: dict[str, Any]
    resolution: str
    format: Format
    trim: bool
    status_callback: str | None
    status_callback_method: str


@struct(kw_only=True, slots=True)
class HookFailure(Record):
    """The failure of a hook to create a composition of a room. *sid* is the SID of the hook."""

    sid_prefix: ClassVar[str] = "HK"

    hook_sid: str
    room_sid: str
    failed_operation: str
    error_message: str


@struct(kw_only=True)
class CreateCompositionHook(Recipe):
    """The parameters of a new hook."""

    friendly_name: Annotated[str, Required(), ValidText(), UpTo(100)] = ""
    # Inferred: a hook is enabled by default. The default is not documented; the samples show
    # enabled hooks.
    enabled: bool = True


@struct(kw_only=True)
class UpdateCompositionHook(CreateCompositionHook):
    """The parameters of an update. Omitted parameters are reset to their defaults."""


@struct(kw_only=True)
class ListCompositionHooks:
    """The filters of a list of hooks. *friendly_name* may have ``*``, and its case is ignored."""

    enabled: bool | None = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None
    friendly_name: str | None = None


def create(account: Account, params: CreateCompositionHook) -> CompositionHook:
    """Create a hook, which applies to rooms that end later."""
    return account.add(CompositionHook, **_fields(account, params))


def find(account: Account, sid: str) -> CompositionHook:
    """Return the hook with this SID."""
    hook = account.get(CompositionHook, sid)
    if hook is None:
        raise Refusal(NOT_FOUND)
    return hook


def list_all(account: Account, params: ListCompositionHooks) -> Selection[CompositionHook]:
    """Return the hooks that match *params*."""
    equal = {} if params.enabled is None else {"enabled": params.enabled}
    selection = account.select(CompositionHook, **equal)
    pattern = params.friendly_name
    if pattern is not None:
        selection = selection.where(
            lambda hook: matches(pattern, hook.friendly_name, ignore_case=True)
        )
    return created_between(selection, params.date_created_after, params.date_created_before)


def update(
    account: Account, hook: CompositionHook, params: UpdateCompositionHook
) -> CompositionHook:
    """Replace all properties of *hook*. Properties that are not in *params* get their defaults."""
    return account.change(hook, **_fields(account, params, hook))


def delete(account: Account, hook: CompositionHook) -> None:
    """Delete *hook*. Its compositions stay."""
    account.remove(hook)


def run_all(account: Account, room: Room) -> None:
    """Run all enabled hooks for *room*, which has ended, if the room has recordings.

    The recordings of the room are complete by then.

    Inferred: a hook fails (``composition-hook-failed``) if all recordings of the room have been
    deleted, have failed, or are not stored by Twilio.
    """
    if not account.select(Recording, room_sid=room.sid).count():
        return
    for hook in account.select(CompositionHook, enabled=True):
        if compositions.usable(account, room.sid):
            _run(account, hook, room)
        else:
            _fail(account, hook, room)


def _fields(
    account: Account, params: CreateCompositionHook, hook: CompositionHook | None = None
) -> dict[str, Any]:
    """Return the fields in *params*, for *hook* or for a new hook.

    Inferred: a hook whose name is taken is refused with Twilio's generic "Conflict" (20409).
    """
    other = account.select(CompositionHook, friendly_name=params.friendly_name).first()
    if other is not None and (hook is None or other.sid != hook.sid):
        message = f"FriendlyName {params.friendly_name!r} is taken by {other.sid}"
        raise Refusal(CONFLICT, message)
    named = {"friendly_name": params.friendly_name, "enabled": params.enabled}
    return named | prepared(params)


def _run(account: Account, hook: CompositionHook, room: Room) -> None:
    recipe = {name: getattr(hook, name) for name in field_names(Recipe)}
    composition = compositions.enqueue(
        account, room, recipe, account_sid=hook.account_sid, hook_sid=hook.sid
    )
    account.announce("composition-enqueued", composition)


def _fail(account: Account, hook: CompositionHook, room: Room) -> None:
    failure = HookFailure(
        sid=hook.sid,
        date_created=account.clock.now,
        hook_sid=hook.sid,
        room_sid=room.sid,
        failed_operation="CompositionCreate",
        error_message="None of the recordings of the room can be composed",
    )
    account.announce("composition-hook-failed", failure)
