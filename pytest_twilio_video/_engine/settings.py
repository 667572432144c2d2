"""Settings: the names and default values for markers, the ini file and keyword arguments."""

from __future__ import annotations

import json

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import datetime, timezone
from typing import Any, Literal

from ..errors import InvalidSettingError
from .arguments import text, truth, whole, word
from .credentials import AUTH_TOKEN
from .records import struct
from .suggestions import did_you_mean, listed
from .texts import beginning


__all__ = ["SETTINGS", "Settings"]


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@struct(kw_only=True)
class Settings:
    """The settings of one fake. Markers, the ini file and keyword arguments use these names."""

    start: datetime | str | None = _setting(
        None, "the starting time, an aware datetime or an ISO 8601 string; by default, now"
    )
    account_sid: str = _setting(
        "AC7ba7b8109dad41d180b400c04fd430c8", "the SID of the fake's account"
    )
    auth_token: str | None = _setting(
        None,
        "the auth token of the account, which signs callbacks until the application calls with "
        "another token; by default, that of TWILIO_AUTH_TOKEN, or a built-in token",
    )
    api_key_sid: str = _setting(
        "SK6ba7b8119dad41d180b400c04fd430c8", "the SID of an API key of the account"
    )
    api_key_secret: str = _setting(
        "bR7mXw2LqT9vKc4ZhN8sYd3FgJ6pAe5U", "the secret of the API key, which signs access tokens"
    )
    auth: Literal["any", "strict"] = _setting(
        "any",
        '"any": accept all well-formed Basic credentials; "strict": accept only those of the fake',
    )
    clock: Literal["still", "running"] = _setting(
        "still", '"running": virtual time also passes with real time, and timers run when due'
    )
    ad_hoc_rooms: bool = _setting(False, "whether joining a room that does not exist creates it")
    environ: bool | Literal["early"] = _setting(
        True,
        "whether to set the environment variables TWILIO_ACCOUNT_SID, … if they are not set; "
        '"early" (ini file only): set them before pytest loads conftest files, for the whole run',
    )
    seed: str | None = _setting(
        None, "the seed of SIDs and made-up data; by default, in the fixture, the test's node ID"
    )
    sleep: Literal["real", "virtual"] = _setting(
        "real", '"virtual": time.sleep and asyncio.sleep advance the clock instead of waiting'
    )
    sleepers: Literal["all", "test"] = _setting(
        "all",
        '"test": with sleep="virtual", only the test\'s own thread and task, and handlers of '
        "callbacks, advance the clock; all others sleep in real time",
    )
    block: bool = _setting(
        True, "whether to block requests that would reach the real Twilio Video"
    )
    open_rooms: Literal["ignore", "warn", "fail"] = _setting(
        "ignore", 'what to do if a test leaves rooms open: "ignore" it, "warn" or "fail" the test'
    )
    unused_faults: Literal["ignore", "warn", "fail"] = _setting(
        "ignore",
        'what to do if an injected fault is never triggered: "ignore" it, "warn" or "fail" the '
        "test",
    )
    callback_limit: int = _setting(
        1000,
        "how many callbacks the handlers of one delivery may cause; more are an error",
    )
    legacy_room_types: Literal["warn", "allow", "refuse"] = _setting(
        "warn",
        'what to do with room types other than group: "allow" them, allow them and "warn", or '
        '"refuse" them with 53126, as Twilio does for accounts that began after 2024-10-21',
    )
    room_defaults: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={
            "meaning": "the default parameters of new rooms, which an account sets in Twilio's "
            "Console; in the ini file, JSON"
        },
    )

    def __post_init__(self) -> None:
        if self.seed is not None:
            text("seed", self.seed, error=InvalidSettingError)
        if self.auth_token is not None:
            _require_prefix("auth_token", self.auth_token, "")
        for name, prefix in _PREFIXES.items():
            _require_prefix(name, getattr(self, name), prefix)
        if self.environ == "early":
            raise InvalidSettingError(_ONLY_IN_INI)
        for name in ("ad_hoc_rooms", "environ", "block"):
            truth(name, getattr(self, name), error=InvalidSettingError)
        for name, choices in _CHOICES.items():
            word(name, getattr(self, name), choices, error=InvalidSettingError)
        whole("callback_limit", self.callback_limit, at_least=1, error=InvalidSettingError)
        _require_mapping("room_defaults", self.room_defaults)
        if self.start is not None:
            _utc(self.start)

    @property
    def starting_moment(self) -> datetime | None:
        """The moment of *start*, as an aware `datetime` in UTC, or `None` without *start*."""
        return None if self.start is None else _utc(self.start)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with credentials that an application reads."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token or AUTH_TOKEN,
            "TWILIO_API_KEY_SID": self.api_key_sid,
            "TWILIO_API_KEY_SECRET": self.api_key_secret,
        }

    @classmethod
    def merge(cls, *layers: Mapping[str, Any]) -> Settings:
        """Return the settings in *layers*. A later layer overrides an earlier one.

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
        """Return the value of the line ``twilio_video_<name> = <text>`` in the ini file.

        Raises:
            InvalidSettingError: *text* cannot be read.

        """
        if name == "environ" and text.lower() == "early":
            return "early"
        if isinstance(SETTINGS[name].default, bool):
            words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
            if text.lower() not in words:
                msg = f"twilio_video_{name} is {text!r}, but must be true or false"
                raise InvalidSettingError(msg)
            return words[text.lower()]
        if isinstance(SETTINGS[name].default, int):
            if not text.strip().isdecimal():
                msg = f"twilio_video_{name} is {text!r}, but must be a whole number"
                raise InvalidSettingError(msg)
            return int(text)
        if name == "room_defaults":
            try:
                return json.loads(text)
            except ValueError:
                msg = f"twilio_video_room_defaults is {text!r}, but must be JSON"
                raise InvalidSettingError(msg) from None
        return text


_ONLY_IN_INI = (
    "environ is 'early', which only the ini file can set, because conftest files are loaded "
    "before any marker or keyword is read: twilio_video_environ = early"
)

SETTINGS = {field.name: field for field in fields(Settings)}

_PREFIXES = {"account_sid": "AC", "api_key_sid": "SK", "api_key_secret": ""}

_EXAMPLE_OF_DEFAULTS = "a mapping, like {'record_participants_on_connect': True}"

_CHOICES = {
    "auth": ("any", "strict"),
    "clock": ("still", "running"),
    "sleep": ("real", "virtual"),
    "sleepers": ("all", "test"),
    "open_rooms": ("ignore", "warn", "fail"),
    "unused_faults": ("ignore", "warn", "fail"),
    "legacy_room_types": ("warn", "allow", "refuse"),
}


def _unknown(name: str) -> str:
    hint = did_you_mean(name, SETTINGS)
    return f"there is no setting {name!r}.{hint}\n{listed('The settings are:', SETTINGS)}"


def _require_mapping(name: str, value: object) -> None:
    if not isinstance(value, Mapping):
        msg = f"{name} is {value!r}, but must be {_EXAMPLE_OF_DEFAULTS}"
        raise InvalidSettingError(msg)


def _require_prefix(name: str, value: object, prefix: str) -> None:
    if not isinstance(value, str) or not value.startswith(prefix):
        rule = f"text that begins with {prefix}" if prefix else "text"
        msg = f"{name} is {_hidden(name, value)}, but must be {rule}"
        raise InvalidSettingError(msg)


def _hidden(name: str, value: object) -> str:
    """Return what a message may show of *value*, which may be a secret by mistake."""
    if isinstance(value, str) and name.endswith("_sid"):
        return beginning(value)
    if value is None or (isinstance(value, int) and name.endswith("_sid")):
        return repr(value)
    return f"of type {type(value).__name__}"


def _utc(value: Any) -> datetime:
    moment = value
    if isinstance(value, str):
        from .parameters import parse_datetime

        try:
            moment = parse_datetime(value.strip())
        except ValueError:
            msg = f"start is {value!r}, but must be ISO 8601, like '2026-01-31T09:00:00Z'"
            raise InvalidSettingError(msg) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        msg = f"start is {value!r}, but must be an aware datetime, or text like '…T09:00:00Z'"
        raise InvalidSettingError(msg)
    return moment.astimezone(timezone.utc)
