"""Storage settings: where recordings and compositions are stored, and whether encrypted."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, ClassVar, Final

from .._engine.account import Account
from .._engine.parameters import Matching, Required, Url, sid_pattern
from .._engine.records import Record, internal, struct


@struct(kw_only=True, slots=True)
class RecordingSettings(Record):
    """The settings of recordings. Each account always has exactly one such record."""

    sid_prefix: ClassVar[str] = ""

    sid: str = internal(default="Default")
    date_created: datetime = internal()
    account_sid: str
    friendly_name: str | None = None
    aws_credentials_sid: str | None = None
    aws_s3_url: str | None = None
    aws_storage_enabled: bool = False
    encryption_key_sid: str | None = None
    encryption_enabled: bool = False


class CompositionSettings(RecordingSettings):
    """The settings of compositions, in a separate record with the same fields."""

    __slots__ = ()


_CREDENTIALS: Final = Matching(sid_pattern("CR"), "the SID of credentials or a key, CR…")


@struct(kw_only=True)
class CreateSettings:
    """The parameters of new settings, which replace all settings. Omitted ones are reset."""

    friendly_name: Annotated[str, Required()] = ""
    aws_credentials_sid: Annotated[str | None, _CREDENTIALS] = None
    encryption_key_sid: Annotated[str | None, _CREDENTIALS] = None
    aws_s3_url: Annotated[str | None, Url()] = None
    aws_storage_enabled: bool = False
    encryption_enabled: bool = False


def fetch(account: Account, *, kind: type[RecordingSettings]) -> RecordingSettings:
    """Return the settings of this *kind*.

    Inferred: an account without storage settings shows Twilio's own storage, without encryption.
    """
    settings = account.get(kind, "Default")
    if settings is not None:
        return settings
    return kind(date_created=account.clock.now, account_sid=account.caller)


def create(
    account: Account, params: CreateSettings, *, kind: type[RecordingSettings]
) -> RecordingSettings:
    """Replace the settings of this *kind*."""
    return account.add(kind, sid="Default", **asdict(params))


def location(account: Account, kind: type[RecordingSettings], file_name: str) -> str | None:
    """Return the URL of a new file in the customer's own bucket, or `None` if Twilio stores it.

    Inferred: in external storage, a file is directly below the S3 URL of the settings.
    """
    settings = fetch(account, kind=kind)
    if not settings.aws_storage_enabled or settings.aws_s3_url is None:
        return None
    return f"{settings.aws_s3_url.rstrip('/')}/{file_name}"
