"""Access tokens: which tokens Twilio accepts, and which rooms a token is for."""

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
from .._engine.parameters import sid_pattern
from .._engine.records import struct
from .._engine.refusals import (
    INVALID_IDENTITY,
    INVALID_TOKEN_GRANTS,
    INVALID_TOKEN_ISSUER,
    ROOM_CREATION_FAILED,
    ROOM_NOT_FOUND,
    Refusal,
)
from .._engine.texts import beginning
from . import participants, rooms
from .participants import Participant
from .rooms import Room


@struct()
class AccessToken:
    """The grants of a valid token."""

    account_sid: str
    identity: str
    room: str | None
    """The name or SID of the room that the token is for, or `None` if it is for any room."""


# The header that the official libraries write. It may also have `twr`, the region of the key.
HEADER: Final = {"typ": "JWT", "alg": "HS256", "cty": "twilio-fpa;v=1"}
# Video takes keys of this region only, by the page on user identity and access tokens.
REGION: Final = "us1"
LONGEST_SHOWN: Final = 40
LONGEST_LIFE: Final = timedelta(hours=24)


def read(token: str | bytes, credentials: Credentials, at: datetime) -> AccessToken:
    """Return the grants of *token* if it is valid at the time *at*.

    Inferred: if a token has several mistakes, the first of these is reported: form, header, key
    and account, signature, times, grant, identity.

    Raises:
        Refusal: the token cannot be parsed (20101), its header is not Twilio's (20102), the key
            or the account is unknown (20103), it is signed with another secret (20107), it has
            expired or lasts too long (20104), it is not valid yet (20105), it has no video grant
            (20106), or it has no identity (53200).

    """
    # Version 1 of PyJWT, and so the official client of that time, returned bytes.
    text = token.decode(errors="replace") if isinstance(token, bytes) else token
    if "." not in text:
        raise Refusal(20101, detail=_describe_identity(text))
    signed, _, signature = text.rpartition(".")
    header_part, _, claims_part = signed.partition(".")
    header, claims = _parse(header_part, "header"), _parse(claims_part, "payload")
    _check_header(header)
    _check_region(header)
    _check_signature(signed, signature, _signing_secrets(claims, credentials))
    _check_times(claims, at)
    return _grants_of(claims)


def join_with_token(
    account: Account,
    credentials: Credentials,
    token: str | bytes,
    name_or_sid: str | None,
    *,
    ad_hoc_rooms: bool,
    **options: Any,
) -> Participant:
    """Join the room *name_or_sid*, or the room of the token, with *token*, like a client SDK.

    If *ad_hoc_rooms* is true, a room that does not exist is created with the account's defaults.
    Such a room ends as soon as it is empty. *options* are passed to `participants.connect`.

    Raises:
        Refusal: the token is invalid (20101 to 20107) or for another room (20106), the room
            does not exist (53103, 53106), has ended (53106) or is full (53105), the identity
            is invalid (53200, 53201, 53202), or the account has too many participants (53206).

    """
    account.before_join()
    grants = read(token, credentials, account.clock.application_now)
    participants.check_identity(grants.identity)
    wanted = name_or_sid or grants.room
    room = rooms.look_up(account, wanted) if wanted else None
    _check_grant(grants, wanted, room)
    if room is None:
        _check_creation(wanted, ad_hoc_rooms=ad_hoc_rooms)
        room = _create_room(account, grants, wanted)
    return participants.connect(account, room, grants.identity, is_admitted=True, **options)


