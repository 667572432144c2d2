"""Access tokens: what an application mints for its users, and what of one Twilio refuses."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re

from datetime import datetime, timedelta
from typing import Any, Final, cast

from .._engine.account import Account
from .._engine.credentials import Credentials
from .._engine.parameters import build
from .._engine.records import struct
from .._engine.refusals import Refusal
from . import participants, rooms
from .participants import Participant
from .rooms import Room


__all__ = ["AccessToken", "read"]


@struct()
class AccessToken:
    """What a good token grants."""

    account_sid: str
    identity: str
    room: str | None
    """The name or SID of the one room that it is for; `None` where it is for any."""


# As the official libraries write it. `twr`, the region, may stand beside it: Inferred, that
# Video does not look at it, its keys being of one region alone.
HEADER: Final = {"typ": "JWT", "alg": "HS256", "cty": "twilio-fpa;v=1"}
LONGEST_LIFE: Final = timedelta(hours=24)


def read(token: str | bytes, credentials: Credentials, at: datetime) -> AccessToken:
    """Return what *token* grants at the moment *at*.

    Inferred: the order in which several faults are looked for.

    Raises:
        Refusal: it cannot be read (20101), its header is not Twilio's (20102), nobody knows
            the key or the account (20103), it was signed with another secret (20107), it is
            over or lasts too long (20104) or has not begun (20105), it grants no video
            (20106), or nobody is named in it (53200).

    """
    # Version 1 of PyJWT, and so the official client of its time, made bytes.
    text = token.decode(errors="replace") if isinstance(token, bytes) else token
    signed, _, signature = text.rpartition(".")
    header_part, _, claims_part = signed.partition(".")
    header, claims = _read(header_part, "header"), _read(claims_part, "payload")
    _check_header(header)
    _check_signature(signed, signature, _secret(claims, credentials))
    _check_times(claims, at)
    return _granted(claims)


def _read(part: str, name: str) -> dict[str, Any]:
    """Return the JSON object that a *part* of a token stands for."""
    try:
        document = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refusal(20101, detail=f"its {name} is no JSON object in base64url")
    return document


def _decoded(part: str) -> bytes:
    """Return what *part* encodes.

    Read here and not by PyJWT, which has grown stricter from version to version: which code a
    damaged token meets must not depend on what is installed.

    Raises:
        ValueError: it is no base64url, or not the one way to write what it means.

    """
    raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != part:
        raise binascii.Error(part)
    return raw


def _check_header(header: dict[str, Any]) -> None:
    for name, wanted in HEADER.items():
        if header.get(name) != wanted:
            detail = f"{name} in its header is {header.get(name)!r}, not {wanted!r}"
            raise Refusal(20102, detail=detail)


def _secret(claims: dict[str, Any], credentials: Credentials) -> str:
    """Return the secret of the key that the token says it was signed with."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    secret = credentials.key_secret(issuer) if isinstance(issuer, str) else None
    if secret is None:
        detail = (
            f"its issuer, {issuer!r}, is not the fake's api_key_sid, nor a key seen before; "
            "if it is your application's, set api_key_sid and api_key_secret"
        )
        raise Refusal(20103, detail=detail)
    if not isinstance(subject, str) or not credentials.knows_account(subject):
        detail = (
            f"its subject, {subject!r}, is not the fake's account_sid, nor one seen before; "
            "if it is your application's, set account_sid"
        )
        raise Refusal(20103, detail=detail)
    return secret


def _check_signature(signed: str, signature: str, secret: str) -> None:
    # The algorithm itself, and not PyJWT's way of choosing one: the header was checked, and
    # however short a secret the test's author chose, that is nothing to be warned of here.
    from jwt.algorithms import HMACAlgorithm

    algorithm = HMACAlgorithm(HMACAlgorithm.SHA256)
    try:
        is_good = algorithm.verify(signed.encode(), secret.encode(), _decoded(signature))
    except ValueError:
        is_good = False
    if not is_good:
        raise Refusal(20107, detail="it was changed, or signed with another secret")


def _check_times(claims: dict[str, Any], at: datetime) -> None:
    now, end, begin = at.timestamp(), claims.get("exp"), claims.get("nbf")
    # Compared so that what is no number, or Python's "not a number", is refused as well.
    if not now < _number(end) <= now + LONGEST_LIFE.total_seconds():
        detail = f"its exp, {end!r}, must be later than {_words(at)}, by 24 hours at most"
        raise Refusal(20104, detail=detail)
    # The official libraries set it to the time of minting, or leave it out where told to.
    if begin is not None and not _number(begin) <= now:
        detail = f"its nbf, {begin!r}, must not be later than {_words(at)}"
        raise Refusal(20105, detail=detail)


def _number(value: object) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return cast("float", value) if is_number else math.nan


def _words(at: datetime) -> str:
    return f"the present moment, {at.timestamp():.0f}, which is {at:%Y-%m-%dT%H:%M:%SZ}"


def _granted(claims: dict[str, Any]) -> AccessToken:
    grants = claims.get("grants")
    video = grants.get("video") if isinstance(grants, dict) else None
    if not isinstance(grants, dict) or not isinstance(video, dict):
        raise Refusal(20106, detail="it has no video grant")
    room, identity = video.get("room"), grants.get("identity")
    if not isinstance(room, (str, type(None))):
        raise Refusal(20106, detail=f"the room that it is for is {room!r}, which is no text")
    if not isinstance(identity, str):
        # Inferred: the code, which says "invalid" of an identity that is not there as well.
        raise Refusal(53200, detail=f"its identity is {identity!r}")
    return AccessToken(claims["sub"], identity, room or None)


# Admission: into which room an access token lets its bearer.


def join_with_token(
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
    bearer = read(token, credentials, account.clock.application_now)
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
        return rooms.create(account, params, is_ad_hoc=True, created_by="sdk")
