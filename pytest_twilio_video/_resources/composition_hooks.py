"""Composition hooks: standing orders to compose every room that ends."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from .._engine.account import Account
from .._engine.parameters import Required, UpTo, ValidText
from .._engine.records import Record, Selection, created_between, field_names, struct
from .._engine.refusals import Refusal
from . import compositions
from .compositions import Format, Recipe, matches, prepared
from .recordings import Recording
from .rooms import Room


@struct(kw_only=True, slots=True)
class CompositionHook(Record):
    """A composition hook, as it is at one moment."""

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
    """That a hook has made no composition of a room. The *sid* is the hook's."""

    sid_prefix: ClassVar[str] = "HK"

    hook_sid: str
    room_sid: str
    failed_operation: str
    error_message: str


@struct(kw_only=True)
class CreateCompositionHook(Recipe):
    """What is to be composed of every room, under which name."""

    friendly_name: Annotated[str, Required(), ValidText(), UpTo(100)] = ""
    # Inferred: the default; nothing states it, and the samples show hooks that are enabled.
    enabled: bool = True


@struct(kw_only=True)
class UpdateCompositionHook(CreateCompositionHook):
    """The same once more: what an update leaves out goes back to its default."""


@struct(kw_only=True)
class ListCompositionHooks:
    """Which hooks are wanted; ``*`` in *friendly_name* is a wildcard, and case is ignored."""

    enabled: bool | None = None
    date_created_after: datetime | None = None
    date_created_before: datetime | None = None
    friendly_name: str | None = None


def create(account: Account, params: CreateCompositionHook) -> CompositionHook:
    """Add a hook, for the rooms that end from now on."""
    return account.add(CompositionHook, **_fields(account, params))


def find(account: Account, sid: str) -> CompositionHook:
    """Return a hook by its SID."""
    hook = account.get(CompositionHook, sid)
    if hook is None:
        raise Refusal(20404)
    return hook


def fetch(_account: Account, hook: CompositionHook) -> CompositionHook:
    """Return *hook*."""
    return hook


def list_all(account: Account, params: ListCompositionHooks) -> Selection[CompositionHook]:
    """Return the hooks that *params* ask for."""
    equal = {} if params.enabled is None else {"enabled": params.enabled}
    selection = account.select(CompositionHook, **equal)
    pattern = params.friendly_name
    if pattern is not None:
        selection = selection.where(
            lambda each: matches(pattern, each.friendly_name, ignore_case=True)
        )
    return created_between(selection, params.date_created_after, params.date_created_before)


def update(
    account: Account, hook: CompositionHook, params: UpdateCompositionHook
) -> CompositionHook:
    """Make *hook* anew: whatever *params* leave out goes back to its default."""
    return account.change(hook, **_fields(account, params, hook))


def delete(account: Account, hook: CompositionHook) -> None:
    """Remove *hook* for good. The compositions that it made stay."""
    account.remove(hook)


def run_for(account: Account, room: Room) -> None:
    """Let each enabled hook make a composition of *room*, if anything was recorded there.

    By then the recordings of the room are complete. Inferred: a hook fails, and
    makes no composition, where all of them have been deleted, have failed, or
    are out of Twilio's reach.
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
    """Return the fields that *params* make of *hook*, or of a new one.

    Inferred: a name that is taken is refused with Twilio's generic "Conflict".
    """
    bearer = account.select(CompositionHook, friendly_name=params.friendly_name).first()
    if bearer is not None and (hook is None or bearer.sid != hook.sid):
        message = f"FriendlyName {params.friendly_name!r} is taken by {bearer.sid}"
        raise Refusal(20409, message)
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
