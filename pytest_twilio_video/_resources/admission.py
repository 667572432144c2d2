"""Admission: into which room an access token lets its bearer."""

from __future__ import annotations

import re

from .._engine.account import Account
from .._engine.credentials import Credentials
from .._engine.parameters import build
from .._engine.refusals import Refusal
from . import access_tokens, participants, rooms
from .access_tokens import AccessToken
from .participants import Participant
from .rooms import Room


def connect(
    account: Account,
    credentials: Credentials,
    token: str | bytes,
    name_or_sid: str | None,
    *,
    ad_hoc_rooms: bool,
    **options: bool,
) -> Participant:
    """Let the bearer of *token* join a room, as a client SDK does: the one asked for, or its own.

    With *ad_hoc_rooms* a room that is not there is made, with the account's defaults; it will
    end as soon as it is empty. *options* are the client's own: see `participants.connect`.

    Raises:
        Refusal: the token is not good (20101 to 20107), or for another room (20106); there is
            no such room (53103, 53106), or it is over (53118) or full (53105); the identity
            is none (53200, 53201, 53202), or the account has too many participants (53206).

    """
    bearer = access_tokens.read(token, credentials, account.clock.app_now)
    participants.check_identity(bearer.identity)
    wanted = name_or_sid or bearer.room
    room = _find(account, wanted)
    _check_grant(bearer, wanted, room)
    if room is None:
        _check_absence(bearer, wanted, ad_hoc_rooms=ad_hoc_rooms)
        room = _make(account, bearer, wanted)
    return participants.connect(account, room, bearer.identity, **options)


def _find(account: Account, wanted: str | None) -> Room | None:
    """Return a room: by its SID always, by its name while it is in progress."""
    if wanted is None:
        return None
    return account.get(Room, wanted) or rooms.find_open(account, wanted)


def _check_grant(bearer: AccessToken, wanted: str | None, room: Room | None) -> None:
    """Refuse a room that is not the token's, which may name it in the other of the two ways."""
    names = {wanted} if room is None else {wanted, room.sid, room.unique_name}
    if bearer.room is not None and bearer.room not in names:
        detail = f"it is for the room {bearer.room!r}, not for {wanted!r}"
        raise Refusal(20106, detail=detail)


def _check_absence(bearer: AccessToken, wanted: str | None, *, ad_hoc_rooms: bool) -> None:
    """Refuse a room that is not there, unless it may be made.

    A SID cannot be asked to come into being. Inferred: nor is a room asked to that a token is
    for, where none is made; without such a token the words are those seen on the wire, also
    where no room was named at all.
    """
    if wanted is not None and re.fullmatch("RM[0-9a-fA-F]{32}", wanted):
        raise Refusal(53106)
    if not ad_hoc_rooms:
        raise Refusal(53103 if bearer.room is None else 53106)


def _make(account: Account, bearer: AccessToken, name: str | None) -> Room:
    # Asked before the room is made, so that a refusal leaves nothing behind.
    participants.check_quota(account)
    with account.operation(bearer.account_sid):
        params = build(rooms.CreateRoom, {"unique_name": name})
        return rooms.create(account, params, is_ad_hoc=True, made_by="sdk")