def _describe_identity(text: str) -> str:
    """Return the explanation for *text*, which is not a token, but maybe an identity or a secret.

    Auth tokens and the secrets of API keys are letters and digits only, and long.
    """
    if re.fullmatch(r"[0-9A-Za-z]{32,}", text):
        return (
            f"{beginning(text)} is not a token, but may be a secret. Pass the text that "
            f"AccessToken(...).to_jwt() returns."
        )
    shown = json.dumps(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")
    # An empty text is not an identity.
    instead = f" To join without a token, use room.connect({shown})" if text else ""
    return (
        f"{shown} is not a token. Pass the text that AccessToken(...).to_jwt() returns.{instead}"
    )


def _parse(part: str, name: str) -> dict[str, Any]:
    """Return the JSON object in *part* of a token."""
    try:
        document = json.loads(_decode(part))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refusal(20101, detail=f"its {name} is not a JSON object in base64url")
    return document


def _decode(part: str) -> bytes:
    """Return the bytes that *part* encodes.

    PyJWT is not used, because newer versions are stricter. The error code for a damaged token
    must not depend on the installed version.

    Raises:
        ValueError: *part* is not base64url, or not in its canonical form.

    """
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != part:
        raise binascii.Error(part)
    return raw


def _check_header(header: dict[str, Any]) -> None:
    for name, wanted in HEADER.items():
        if header.get(name) != wanted:
            detail = f"{name} in its header is {header.get(name)!r}, not {wanted!r}"
            raise Refusal(20102, detail=detail)


def _check_region(header: dict[str, Any]) -> None:
    """Refuse a key of another region.

    Inferred: a token whose key is of another region than ``us1`` is refused with 20103, since
    Video does not know such a key.
    """
    region = header.get("twr", REGION)
    if region != REGION:
        detail = f"its region is {region!r}, but Video takes only keys of {REGION!r}"
        raise Refusal(INVALID_TOKEN_ISSUER, detail=detail)


def _signing_secrets(claims: dict[str, Any], credentials: Credentials) -> list[str]:
    """Return the secrets of the key that the token names."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    secrets = credentials.key_secrets(issuer) if isinstance(issuer, str) else []
    if not secrets:
        detail = (
            f"its issuer {issuer!r} is neither the fake's api_key_sid nor a known key. If it is "
            f"your application's key, set api_key_sid and api_key_secret"
        )
        raise Refusal(INVALID_TOKEN_ISSUER, detail=detail)
    if not isinstance(subject, str) or not credentials.knows_account(subject):
        detail = (
            f"its subject {subject!r} is neither the fake's account_sid nor a known account. If "
            f"it is your application's account, set account_sid"
        )
        raise Refusal(INVALID_TOKEN_ISSUER, detail=detail)
    return secrets


def _check_signature(signed: str, signature: str, secrets: list[str]) -> None:
    # Only the algorithm of PyJWT is used. `jwt.decode` would check the header again, and would
    # warn of a short secret, which is good enough for a test.
    from jwt.algorithms import HMACAlgorithm

    algorithm = HMACAlgorithm(HMACAlgorithm.SHA256)
    try:
        decoded = _decode(signature)
        is_valid = any(algorithm.verify(signed.encode(), key.encode(), decoded) for key in secrets)
    except ValueError:
        is_valid = False
    if not is_valid:
        raise Refusal(20107, detail="it was changed, or is signed with another secret")


def _check_times(claims: dict[str, Any], at: datetime) -> None:
    now, end, begin = at.timestamp(), claims.get("exp"), claims.get("nbf")
    # `_number` returns NaN for a value that is not a number. NaN fails these comparisons.
    if not now < _number(end) <= now + LONGEST_LIFE.total_seconds():
        detail = f"its exp is {end!r}, but must be up to 24 hours later than {_describe(at)}"
        raise Refusal(20104, detail=detail)
    # The official libraries set nbf to the time of signing, or omit it on request.
    if begin is not None and not _number(begin) <= now:
        detail = f"its nbf is {begin!r}, but must not be later than {_describe(at)}"
        raise Refusal(20105, detail=detail)


def _number(value: object) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return cast("float", value) if is_number else math.nan


def _describe(at: datetime) -> str:
    return f"now, which is {at.timestamp():.0f} ({at:%Y-%m-%dT%H:%M:%SZ})"


def _grants_of(claims: dict[str, Any]) -> AccessToken:
    grants = claims.get("grants")
    video = grants.get("video") if isinstance(grants, dict) else None
    if not isinstance(grants, dict) or not isinstance(video, dict):
        raise Refusal(INVALID_TOKEN_GRANTS, detail="it has no video grant")
    room, identity = video.get("room"), grants.get("identity")
    if not isinstance(room, (str, type(None))):
        detail = f"the room in its video grant is {room!r}, but must be text"
        raise Refusal(INVALID_TOKEN_GRANTS, detail=detail)
    if not isinstance(identity, str):
        # Inferred: a token without an identity is refused, because the identity is "invalid"
        # (53200).
        raise Refusal(INVALID_IDENTITY, detail=f"its identity is {identity!r}")
    return AccessToken(claims["sub"], identity, room or None)


def _check_grant(grants: AccessToken, wanted: str | None, room: Room | None) -> None:
    """Refuse a room that the token is not for. A token has the SID or the name of its room."""
    names = {wanted} if room is None else {wanted, room.sid, room.unique_name}
    if grants.room is not None and grants.room not in names:
        detail = f"it is for the room {grants.room!r}, not for {wanted!r}"
        raise Refusal(INVALID_TOKEN_GRANTS, detail=detail)


def _check_creation(wanted: str | None, *, ad_hoc_rooms: bool) -> None:
    """Refuse a room that does not exist, unless it can be created.

    Without *ad_hoc_rooms* it is 53103: the page of that code names this very case, and it was
    seen in a real answer (video-quickstart-js issue 68).

    Inferred: a join to a room that does not exist is refused with 53106 if the room is named by
    its SID, since it cannot be created in any account.
    """
    if wanted is not None and re.fullmatch(sid_pattern(Room.sid_prefix), wanted):
        raise Refusal(ROOM_NOT_FOUND)
    if not ad_hoc_rooms:
        raise Refusal(ROOM_CREATION_FAILED)


def _create_room(account: Account, grants: AccessToken, name: str | None) -> Room:
    # Checked before the room is created, so that a refusal has no effect.
    participants.check_quota(account)
    with account.operation(grants.account_sid):
        return rooms.create_ad_hoc(account, name)
