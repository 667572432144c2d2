"""Settings: what a marker, an ini line or a keyword argument can set, and the defaults."""

from __future__ import annotations

from dataclasses import field, fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InvalidSettingError
from .parameters import parse_datetime
from .records import struct
from .suggestions import did_you_mean


if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["SETTINGS", "Settings"]


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@struct(kw_only=True)
class Settings:
    """How one fake behaves. Markers, ini lines and keyword arguments use the same names."""

    start: datetime | str | None = _setting(
        None, "the starting moment: an aware datetime or an ISO 8601 string; without one, now"
    )
    account_sid: str = _setting(
        "AC7ba7b8109dad41d180b400c04fd430c8", "the SID of the fake's account"
    )
    auth_token: str | None = _setting(
        None, "its auth token, which signs callbacks; built in where not given"
    )
    api_key_sid: str = _setting(
        "SK6ba7b8119dad41d180b400c04fd430c8", "the SID of an API key of the account"
    )
    api_key_secret: str = _setting(
        "bR7mXw2LqT9vKc4ZhN8sYd3FgJ6pAe5U", "the secret of that key, which signs access tokens"
    )
    auth: Literal["any", "strict"] = _setting(
        "any", '"any": any well-formed Basic credentials pass; "strict": only the fake\'s own'
    )
    clock: Literal["still", "running"] = _setting(
        "still", '"running": virtual time also passes with real time, and due timers run then'
    )
    ad_hoc_rooms: bool = _setting(False, "whether joining a room that is not there creates it")
    environ: bool = _setting(
        True, "set the environment variables TWILIO_ACCOUNT_SID, … where they are unset"
    )
    seed: str | None = _setting(
        None, "what SIDs and made-up data are drawn from; in a test, its node id"
    )
    sleep: Literal["real", "virtual"] = _setting(
        "real", '"virtual": time.sleep and asyncio.sleep advance the clock instead of waiting'
    )
    block: bool = _setting(
        True, "refuse whatever would really leave this machine for Twilio Video"
    )
    open_rooms: Literal["ignore", "warn", "fail"] = _setting(
        "ignore", 'a test that leaves rooms open: "warn" of it, let it "fail", or "ignore" it'
    )

    def __post_init__(self) -> None:
        for name in ("auth_token", "seed"):
            _require(name, getattr(self, name), (str, type(None)), "text")
        for name, prefix in _PREFIXES.items():
            _require_prefix(name, getattr(self, name), prefix)
        for name in ("ad_hoc_rooms", "environ", "block"):
            _require(name, getattr(self, name), bool, "True or False")
        for name, choices in _CHOICES.items():
            _require_choice(name, getattr(self, name), choices)
        if self.start is not None:
            _utc(self.start)

    @property
    def starting_moment(self) -> datetime | None:
        """The moment of *start*, aware, in UTC."""
        return None if self.start is None else _utc(self.start)

    @classmethod
    def merge(cls, *layers: Mapping[str, Any]) -> Settings:
        """Merge *layers*. Later layers win.

        Raises:
            InvalidSettingError: a setting does not exist, or has an invalid value.

        """
        merged: dict[str, Any] = {}
        for layer in layers:
            for name in layer:
                if name not in SETTINGS:
                    raise InvalidSettingError(_unknown(name))
            merged |= layer
        return cls(**merged)

    @staticmethod
    def value_from_text(name: str, text: str) -> Any:
        """Return the value of the ini line ``twilio_video_<name> = <text>``."""
        if isinstance(SETTINGS[name].default, bool):
            words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
            if text.lower() not in words:
                msg = f"twilio_video_{name} is {text!r}, but must be true or false"
                raise InvalidSettingError(msg)
            return words[text.lower()]
        return text


SETTINGS = {each.name: each for each in fields(Settings)}

_PREFIXES = {"account_sid": "AC", "api_key_sid": "SK", "api_key_secret": ""}

_CHOICES = {
    "auth": ("any", "strict"),
    "clock": ("still", "running"),
    "sleep": ("real", "virtual"),
    "open_rooms": ("ignore", "warn", "fail"),
}


def _unknown(name: str) -> str:
    hint = did_you_mean(name, SETTINGS)
    return f"there is no setting {name!r}.{hint} The settings are: {', '.join(SETTINGS)}"


def _require(name: str, value: object, kind: Any, description: str) -> None:
    if not isinstance(value, kind):
        msg = f"{name} is {value!r}, but must be {description}"
        raise InvalidSettingError(msg)


def _require_prefix(name: str, value: object, prefix: str) -> None:
    if not isinstance(value, str) or not value.startswith(prefix):
        rule = f"text that begins with {prefix}" if prefix else "text"
        msg = f"{name} is {value!r}, but must be {rule}"
        raise InvalidSettingError(msg)


def _require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        msg = f"{name} is {value!r}, but must be one of: {', '.join(map(repr, choices))}"
        raise InvalidSettingError(msg)


def _utc(value: Any) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = parse_datetime(value.strip())
        except ValueError:
            msg = f"start is {value!r}, but must be ISO 8601, like '2026-01-31T09:00:00Z'"
            raise InvalidSettingError(msg) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        msg = f"start is {value!r}, but must be an aware datetime, or text like '…T09:00:00Z'"
        raise InvalidSettingError(msg)
    return moment.astimezone(timezone.utc)
